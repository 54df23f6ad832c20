/* text.h: from bytes to the documents of tasks: byte-level BPE, sources (State of the Union, Brown, any CSV), splits, draws.
 *
 * A document is a run of at most T tokens. The model sees <|endoftext|> before it (not stored, not counted in T), so each of a
 * document's own tokens is predicted once. Nothing here knows of models or experiments.
 */
#ifndef BORA_TEXT_H
#define BORA_TEXT_H

#include "base/base.h"

/* ---- tokenizer.c, bpe.c, pretokenize.c, unicode_tables.h ---------------------------------------------------------------- */

typedef struct bora_tokenizer bora_tokenizer;
typedef int32_t bora_token;

/* Learn merges from the texts until there are `vocabulary` tokens: 256 bytes (GPT-2's order), the merges, and <|endoftext|>
 * last. The most frequent pair first, ties by the smaller pair of ids. Stops early, with an error, when no pair is left. */
int bora_tokenizer_train(bora_tokenizer **out, const char *const *texts, const size_t *sizes, size_t n, int vocabulary,
                         bora_error *e);
int bora_tokenizer_load(bora_tokenizer **out, const char *vocab_json, const char *merges_txt, bora_error *e); /* paths */
int bora_tokenizer_save(const bora_tokenizer *t, const char *vocab_json, const char *merges_txt, bora_error *e);
void bora_tokenizer_free(bora_tokenizer *t);
int bora_tokenizer_vocabulary(const bora_tokenizer *t);
bora_token bora_tokenizer_end_of_text(const bora_tokenizer *t);
/* Append the ids of text[0..size) to *tokens (grown with realloc, *n and *capacity updated); any bytes are valid text.
 * <|endoftext|> in it is text like any other. Keeps a cache of pieces in t: one thread at a time. */
int bora_encode(bora_tokenizer *t, const char *text, size_t size, bora_token **tokens, size_t *n, size_t *capacity,
                bora_error *e);
/* The bytes of tokens[0..n), NUL added; the caller frees *text. decode(encode(x)) = x for all bytes x. */
int bora_decode(const bora_tokenizer *t, const bora_token *tokens, size_t n, char **text, size_t *size, bora_error *e);

/* ---- source.c, source_sotu.c, source_brown.c, source_csv.c -------------------------------------------------------------- */

/* A source is text by task, before tokens: passages (one speech, one file, one row) in their order. */
typedef struct {
    char *task, *group, *text; /* group: no block of the split reaches over its ends, e.g. "1861" of a speech */
    size_t size;               /* bytes of text */
} bora_passage;
typedef struct {
    bora_passage *passages;
    size_t n;
} bora_source;

typedef struct { /* for the generic CSV source; see source_csv.c */
    const char *path;
    const char *task_column, *text_column, *group_column; /* group_column may be "" (each row its own group) */
    size_t min_characters;                                /* of Unicode; shorter texts are left out          */
    size_t min_documents, max_documents; /* tasks with fewer or more rows after that are left out; 0: no bound */
} bora_csv_options;

int bora_source_sotu(bora_source *s, const char *directory, bora_error *e);
int bora_source_brown(bora_source *s, const char *directory, bora_error *e);
int bora_source_csv(bora_source *s, const bora_csv_options *options, bora_error *e);
void bora_source_free(bora_source *s);

/* ---- language.c: synthetic languages of which the truth is known -------------------------------------------------------- */

/* Chains of symbols, the next depending on the last. Each context has the same `successors` in all tasks; a centre gives them
 * probabilities m_c ~ Dirichlet(1), and a task either P_d(. | c) ~ Dirichlet(kappa m_c), the hierarchical bigram of MacKay and
 * Peto (1995), or with low_rank log P_d = log m + sigma / sqrt(rank) U_d W_d' + constant, entries of U_d and W_d normal. */
typedef struct {
    bool low_rank;
    int symbols, successors; /* V (at most 64), S <= V                                          */
    int tasks, documents;    /* D; documents a task, all parts of the split together            */
    int length;              /* symbols a document                                              */
    double kappa, sigma;     /* precision of tasks about the centre; standard deviation of logits */
    int rank;
    int clusters; /* of tasks, each with a centre of its own */
    bool outlier; /* the last task has one of its own        */
    uint64_t seed;
} bora_language_options;

typedef struct {
    bora_language_options o;
    int centres;    /* of the clusters, the outlier if any, and last of the base model's text */
    double *centre; /* [centres, V, V] */
    double *p;      /* [D, V, V]: P_d(v | c) at [d, c, v]  */
} bora_language;

int bora_language_init(bora_language *x, const bora_language_options *o, bora_error *e);
void bora_language_free(bora_language *x);
/* The tasks' documents, `task 0001` and so on, a passage and group each, a letter a symbol; the base model's text. */
int bora_source_language(bora_source *s, const bora_language *x, bora_error *e);
int bora_source_language_base(bora_source *s, const bora_language *x, int documents, bora_error *e);
int bora_language_centre(const bora_language *x, int d); /* number of task d's centre */
/* Expected NLL per symbol of a document of task d under conditional probabilities q [V, V] (the first symbol is uniform); under
 * the true ones, its entropy. */
double bora_language_expected_nll(const bora_language *x, int d, const double *q);
double bora_language_entropy(const bora_language *x, int d);
/* NLL of a document (letters) under conditional probabilities p [V, V]; counts [V, V] += its pairs of symbols. */
double bora_language_nll(const bora_language *x, const double *p, const char *text, size_t size);
void bora_language_count(const bora_language *x, const char *text, size_t size, double *counts);
/* counts [V, V] += the pairs of task d's documents from, ..., to - 1; past its last one the chain goes on. */
void bora_language_count_documents(const bora_language *x, int d, int from, int to, double *counts);

/* ---- corpus.c, split.c, draw.c ------------------------------------------------------------------------------------------ */

typedef struct {
    size_t first;   /* its tokens are corpus.tokens[first .. first + n) */
    int n;          /* 1..T                                             */
    int group;      /* index into task.groups                           */
    int block;      /* neighbours that the split keeps together, counted within the task */
    bora_part part; /* BORA_DROPPED: a validation or test document that repeats a training part */
} bora_document;

typedef struct {
    char *name;
    char **groups;
    int n_groups;
    bora_document *documents; /* in the source's order */
    size_t n;
    size_t bytes;      /* of text, before tokens                           */
    size_t dropped[2]; /* validation, test documents dropped by the split  */
} bora_task;

typedef struct {
    bora_task *tasks; /* ordered by name (bytes ascending) */
    int D;
    bora_token *tokens;
    size_t n_tokens;
    int T;
} bora_corpus;

typedef enum { BORA_TASKS_ALL, BORA_TASKS_MOST_TEXT, BORA_TASKS_NAMED } bora_task_choice;

/* Tokenize the chosen tasks and cut each passage into documents of up to T tokens: whole sentences while they fit (a sentence
 * ends after . ! or ? and closing quotes or brackets, before white space, which goes to the next one). A longer sentence starts
 * a document and is cut every T tokens; what follows may fill up its last piece. The documents of a passage, decoded and
 * joined, are the passage. */
int bora_corpus_build(bora_corpus *c, const bora_source *s, bora_tokenizer *t, int T, bora_task_choice choice, int count,
                      const char *const *names, int n_names, bora_error *e);
void bora_corpus_free(bora_corpus *c);

/* Assign every document a part, the same for all seeds: within each task, blocks of `block` neighbouring documents of one group
 * go to training, validation and test in the given shares (which sum to at most 1; training gets what is left). A validation or
 * test document that shares a run of `overlap` tokens (12; 0: no check) with any task's training part is BORA_DROPPED and
 * counted. */
int bora_corpus_split(bora_corpus *c, double validation, double test, int block, int overlap, bora_error *e);

/* Exchange documents between tasks at random, the same for all seeds, within each part of the split: each task keeps how many
 * it has of a part, and that is all its name still says. Tokens move, groups stay; neighbours no longer belong together, so
 * each document becomes a block of its own. */
int bora_corpus_shuffle(bora_corpus *c, bora_error *e);

/* How training documents are drawn from each task's training part. Halves: number / 2^k with k = 0..3 in turn over the tasks;
 * the seeds 4j to 4j + 3 make a Latin square: one order of the tasks, and every task has each size once. */
typedef enum {
    BORA_DRAW_ALL,
    BORA_DRAW_FRACTION,
    BORA_DRAW_NUMBER,
    BORA_DRAW_SIZES,
    BORA_DRAW_POWER,
    BORA_DRAW_HALVES
} bora_draw_rule;
typedef struct {
    bora_draw_rule rule;
    double fraction; /* (0, 1]: ceil(fraction * documents)                                   */
    size_t number;
    const double *sizes; /* [n_sizes], n_sizes = D: the seed assigns them to the tasks at random */
    int n_sizes;
    double least, most; /* power: D sizes evenly spaced in logarithm, assigned at random as far as tasks have so
                           many; most 0: what the largest has, and a task gets all it has if that is less */
    bool has_new;       /* new_task gets new_documents, 0 too, whatever the rule */
    int new_task;
    size_t new_documents;
    double scale; /* sizes and number (not of halves) are multiplied by it, rounded, at least 1 ("half sizes") */
    size_t validation_cap, test_cap; /* 0: no cap; a cap keeps documents evenly spaced over the part */
} bora_draw;

/* What a run sees of a task: indices into task.documents, ascending. */
typedef struct {
    size_t *documents[BORA_SAMPLES]; /* by bora_part */
    size_t n[BORA_SAMPLES];
    size_t tokens[BORA_SAMPLES];
} bora_selection;
/* selections [D]. Too few documents in a training part is an error that names the task. */
int bora_draw_documents(const bora_corpus *c, const bora_draw *draw, uint64_t seed, bora_selection *selections, bora_error *e);
void bora_selections_free(bora_selection *selections, int D);

/* CSV of exactly what each task trains, validates and is tested on: task, split, document, group, tokens (ids,
 * space-separated), text. `document` is the index in task.documents, the id used in every result file. */
int bora_documents_write(const bora_corpus *c, const bora_selection *selections, const bora_tokenizer *t, FILE *out,
                         bora_error *e);

#endif
