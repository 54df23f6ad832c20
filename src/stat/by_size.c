/* by_size.c: the numbers of figures with training documents on their x axis: a point a task and seed, means of neighbouring
 * points, and a least-squares line on ln N. Layers: point, mean, line (its two ends). */
#include "stat/summary.h"

#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <stdlib.h>

enum { BINS = 8 };

/* One cloud: what y is for a run and task; x is ln N. */
typedef struct {
    const char *series;
    const bora_cell *cell, *limit; /* limit: what a gain is measured from, else NULL */
    double (*y)(const bora_summary *s, const bora_finished *run, const bora_finished *limit, int d);
    double (*show)(double y); /* y as it is plotted: exp where the axis is logarithmic, else identity */
    bool line;
} cloud;

static void put_row(FILE *out, const char *layer, const cloud *c, double size, double y, double slope) {
    fprintf(out, "%s,%s", layer, c->series);
    bora_put_numbers(out, (const double[]){c->cell->tau, size, c->show(y), slope}, 4);
}

static void put_means(FILE *out, const cloud *c, const double *x, const double *y, size_t n) {
    double mean_x[BINS], mean_y[BINS];
    int bins = bora_bin_means(x, y, n, BINS, mean_x, mean_y);
    for (int b = 0; b < bins; b++) {
        put_row(out, "mean", c, exp(mean_x[b]), mean_y[b], NAN);
        fprintf(out, ",,\n");
    }
}

static void put_line(FILE *out, const cloud *c, const double *x, const double *y, size_t n) {
    bora_line line;
    if (!c->line || !bora_fit_line(x, y, n, &line)) return;
    double least, most;
    gsl_stats_minmax(&least, &most, x, 1, n);
    for (int end = 0; end < 2; end++) {
        double at = end ? most : least;
        put_row(out, "line", c, exp(at), line.intercept + line.slope * at, line.slope);
        fprintf(out, ",,\n");
    }
}

/* A gain compares runs of one seed: they must have had the same documents. */
static int same_tests(const bora_summary *s, const bora_finished *a, const bora_finished *b, bora_error *e) {
    for (int d = 0; d < s->D; d++) {
        int at = BORA_AT_COMMON * s->D + d;
        if (bora_train_documents(s, a, d) != bora_train_documents(s, b, d) ||
            a->outcomes[at].tokens[BORA_OF_TEST] != b->outcomes[at].tokens[BORA_OF_TEST])
            return bora_fail(e, BORA_BAD_INPUT, "%s: runs '%s' and '%s' have one seed but other documents of task '%s'",
                             s->directory, a->name, b->name, s->tasks[d]);
    }
    return BORA_OK;
}

static int put_cloud(const bora_summary *s, FILE *out, const cloud *c, bora_error *e) {
    double *x = NULL, *y = NULL;
    size_t n = 0, most = (size_t)(c->cell->n * s->D);
    int status = bora_calloc(&x, most, sizeof *x, "points", e);
    if (!status) status = bora_calloc(&y, most, sizeof *y, "points", e);
    for (int i = 0; !status && i < c->cell->n; i++) {
        const bora_finished *run = &c->cell->runs[i], *limit = c->limit ? bora_with_seed(c->limit, run->seed) : NULL;
        if (c->limit && !limit) continue;
        if (limit) status = same_tests(s, run, limit, e);
        for (int d = 0; !status && d < s->D; d++, n++) {
            x[n] = log(bora_train_documents(s, run, d));
            y[n] = c->y(s, run, limit, d);
            put_row(out, "point", c, bora_train_documents(s, run, d), y[n], NAN);
            fputc(',', out);
            bora_put_text(out, s->tasks[d]);
            fprintf(out, ",%.17g\n", run->seed);
        }
    }
    if (!status && n == 0)
        status = bora_fail(e, BORA_SKIPPED, "no seed has both a run at tau %g and one at tau %g", c->cell->tau, c->limit->tau);
    if (!status && gsl_stats_min(x, 1, n) == gsl_stats_max(x, 1, n))
        status = bora_fail(e, BORA_SKIPPED, "every task has %.0f training documents", exp(x[0]));
    if (!status) put_means(out, c, x, y, n);
    if (!status) put_line(out, c, x, y, n);
    free(x);
    free(y);
    return status;
}

static double identity(double y) { return y; }

static double gain(const bora_summary *s, const bora_finished *run, const bora_finished *limit, int d) {
    double a = bora_task_nll(s, run, BORA_AT_COMMON, BORA_OF_TEST, d),
           b = bora_task_nll(s, limit, BORA_AT_COMMON, BORA_OF_TEST, d);
    return 100 * (1 - exp(a - b)); /* per cent of the limit's perplexity */
}

static double log_distance(const bora_summary *s, const bora_finished *run, const bora_finished *limit, int d) {
    (void)limit;
    return log(run->outcomes[BORA_AT_COMMON * s->D + d].distance);
}

static double log_perplexity(const bora_summary *s, const bora_finished *run, const bora_finished *limit, int d) {
    (void)limit;
    return bora_task_nll(s, run, BORA_AT_COMMON, BORA_OF_TEST, d);
}

/* The clouds that have a cell, under one header. */
static int put_clouds(const bora_summary *s, FILE *out, const char *value, const cloud *clouds, int n, bora_error *e) {
    int status = BORA_OK;
    fprintf(out, "layer,series,tau,train_documents,%s,slope,task,seed\n", value);
    for (int i = 0; !status && i < n; i++)
        if (clouds[i].cell) status = put_cloud(s, out, &clouds[i], e);
    return status;
}

/* tau is BoRA's, best on validation; the series is the limit it is compared with. */
int bora_gain_by_size(const bora_summary *s, FILE *out, bora_error *e) {
    bora_contest c;
    int status = bora_contest_of(s, &c, e);
    if (status) return status;
    const cloud clouds[] = {{"independent", c.independent ? c.best : NULL, c.independent, gain, identity, true},
                            {"unified", c.unified ? c.best : NULL, c.unified, gain, identity, true}};
    if (!c.independent && !c.unified)
        status = bora_fail(e, BORA_SKIPPED, "no run at tau 0 and none at tau inf to compare with");
    if (!status) status = put_clouds(s, out, "gain", clouds, 2, e);
    free(c.cells);
    return status;
}

/* tau = 0, where nothing pulls theta_d to Theta, is the control. */
int bora_distance_by_size(const bora_summary *s, FILE *out, bora_error *e) {
    bora_contest c;
    int status = bora_contest_of(s, &c, e);
    if (status) return status;
    const cloud clouds[] = {{"independent", c.independent, NULL, log_distance, exp, true},
                            {"bora", c.best, NULL, log_distance, exp, true}};
    for (int i = 0; !status && i < 2; i++)
        for (int j = 0; !status && clouds[i].cell && j < clouds[i].cell->n * s->D; j++)
            if (clouds[i].cell->runs[j / s->D].outcomes[BORA_AT_COMMON * s->D + j % s->D].distance == 0)
                status = bora_fail(e, BORA_SKIPPED,
                                   "in run '%s' theta of task '%s' is Theta itself, which no logarithmic axis shows",
                                   clouds[i].cell->runs[j / s->D].name, s->tasks[j % s->D]);
    if (!status) status = put_clouds(s, out, "distance", clouds, 2, e);
    free(c.cells);
    return status;
}

int bora_perplexity_by_size(const bora_summary *s, FILE *out, bora_error *e) {
    bora_contest c;
    int status = bora_contest_of(s, &c, e);
    if (status) return status;
    const cloud clouds[] = {{"independent", c.independent, NULL, log_perplexity, exp, false},
                            {"unified", c.unified, NULL, log_perplexity, exp, false},
                            {"bora", c.best, NULL, log_perplexity, exp, false}};
    status = put_clouds(s, out, "perplexity", clouds, 3, e);
    free(c.cells);
    return status;
}
