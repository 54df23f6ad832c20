/* objective.c: what training minimises, compared between settings (step, learning-rate rule, schedule): where runs end, and how
 * soon they are where the slowest ends. It knows nothing of validation or test. */
#include "stat/summary.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* [eq:objective] */
double bora_objective(double nll, double tau, double distance) {
    return nll + (distance > 0 ? tau / 2 * distance * distance : 0); /* 0 at tau = inf, where distance is */
}
/* [/eq:objective] */

double bora_final_objective(const bora_summary *s, const bora_finished *run) {
    double sum = 0;
    for (int d = 0; d < s->D; d++) {
        const bora_outcome *x = &run->outcomes[BORA_AT_LAST * s->D + d];
        sum += bora_objective(x->nll[BORA_OF_TRAIN], run->tau, x->distance);
    }
    return sum;
}

bool bora_comparable(const bora_summary *s, const bora_finished *a, const bora_finished *b) {
    bool same = !strcmp(a->method, b->method) && a->tau == b->tau && a->rank == b->rank && a->seed == b->seed;
    for (int d = 0; same && d < s->D; d++)
        same = a->outcomes[BORA_AT_LAST * s->D + d].tokens[BORA_OF_TRAIN] ==
               b->outcomes[BORA_AT_LAST * s->D + d].tokens[BORA_OF_TRAIN];
    return same;
}

/* The first epoch whose objective is no higher than that with which the slowest of the comparable runs ends, both with the NLL
 * as seen within an epoch; NaN: no curve. */
static double epochs_to_end_of_slowest(const bora_summary *s, const bora_finished *run) {
    double highest = -INFINITY;
    for (int i = 0; i < s->n; i++)
        if (s->runs[i].objective && bora_comparable(s, &s->runs[i], run))
            highest = fmax(highest, s->runs[i].objective[s->runs[i].epochs]);
    for (int epoch = 1; run->objective && epoch <= run->epochs; epoch++)
        if (run->objective[epoch] <= highest) return epoch;
    return NAN;
}

/* The cell's objective, and its epochs, both means over seeds. */
static void put_cell(FILE *out, const bora_summary *s, const bora_cell *c, double *x) {
    double epochs = 0;
    for (int i = 0; i < c->n; i++) {
        x[i] = bora_final_objective(s, &c->runs[i]);
        epochs += epochs_to_end_of_slowest(s, &c->runs[i]) / c->n;
    }
    bora_spread p = bora_spread_of(x, c->n);
    bora_put_values(out, s, c->runs);
    fprintf(out, "%s", c->runs[0].method);
    bora_put_numbers(out, (const double[]){c->tau, c->rank, c->learning_rate, p.n, p.mean, p.sd, epochs}, 7);
}

/* ln of the objective over that in the reference setting, over the seeds that both have (where the reference has several
 * learning rates, over the mean of theirs); rows of runs that are the same ones would be 0 by construction. Returns whether
 * there are any. */
static bool put_difference(FILE *out, const bora_summary *s, const bora_cell *c, int key, double *x) {
    int reference = bora_reference_setting(s, c->runs[0].setting, key), n = 0;
    const char *value = "";
    for (int i = 0; reference >= 0 && i < c->n; i++) {
        const bora_finished *own = &c->runs[i];
        double sum = 0;
        int others = 0;
        for (int j = 0; j < s->n; j++) {
            const bora_finished *other = &s->runs[j];
            if (other->setting != reference || !bora_comparable(s, own, other) || !strcmp(own->name, other->name)) continue;
            sum += log(bora_final_objective(s, own) / bora_final_objective(s, other));
            others++;
            value = other->values[key];
        }
        if (others) x[n++] = sum / others;
    }
    if (n == 0) return false;
    put_cell(out, s, c, x + n);
    bora_spread p = bora_spread_of(x, n);
    char *against = bora_format("%s %s", s->keys[key], value);
    fputc(',', out);
    bora_put_text(out, against);
    bora_end_row(out, (const double[]){p.mean, p.half}, 2);
    free(against);
    return true;
}

int bora_objectives(const bora_summary *s, FILE *out, bora_error *e) {
    double *x;
    bool any = false;
    if (s->settings == 1) return bora_fail(e, BORA_SKIPPED, "%s", "");
    int status = bora_calloc(&x, 2 * (size_t)s->n, sizeof *x, "objectives", e);
    bora_put_keys(out, s);
    fprintf(out, "method,tau,rank,learning_rate,seeds,objective,sd,epochs,against,log_ratio,log_ratio_half_95\n");
    for (int setting = 0; !status && setting < s->settings; setting++) {
        const bora_summary part = bora_summary_of_setting(s, setting);
        bora_cell *cells;
        int n;
        status = bora_cells(&part, true, true, &cells, &n, e);
        for (int c = 0; !status && c < n; c++) {
            bool differs = false;
            for (int k = 0; k < s->n_keys; k++) differs = put_difference(out, s, &cells[c], k, x) || differs;
            any = any || differs;
            if (differs) continue;
            put_cell(out, s, &cells[c], x);
            fprintf(out, ",,,\n");
        }
        if (!status) free(cells);
    }
    free(x);
    if (status || any) return status;
    return bora_fail(e, BORA_SKIPPED, "no settings that differ in one thing alone, besides the data");
}
