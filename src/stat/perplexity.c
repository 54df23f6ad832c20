/* perplexity.c: perplexities of runs, cells of runs that differ in the seed alone, their spread over seeds (GSL), and the
 * choice of a cell on validation. */
#include "stat/summary.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

double bora_task_nll(const bora_summary *s, const bora_finished *run, bora_at at, bora_of of, int d) {
    const bora_outcome *x = &run->outcomes[(int)at * s->D + d];
    return x->nll[of] / x->tokens[of];
}

double bora_train_documents(const bora_summary *s, const bora_finished *run, int d) {
    return run->outcomes[BORA_AT_COMMON * s->D + d].documents[BORA_OF_TRAIN];
}

double bora_perplexity(const bora_summary *s, const bora_finished *run, bora_at at, bora_of of) {
    /* [eq:perplexity] */
    double sum = 0;
    for (int d = 0; d < s->D; d++) sum += bora_task_nll(s, run, at, of, d);
    return exp(sum / s->D);
    /* [/eq:perplexity] */
}

double bora_micro_perplexity(const bora_summary *s, const bora_finished *run, bora_at at, bora_of of) {
    double nll = 0, tokens = 0;
    for (int d = 0; d < s->D; d++) {
        nll += run->outcomes[(int)at * s->D + d].nll[of];
        tokens += run->outcomes[(int)at * s->D + d].tokens[of];
    }
    return exp(nll / tokens);
}

bora_spread bora_spread_of(const double *x, int n) {
    bora_spread r = {n,   gsl_stats_mean(x, 1, (size_t)n), NAN,
                     NAN, gsl_stats_min(x, 1, (size_t)n),  gsl_stats_max(x, 1, (size_t)n)};
    if (n > 1) {
        r.sd = gsl_stats_sd(x, 1, (size_t)n);
        r.half = gsl_cdf_tdist_Pinv(0.975, n - 1) * r.sd / sqrt(n);
    }
    return r;
}

int bora_spread_of_cell(const bora_summary *s, const bora_cell *c, bora_measure *measure, bora_at at, bora_of of,
                        bora_spread *spread, bora_error *e) {
    double *x;
    int status = bora_calloc(&x, (size_t)c->n, sizeof *x, "perplexities", e);
    if (status) return status;
    for (int i = 0; i < c->n; i++) x[i] = measure(s, &c->runs[i], at, of);
    *spread = bora_spread_of(x, c->n);
    free(x);
    return BORA_OK;
}

/* ---- cells -------------------------------------------------------------------------------------------------------------- */

static bool same_method(const bora_cell *a, const bora_cell *b) {
    return !bora_compare_methods(a->runs[0].method, b->runs[0].method);
}
bool bora_same_tau(const bora_cell *a, const bora_cell *b) { return a->tau == b->tau && same_method(a, b); }

int bora_on_axis(const bora_cell *cells, int n) {
    return n && !bora_compare_methods(cells[0].runs[0].method, "bora") ? bora_end_of_method(cells, n, 0) : 0;
}

int bora_end_of_method(const bora_cell *cells, int n, int from) {
    int to = from + 1;
    while (to < n && same_method(&cells[to], &cells[from])) to++;
    return to;
}

/* NULL, or the first thing that keeps a and b, of one method and tau, from being told apart. */
static const char *confusion(const bora_cell *a, const bora_cell *b, bool by_rank, bool by_rate) {
    if (!bora_same_tau(a, b) || (by_rank && a->rank != b->rank) || (by_rate && a->learning_rate != b->learning_rate))
        return NULL;
    return a->rank != b->rank ? "rank" : "learning rate";
}

static int check(const bora_cell *cells, int n, bool by_rank, bool by_rate, bora_error *e) {
    for (int i = 0; i < n; i++) {
        for (int j = 1; j < cells[i].n; j++)
            if (cells[i].runs[j].seed == cells[i].runs[j - 1].seed)
                return bora_fail(e, BORA_SKIPPED, "runs '%s' and '%s' have the same method, tau, rank, learning rate and seed",
                                 cells[i].runs[j - 1].name, cells[i].runs[j].name);
        for (int j = i + 1; j < n; j++) {
            const char *what = confusion(&cells[i], &cells[j], by_rank, by_rate);
            if (what) return bora_fail(e, BORA_SKIPPED, "the runs at tau %g differ in %s", cells[i].tau, what);
        }
    }
    return BORA_OK;
}

int bora_cells(const bora_summary *s, bool by_rank, bool by_rate, bora_cell **cells, int *n, bora_error *e) {
    bora_cell *all;
    int status = bora_calloc(&all, (size_t)s->n, sizeof *all, "cells", e);
    if (status) return status;
    *n = 0;
    for (int i = 0; i < s->n; i++) {
        const bora_finished *run = &s->runs[i];
        bora_cell *c = &all[*n - (*n > 0)];
        if (*n == 0 || bora_compare_methods(c->runs[0].method, run->method) || c->tau != run->tau || c->rank != run->rank ||
            c->learning_rate != run->learning_rate)
            all[(*n)++] = (bora_cell){run, 1, run->tau, run->rank, run->learning_rate};
        else c->n++;
    }
    status = check(all, *n, by_rank, by_rate, e);
    if (status) free(all);
    else *cells = all;
    return status;
}

/* [lab:choice] */
const bora_finished *bora_chosen_run(const bora_summary *s, const char *method, double rank, double tau, double seed,
                                     bora_at at) {
    const bora_finished *best = NULL;
    double lowest = INFINITY;
    for (int i = 0; i < s->n; i++) {
        const bora_finished *run = &s->runs[i];
        bool allowed = (rank == 0 || run->rank == rank) && (tau == 0 || run->tau == tau) && !strcmp(run->method, method);
        if (run->seed != seed || !allowed) continue;
        double validation = bora_perplexity(s, run, at, BORA_OF_VALIDATION);
        if (!best || validation < lowest) best = run, lowest = validation;
    }
    return best;
}
/* [/lab:choice] */

double bora_highest_tau(const bora_summary *s) {
    double most = 0;
    for (int i = 0; i < s->n; i++)
        if (!strcmp(s->runs[i].method, "bora")) most = fmax(most, s->runs[i].tau);
    return most;
}

const bora_finished *bora_with_seed(const bora_cell *c, double seed) {
    for (int i = 0; i < c->n; i++)
        if (c->runs[i].seed == seed) return &c->runs[i];
    return NULL;
}

const bora_cell *bora_best_cell(const bora_summary *s, const bora_cell *cells, int n) {
    const bora_cell *best = NULL;
    double lowest = INFINITY;
    for (int c = 0; c < n; c++) {
        double sum = 0;
        int shared = 0;
        for (int i = 0; i < cells[c].n; i++) {
            int has = 0;
            while (has < n && bora_with_seed(&cells[has], cells[c].runs[i].seed)) has++;
            if (has < n) continue;
            sum += log(bora_perplexity(s, &cells[c].runs[i], BORA_AT_COMMON, BORA_OF_VALIDATION));
            shared++;
        }
        if (shared && sum / shared < lowest) best = &cells[c], lowest = sum / shared;
    }
    return best;
}

int bora_contest_of(const bora_summary *s, bora_contest *c, bora_error *e) {
    *c = (bora_contest){0};
    int status = bora_cells(s, false, false, &c->cells, &c->n, e), first, last;
    if (status) return status;
    c->n = bora_on_axis(c->cells, c->n);
    first = c->n && c->cells[0].tau == 0;
    last = c->n - (c->n && c->cells[c->n - 1].tau == INFINITY);
    if (first) c->independent = &c->cells[0];
    if (last < c->n) c->unified = &c->cells[last];
    if (first < last) c->best = bora_best_cell(s, c->cells + first, last - first);
    if (c->best) return BORA_OK;
    free(c->cells);
    return bora_fail(e, BORA_SKIPPED,
                     first < last ? "the runs at tau between 0 and inf have no seed in common"
                                  : "no run with tau between 0 and inf");
}
