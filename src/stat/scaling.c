/* scaling.c: the figure of the best tau against the rank of the adapters for three ways to scale them, beside two laws. An
 * update is alpha / r B A, so that at equal tau the prior variance of its entries goes with (alpha / r)^2 r, and with it the
 * best tau; in ridge regression on the features that a frozen A makes, while they are fewer than the inputs, the best tau goes
 * with (alpha / r)^2. tau is chosen on validation within each seed. */
#include "stat/summary.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* How alpha goes with the rank, all through (alpha_0, alpha_0), and the power of r that the best tau then goes with, by each
 * law. */
enum { FIXED, LINEAR, ROOT, SCALINGS };
enum { LAWS = 2 };
static const char *const names[SCALINGS] = {"fixed", "linear", "root"}, *const laws[LAWS] = {"law", "law of features"};
static const double powers[LAWS][SCALINGS] = {{-1, 1, 0}, {-2, 0, -1}};
static double alpha_of(int scaling, double rank, double alpha_0) {
    return scaling == FIXED ? alpha_0 : scaling == LINEAR ? rank : sqrt(alpha_0 * rank);
}

/* Of a rank, alpha and seed BoRA's run that is best on validation. */
typedef struct {
    const bora_finished *run;
    bool edge; /* it is at an end of the grid, so that the best may lie beyond */
} choice;

static bool alike(const bora_finished *a, const bora_finished *b) {
    return a->rank == b->rank && a->alpha == b->alpha && a->seed == b->seed;
}

/* Appended to choices [*n]. */
static void choose(const bora_summary *s, choice *choices, int *n) {
    for (int i = 0; i < s->n; i++) {
        const bora_finished *first = &s->runs[i], *best = first;
        double least = first->tau, most = first->tau;
        bool seen = strcmp(first->method, "bora") != 0;
        for (int j = 0; j < i; j++) seen = seen || (!strcmp(s->runs[j].method, "bora") && alike(&s->runs[j], first));
        for (int j = i; !seen && j < s->n; j++) {
            const bora_finished *run = &s->runs[j];
            if (strcmp(run->method, "bora") || !alike(run, first)) continue;
            least = fmin(least, run->tau), most = fmax(most, run->tau);
            if (bora_perplexity(s, run, BORA_AT_COMMON, BORA_OF_VALIDATION) <
                bora_perplexity(s, best, BORA_AT_COMMON, BORA_OF_VALIDATION))
                best = run;
        }
        if (!seen) choices[(*n)++] = (choice){best, best->tau == least || best->tau == most};
    }
}

/* The alpha that three ranks or more share. */
static double fixed_alpha(const choice *c, int n) {
    for (int i = 0; i < n; i++) {
        int ranks = 0;
        for (int j = 0; j < n; j++) {
            int earlier = 0;
            if (c[j].run->alpha != c[i].run->alpha) continue;
            while (c[earlier].run->rank != c[j].run->rank || c[earlier].run->alpha != c[j].run->alpha) earlier++;
            ranks += earlier == j;
        }
        if (ranks > 2) return c[i].run->alpha;
    }
    return NAN;
}

static void put_row(FILE *out, const char *layer, int scaling, const double *x, int n) {
    fprintf(out, "%s,%s", layer, names[scaling]);
    bora_end_row(out, x, n);
}

/* Over seeds, the slope of y on x within each; room [3 n]. */
static bora_spread slopes(const double *seed, const double *x, const double *y, int n, double *room) {
    double *slope = room, *own_x = room + n, *own_y = room + 2 * n;
    int seeds = 0;
    for (int i = 0; i < n; i++) {
        int first = 0, own = 0;
        bora_line line;
        while (seed[first] != seed[i]) first++;
        if (first < i) continue;
        for (int j = i; j < n; j++)
            if (seed[j] == seed[i]) own_x[own] = x[j], own_y[own++] = y[j];
        if (bora_fit_line(own_x, own_y, (size_t)own, &line)) slope[seeds++] = line.slope;
    }
    return bora_spread_of(slope, seeds);
}

/* Each seed's choice, their geometric mean by rank with the slope of ln tau on ln rank, and the laws through that mean at rank
 * alpha_0. room [7 n]. */
static void put_scaling(FILE *out, const choice *c, int n, int scaling, double alpha_0, double *room) {
    double *rank = room, *seed = rank + n, *x = seed + n, *y = x + n, least = INFINITY, most = 0, at_0 = 0;
    int N = 0, seeds_at_0 = 0;
    for (int i = 0; i < n; i++) {
        const bora_finished *run = c[i].run;
        if (fabs(run->alpha / alpha_of(scaling, run->rank, alpha_0) - 1) > 1e-9) continue; /* files have 15 digits of it */
        least = fmin(least, run->rank), most = fmax(most, run->rank);
        if (run->rank == alpha_0) at_0 += log(run->tau), seeds_at_0++;
        rank[N] = run->rank, seed[N] = run->seed, x[N] = log(run->rank), y[N++] = log(run->tau);
        put_row(out, "seed", scaling, (const double[]){run->rank, run->alpha, run->tau, c[i].edge, run->seed, NAN, NAN}, 7);
    }
    const bora_spread slope = slopes(seed, x, y, N, y + n);
    for (double r = least, next; N && r <= most; r = next) {
        double sum = 0;
        int seeds = 0;
        next = INFINITY;
        for (int i = 0; i < N; i++) {
            if (rank[i] == r) sum += y[i], seeds++;
            else if (rank[i] > r) next = fmin(next, rank[i]);
        }
        put_row(out, "mean", scaling,
                (const double[]){r, alpha_of(scaling, r, alpha_0), exp(sum / seeds), NAN, NAN, slope.mean, slope.half}, 7);
    }
    for (int i = 0; seeds_at_0 && i < 2 * LAWS; i++) {
        double r = i % 2 ? most : least, power = powers[i / 2][scaling], tau = exp(at_0 / seeds_at_0) * pow(r / alpha_0, power);
        put_row(out, laws[i / 2], scaling, (const double[]){r, alpha_of(scaling, r, alpha_0), tau, NAN, NAN, power, NAN}, 7);
    }
}

int bora_tau_by_rank(const bora_summary *s, FILE *out, bora_error *e) {
    int n = 0, most = s->n;
    choice *choices = NULL;
    double *room = NULL, alpha_0;
    for (int i = 0; i < s->n_beside; i++) most += s->beside[i].n;
    int status = bora_calloc(&choices, (size_t)most, sizeof *choices, "choices of tau", e);
    if (!status) status = bora_calloc(&room, 7 * (size_t)most, sizeof *room, "choices of tau", e);
    if (!status) {
        choose(s, choices, &n);
        for (int i = 0; i < s->n_beside; i++) choose(&s->beside[i], choices, &n);
        alpha_0 = fixed_alpha(choices, n);
        if (isnan(alpha_0)) status = bora_fail(e, BORA_SKIPPED, "no three ranks with one alpha, here or beside");
        fprintf(out, "layer,scaling,rank,alpha,tau,edge,seed,slope,slope_half_95\n");
        for (int i = 0; !status && i < SCALINGS; i++) put_scaling(out, choices, n, i, alpha_0, room);
    }
    free(choices);
    free(room);
    return status;
}
