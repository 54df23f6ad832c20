/* experiment.h: declarative experiment files: the settings and their schema, the parser, the plan of runs.
 *
 * An experiment file is YAML. Its keys, types, ranges, defaults and help stand once, in the table of schema.c, which drives
 * parsing, `bora explain`, the canonical text and the tests. parse.c reads a file, what it extends and a tier's overlay into one
 * bora_experiment; plan.c expands its sweep into runs. Nothing here trains, writes results or knows what a run costs.
 *
 *   file.yaml --extends--> base.yaml     later wins: base, file, tier's settings, tier's only.<experiment>.settings;
 *       |  tier.yaml                     then each point of the sweep
 *       v
 *   bora_experiment --expand--> bora_plan: settings, canonical text, slug, identity of each run
 */
#ifndef BORA_EXPERIMENT_H
#define BORA_EXPERIMENT_H

#include "base/base.h"
#include "model/model.h"
#include "text/text.h"

/* ---- the settings: one field a key, `data.draw` is s.data.draw ------------------------------------------------------------ */

enum { BORA_MAX_LIST = 128, BORA_NAME_SIZE = 96, BORA_PATH_SIZE = 1024 };

typedef enum { BORA_SOURCE_SOTU, BORA_SOURCE_BROWN, BORA_SOURCE_CSV } bora_source_choice;
typedef enum { BORA_STEP_POOLED, BORA_STEP_CENTRED } bora_step_choice;
typedef enum { BORA_RULE_CONSTANT, BORA_RULE_PROPORTIONAL } bora_rate_rule;

typedef char bora_name[BORA_NAME_SIZE];
typedef struct {
    double values[BORA_MAX_LIST];
    int n;
} bora_numbers;
typedef struct {
    bora_name values[BORA_MAX_LIST];
    int n;
} bora_names;

typedef struct bora_settings {
    struct {
        int source;                /* bora_source_choice                                            */
        char path[BORA_PATH_SIZE]; /* "": where the fetched data lie; else relative to its own file */
        bora_name task_column, text_column, group_column;
        int min_characters, min_documents, max_documents;
        int tasks, count; /* bora_task_choice */
        bora_names names;
        int block, overlap;
        double validation_share, test_share;
        int draw; /* bora_draw_rule */
        double fraction;
        int number;
        bora_numbers sizes;
        double scale;
        int validation_cap, test_cap;
    } data;
    struct {
        int vocabulary;
    } tokenizer;
    struct {
        int width, layers, heads, context;
    } model; /* C, L, H, T */
    struct {
        int source; /* bora_source_choice */
        char path[BORA_PATH_SIZE];
        bora_name task_column, text_column;
        double tokens;
        int batch;
        double learning_rate, warmup, weight_decay, clip;
        int seed;
    } pretrain;
    struct {
        bool targets[BORA_MATRICES];
        int rank;
        double alpha, spread;
    } adapter;
    struct {
        double tau; /* 0 ... INFINITY */
    } prior;
    struct {
        int step; /* bora_step_choice */
        double learning_rate, learning_rate_at_0, learning_rate_at_inf; /* the latter two: BORA_SAME or a number */
        int rule;                                                       /* bora_rate_rule */
        double beta1, beta2, epsilon;
    } optimizer;
    struct {
        int epochs, batch, seed;
    } run;
} bora_settings;

#define BORA_SAME (-1.0) /* the keyword `same` in place of a number */

/* ---- schema.c --------------------------------------------------------------------------------------------------------------- */

typedef enum { BORA_INTEGER, BORA_NUMBER, BORA_CHOICE, BORA_TEXT, BORA_PATH, BORA_NUMBERS, BORA_NAMES, BORA_SET } bora_type;

/* A setting matters only while `key` has one of the `values`: bits by a choice's number, or of prior.tau the BORA_TAU_ bits. */
enum { BORA_TAU_0 = 1, BORA_TAU_INTERIOR = 2, BORA_TAU_INF = 4 };
typedef struct {
    const char *key;
    unsigned values;
} bora_when;

typedef struct {
    const char *name; /* dotted */
    bora_type type;
    size_t offset;        /* in bora_settings */
    const char *unit;     /* "" if none */
    double low, high;     /* of numbers and of a list's elements, inclusive ...   */
    bool open;            /* ... or both exclusive                                */
    const char *choices;  /* of a choice or a set, separated by spaces; of a number: a keyword that stands for BORA_SAME */
    const char *standard; /* the default, as it would be written; NULL: must be given (while it matters) */
    bora_when when;       /* {NULL, 0}: always */
    bool left_out;        /* of the canonical text: another key or the data's hash stands for it */
    const char *help;     /* one line */
} bora_row;

extern const bora_row bora_schema[];
extern const size_t bora_schema_rows;

const bora_row *bora_schema_find(const char *key); /* NULL: no such key */
/* The word nearest to `word` by edit distance (a dotted word may also be named by its last part alone); NULL: none near enough. */
const char *bora_nearest(const char *word, const char *const *words, size_t n);
bool bora_schema_matters(const bora_row *row, const bora_settings *s);
void bora_settings_default(bora_settings *s);
/* What a value of the row (or of its list) must be: "a whole number from 1 to 4096". */
void bora_setting_expected(const bora_row *row, char expected[256]);
/* What a choice is called: bora_choice_name("data.draw", s.data.draw, name) gives "sizes". */
const char *bora_choice_name(const char *key, int value, bora_name name);
/* `bora explain`: all settings, one section ("data") or one key in full. */
int bora_explain(FILE *out, const char *key, bora_error *e);

/* ---- value.c ---------------------------------------------------------------------------------------------------------------- */

/* Set a scalar, or append to a list, from its text; false: it is not what bora_setting_expected says, or the list is full. */
bool bora_setting_read(const bora_row *row, bora_settings *s, const char *text);
void bora_setting_clear(const bora_row *row, bora_settings *s); /* zero, empty */
void bora_setting_copy(const bora_row *row, bora_settings *to, const bora_settings *from);
bool bora_setting_is_list(const bora_row *row);
int bora_setting_count(const bora_row *row, const bora_settings *s); /* of a list */
/* The shortest decimal that reads back to the same number. */
void bora_number_text(double value, char text[32]);
/* The value as it would be written in a file. The caller frees it. */
char *bora_setting_text(const bora_row *row, const bora_settings *s);

/* ---- parse.c ---------------------------------------------------------------------------------------------------------------- */

typedef enum {
    BORA_FIGURE_DOCUMENTS,
    BORA_FIGURE_PERPLEXITY_BY_TAU,
    BORA_FIGURE_GAIN_BY_SIZE,
    BORA_FIGURE_DISTANCE_BY_SIZE,
    BORA_FIGURE_PERPLEXITY_BY_SIZE,
    BORA_FIGURE_TRAINING_CURVES,
    BORA_FIGURE_PERPLEXITY_BY_RANK,
    BORA_FIGURE_RANK_BY_TAU,
    BORA_FIGURES
} bora_figure;
extern const char *const bora_figure_names[BORA_FIGURES];

enum { BORA_MAX_AXES = 8, BORA_MAX_RUNS = 4096 };

/* One key of the sweep: settings that differ from another only in `row`. */
typedef struct {
    const bora_row *row;
    bora_settings *values; /* [n] only the row's field is meaningful */
    int n;
} bora_axis;

typedef struct {
    bora_name name; /* `experiment:`, the folder of its results */
    char title[256];
    bora_settings settings; /* before the sweep */
    bora_axis axes[BORA_MAX_AXES];
    int n_axes;
    bora_figure figures[BORA_FIGURES];
    int n_figures;
} bora_experiment;

typedef struct {
    bora_names experiments; /* what the tier reproduces, in order; files are <experiments folder>/<name>.yaml */
} bora_tier;

/* Read and check `file`, all it extends and the tier's overlay (`tier`: path of its file or NULL). Every point of the sweep is checked
 * too. All problems are in e->message, a line each, `file:line:column: ...`. */
int bora_experiment_load(bora_experiment *x, const char *file, const char *tier, bora_error *e);
void bora_experiment_free(bora_experiment *x);
int bora_tier_load(bora_tier *t, const char *file, bora_error *e);

/* ---- plan.c ----------------------------------------------------------------------------------------------------------------- */

enum { BORA_SLUG_SIZE = 160 };

typedef struct {
    bora_settings settings; /* resolved: optimizer.learning_rate is the one in effect */
    char *canonical;        /* `key: value` lines in the schema's order: only what matters to the result; the run's settings.yaml */
    char slug[BORA_SLUG_SIZE];          /* readable, of the swept keys: tau-3000_seed-2; "run" without a sweep */
    char identity[BORA_SLUG_SIZE + 16]; /* slug, "-", 12 hexadecimal digits; the run's folder; "" before bora_planned_identify */
} bora_planned;

typedef struct {
    bora_planned *runs; /* in the sweep's order, the last key fastest */
    size_t n, merged;   /* merged: points left out because an earlier one comes to the same canonical text */
} bora_plan;

int bora_plan_expand(bora_plan *p, const bora_experiment *x, bora_error *e);
void bora_plan_free(bora_plan *p);
/* Name the run: slug and SHA-256 of its canonical text, its data and the numerics version. Where data lie is no part of the text, so data_hash must
 * cover the contents of data and pretraining data. */
void bora_planned_identify(bora_planned *r, const char *data_hash);
/* The learning rate in effect at s->prior.tau. */
double bora_settings_learning_rate(const bora_settings *s);
/* The part of the canonical text that makes the base model: tokenizer.*, model.*, pretrain.* . The caller frees it. */
char *bora_base_text(const bora_settings *s);
/* Its name, results/base/<hash>: 64 digits of SHA-256 of that text, of the pretraining data and of the numerics version. */
void bora_base_hash(const bora_settings *s, const char *data_hash, char hex[65]);
/* Why a run will or will not be trained, given the experiment's results `folder` (which need not exist): "reused", "new", "settings changed:
 * prior.tau, run.epochs" (against the most similar finished run of the same slug), or "data or numerics version changed". Returns whether it is reused. */
bool bora_planned_reason(const bora_planned *r, const char *folder, char reason[512]);

#endif
