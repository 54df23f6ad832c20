/* tables.c: the rows of every table, as CSV with full precision; tex.c makes TeX of them. */
#include "stat/summary.h"

#include <math.h>
#include <stdlib.h>

/* The base without adapters, then a row a cell: test perplexity at the headline checkpoint with its spread over seeds, then at
 * the others, token-weighted, and the validation perplexity on which choices are made. */
static int by_tau(const bora_summary *s, FILE *out, bora_error *e) {
    bora_cell *cells;
    int n, status = bora_cells(s, true, false, &cells, &n, e);
    if (status) return status;
    fprintf(out, "method,tau,rank,learning_rate,seeds,perplexity,sd,half_95,least,most,perplexity_last,sd_last,perplexity_task,"
                 "sd_task,micro,"
                 "sd_micro,validation\n");
    if (s->base.outcomes) {
        fprintf(out, "base,,,,");
        bora_end_row(out,
                     (const double[]){bora_perplexity(s, &s->base, BORA_AT_COMMON, BORA_OF_TEST), NAN, NAN, NAN, NAN, NAN, NAN,
                                      NAN, NAN, bora_micro_perplexity(s, &s->base, BORA_AT_COMMON, BORA_OF_TEST), NAN,
                                      bora_perplexity(s, &s->base, BORA_AT_COMMON, BORA_OF_VALIDATION)},
                     12);
    }
    for (int c = 0; !status && c < n; c++) {
        bora_spread common, last, task, micro, validation;
        status = bora_spread_of_cell(s, &cells[c], bora_perplexity, BORA_AT_COMMON, BORA_OF_TEST, &common, e);
        if (!status) status = bora_spread_of_cell(s, &cells[c], bora_perplexity, BORA_AT_LAST, BORA_OF_TEST, &last, e);
        if (!status) status = bora_spread_of_cell(s, &cells[c], bora_perplexity, BORA_AT_TASK, BORA_OF_TEST, &task, e);
        if (!status) status = bora_spread_of_cell(s, &cells[c], bora_micro_perplexity, BORA_AT_COMMON, BORA_OF_TEST, &micro, e);
        if (!status)
            status = bora_spread_of_cell(s, &cells[c], bora_perplexity, BORA_AT_COMMON, BORA_OF_VALIDATION, &validation, e);
        if (status) break;
        bora_put_text(out, cells[c].runs[0].method);
        bora_end_row(out,
                     (const double[]){cells[c].tau, cells[c].rank, cells[c].learning_rate, cells[c].n, common.mean, common.sd,
                                      common.half, common.least, common.most, last.mean, last.sd, task.mean, task.sd,
                                      micro.mean, micro.sd, validation.mean},
                     16);
    }
    free(cells);
    return status;
}

static bool first_of_tau(const bora_cell *cells, int c) { return c == 0 || !bora_same_tau(&cells[c], &cells[c - 1]); }

/* Headings of columns: tau_0 ... tau_inf, then those of other methods, ridge_100. */
static void put_taus(FILE *out, const bora_cell *cells, int n) {
    for (int c = 0; c < n; c++) {
        if (!first_of_tau(cells, c)) continue;
        char *tau = isinf(cells[c].tau) ? bora_format("inf") : bora_format("%.15g", cells[c].tau),
             *heading = bora_format("%s_%s", c < bora_on_axis(cells, n) ? "tau" : cells[c].runs[0].method, tau);
        fputc(',', out);
        bora_put_text(out, heading);
        free(tau);
        free(heading);
    }
    fputc('\n', out);
}

/* Test perplexity at the headline checkpoint, task by tau, mean over seeds; documents: mean over the seeds of all runs. */
static int by_task(const bora_summary *s, FILE *out, bora_error *e) {
    bora_cell *cells;
    int n, status = bora_cells(s, false, false, &cells, &n, e);
    if (status) return status;
    fprintf(out, "task,train_documents");
    put_taus(out, cells, n);
    for (int d = 0; d < s->D; d++) {
        double documents = 0;
        for (int i = 0; i < s->n; i++) documents += bora_train_documents(s, &s->runs[i], d);
        bora_put_text(out, s->tasks[d]);
        bora_put_numbers(out, (const double[]){documents / s->n}, 1);
        for (int c = 0; c < n; c++) {
            double mean = 0;
            for (int i = 0; i < cells[c].n; i++)
                mean += exp(bora_task_nll(s, &cells[c].runs[i], BORA_AT_COMMON, BORA_OF_TEST, d)) / cells[c].n;
            bora_put_numbers(out, &mean, 1);
        }
        fputc('\n', out);
    }
    free(cells);
    return BORA_OK;
}

/* The learning rates of each tau, the best on validation marked; `edge` says that the grid, where there is one, should be
 * longer there. */
static int learning_rate(const bora_summary *s, FILE *out, bora_error *e) {
    bora_cell *cells;
    bool several = false;
    int n, status = bora_cells(s, false, true, &cells, &n, e);
    if (status) return status;
    for (int c = 1; c < n; c++) several = several || bora_same_tau(&cells[c], &cells[c - 1]);
    if (!several) status = bora_fail(e, BORA_SKIPPED, "no tau with several learning rates");
    fprintf(out, "method,tau,learning_rate,seeds,validation,sd,chosen,edge\n");
    for (int first = 0, last; !status && first < n; first = last) {
        for (last = first; last < n && bora_same_tau(&cells[last], &cells[first]);) last++;
        const bora_cell *best = bora_best_cell(s, cells + first, last - first);
        for (int c = first; !status && c < last; c++) {
            bora_spread p;
            status = bora_spread_of_cell(s, &cells[c], bora_perplexity, BORA_AT_COMMON, BORA_OF_VALIDATION, &p, e);
            if (status) break;
            bora_put_text(out, cells[c].runs[0].method);
            bora_put_numbers(out, (const double[]){cells[c].tau, cells[c].learning_rate, p.n, p.mean, p.sd}, 5);
            fprintf(out, ",%s,%s\n", &cells[c] == best ? "yes" : "no",
                    &cells[c] == best && last - first > 1 && (c == first || c == last - 1) ? "yes" : "no");
        }
    }
    free(cells);
    return status;
}

/* The smallest rank above this one; inf: none. */
static double next_rank(const bora_cell *cells, int n, double rank) {
    double next = INFINITY;
    for (int c = 0; c < n; c++)
        if (cells[c].rank > rank) next = fmin(next, cells[c].rank);
    return next;
}

/* Test perplexity at the headline checkpoint, rank by tau, mean over seeds. */
static int by_rank(const bora_summary *s, FILE *out, bora_error *e) {
    bora_cell *cells;
    int n, status = bora_cells(s, true, false, &cells, &n, e), ranks = 0;
    if (status) return status;
    fprintf(out, "rank");
    put_taus(out, cells, n);
    for (double rank = next_rank(cells, n, 0); !status && isfinite(rank); rank = next_rank(cells, n, rank), ranks++) {
        bora_put_number(out, rank);
        for (int c = 0; !status && c < n; c++) {
            if (!first_of_tau(cells, c)) continue;
            bora_spread p = {.mean = NAN}; /* an empty field where tau and rank were not run together */
            for (int i = c; !status && i < n && bora_same_tau(&cells[i], &cells[c]); i++)
                if (cells[i].rank == rank)
                    status = bora_spread_of_cell(s, &cells[i], bora_perplexity, BORA_AT_COMMON, BORA_OF_TEST, &p, e);
            bora_put_numbers(out, &p.mean, 1);
        }
        fputc('\n', out);
    }
    if (!status && ranks < 2) status = bora_fail(e, BORA_SKIPPED, "runs at one rank only");
    free(cells);
    return status;
}

const bora_named_writer bora_tables[] = {{"by_tau", by_tau, false},
                                         {"by_task", by_task, false},
                                         {"learning_rate", learning_rate, false},
                                         {"by_rank", by_rank, false},
                                         {"contrasts", bora_contrasts, false},
                                         {"checkpoints", bora_checkpoints, false},
                                         {"contrasts_of_settings", bora_contrasts_of_settings, true},
                                         {"objectives", bora_objectives, true},
                                         {"regret", bora_regret, true},
                                         {"crossover", bora_crossover, true},
                                         {"new_task", bora_new_task, true},
                                         {NULL, NULL, false}};
