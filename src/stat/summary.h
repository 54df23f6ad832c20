/* summary.h: an experiment's results in memory, the statistics that tables and figures share, and their writers. For stat/ and
 * its tests only.
 */
#ifndef BORA_SUMMARY_H
#define BORA_SUMMARY_H

#include "stat/inference.h"
#include "stat/stat.h"

/* ---- csv.c: the one reader of CSV files with a header; every problem has file and line ---------------------------------- */

typedef struct {
    char *path, *text;      /* text: all fields, each ended by NUL          */
    size_t *fields, *lines; /* [rows * columns] into text; [rows] line on which a row begins */
    size_t rows, columns;   /* row 0 is the header                          */
} bora_table;

int bora_table_read(bora_table *t, const char *path, bora_error *e);
void bora_table_free(bora_table *t);
const char *bora_table_cell(const bora_table *t, size_t row, size_t column);
int bora_table_column(const bora_table *t, const char *name, size_t *column, bora_error *e);
/* A number in [least, most]; inf only where most is INFINITY, NaN never. */
int bora_table_number(const bora_table *t, size_t row, size_t column, double least, double most, double *value, bora_error *e);
/* Numbers going out: nothing for NaN, `inf`, else the shortest of %.15g and %.17g that reads back. */
void bora_put_number(FILE *out, double value);
void bora_put_numbers(FILE *out, const double *x, int n); /* a comma before each */
void bora_end_row(FILE *out, const double *x, int n);     /* the same and a new line */

/* ---- results.c: an experiment's folder, checked: every run has every task at every checkpoint --------------------------- */

typedef enum { BORA_AT_LAST, BORA_AT_COMMON, BORA_AT_TASK, BORA_ATS } bora_at; /* checkpoints; COMMON: the headline */
extern const char *const bora_at_names[];                                      /* [BORA_ATS], in tasks.csv and documents.csv */
typedef enum { BORA_OF_TRAIN, BORA_OF_VALIDATION, BORA_OF_TEST, BORA_OFS } bora_of; /* parts of the documents */

typedef struct {
    double documents[BORA_OFS], tokens[BORA_OFS], nll[BORA_OFS]; /* nll: sum over the part */
    double distance, from_start;                                 /* ||theta_d - Theta||, ||theta_d - Theta_0|| */
} bora_outcome;

enum { BORA_KEYS = 9 }; /* settings beyond those that every runs.csv has: eight may be swept, and there is the variant */

typedef struct {
    char *name, *method, *values[BORA_KEYS];
    int setting; /* runs with equal values have equal numbers, from 0 in the order of the file */
    double seed, tau, rank, alpha, learning_rate; /* alpha NaN: not known */
    bora_outcome *outcomes; /* [BORA_ATS, D]                                                             */
    int epochs;             /* of curve                                                                  */
    double *curve;          /* [epochs + 1, BORA_OF_TEST]: NLL per token, mean over tasks; NaN: none; NULL: no curve.csv */
    double *objective;      /* [epochs + 1] sum_d NLL_d + tau/2 ||theta_d - Theta||^2, NLL as seen within the epoch; NaN at 0 */
} bora_finished;

typedef struct bora_summary bora_summary;
struct bora_summary {
    char *directory, **tasks; /* directory without a slash at its end; tasks [D], in the order of the first run's file */
    bora_finished
        *runs; /* [n] by setting; BoRA and its limits, then each other method; tau, rank, learning rate, seed ascending */
    char *keys[BORA_KEYS]; /* names of the settings in bora_finished.values */
    int n_keys, settings;  /* how many different combinations of values there are */
    bora_finished
        base; /* the base without adapters, from base.csv: validation and test at BORA_AT_COMMON; outcomes NULL: not known */
    int D, n, made;             /* made: different runs; one may stand in several settings, under its one name */
    const bora_summary *beside; /* [n_beside] of other experiments that figures show too, not owned */
    int n_beside;
};

int bora_summary_read(bora_summary *s, const char *directory, bora_error *e);
void bora_summary_free(bora_summary *s);
/* The last part of its folder's path. */
const char *bora_experiment_name(const bora_summary *s);
/* The runs of one setting alone: a view of s, not to be freed. */
bora_summary bora_summary_of_setting(const bora_summary *s, int setting);
/* The setting that has of this key the first value of the file and of the others the same values; -1: none other, or the key is
 * of the data: then there is nothing to compare. */
int bora_reference_setting(const bora_summary *s, int setting, int key);
/* Which of the keys has this name; -1: none. */
int bora_key_of(const bora_summary *s, const char *name);
/* Values of the run's setting, a field and a comma each; the names of the settings likewise. */
void bora_put_values(FILE *out, const bora_summary *s, const bora_finished *run);
void bora_put_keys(FILE *out, const bora_summary *s);
/* A line `  optimizer.step pooled, variant all:` of a part's setting. */
void bora_name_setting(FILE *out, const bora_summary *part);
/* Where nothing may be skipped: BORA_SKIPPED as BORA_BAD_INPUT, with the folder before its message; else `status`. */
int bora_needed(int status, const char *folder, bora_error *e);
/* As strcmp; but BoRA and its limits are one method, whose tau runs from 0 to inf, before all others. */
int bora_compare_methods(const char *a, const char *b);

/* ---- perplexity.c ------------------------------------------------------------------------------------------------------- */

/* NLL per token of one task. */
double bora_task_nll(const bora_summary *s, const bora_finished *run, bora_at at, bora_of of, int d);
/* How many documents one task was trained on. */
double bora_train_documents(const bora_summary *s, const bora_finished *run, int d);
/* exp(mean over tasks of NLL per token), the headline; exp(NLL per token of all tasks' tokens together), micro. */
double bora_perplexity(const bora_summary *s, const bora_finished *run, bora_at at, bora_of of);
double bora_micro_perplexity(const bora_summary *s, const bora_finished *run, bora_at at, bora_of of);

/* A perplexity is near the best up to so much more, per 1 of it (C8). */
#define BORA_NEAR 0.01

/* Runs that differ in nothing but the seed: neighbours in s->runs. */
typedef struct {
    const bora_finished *runs;
    int n;
    double tau, rank, learning_rate;
} bora_cell;
/* All cells, by method, tau, rank, learning rate ascending, into fresh *cells. BORA_SKIPPED (as by a writer, below) where they
 * are not one a tau, or one a tau and rank, a tau and learning rate, as the caller can tell apart, or where two runs of a cell
 * have the same seed. */
int bora_cells(const bora_summary *s, bool by_rank, bool by_rate, bora_cell **cells, int *n, bora_error *e);
/* Whether two cells are of one method and tau; how many of the cells, the first ones, are of BoRA and its limits; the end of
 * the method of cell `from`. */
bool bora_same_tau(const bora_cell *a, const bora_cell *b);
int bora_on_axis(const bora_cell *cells, int n);
int bora_end_of_method(const bora_cell *cells, int n, int from);

/* Over seeds. sd, half: NaN where n is 1. half: half width of the 95 % interval of the mean (Student's t, n - 1 degrees of
 * freedom). */
typedef struct {
    int n;
    double mean, sd, half, least, most;
} bora_spread;
bora_spread bora_spread_of(const double *x, int n);
typedef double bora_measure(const bora_summary *s, const bora_finished *run, bora_at at, bora_of of);
int bora_spread_of_cell(const bora_summary *s, const bora_cell *c, bora_measure *measure, bora_at at, bora_of of,
                        bora_spread *spread, bora_error *e);

/* Of a method's runs of this seed, rank and tau (0: any), the one with the lowest validation perplexity at `at` (the earliest
 * of equals); NULL: none. Never looks at the test. */
const bora_finished *bora_chosen_run(const bora_summary *s, const char *method, double rank, double tau, double seed,
                                     bora_at at);
/* Of BoRA's runs between its limits. */
double bora_highest_tau(const bora_summary *s);
/* runs [s->n] <- one run a seed, in the order of s->runs. Returns how many. */
int bora_one_a_seed(const bora_summary *s, const bora_finished **runs);
/* The run of a cell with this seed; NULL: none. */
const bora_finished *bora_with_seed(const bora_cell *c, double seed);
/* Of some cells the one with the lowest mean of log validation perplexity at the common checkpoint, over the seeds that all of
 * them have (the earliest of equals); NULL if there is no such seed. Never looks at the test. */
const bora_cell *bora_best_cell(const bora_summary *s, const bora_cell *cells, int n);

/* One cell a tau, and of them the limits (NULL: none) and the best between. BORA_SKIPPED if there is none between. */
typedef struct {
    bora_cell *cells; /* [n], to be freed */
    int n;
    const bora_cell *independent, *best, *unified;
} bora_contest;
int bora_contest_of(const bora_summary *s, bora_contest *c, bora_error *e);

/* ---- map.c -------------------------------------------------------------------------------------------------------------- */

/* Points [n, 2] whose distances are nearest to distance [n, n]: principal components of the centred points, by the eigenvectors
 * of their Gram matrix; each component's largest coordinate is positive. share [2]: of the variance. */
int bora_principal_map(const double *distance, int n, double *points, double *share, bora_error *e);

/* ---- figures.c, by_size.c, scaling.c, tables.c -------------------------------------------------------------------------- */

/* The status of what the data do not allow; e->message says in a sentence what is missing, or nothing where nobody would miss
 * it. */
enum { BORA_SKIPPED = -1 };
typedef int bora_csv_writer(const bora_summary *s, FILE *out, bora_error *e);
typedef struct {
    const char *name;
    bora_csv_writer *write; /* one CSV; on failure `out` holds rubbish */
    bool by_setting;        /* it tells runs of different settings apart; others see one setting at a time */
} bora_named_writer;
extern const bora_named_writer bora_figures[], bora_tables[]; /* ended by name NULL */
bora_csv_writer bora_adapter_map, bora_adapter_distances;
bora_csv_writer bora_gain_by_size, bora_distance_by_size, bora_perplexity_by_size;
bora_csv_writer bora_tau_by_rank;

/* ---- regret.c ----------------------------------------------------------------------------------------------------------- */

/* Runs on synthetic data: regret, NLL per token above the oracle's on the same test documents, mean over tasks. A row a setting
 * and method: predictors from counts, the limits, and BoRA with tau chosen on validation within each seed; its spread over
 * seeds. BORA_SKIPPED where a run has no truth.csv. */
bora_csv_writer bora_regret;
/* The same by size of the task's training part, in eight parts of the logarithm's range of each setting. BORA_SKIPPED where
 * settings differ in more than data.number. */
bora_csv_writer bora_regret_by_size;
/* A row a language: documents a task at which independent and unified are equally good, in theory (truth.csv) and of the runs,
 * found between the values of data.number; empty: not among them. BORA_SKIPPED where data.number is not swept. */
bora_csv_writer bora_crossover;
/* A run's truth.csv, a row a task. BORA_SKIPPED where there is none. */
int bora_truth_read(const bora_summary *s, const bora_finished *run, bora_table *t, bora_error *e);

/* ---- where_it_helps.c --------------------------------------------------------------------------------------------------- */

/* The map of kappa by documents a task (both must be swept): layer cell, a setting: BoRA's gain over the limit that is better
 * on validation (nats a token; tau chosen on validation too, within each seed; contrast.c), with the edges of its cell; layer
 * crossover: where independent and unified training cross in theory; layer domain: real data of the experiments beside, by
 * their heterogeneity.csv. */
bora_csv_writer bora_where_it_helps;

/* ---- new_task.c --------------------------------------------------------------------------------------------------------- */

/* Runs about a task that is new to the others (data.new): a row a number of its documents and method, over seeds, each with a
 * new task of its own: test perplexity, and NLL per token less BoRA's, paired by seed; tau chosen on validation within each.
 * BORA_SKIPPED where settings differ in something else than data.new. */
bora_csv_writer bora_new_task;

/* ---- blocks.c ----------------------------------------------------------------------------------------------------------- */

/* task, block, documents, tokens, then a column a run: the NLL of that block of test documents at the common checkpoint, or at
 * each task's own; empty where the run was tested on other documents. */
bora_csv_writer bora_blocks, bora_blocks_task;
extern const char *const bora_blocks_files[]; /* [BORA_ATS] names of their files; NULL: none */

/* What a run was tested on, by block: [units] each. */
typedef struct {
    int units, *task;                       /* ascending */
    double *block, *documents, *size, *nll; /* number within the task; how many; tokens; one allocation */
} bora_tested;
typedef struct {
    bora_tested *runs; /* [n] of the summary */
    int n;
} bora_block_sums;
/* The file of DIR, written by a report; BORA_SKIPPED where there is none. */
int bora_blocks_read(const bora_summary *s, bora_at at, bora_block_sums *b, bora_error *e);
void bora_blocks_free(bora_block_sums *b);

/* ---- contrast.c: two methods on the same seeds and test documents ------------------------------------------------------- */

/* What may stand on one side: the runs of a method, at a checkpoint. Of a side's options, and of a method's runs at any tau,
 * rank and learning rate, each seed takes the one with the lowest validation perplexity. */
typedef struct {
    const bora_summary *s;
    const bora_block_sums *blocks; /* of s, at this checkpoint */
    const char *method;
    bora_at at;
    double rank, tau; /* no other than these; 0: any */
} bora_option;
typedef struct {
    const bora_option *options;
    int n;
} bora_side;
typedef struct {
    const bora_option *option;
    const bora_finished *run;
} bora_choice;

typedef struct {
    int S, D;
    bora_choice *a, *b;  /* [S], of one seed each                                             */
    double *value, *x;   /* [S, units] difference of a and b by block; [S, D] ln N_d          */
    bora_crossed design; /* of these values; size and stratum are those of the first run of a */
} bora_pairs;
/* The seeds that every option of both sides has. BORA_SKIPPED where there are not two of them or a task has not two blocks. */
int bora_pairs_of(bora_side a, bora_side b, bora_pairs *p, bora_error *e);
/* Difference of differences: p's less q's of the same seeds, the two on the same documents. Its choices are the first of
 * each. */
int bora_pairs_less(const bora_pairs *p, const bora_pairs *q, bora_pairs *difference, bora_error *e);
void bora_pairs_free(bora_pairs *p);
/* Mean over tasks of the difference of NLL per token: the log ratio of the headline perplexities, below 0 where a is better;
 * *coverage (may be NULL): the share of simulated data that its 95 % interval covers, see bora_crossed_coverage. */
int bora_pairs_ratio(const bora_pairs *p, bora_estimate *ratio, double *coverage, bora_error *e);
/* The same of each task alone, [D]. */
int bora_pairs_tasks(const bora_pairs *p, bora_estimate *tasks, bora_error *e);

/* What a slope is of: a value of a pair and task. */
typedef double bora_pair_value(const bora_choice *a, const bora_choice *b, int d);
bora_pair_value bora_pair_gain;     /* NLL per token of b - of a on the test: the gain of a         */
bora_pair_value bora_pair_distance; /* ln distance from Theta of a - of b, both at the last epoch   */
/* Slope on ln N_d over all seeds and tasks, and the simulated coverage of its interval (bora_crossed_slope). variance NaN where
 * sizes do not vary or seeds or tasks are fewer than three. */
int bora_pairs_slope(const bora_pairs *p, bora_pair_value *value, bool within, bora_estimate *slope, double *coverage,
                     bora_error *e);
/* Rank correlation of gain and size over the tasks of a seed, its spread over seeds, and the p of its mean over permutations of
 * the tasks; NaN where sizes do not vary. */
int bora_pairs_spearman(const bora_pairs *p, bora_spread *rho, double *p_value, bora_error *e);

/* ---- contrast_table.c --------------------------------------------------------------------------------------------------- */

/* Differences of methods within this many nats a token count as none, slopes on ln N within that many. */
#define BORA_SAME_NLL 0.005
#define BORA_SAME_SLOPE 0.01

/* BoRA, its tau chosen within each seed, against every other method of the folder, a row a rank; and at the highest tau against
 * unified training, for which it stands in the paper. Gains are in nats a token, a slope is the gain's on ln N_d, in all and
 * within tasks; spearman its rank correlation with N_d. */
bora_csv_writer bora_contrasts;
/* Every method at each checkpoint, its tau chosen on the validation there within each seed, and BoRA, chosen likewise, against
 * it: the log ratio of perplexities over seeds, tasks and documents being given. How much of a method's standing is when it was
 * stopped. */
bora_csv_writer bora_checkpoints;
/* Of each setting the methods, and what BoRA is ahead of its limits, against the reference setting of each key. */
bora_csv_writer bora_contrasts_of_settings;
/* Lines of DIR/tables/contrasts.csv in words, the interval's simulated coverage beside it. */
int bora_print_contrasts(const bora_summary *s, FILE *out, bora_error *e);

/* ---- objective.c -------------------------------------------------------------------------------------------------------- */

/* A task's part of the paper's objective: NLL + tau/2 ||theta_d - Theta||^2. */
double bora_objective(double nll, double tau, double distance);
/* Of all tasks at the last epoch, exactly. What prior.form norm or another weight of the likelihood minimises is not this. */
double bora_final_objective(const bora_summary *s, const bora_finished *run);
/* Whether two runs differ in their setting alone, and were trained on the same tokens. */
bool bora_comparable(const bora_summary *s, const bora_finished *a, const bora_finished *b);
/* Final objectives of several settings: paired log ratios to the reference setting of each key, and the epochs that a run needs
 * to be where the slowest setting ends. */
bora_csv_writer bora_objectives;

/* ---- tex.c -------------------------------------------------------------------------------------------------------------- */

/* A cell as text, what means something to TeX escaped; what is a number in its shortest form, 1e-05 as mathematics, inf as its
 * sign, 10000 as 10{,}000. */
void bora_tex_text(FILE *out, const char *text);
void bora_tex_short(FILE *out, const char *text);

#endif
