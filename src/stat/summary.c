/* summary.c: an experiment's runs read, grouped by what differs beside the seed, and their perplexities. */
#include "stat/summary.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- reading ------------------------------------------------------------------------------------------------------------------------ */

static int read_numbers(const bora_table *t, size_t row, const char *const *names, double *const *values, size_t n, bora_error *e) {
    int status = BORA_OK;
    for (size_t i = 0; !status && i < n; i++) {
        size_t column;
        status = bora_column(t, names[i], &column, e);
        if (!status) status = bora_number(t, row, column, !strcmp(names[i], "tau"), values[i], e);
    }
    return status;
}

static int find_task(bora_summary *s, const char *name, bool grow) {
    int d = 0;
    while (d < s->D && strcmp(s->tasks[d], name)) d++;
    if (d < s->D) return d;
    char **longer = grow ? realloc(s->tasks, ((size_t)s->D + 1) * sizeof *longer) : NULL;
    if (!longer) return -1;
    s->tasks = longer;
    s->tasks[s->D++] = bora_format("%s", name);
    return d;
}

static int read_scores(bora_summary *s, bora_outcome *run, const bora_table *t, bora_error *e) {
    static const char *const names[] = {"epoch",          "train_documents",  "train_tokens",         "train_nll", "validation_documents",
                                        "validation_tokens", "validation_nll", "test_documents", "test_tokens", "test_nll",
                                        "distance",       "distance_from_start"};
    static const char *const checkpoints[] = {"last", "common", "task"};
    size_t name, checkpoint;
    int status = bora_column(t, "task", &name, e);
    if (!status) status = bora_column(t, "checkpoint", &checkpoint, e);
    for (size_t row = 1; !status && row <= t->rows && s->n == 0; row++)
        if (find_task(s, bora_cell(t, row, name), true) < 0) status = bora_fail(e, BORA_FAILED, "out of memory");
    if (!status) status = bora_calloc(&run->scores, (size_t)(BORA_ATS * s->D), sizeof *run->scores, "results", e);
    if (!status && t->rows != (size_t)(BORA_ATS * s->D))
        status = bora_fail(e, BORA_BAD_INPUT, "%s:%zu: %zu rows, expected %d tasks at 3 checkpoints", t->path, t->rows + 1, t->rows, s->D);
    for (size_t row = 1; !status && row <= t->rows; row++) {
        int at = 0, d = find_task(s, bora_cell(t, row, name), false);
        while (at < BORA_ATS && strcmp(checkpoints[at], bora_cell(t, row, checkpoint))) at++;
        if (d < 0 || at == BORA_ATS)
            return bora_fail(e, BORA_BAD_INPUT, "%s:%zu: unknown task '%s' or checkpoint '%s'", t->path, row + 1, bora_cell(t, row, name),
                             bora_cell(t, row, checkpoint));
        bora_score *x = &run->scores[at * s->D + d];
        double *const values[] = {&x->epoch,      &x->documents[0], &x->tokens[0], &x->nll[0], &x->documents[1], &x->tokens[1],
                                  &x->nll[1],     &x->documents[2], &x->tokens[2], &x->nll[2], &x->distance,     &x->distance_from_start};
        status = read_numbers(t, row, names, values, sizeof values / sizeof *values, e);
    }
    return status;
}

static int read_curve(const bora_summary *s, bora_outcome *run, const bora_table *t, bora_error *e) {
    static const char *const names[] = {"epoch", "train_tokens", "train_nll", "validation_tokens", "validation_nll"};
    run->epochs = (int)(t->rows / (size_t)s->D) - 1;
    if (run->epochs < 1 || t->rows % (size_t)s->D)
        return bora_fail(e, BORA_BAD_INPUT, "%s:%zu: %zu rows, expected every epoch of %d tasks", t->path, t->rows + 1, t->rows, s->D);
    int status = bora_calloc(&run->train, (size_t)run->epochs + 1, sizeof(double), "results", e);
    if (!status) status = bora_calloc(&run->validation, (size_t)run->epochs + 1, sizeof(double), "results", e);
    for (size_t row = 1; !status && row <= t->rows; row++) {
        double epoch, tokens, nll, validation_tokens, validation_nll;
        double *const values[] = {&epoch, &tokens, &nll, &validation_tokens, &validation_nll};
        status = read_numbers(t, row, names, values, 5, e);
        if (status) break;
        if (epoch < 0 || epoch > run->epochs) return bora_fail(e, BORA_BAD_INPUT, "%s:%zu: epoch %g, expected 0 to %d", t->path, row + 1, epoch, run->epochs);
        run->train[(int)epoch] += epoch > 0 ? nll / tokens / s->D : NAN;
        run->validation[(int)epoch] += validation_nll / validation_tokens / s->D;
    }
    return status;
}

static int read_file_of(bora_summary *s, bora_outcome *run, const char *file, bora_error *e) {
    bora_table t;
    char *path = bora_format("%s/%s/%s", s->directory, run->name, file);
    int status = bora_table_read(&t, path, e);
    free(path);
    if (status) return status;
    status = strcmp(file, "curve.csv") ? read_scores(s, run, &t, e) : read_curve(s, run, &t, e);
    bora_table_free(&t);
    return status;
}

static int read_run(bora_summary *s, const bora_table *index, size_t row, bora_error *e) {
    static const char *const names[] = {"seed", "tau", "rank", "learning_rate"};
    bora_outcome *run = &s->runs[s->n];
    size_t name, method;
    double *const values[] = {&run->seed, &run->tau, &run->rank, &run->learning_rate};
    int status = bora_column(index, "run", &name, e);
    if (!status) status = bora_column(index, "method", &method, e);
    if (!status) status = read_numbers(index, row, names, values, 4, e);
    if (status) return status;
    run->name = bora_format("%s", bora_cell(index, row, name));
    run->method = bora_format("%s", bora_cell(index, row, method));
    status = read_file_of(s, run, "tasks.csv", e);
    if (!status) status = read_file_of(s, run, "curve.csv", e);
    return status;
}

/* ---- grouping --------------------------------------------------------------------------------------------------------------------------- */

static int by_values(const void *a, const void *b) {
    const bora_cell_of_runs *x = a, *y = b;
    if (x->tau != y->tau) return x->tau < y->tau ? -1 : 1;
    if (x->rank != y->rank) return x->rank < y->rank ? -1 : 1;
    return (x->learning_rate > y->learning_rate) - (x->learning_rate < y->learning_rate);
}

/* The learning rate tells cells apart only where tau and rank do not: methods have learning rates of their own. */
static int group(bora_summary *s, bora_error *e) {
    int status = bora_calloc(&s->cells, (size_t)s->n, sizeof *s->cells, "results", e);
    for (int i = 0; !status && i < s->n; i++) {
        const bora_outcome *run = &s->runs[i];
        int c = 0;
        while (c < s->n_cells && !(s->cells[c].tau == run->tau && s->cells[c].rank == run->rank && s->cells[c].learning_rate == run->learning_rate)) c++;
        bora_cell_of_runs *cell = &s->cells[c];
        if (c == s->n_cells) {
            *cell = (bora_cell_of_runs){.tau = run->tau, .rank = run->rank, .learning_rate = run->learning_rate};
            status = bora_calloc(&cell->runs, (size_t)s->n, sizeof *cell->runs, "results", e);
            s->n_cells++;
        }
        if (!status) cell->runs[cell->n++] = run;
    }
    if (!status) qsort(s->cells, (size_t)s->n_cells, sizeof *s->cells, by_values);
    return status;
}

int bora_summary_read(bora_summary *s, const char *directory, bora_error *e) {
    *s = (bora_summary){.directory = bora_format("%s", directory)};
    bora_table index;
    char *path = bora_format("%s/runs.csv", directory);
    int status = bora_table_read(&index, path, e);
    if (!status && index.rows == 0) status = bora_fail(e, BORA_BAD_INPUT, "%s:1: no run is finished yet", path);
    free(path);
    if (!status) status = bora_calloc(&s->runs, index.rows, sizeof *s->runs, "results", e);
    for (size_t row = 1; !status && row <= index.rows; row++) {
        status = read_run(s, &index, row, e);
        s->n++;
    }
    if (!status) status = group(s, e);
    bora_table_free(&index);
    if (status) bora_summary_free(s);
    return status;
}

void bora_summary_free(bora_summary *s) {
    for (int i = 0; i < s->n; i++) {
        free(s->runs[i].name);
        free(s->runs[i].method);
        free(s->runs[i].scores);
        free(s->runs[i].train);
        free(s->runs[i].validation);
    }
    for (int c = 0; c < s->n_cells; c++) free(s->cells[c].runs);
    for (int d = 0; d < s->D; d++) free(s->tasks[d]);
    free(s->runs);
    free(s->cells);
    free(s->tasks);
    free(s->directory);
    *s = (bora_summary){0};
}

/* ---- statistics ----------------------------------------------------------------------------------------------------------------------- */

double bora_task_nll(const bora_summary *s, const bora_outcome *run, int at, int part, int d) {
    const bora_score *x = &run->scores[at * s->D + d];
    return x->nll[part] / x->tokens[part];
}

double bora_nll(const bora_summary *s, const bora_outcome *run, int at, int part, bool micro) {
    double mean = 0, nll = 0, tokens = 0;
    for (int d = 0; d < s->D; d++) {
        const bora_score *x = &run->scores[at * s->D + d];
        mean += x->nll[part] / x->tokens[part] / s->D;
        nll += x->nll[part];
        tokens += x->tokens[part];
    }
    return micro ? nll / tokens : mean;
}

const bora_outcome *bora_with_seed(const bora_cell_of_runs *c, double seed) {
    for (int i = 0; c && i < c->n; i++)
        if (c->runs[i]->seed == seed) return c->runs[i];
    return NULL;
}

const bora_cell_of_runs *bora_find_cell(const bora_summary *s, double tau, double rank) {
    for (int c = 0; c < s->n_cells; c++)
        if (s->cells[c].tau == tau && (rank < 0 || s->cells[c].rank == rank)) return &s->cells[c];
    return NULL;
}

const bora_cell_of_runs *bora_best_cell(const bora_summary *s) {
    const bora_cell_of_runs *best = NULL;
    double lowest = INFINITY;
    for (int c = 0; c < s->n_cells; c++) {
        const bora_cell_of_runs *cell = &s->cells[c];
        double nll = 0;
        if (cell->tau == 0 || isinf(cell->tau)) continue;
        for (int i = 0; i < cell->n; i++) nll += bora_nll(s, cell->runs[i], BORA_AT_COMMON, BORA_OF_VALIDATION, false) / cell->n;
        if (nll < lowest) best = cell, lowest = nll;
    }
    return best;
}

static int ascending(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

int bora_axis_values(const bora_summary *s, bora_axis axis, double *values) {
    int n = 0;
    for (int c = 0; c < s->n_cells; c++) {
        const bora_cell_of_runs *x = &s->cells[c];
        double value = axis == BORA_BY_TAU ? x->tau : axis == BORA_BY_RANK ? x->rank : x->learning_rate;
        int i = 0;
        while (i < n && values[i] != value) i++;
        if (i == n) values[n++] = value;
    }
    qsort(values, (size_t)n, sizeof *values, ascending);
    return n;
}

bora_spread bora_spread_of(const double *x, int n) {
    bora_spread r = {gsl_stats_mean(x, 1, (size_t)n), NAN, NAN};
    if (n < 2) return r;
    r.sd = gsl_stats_sd(x, 1, (size_t)n);
    r.half = gsl_cdf_tdist_Pinv(0.975, n - 1) * r.sd / sqrt(n);
    return r;
}

bora_spread bora_perplexity(const bora_summary *s, const bora_cell_of_runs *c, int at, int part, bool micro) {
    double *x = calloc((size_t)c->n, sizeof *x);
    if (!x) abort();
    for (int i = 0; i < c->n; i++) x[i] = exp(bora_nll(s, c->runs[i], at, part, micro));
    bora_spread r = bora_spread_of(x, c->n);
    free(x);
    return r;
}

const char *bora_tau_name(double tau) {
    static char names[2][32];
    static int next;
    char *name = names[next ^= 1];
    if (isinf(tau)) snprintf(name, sizeof names[0], "inf");
    else snprintf(name, sizeof names[0], tau == floor(tau) && tau < 1e15 ? "%.0f" : "%g", tau);
    return name;
}
