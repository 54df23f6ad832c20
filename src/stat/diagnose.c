/* diagnose.c: `bora diagnose`: known signatures of failure in an experiment's results, in plain words. It looks at training and
 * validation, never at the test, changes nothing, and proves nothing: what it says is where to look first. */
#include "stat/summary.h"

#include <math.h>
#include <stdlib.h>

/* All thresholds. */
/* Validation above training by so many nats a token: overfitting. In the reference results 0.16 to 0.30 at the common
 * checkpoint of every method, which is what held-out speech costs; 0.9 to 1.4 at the last epoch of the runs that overfit. */
static const double OVERFITTING = 0.5;
/* Distance of theta_d from Theta over distance from the start, mean over tasks: the adapters are one. In the reference results
 * at 0.005 (tau = 3e4) the perplexity is still 0.2 % better than the unified model's; at 0.0017 (1e5, not kept) it was the
 * unified model's in four digits. */
static const double ALL_EQUAL = 0.003;
/* A task's NLL per token above a limit's: 5 % of its perplexity, ten times what counts as equal (BORA_SAME_NLL). */
static const double MUCH_WORSE = 0.05;

/* Mean over seeds and tasks. */
static double mean_nll(const bora_summary *s, const bora_cell *c, bora_at at, bora_of of) {
    double sum = 0;
    for (int i = 0; i < c->n; i++) sum += log(bora_perplexity(s, &c->runs[i], at, of));
    return sum / c->n;
}

static double task_nll(const bora_summary *s, const bora_cell *c, int d) {
    double sum = 0;
    for (int i = 0; i < c->n; i++) sum += bora_task_nll(s, &c->runs[i], BORA_AT_COMMON, BORA_OF_VALIDATION, d);
    return sum / c->n;
}

static void name(const bora_cell *c, FILE *out) {
    fprintf(out, "  %s, tau %g, rank %g, learning rate %g: ", c->runs[0].method, c->tau, c->rank, c->learning_rate);
}

/* [lab:overfitting] */
static int overfitting(const bora_summary *s, const bora_cell *c, FILE *out) {
    static const bora_at at[] = {BORA_AT_COMMON, BORA_AT_LAST};
    for (int i = 0; i < 2; i++) {
        double train = mean_nll(s, c, at[i], BORA_OF_TRAIN), validation = mean_nll(s, c, at[i], BORA_OF_VALIDATION);
        if (!(validation - train > OVERFITTING)) continue;
        name(c, out);
        fprintf(out, "overfitting at the %s: perplexity %.2f in training, %.2f on validation; %s\n",
                i ? "last epoch" : "common checkpoint", exp(train), exp(validation),
                i ? "the common checkpoint, an earlier one, is not affected"
                  : "a higher tau, a lower rank or more documents may help");
        return 1;
    }
    return 0;
}
/* [/lab:overfitting] */

/* [lab:all-equal] */
static int all_equal(const bora_summary *s, const bora_cell *c, FILE *out) {
    double sum = 0;
    for (int i = 0; i < c->n * s->D; i++) {
        const bora_outcome *x = &c->runs[i / s->D].outcomes[BORA_AT_COMMON * s->D + i % s->D];
        bool learnt = x->documents[BORA_OF_TRAIN] > 0 && x->from_start > 0; /* else not equal by the prior */
        sum += learnt ? x->distance / x->from_start : INFINITY;
    }
    double ratio = sum / (c->n * s->D);
    if (c->tau == 0 || isinf(c->tau) || !(ratio < ALL_EQUAL)) return 0;
    name(c, out);
    fprintf(
        out,
        "all theta_d are nearly equal: they lie %.2g of the way they have gone from the start from Theta; tau is so high that "
        "this is hardly more than the unified model\n",
        ratio);
    return 1;
}
/* [/lab:all-equal] */

/* Tasks of BoRA that a limit serves much better: how many. */
/* [lab:much-worse] */
static int much_worse(const bora_summary *s, const bora_cell *bora, const bora_cell *limit, FILE *out) {
    int found = 0;
    for (int d = 0; d < s->D; d++) {
        double more = task_nll(s, bora, d) - task_nll(s, limit, d);
        if (!(more > MUCH_WORSE)) continue;
        name(bora, out);
        fprintf(out, "task '%s' has a validation perplexity %.1f %% above %s training's; %s\n", s->tasks[d], 100 * expm1(more),
                limit->tau == 0 ? "independent" : "unified",
                limit->tau == 0 ? "it may be too unlike the others" : "its documents may be too few for this tau");
        found++;
    }
    return found;
}
/* [/lab:much-worse] */

/* Of each rank BoRA's best tau between the limits, against the limits at that rank; cells: those of no other method. */
static int single_tasks(const bora_summary *s, const bora_cell *cells, int n, int *found, FILE *out, bora_error *e) {
    bora_cell *inside;
    int status = bora_calloc(&inside, (size_t)n, sizeof *inside, "cells", e);
    if (status) return status;
    for (int r = 0; r < n; r++) {
        int m = 0, earlier = 0;
        while (cells[earlier].rank != cells[r].rank) earlier++;
        if (earlier < r) continue;
        for (int c = 0; c < n; c++)
            if (cells[c].rank == cells[r].rank && cells[c].tau > 0 && isfinite(cells[c].tau)) inside[m++] = cells[c];
        const bora_cell *best = bora_best_cell(s, inside, m);
        for (int c = 0; best && c < n; c++)
            if (cells[c].rank == best->rank && (cells[c].tau == 0 || isinf(cells[c].tau)))
                *found += much_worse(s, best, &cells[c], out);
    }
    free(inside);
    return BORA_OK;
}

/* The runs of one setting. */
static int examine(const bora_summary *s, FILE *out, bora_error *e) {
    bora_cell *cells;
    int n, found = 0, status = bora_cells(s, true, true, &cells, &n, e);
    if (status) return status;
    for (int c = 0; c < n; c++) found += overfitting(s, &cells[c], out) + all_equal(s, &cells[c], out);
    status = single_tasks(s, cells, bora_on_axis(cells, n), &found, out, e);
    if (!status && !found) fprintf(out, "  nothing suspicious\n");
    free(cells);
    return status;
}

int bora_diagnose(const char *directory, FILE *out, bora_error *e) {
    bora_summary s;
    int status = bora_summary_read(&s, directory, e);
    if (status) return status;
    fprintf(out, "%s: %d run%s of %d tasks\n", directory, s.made, s.made > 1 ? "s" : "", s.D);
    for (int i = 0; !status && i < s.settings; i++) {
        const bora_summary part = bora_summary_of_setting(&s, i);
        if (s.settings > 1) bora_name_setting(out, &part);
        status = examine(&part, out, e);
    }
    bora_summary_free(&s);
    return bora_needed(status, directory, e); /* e says what keeps runs from being told apart */
}
