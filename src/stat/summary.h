/* summary.h: an experiment's results in memory, and the few statistics that tables and figures share. */
#ifndef BORA_SUMMARY_H
#define BORA_SUMMARY_H

#include "stat/stat.h"

/* ---- results.c: CSV in ---------------------------------------------------------------------------------------------------------- */

typedef struct {
    char *path;
    char **cells; /* [rows + 1, columns]; row 0 is the header */
    size_t rows, columns;
} bora_table;

int bora_table_read(bora_table *t, const char *path, bora_error *e);
void bora_table_free(bora_table *t);
const char *bora_cell(const bora_table *t, size_t row, size_t column); /* row 1 is the first below the header */
/* -1 and an error that names the columns wanted and there. */
int bora_column(const bora_table *t, const char *name, size_t *column, bora_error *e);
/* A finite number, or inf where it is allowed; else an error with file and line. */
int bora_number(const bora_table *t, size_t row, size_t column, bool infinite, double *value, bora_error *e);

/* ---- summary.c -------------------------------------------------------------------------------------------------------------------- */

enum { BORA_AT_LAST, BORA_AT_COMMON, BORA_AT_TASK, BORA_ATS };       /* checkpoints, as in tasks.csv */
enum { BORA_OF_TRAIN, BORA_OF_VALIDATION, BORA_OF_TEST, BORA_OFS }; /* parts */

typedef struct {
    double epoch, documents[BORA_OFS], tokens[BORA_OFS], nll[BORA_OFS], distance, distance_from_start;
} bora_score;

typedef struct {
    char *name, *method;
    double seed, tau, rank, learning_rate;
    bora_score *scores; /* [BORA_ATS, D] */
    int epochs;
    double *train, *validation; /* [epochs + 1]: NLL per token, mean over tasks; train[0] is NaN */
} bora_outcome;

/* Runs that differ in the seed alone. */
typedef struct {
    double tau, rank, learning_rate;
    const bora_outcome **runs;
    int n;
} bora_cell_of_runs;

typedef struct {
    char *directory;
    char **tasks; /* [D] */
    int D, n, n_cells;
    bora_outcome *runs;       /* [n] */
    bora_cell_of_runs *cells; /* by tau, rank, learning rate ascending */
} bora_summary;

int bora_summary_read(bora_summary *s, const char *directory, bora_error *e);
void bora_summary_free(bora_summary *s);

/* NLL per token of a part at a checkpoint: mean over tasks (the headline), or, micro, over tokens. */
double bora_nll(const bora_summary *s, const bora_outcome *run, int at, int part, bool micro);
double bora_task_nll(const bora_summary *s, const bora_outcome *run, int at, int part, int d);
/* The run of a cell with this seed; NULL: none. */
const bora_outcome *bora_with_seed(const bora_cell_of_runs *c, double seed);
/* The first cell with this tau (and rank, if not negative); NULL: none. */
const bora_cell_of_runs *bora_find_cell(const bora_summary *s, double tau, double rank);
/* The cell between the limits of tau with the lowest mean over seeds of validation NLL at the common checkpoint; never looks at the test. */
const bora_cell_of_runs *bora_best_cell(const bora_summary *s);
/* Distinct values of tau, rank or learning rate, ascending, into values [s->n_cells]; returns how many. */
typedef enum { BORA_BY_TAU, BORA_BY_RANK, BORA_BY_RATE } bora_axis;
int bora_axis_values(const bora_summary *s, bora_axis axis, double *values);

typedef struct {
    double mean, sd, half; /* half: of the 95 % interval by Student's t; NaN for one value, as sd */
} bora_spread;
bora_spread bora_spread_of(const double *x, int n);
/* exp(NLL per token) over the seeds of a cell. */
bora_spread bora_perplexity(const bora_summary *s, const bora_cell_of_runs *c, int at, int part, bool micro);

/* ---- tables.c, plots.c --------------------------------------------------------------------------------------------------------------- */

int bora_tables_write(const bora_summary *s, bora_error *e);
int bora_plots_write(const bora_summary *s, bora_error *e);

/* A name for tau in print: 0, 3000, inf. Static, overwritten by the second call after. */
const char *bora_tau_name(double tau);

#endif
