/* figures.c: the numbers of every figure but those by size; gnuplot draws them and computes nothing. All perplexities are of
 * the common checkpoint and, but for training curves, of the test set. */
#include "stat/summary.h"

#include <math.h>
#include <stdlib.h>

/* ---- documents: training documents a task ------------------------------------------------------------------------------- */

typedef struct {
    int task;
    bora_spread documents;
} size_of_task;

static int larger_first(const void *a, const void *b) {
    const size_of_task *x = a, *y = b;
    if (x->documents.mean != y->documents.mean) return x->documents.mean > y->documents.mean ? -1 : 1;
    return x->task - y->task;
}

/* All runs of a seed have the same documents. */
int bora_one_a_seed(const bora_summary *s, const bora_finished **runs) {
    int n = 0;
    for (int i = 0; i < s->n; i++) {
        int j = 0;
        while (j < n && runs[j]->seed != s->runs[i].seed) j++;
        if (j == n) runs[n++] = &s->runs[i];
    }
    return n;
}

static int documents(const bora_summary *s, FILE *out, bora_error *e) {
    const bora_finished **runs = NULL;
    size_of_task *sizes = NULL;
    double *x = NULL;
    int status = bora_calloc(&runs, (size_t)s->n, sizeof *runs, "runs", e), n = 0;
    if (!status) status = bora_calloc(&sizes, (size_t)s->D, sizeof *sizes, "sizes", e);
    if (!status) status = bora_calloc(&x, (size_t)s->n, sizeof *x, "sizes", e);
    if (!status) n = bora_one_a_seed(s, runs);
    for (int d = 0; !status && d < s->D; d++) {
        for (int i = 0; i < n; i++) x[i] = bora_train_documents(s, runs[i], d);
        sizes[d] = (size_of_task){d, bora_spread_of(x, n)};
    }
    if (!status) qsort(sizes, (size_t)s->D, sizeof *sizes, larger_first);
    fprintf(out, "layer,task,order,train_documents,least,most,seed\n");
    for (int k = 0; !status && k < s->D; k++) {
        const bora_spread *all = &sizes[k].documents;
        fprintf(out, "task,");
        bora_put_text(out, s->tasks[sizes[k].task]);
        bora_end_row(out, (const double[]){k, all->mean, all->least, all->most, NAN}, 5);
        for (int i = 0; i < n; i++) {
            fprintf(out, "seed,");
            bora_put_text(out, s->tasks[sizes[k].task]);
            double size = bora_train_documents(s, runs[i], sizes[k].task);
            bora_end_row(out, (const double[]){k, size, NAN, NAN, runs[i]->seed}, 5);
        }
    }
    free(runs);
    free(sizes);
    free(x);
    return status;
}

/* ---- perplexity_by_tau -------------------------------------------------------------------------------------------------- */

/* log10 of the taus between the limits, of which there are none where least > most. */
typedef struct {
    double least, most;
} span;

static span span_of(const bora_summary *s, int n) {
    span a = {INFINITY, -INFINITY};
    for (int k = 0; k < n; k++)
        for (int i = 0; i < s[k].n; i++) {
            double x = log10(s[k].runs[i].tau);
            if (isfinite(x) && !bora_compare_methods(s[k].runs[i].method, "bora"))
                a = (span){fmin(a.least, x), fmax(a.most, x)};
        }
    return a;
}

/* log10 tau; the limits, which a logarithmic axis does not have, stand beyond its ends. */
static double position(span a, double tau) {
    if (a.least > a.most) a = (span){0, 0};
    double apart = fmax(0.5, 0.2 * (a.most - a.least));
    return tau == 0 ? a.least - apart : isinf(tau) ? a.most + apart : log10(tau);
}

static int perplexity_by_tau(const bora_summary *s, FILE *out, bora_error *e) {
    bora_cell *cells;
    int n, status = bora_cells(s, false, false, &cells, &n, e);
    if (status) return status;
    n = bora_end_of_method(cells, n, 0); /* BoRA with its limits, or what was run in their place */
    const span x = span_of(s, 1);
    if (n < 2) status = bora_fail(e, BORA_SKIPPED, "runs at one tau only");
    fprintf(out, "layer,task,tau,position,perplexity,low,high,sd,half_95,seeds\n");
    for (int d = 0; !status && d < s->D; d++)
        for (int c = 0; c < n; c++) {
            double sum = 0;
            for (int i = 0; i < cells[c].n; i++)
                sum += exp(bora_task_nll(s, &cells[c].runs[i], BORA_AT_COMMON, BORA_OF_TEST, d));
            fprintf(out, "task,");
            bora_put_text(out, s->tasks[d]);
            bora_end_row(
                out,
                (const double[]){cells[c].tau, position(x, cells[c].tau), sum / cells[c].n, NAN, NAN, NAN, NAN, cells[c].n}, 8);
        }
    for (int c = 0; !status && c < n; c++) {
        bora_spread p;
        status = bora_spread_of_cell(s, &cells[c], bora_perplexity, BORA_AT_COMMON, BORA_OF_TEST, &p, e);
        if (status) break;
        fprintf(out, "mean,");
        bora_end_row(out, (const double[]){cells[c].tau, position(x, cells[c].tau), p.mean, p.least, p.most, p.sd, p.half, p.n},
                     8);
    }
    free(cells);
    return status;
}

/* ---- range_of_tau: the domains of this experiment and of those beside it ------------------------------------------------ */

/* The mean over tasks and seeds in units of the least between the limits, for how flat the curve is about it (C8); nothing
 * where limits are all there is. */
static int put_domain(const bora_summary *s, span x, FILE *out, bora_error *e) {
    bora_cell *cells = NULL;
    double *mean = NULL, best = INFINITY;
    int n, status = bora_cells(s, false, false, &cells, &n, e);
    if (!status) n = bora_on_axis(cells, n), status = bora_calloc(&mean, (size_t)n, sizeof *mean, "perplexities", e);
    for (int c = 0; !status && c < n; c++) {
        bora_spread p;
        status = bora_spread_of_cell(s, &cells[c], bora_perplexity, BORA_AT_COMMON, BORA_OF_TEST, &p, e);
        if (status) break;
        mean[c] = p.mean;
        if (cells[c].tau > 0 && !isinf(cells[c].tau)) best = fmin(best, p.mean);
    }
    for (int c = 0; !status && c < n && isfinite(best); c++) {
        bora_put_text(out, bora_experiment_name(s));
        bora_end_row(out, (const double[]){cells[c].tau, position(x, cells[c].tau), mean[c] / best, 1 + BORA_NEAR}, 4);
    }
    free(mean);
    free(cells);
    return status;
}

static int range_of_tau(const bora_summary *s, FILE *out, bora_error *e) {
    span x = span_of(s, 1), beside = span_of(s->beside, s->n_beside);
    x = (span){fmin(x.least, beside.least), fmax(x.most, beside.most)};
    int status = x.least < x.most ? BORA_OK : bora_fail(e, BORA_SKIPPED, "runs at one tau only");
    fprintf(out, "domain,tau,position,relative_perplexity,near\n");
    if (!status) status = put_domain(s, x, out, e);
    for (int i = 0; !status && i < s->n_beside; i++) status = put_domain(&s->beside[i], x, out, e);
    return status;
}

/* ---- perplexity_by_setting ---------------------------------------------------------------------------------------------- */

/* The mean over tasks by tau, a series a setting, called by its values. */
static int perplexity_by_setting(const bora_summary *s, FILE *out, bora_error *e) {
    int status = s->settings > 1 ? BORA_OK : bora_fail(e, BORA_SKIPPED, "runs of one setting");
    const span x = span_of(s, 1);
    fprintf(out, "series,tau,position,perplexity,low,high,sd,half_95,seeds\n");
    for (int i = 0; !status && i < s->settings; i++) {
        const bora_summary part = bora_summary_of_setting(s, i);
        char *name = bora_format("%s", part.runs->values[0]);
        bora_cell *cells = NULL;
        int n = 0;
        for (int k = 1; k < s->n_keys; k++) {
            char *longer = bora_format("%s / %s", name, part.runs->values[k]); /* gnuplot cuts at a comma */
            free(name);
            name = longer;
        }
        status = bora_cells(&part, false, false, &cells, &n, e);
        for (int c = 0; !status && c < bora_on_axis(cells, n); c++) {
            bora_spread p;
            status = bora_spread_of_cell(s, &cells[c], bora_perplexity, BORA_AT_COMMON, BORA_OF_TEST, &p, e);
            if (status) break;
            bora_put_text(out, name);
            bora_end_row(
                out, (const double[]){cells[c].tau, position(x, cells[c].tau), p.mean, p.least, p.most, p.sd, p.half, p.n}, 8);
        }
        free(cells);
        free(name);
    }
    return status;
}

/* ---- training_curves ---------------------------------------------------------------------------------------------------- */

/* The best on validation of a method behind the first. */
static bool is_best_of_method(const bora_summary *s, const bora_cell *cells, int n, int c) {
    int from = bora_end_of_method(cells, n, 0), to;
    while ((to = bora_end_of_method(cells, n, from)) <= c) from = to;
    return bora_best_cell(s, cells + from, to - from) == &cells[c];
}

/* Too many lines say nothing: of more than five taus of BoRA, or of what was run in its place, the limits, the ends of the grid
 * between them, and the best of it on validation; of each other method the best. */
static bool worth_a_curve(const bora_summary *s, const bora_cell *cells, int n, const bora_cell *best, int at) {
    double least = INFINITY, most = 0, tau = cells[at].tau;
    int taus = 0, axis = bora_end_of_method(cells, n, 0);
    if (at >= axis) return is_best_of_method(s, cells, n, at);
    for (int c = 0; c < axis; c++) {
        taus += c == 0 || cells[c].tau != cells[c - 1].tau;
        if (cells[c].tau > 0 && isfinite(cells[c].tau)) least = fmin(least, cells[c].tau), most = fmax(most, cells[c].tau);
    }
    return taus <= 5 || tau == 0 || isinf(tau) || tau == least || tau == most || (best && tau == best->tau);
}

static int put_curve(FILE *out, const char *panel, const char *series, const bora_cell *c, bora_of of, bora_error *e) {
    double *x;
    int status = bora_calloc(&x, (size_t)c->n, sizeof *x, "curves", e), epochs = c->runs[0].epochs;
    if (status) return status;
    for (int i = 1; i < c->n; i++)
        if (c->runs[i].epochs < epochs) epochs = c->runs[i].epochs;
    for (int epoch = 0; epoch <= epochs; epoch++) {
        for (int i = 0; i < c->n; i++) x[i] = exp(c->runs[i].curve[epoch * BORA_OF_TEST + (int)of]);
        bora_spread p = bora_spread_of(x, c->n);
        if (isnan(p.mean)) continue; /* no training before the first epoch */
        bora_put_text(out, panel);
        fputc(',', out);
        bora_put_text(out, series);
        fprintf(out, ",%s", of == BORA_OF_TRAIN ? "training" : "validation");
        bora_end_row(out, (const double[]){c->tau, c->rank, c->learning_rate, epoch, p.mean, p.least, p.most, p.n}, 8);
    }
    free(x);
    return BORA_OK;
}

/* What tells a cell from the others at its tau; of the only one there the learning rate. */
static void name_cell(char name[80], const bora_cell *cells, int n, const bora_cell *c) {
    bool rank = false, rate = false;
    for (int i = 0; i < n; i++)
        if (bora_same_tau(&cells[i], c))
            rank = rank || cells[i].rank != c->rank, rate = rate || cells[i].learning_rate != c->learning_rate;
    int used = rank ? snprintf(name, 80, "rank %g", c->rank) : 0;
    if (rate || !rank) snprintf(name + used, 80 - (size_t)used, "%slearning rate %g", rank ? " and " : "", c->learning_rate);
}

enum { NAME = 160 };

/* `τ = 100`; of another method `ridge τ = 100`. */
static void name_tau(char name[NAME], const bora_cell *c) {
    const char *method = c->runs[0].method;
    int used = bora_compare_methods(method, "bora") ? snprintf(name, NAME / 2, "%.60s ", method) : 0;
    if (isinf(c->tau)) snprintf(name + used, 40, "τ = ∞");
    else snprintf(name + used, 40, "τ = %g", c->tau);
}

static int curves_of(const bora_summary *s, FILE *out, const bora_cell *cells, int n, bora_error *e) {
    int status = BORA_OK, first = 0, last = bora_end_of_method(cells, n, 0);
    bool several = false; /* cells at one tau: then a panel is a tau, else a part of the documents */
    char tau[NAME], name[80];
    for (int c = 1; c < n; c++) several = several || bora_same_tau(&cells[c], &cells[c - 1]);
    while (first < last && cells[first].tau == 0) first++;
    while (last > first && isinf(cells[last - 1].tau)) last--;
    const bora_cell *best = bora_best_cell(s, cells + first, last - first);
    fprintf(out, "panel,series,part,tau,rank,learning_rate,epoch,perplexity,low,high,seeds\n");
    for (int of = BORA_OF_TRAIN; !several && of < BORA_OF_TEST; of++)
        for (int c = 0; !status && c < n; c++) {
            name_tau(tau, &cells[c]);
            if (worth_a_curve(s, cells, n, best, c))
                status = put_curve(out, of == BORA_OF_TRAIN ? "training" : "validation", tau, &cells[c], (bora_of)of, e);
        }
    for (int c = 0; several && !status && c < n; c++) {
        if (!worth_a_curve(s, cells, n, best, c)) continue;
        name_tau(tau, &cells[c]);
        name_cell(name, cells, n, &cells[c]);
        for (int of = BORA_OF_TRAIN; !status && of < BORA_OF_TEST; of++)
            status = put_curve(out, tau, name, &cells[c], (bora_of)of, e);
    }
    return status;
}

static int training_curves(const bora_summary *s, FILE *out, bora_error *e) {
    bora_cell *cells;
    for (int i = 0; i < s->n; i++)
        if (!s->runs[i].curve) return bora_fail(e, BORA_SKIPPED, "run '%s' has no curve.csv", s->runs[i].name);
    int n, status = bora_cells(s, true, true, &cells, &n, e);
    if (status) return status;
    status = curves_of(s, out, cells, n, e);
    free(cells);
    return status;
}

/* ---- perplexity_by_rank, rank_by_tau ------------------------------------------------------------------------------------ */

/* Both figures show the same numbers; row and column count distinct ranks and taus from 0. */
static int by_rank(const bora_summary *s, FILE *out, bora_error *e) {
    bora_cell *cells;
    int n, status = bora_cells(s, true, false, &cells, &n, e), column = 0, ranks = 1;
    if (status) return status;
    n = bora_on_axis(cells, n);
    for (int c = 1; c < n; c++) ranks += cells[c].rank != cells[0].rank;
    if (ranks < 2) status = bora_fail(e, BORA_SKIPPED, "runs at one rank only");
    fprintf(out, "column,row,tau,rank,perplexity,low,high,sd,half_95,seeds\n");
    for (int c = 0; !status && c < n; c++) {
        bora_spread p;
        int row = 0;
        column += c > 0 && cells[c].tau != cells[c - 1].tau;
        for (int i = 0; i < n; i++) { /* ranks below this one, each counted where it first stands */
            int j = 0;
            while (cells[j].rank != cells[i].rank) j++;
            row += j == i && cells[i].rank < cells[c].rank;
        }
        status = bora_spread_of_cell(s, &cells[c], bora_perplexity, BORA_AT_COMMON, BORA_OF_TEST, &p, e);
        if (status) break;
        fprintf(out, "%d,%d", column, row);
        bora_end_row(out, (const double[]){cells[c].tau, cells[c].rank, p.mean, p.least, p.most, p.sd, p.half, p.n}, 8);
    }
    free(cells);
    return status;
}

static int rank_by_tau(const bora_summary *s, FILE *out, bora_error *e) {
    bora_cell *cells;
    int n, status = bora_cells(s, true, false, &cells, &n, e);
    if (status) return status;
    n = bora_on_axis(cells, n);
    bool one = n == 0 || cells[0].tau == cells[n - 1].tau;
    free(cells);
    return one ? bora_fail(e, BORA_SKIPPED, "runs at one tau only") : by_rank(s, out, e);
}

const bora_named_writer bora_figures[] = {{"documents", documents, false},
                                          {"perplexity_by_tau", perplexity_by_tau, false},
                                          {"range_of_tau", range_of_tau, false},
                                          {"perplexity_by_setting", perplexity_by_setting, true},
                                          {"gain_by_size", bora_gain_by_size, false},
                                          {"distance_by_size", bora_distance_by_size, false},
                                          {"perplexity_by_size", bora_perplexity_by_size, false},
                                          {"training_curves", training_curves, false},
                                          {"perplexity_by_rank", by_rank, false},
                                          {"rank_by_tau", rank_by_tau, false},
                                          {"tau_by_rank", bora_tau_by_rank, true},
                                          {"regret_by_size", bora_regret_by_size, true},
                                          {"where_it_helps", bora_where_it_helps, true},
                                          {"new_task", bora_new_task, true},
                                          {"adapter_map", bora_adapter_map, false},
                                          {"adapter_distances", bora_adapter_distances, false},
                                          {NULL, NULL, false}};

const char *bora_figure_name(size_t i) { return i < sizeof bora_figures / sizeof *bora_figures ? bora_figures[i].name : NULL; }
