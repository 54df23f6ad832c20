/* experiment.h: experiment files, the plan of runs that follows from one, and the runner. The only layer that knows settings.
 *
 * A setting is kept as its canonical text (schema.c checks it on the way in); typed getters read it. So defaults, files,
 * sweeps, tiers, identities and `settings.yaml` all speak one language.
 */
#ifndef BORA_EXPERIMENT_H
#define BORA_EXPERIMENT_H

#include "text/text.h"
#include "train/train.h"

/* ---- schema.c ----------------------------------------------------------------------------------------------------------- */

typedef enum { BORA_INTEGER, BORA_REAL, BORA_CHOICE, BORA_TEXT, BORA_REALS, BORA_TEXTS } bora_type;

/* id, name, type, unit, least, most, choices or keywords, default, help.
 *
 * The order carries meaning: it is that of the canonical text, from which runs have their names (bora_plan_identify), and
 * stretches of it decide
 *   data and base model, which runs may share: all up to PRETRAIN_SEED, but for the next (same_inputs of runner.c);
 *   what a run draws of its data: DATA_DRAW to DATA_PADDING;
 *   synthetic data alone: LANGUAGE_KIND to LANGUAGE_SEED (bora_matters);
 *   the base model: TOKENIZER_VOCABULARY to PRETRAIN_SEED (bora_base_text). */
/* clang-format off */
#define BORA_SETTINGS(X)                                                                                                                                                                                                                                                                                    \
    X(DATA_SOURCE, "data.source", CHOICE, "", 0, 0, "sotu|brown|csv|synthetic", "sotu", "where tasks come from; synthetic: drawn by language.*")                                                                                                                                                            \
    X(DATA_PATH, "data.path", TEXT, "", 0, 0, "", "", "folder or CSV file; empty: the folder that data/fetch fills")                                                                                                                                                                                        \
    X(DATA_TASK_COLUMN, "data.task_column", TEXT, "", 0, 0, "", "task", "CSV: column with the task's name")                                                                                                                                                                                                 \
    X(DATA_TEXT_COLUMN, "data.text_column", TEXT, "", 0, 0, "", "text", "CSV: column with the text")                                                                                                                                                                                                        \
    X(DATA_GROUP_COLUMN, "data.group_column", TEXT, "", 0, 0, "", "", "CSV: column of groups, rows of one together: no block of the split is of two; empty: none")                                                                                                                                                                \
    X(DATA_MIN_CHARACTERS, "data.min_characters", INTEGER, "characters", 0, 1e9, "", "0", "CSV: shorter texts are left out")                                                                                                                                                                                     \
    X(DATA_MIN_DOCUMENTS, "data.min_documents", INTEGER, "rows", 0, 1e9, "", "0", "CSV: tasks with fewer rows are left out")                                                                                                                                                                                \
    X(DATA_MAX_DOCUMENTS, "data.max_documents", INTEGER, "rows", 0, 1e9, "", "0", "CSV: tasks with more rows are left out; 0: no bound")                                                                                                                                                                    \
    X(DATA_TASKS, "data.tasks", CHOICE, "", 0, 0, "all|most-text|named", "all", "which tasks")                                                                                                                                                                                                              \
    X(DATA_COUNT, "data.count", INTEGER, "tasks", 1, 100000, "", "25", "how many tasks, for most-text")                                                                                                                                                                                                     \
    X(DATA_NAMES, "data.names", TEXTS, "", 0, 0, "", "[]", "which tasks, for named")                                                                                                                                                                                                                        \
    X(DATA_BLOCK, "data.block", INTEGER, "documents", 1, 10000, "", "8", "neighbouring documents that stay in one part of the split")                                                                                                                                                                       \
    X(DATA_OVERLAP, "data.overlap", INTEGER, "tokens", 0, 1000, "", "12", "a held-out document sharing such a run with training text is dropped")                                                                                                                                                           \
    X(DATA_VALIDATION, "data.validation_share", REAL, "", 0.01, 0.5, "", "0.25", "share of documents for validation")                                                                                                                                                                                       \
    X(DATA_TEST, "data.test_share", REAL, "", 0.01, 0.49, "", "0.25", "share of documents for the test")                                                                                                                                                                                                    \
    X(DATA_SHUFFLE, "data.shuffle", CHOICE, "", 0, 0, "no|yes", "no", "yes: within each part of the split documents are exchanged between all tasks, which then mean nothing")                                                                                                                              \
    X(DATA_DRAW, "data.draw", CHOICE, "", 0, 0, "all|fraction|number|sizes|power|halves", "all", "how training documents are drawn from the training part")                                                                                                                                                 \
    X(DATA_FRACTION, "data.fraction", REAL, "", 1e-6, 1, "", "1", "for fraction: share of each task's training part")                                                                                                                                                                                       \
    X(DATA_NUMBER, "data.number", INTEGER, "documents", 1, 1e9, "", "100", "for number: documents a task; for halves: of the tasks with most, others get 1/2, 1/4, 1/8 of it")                                                                                                                              \
    X(DATA_SIZES, "data.sizes", REALS, "documents", 1, 1e9, "", "[]", "for sizes: one a task, assigned to the tasks at random by the seed")                                                                                                                                                                 \
    X(DATA_SCALE, "data.scale", REAL, "", 1e-6, 1000, "", "1", "number and sizes are multiplied by it")                                                                                                                                                                                                     \
    X(DATA_LEAST, "data.least", REAL, "documents", 1, 1e9, "", "10", "for power: the smallest size")                                                                                                                                                                                                        \
    X(DATA_MOST, "data.most", REAL, "documents", 1, 1e9, "largest", "1000", "for power: the largest; sizes between are spaced evenly in logarithm. largest: what the largest task has, and no task more than it has")                                                                                       \
    X(DATA_NEW, "data.new", INTEGER, "documents", 0, 1e9, "none", "none", "of a new task, that of number run.seed modulo D by name; what bora, unified, frozen and then-task share is learnt in a first phase, of the others alone, and results are of the new task")                                       \
    X(DATA_VALIDATION_CAP, "data.validation_cap", INTEGER, "documents", 0, 1e9, "", "100", "validation documents a task at most; 0: all")                                                                                                                                                                   \
    X(DATA_TEST_CAP, "data.test_cap", INTEGER, "documents", 0, 1e9, "", "200", "test documents a task at most; 0: all")                                                                                                                                                                                     \
    X(DATA_PADDING, "data.padding", CHOICE, "", 0, 0, "none|scored", "none", "scored: documents are filled up to the context with <|endoftext|>, trained on and scored")                                                                                                                                    \
    X(LANGUAGE_KIND, "language.kind", CHOICE, "", 0, 0, "dirichlet|low-rank", "dirichlet", "how tasks vary about the centre (src/text/language.c)")                                                                                                                                                         \
    X(LANGUAGE_KAPPA, "language.kappa", REAL, "", 0.1, 1e9, "", "30", "dirichlet: precision of tasks about the centre")                                                                                                                                                                                    \
    X(LANGUAGE_SIGMA, "language.sigma", REAL, "", 0, 10, "", "1", "low-rank: standard deviation of logits")                                                                                                                                                                                                 \
    X(LANGUAGE_RANK, "language.true_rank", INTEGER, "", 1, 64, "", "2", "low-rank: the true rank")                                                                                                                                                                                                          \
    X(LANGUAGE_TASKS, "language.tasks", INTEGER, "tasks", 1, 9999, "", "25", "D")                                                                                                                                                                                                                           \
    X(LANGUAGE_DOCUMENTS, "language.documents", INTEGER, "documents", 4, 1e6, "", "1000", "made for each task, all parts together")                                                                                                                                                                         \
    X(LANGUAGE_LENGTH, "language.length", INTEGER, "symbols", 2, 4096, "", "32", "of a document")                                                                                                                                                                                                           \
    X(LANGUAGE_SYMBOLS, "language.symbols", INTEGER, "", 2, 64, "", "64", "of the alphabet")                                                                                                                                                                                                                \
    X(LANGUAGE_SUCCESSORS, "language.successors", INTEGER, "", 2, 64, "", "8", "symbols that may follow each, the same in all tasks")                                                                                                                                                                       \
    X(LANGUAGE_CLUSTERS, "language.clusters", INTEGER, "", 1, 100, "", "1", "of tasks, each with a centre of its own")                                                                                                                                                                                      \
    X(LANGUAGE_OUTLIER, "language.outlier", CHOICE, "", 0, 0, "no|yes", "no", "yes: the last task has a centre of its own")                                                                                                                                                                                 \
    X(LANGUAGE_BASE, "language.base_documents", INTEGER, "documents", 100, 1e7, "", "20000", "of the base model's text, whose centre is no task's")                                                                                                                                                         \
    X(LANGUAGE_SEED, "language.seed", INTEGER, "", 0, 1e15, "", "1", "of the language")                                                                                                                                                                                                                     \
    X(TOKENIZER_VOCABULARY, "tokenizer.vocabulary", INTEGER, "tokens", 257, 1000000, "", "2048", "size V, learnt on the pretraining text")                                                                                                                                                                  \
    X(MODEL_WIDTH, "model.width", INTEGER, "", 8, 8192, "", "128", "C")                                                                                                                                                                                                                                     \
    X(MODEL_LAYERS, "model.layers", INTEGER, "", 1, 64, "", "4", "L")                                                                                                                                                                                                                                       \
    X(MODEL_HEADS, "model.heads", INTEGER, "", 1, 64, "", "4", "H; divides the width")                                                                                                                                                                                                                      \
    X(MODEL_CONTEXT, "model.context", INTEGER, "tokens", 2, 4096, "", "64", "T, the longest document")                                                                                                                                                                                                      \
    X(PRETRAIN_SOURCE, "pretrain.source", CHOICE, "", 0, 0, "sotu|brown|synthetic", "brown", "text of the base model and the tokenizer")                                                                                                                                                                    \
    X(PRETRAIN_PATH, "pretrain.path", TEXT, "", 0, 0, "", "", "its folder; empty: the folder that data/fetch fills")                                                                                                                                                                                        \
    X(PRETRAIN_TOKENS, "pretrain.tokens", REAL, "tokens", 1, 1e12, "", "4.8e6", "how many tokens the base is trained on")                                                                                                                                                                                   \
    X(PRETRAIN_BATCH, "pretrain.batch", INTEGER, "documents", 1, 65536, "", "32", "documents a step")                                                                                                                                                                                                       \
    X(PRETRAIN_RATE, "pretrain.learning_rate", REAL, "", 1e-9, 1, "", "2e-3", "peak rate of AdamW")                                                                                                                                                                                                         \
    X(PRETRAIN_WARMUP, "pretrain.warmup", REAL, "", 0, 1, "", "0.05", "share of the steps with a rising rate")                                                                                                                                                                                              \
    X(PRETRAIN_DECAY, "pretrain.weight_decay", REAL, "", 0, 10, "", "0.1", "of matrices, decoupled")                                                                                                                                                                                                        \
    X(PRETRAIN_CLIP, "pretrain.clip", REAL, "", 1e-9, 1e9, "", "1", "largest global norm of the gradient")                                                                                                                                                                                                  \
    X(PRETRAIN_SEED, "pretrain.seed", INTEGER, "", 0, 1e15, "", "1", "of initial weights and order")                                                                                                                                                                                                        \
    X(ADAPTER_TARGETS, "adapter.targets", TEXTS, "", 0, 0, "q|k|v|o|up|down", "[q, k, v, o, up, down]", "which linear layers are adapted")                                                                                                                                                                  \
    X(ADAPTER_RANK, "adapter.rank", INTEGER, "", 1, 1024, "", "8", "r")                                                                                                                                                                                                                                     \
    X(ADAPTER_ALPHA, "adapter.alpha", REAL, "", 1e-9, 1e9, "", "8", "the layer adds (alpha/r) B A x")                                                                                                                                                                                                       \
    X(ADAPTER_SPREAD, "adapter.spread", REAL, "", 0, 10, "", "0", "standard deviation of theta_d about Theta_0 at the start")                                                                                                                                                                               \
    X(METHOD_KIND, "method.kind", CHOICE, "", 0, 0, "bora|independent|unified|ridge|frozen|then-task|additive", "bora", "bora: independent at tau 0, unified at inf; ridge: prior about Theta_0; frozen: about the unified adapter; then-task: unified, then each task; additive: shared and task adapter") \
    X(PRIOR_TAU, "prior.tau", REAL, "", 0, 1e30, "inf", "3000", "precision of the prior; 0: independent, inf: unified")                                                                                                                                                                                     \
    X(PRIOR_FIRST_TAU, "prior.first_tau", REAL, "", 0, 1e30, "same", "same", "of the first phase of bora (data.new); same: as prior.tau")                                                                                                                                                                   \
    X(PRIOR_FORM, "prior.form", CHOICE, "", 0, 0, "gaussian|norm", "gaussian", "norm: tau times the un-squared distances of all A and B")                                                                                                                                                                   \
    X(PRIOR_SHARE, "prior.share", CHOICE, "", 0, 0, "spread|full", "spread", "full: a batch's part of a task stands for all its documents, whose prior is full in each batch, in it or not")                                                                                                                \
    X(LIKELIHOOD_WEIGHT, "likelihood.weight", CHOICE, "", 0, 0, "sum|mean-token", "sum", "mean-token: a task's documents times its mean token loss")                                                                                                                                                        \
    X(OPTIMIZER_STEP, "optimizer.step", CHOICE, "", 0, 0, "pooled|centred|shifted|plain", "pooled", "step between the limits of tau; plain: Adam coded apart, for the limits")                                                                                                                              \
    X(OPTIMIZER_RATE, "optimizer.learning_rate", REAL, "", 1e-12, 10, "", "2e-3", "between the limits of tau")                                                                                                                                                                                              \
    X(OPTIMIZER_RATE_0, "optimizer.learning_rate_at_0", REAL, "", 1e-12, 10, "same", "same", "at tau = 0; same: as optimizer.learning_rate")                                                                                                                                                                \
    X(OPTIMIZER_RATE_INF, "optimizer.learning_rate_at_inf", REAL, "", 1e-12, 10, "same", "same", "at tau = inf; same: as optimizer.learning_rate")                                                                                                                                                          \
    X(OPTIMIZER_RATE_THEN, "optimizer.learning_rate_then_task", REAL, "", 1e-12, 10, "same", "same", "of then-task after its unified phase; same: as at tau = 0")                                                                                                                                           \
    X(OPTIMIZER_RULE, "optimizer.rule", CHOICE, "", 0, 0, "constant|proportional", "constant", "proportional: learning_rate * tau / 3000 between the limits")                                                                                                                                               \
    X(OPTIMIZER_SCHEDULE, "optimizer.schedule", CHOICE, "", 0, 0, "constant|decaying", "constant", "decaying: half a cosine from the full rate to 0")                                                                                                                                                       \
    X(OPTIMIZER_BETA1, "optimizer.beta1", REAL, "", 0, 0.999999, "", "0.9", "Adam's")                                                                                                                                                                                                                       \
    X(OPTIMIZER_BETA2, "optimizer.beta2", REAL, "", 0, 0.999999, "", "0.999", "Adam's")                                                                                                                                                                                                                     \
    X(OPTIMIZER_EPSILON, "optimizer.epsilon", REAL, "", 1e-30, 1, "", "1e-8", "Adam's, added after bias correction")                                                                                                                                                                                        \
    X(RUN_EPOCHS, "run.epochs", INTEGER, "epochs", 1, 100000, "", "10", "fixed horizon")                                                                                                                                                                                                                    \
    X(RUN_FIRST_EPOCHS, "run.first_epochs", INTEGER, "epochs", 1, 100000, "same", "same", "of a first phase (data.new, frozen, then-task); same: as run.epochs")                                                                                                                                            \
    X(RUN_BATCH, "run.batch", INTEGER, "documents", 1, 4096, "", "32", "documents a step")                                                                                                                                                                                                                  \
    X(RUN_ORDER, "run.order", CHOICE, "", 0, 0, "shuffled|fixed", "shuffled", "fixed: the same batches in all epochs")                                                                                                                                                                                      \
    X(RUN_SEED, "run.seed", INTEGER, "", 0, 1e15, "", "1", "of sizes, drawn documents, start and order")
/* clang-format on */

typedef enum {
#define X(id, name, type, unit, least, most, choices, standard, help) BORA_##id,
    BORA_SETTINGS(X)
#undef X
        BORA_SETTING_COUNT
} bora_setting;

typedef struct {
    const char *name;
    bora_type type;
    const char *unit;
    double least, most;
    const char *choices; /* of a choice or list of texts; for a number: a word also allowed */
    const char *standard, *help;
} bora_schema_row;
extern const bora_schema_row bora_schema[BORA_SETTING_COUNT];

typedef struct {
    char *value[BORA_SETTING_COUNT]; /* canonical text, owned */
} bora_settings;

void bora_settings_default(bora_settings *s);
void bora_settings_copy(bora_settings *to, const bora_settings *from);
void bora_settings_free(bora_settings *s);
/* The canonical form of `text` as a value of setting i: fresh text, or NULL with what was expected in `expected`. A list is
 * written as in a file, [a, "b, c"]; bora_canonical_item takes one item of it, as it is, to be joined by commas. */
char *bora_canonical(bora_setting i, const char *text, char expected[256]);
char *bora_canonical_item(bora_setting i, const char *text, char expected[256]);
bool bora_is_list(bora_setting i);
/* Whether the setting can make a difference beside the others: data.names only if data.tasks is named. */
bool bora_matters(const bora_settings *s, bora_setting i);
/* method.kind and prior.tau resolved: what a run is, and its precision (0 and inf by name too). */
const bora_method *bora_method_of(const bora_settings *s);
double bora_tau(const bora_settings *s);
/* Whether one task is new (data.new); whether the run begins where a first phase ends: a unified run, or BoRA on other tasks.
 */
bool bora_has_new_task(const bora_settings *s);
bool bora_has_first_phase(const bora_settings *s);
int bora_decider(bora_setting i); /* the choice that decides whether i matters; -1: none */
/* The shortest text that reads back as value; whole numbers in full. Fresh text. */
char *bora_shortest(double value);
int bora_find_setting(const char *name);            /* -1: no such key */
const char *bora_nearest_setting(const char *name); /* by edit distance */
size_t bora_setting_names(const char **names);      /* [BORA_SETTING_COUNT], which is returned */
const char *bora_nearest(const char *name, const char *const *names, size_t n);
double bora_real(const bora_settings *s, bora_setting i); /* inf for the word inf */
int bora_integer(const bora_settings *s, bora_setting i);
bool bora_is(const bora_settings *s, bora_setting i, const char *value);
/* Which of its choices a setting has, from 0: where an enum stands for them (data.tasks, data.draw), in its order. */
int bora_choice_number(const bora_settings *s, bora_setting i);
/* Items of a list, into fresh arrays that the caller frees (names: each, then the array). Returns their number. */
int bora_reals(const bora_settings *s, bora_setting i, double **values);
int bora_texts(const bora_settings *s, bora_setting i, char ***texts);
void bora_texts_free(char **texts, int n);
/* All keys with type, range, default and help, or one of them. */
int bora_explain(FILE *out, const char *key, bora_error *e);
/* Combinations of settings that are impossible, each told of one of them. Returns how many. */
typedef struct {
    bora_setting setting;
    const char *problem;
} bora_clash;
enum { BORA_CLASHES = 40 };
int bora_settings_check(const bora_settings *s, bora_clash clashes[BORA_CLASHES]);

/* ---- parse.c ------------------------------------------------------------------------------------------------------------ */

enum { BORA_SWEEP_KEYS = 8, BORA_VARIANTS = 16, BORA_FIGURES = 16, BORA_BESIDE = 4, BORA_MOST_RUNS = 4096 };
typedef struct {
    int setting;
    char **values; /* canonical */
    int n;
} bora_sweep;

typedef struct {
    char *name;
    bora_settings settings; /* NULL: as in the file */
} bora_variant;

typedef struct {
    char *name, *title;
    bora_settings settings;
    bora_sweep sweep[BORA_SWEEP_KEYS]; /* in file order */
    int n_sweep;
    bora_variant variants[BORA_VARIANTS]; /* each over the settings at every point of the sweep, in file order */
    int n_variants;
    char *figures[BORA_FIGURES];
    int n_figures;
    char *beside[BORA_BESIDE]; /* experiments whose results figures show too */
    int n_beside;
} bora_experiment;

/* Read a file (its `extends` first), then the tier's overlay (`tier` a path, or NULL). A later file's setting also ends an
 * earlier sweep of its key; its variants replace all earlier ones. Every point of the sweep is checked, in each variant. All
 * problems are reported together, each `file:line:column: ...`. */
int bora_experiment_load(bora_experiment *x, const char *path, const char *tier, bora_error *e);
void bora_experiment_free(bora_experiment *x);
/* The experiments a tier runs: fresh names. */
int bora_tier_experiments(const char *tier, char ***names, int *n, bora_error *e);

/* ---- plan.c ------------------------------------------------------------------------------------------------------------- */

typedef struct {
    bora_settings settings;
    char *text; /* canonical: `key: value` lines in schema order, irrelevant keys left out, the effective learning rate and tau;
                   settings younger than results that exist are left out at their defaults too */
    char *slug; /* from the variant and the swept keys */
    char *identity; /* text, the data's hash and the numerics version: what results follow from; once the data are known */
    char *name;     /* slug-<12 hex digits of the identity's hash> */
} bora_plan_run;
/* A point of the sweep in a variant, and the run it comes to: points whose settings have the same effect are one run. */
typedef struct {
    bora_settings settings;
    char *variant; /* its name, or "" */
    int run;
} bora_plan_point;
typedef struct {
    bora_plan_run *runs; /* [n], each under the name of its first point */
    bora_plan_point *points;
    int n, n_points;
} bora_plan;

/* How many points the sweep and the variants have, or a number above BORA_MOST_RUNS. */
size_t bora_points(const bora_experiment *x);
/* Point i, the last key fastest, the variants slowest: x's settings with some values of its sweep and of a variant in their
 * place, none of it owned by s. chosen [n_sweep]: which values. The variant, 0 too if there are none. */
int bora_point(const bora_experiment *x, size_t i, bora_settings *s, int *chosen);
int bora_plan_expand(bora_plan *p, const bora_experiment *x, bora_error *e); /* x: as loaded, which checks it */
void bora_plan_free(bora_plan *p);
/* The effective learning rate of a run. */
double bora_learning_rate(const bora_settings *s);
/* Canonical text of the base model alone: tokenizer, model, pretraining. */
char *bora_base_text(const bora_settings *s);
/* The settings of a run's first phase, as of a run by itself on all tasks or all but the new one; their canonical text, which
 * tells first phases of one session apart; fresh. Only of a run that has one; the text of others is NULL. */
void bora_first_settings(const bora_settings *s, bora_settings *first);
char *bora_first_text(const bora_settings *s);
/* Gives a run identity and name. */
void bora_plan_identify(bora_plan_run *r, const char *data_hash);
/* Keys whose lines differ between two canonical texts, joined by commas; fresh text. */
char *bora_text_difference(const char *a, const char *b);

/* ---- inputs.c: data, tokenizer and base model of a set of settings ------------------------------------------------------ */

typedef struct {
    bora_source source, pretraining;
    bora_language language; /* of synthetic data; p NULL: none */
    char hash[65];          /* of both sources' text */
    char pretraining_hash[65];
    bora_tokenizer *tokenizer;
    bora_corpus corpus;
    bora_model model;
    char *base; /* folder of the base model: results/base/<hash of what it follows from> */
} bora_inputs;

/* Sources and their hashes, and where the base model is or will be. */
int bora_inputs_read(bora_inputs *x, const bora_settings *s, const char *data, const char *results, bora_error *e);
/* Tokenizer, corpus, and with `model` the base, trained if its folder does not hold it. */
int bora_inputs_prepare(bora_inputs *x, const bora_settings *s, const bora_kernels *k, int threads, bool model, bora_error *e);
/* Whether a folder holds a base model; its tokenizer, and the model unless m is NULL. */
bool bora_base_exists(const char *folder);
int bora_base_load(const char *folder, const bora_settings *s, bora_tokenizer **t, bora_model *m, bora_error *e);
void bora_inputs_free(bora_inputs *x);
bora_shape bora_shape_of(const bora_settings *s, const bora_tokenizer *t); /* t NULL: not made yet, V as the settings say */
/* The layout of a run's adapters. */
int bora_lora_of(const bora_settings *s, bora_shape shape, bora_lora *lora, bora_error *e);
/* The documents that a run draws of each task, into fresh *selections [D]. */
int bora_select_documents(const bora_inputs *x, const bora_settings *s, bora_selection **selections, bora_error *e);
/* The documents of a run, or of its first phase, as samples: where one task is new, of that one or of all others. */
int bora_dataset_of(const bora_inputs *x, const bora_settings *s, bool first_phase, bora_dataset *data, bora_error *e);
void bora_dataset_free(bora_dataset *data);

/* ---- cost.c ------------------------------------------------------------------------------------------------------------- */

/* Nominal FLOP (a token: 24 L C^2 linear, 2 C V head, 4 L T C attention, adapters 2 r (in + out)), memory and disk in bytes. */
typedef struct {
    double flop, bytes, disk;
    double first; /* FLOP of the first phase, which are not in flop: runs may share it */
} bora_cost;
bora_cost bora_predict(const bora_settings *s, const bora_source *source, int threads);
double bora_predict_base(const bora_settings *s); /* FLOP of pretraining the base model */
/* FLOP a second that a run reaches on this machine: two thirds of what products do, measured for a twentieth of a second. */
double bora_speed(const bora_kernels *k, int threads);

/* ---- generate.c: text from a finished run ------------------------------------------------------------------------------- */

typedef struct {
    const char *task, *prompt; /* task: its name, `Theta`, or `base`, the model without adapters */
    int tokens;                /* at most so many after the prompt */
    double temperature, top_p; /* see bora_next_token and bora_draw_token */
    uint64_t seed;
} bora_generation;
/* Prompt and continuation to `out`, UTF-8 always. `run`: the folder of a run, results/<tier>/<experiment>/<run>. */
int bora_generate(const char *run, const bora_generation *g, FILE *out, bora_error *e);
/* FOLDER/tables/samples.csv and .tex of an experiment: the prompt continued by the base, Theta and the tasks of bora_example,
 * with the same random numbers; or a sentence on standard output that says why there are none. g->task is not looked at. */
int bora_samples(const char *folder, const bora_generation *g, bora_error *e);

/* ---- recipe.c, phases.c, results.c, index.c, runner.c ------------------------------------------------------------------- */

typedef struct {
    const char *tier, *results, *data; /* tier NULL: the file as it is, under "custom" */
    int threads, index;                /* index -1: all runs */
    bora_generation generation;
} bora_options;

bora_recipe bora_recipe_of(const bora_settings *s);
bora_recipe bora_first_recipe_of(const bora_settings *s); /* of its first phase */
/* Where a first phase ended: what runs begin with that have the same one. */
typedef struct {
    char *text; /* what it follows from (bora_first_text) beside these inputs; NULL: none yet */
    const bora_inputs *inputs;
    float *Theta; /* [P] */
    double epoch; /* of the first phase */
} bora_first_phase;
void bora_first_phase_free(bora_first_phase *f);
/* Train a run, resumed where it was interrupted, into its folder of the experiment's folder. `last` is that of the last run
 * with a first phase: it is taken over or replaced. Its states, .NAME.state and .NAME.first.state beside that folder, are left
 * to the caller. */
int bora_run_phases(const char *experiment, const bora_plan_run *plan, const bora_inputs *x, bora_first_phase *last,
                    const bora_kernels *k, int threads, bora_error *e);
/* Write a finished run's folder (README lists its files): evaluates the checkpoints, one rename makes the folder appear.
 * seconds: what the run has taken before. */
int bora_results_write(const char *folder, const bora_plan_run *plan, const bora_inputs *x, bora_run *run, double seconds,
                       bora_error *e);
/* truth.csv of a run on synthetic data: a row a task, its entropy (nats a symbol), the summed NLL of its test documents under
 * the true probabilities and under predictors from the counts of the training documents: of the task alone, of all tasks as
 * one, the exact Bayes predictor (true kappa and centre; empty for low-rank), the one with kappa and centre estimated; that
 * kappa; how often in effect the training documents show a context (bora_observations); and the documents a task from which on
 * counts of a task alone predict better than those of all tasks as one, if all tasks have as many. */
int bora_truth_write(const char *path, const bora_inputs *x, const bora_dataset *data, bora_error *e);
/* heterogeneity.csv of real data: a row a task, its pairs of neighbouring tokens in the training documents, observations of a
 * context as in truth.csv, and the kappa of all tasks, with 64 symbols told apart and with fewer. */
int bora_heterogeneity_write(const char *path, const bora_inputs *x, const bora_dataset *data, bora_error *e);
bool bora_is_finished(const char *folder, const char *run);
/* runs.csv: a row a point of the plan whose run is finished; points may share a run. What the sweep varies beyond the columns
 * that every index has are columns behind them, by the settings' names; the variant, if there are any, is the last. */
int bora_index_write(const char *folder, const bora_experiment *x, const bora_plan *plan, bora_error *e);
/* base.csv: a row a task, documents, tokens and summed NLL of the base without adapters on validation and test documents. */
int bora_base_write(const char *path, const bora_dataset *data, bora_engine *engine, bora_error *e);
/* Train whatever of the experiment is not there yet; writes runs.csv. BORA_DIVERGED: some run is, the others are done. */
int bora_run_experiment(const char *file, const bora_options *options, bora_error *e);
/* Print the runs with their state and predicted cost. */
int bora_plan_print(const char *file, const bora_options *options, FILE *out, bora_error *e);
int bora_documents_print(const char *file, const bora_options *options, FILE *out, bora_error *e);
/* Make what base models of the plan (of one run: index) are missing; prints the folder of each. */
int bora_pretrain_only(const char *file, const bora_options *options, bora_error *e);
/* Path of a tier's file beside an experiment file; fresh text. */
char *bora_tier_path(const char *file, const char *tier);

#endif
