/* crossed.c: the mean of a crossed design and its interval from variance components; what the interval covers by simulation. */
#include "stat/inference.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <stdlib.h>

double bora_p_value(const bora_estimate *x) { return 2 * gsl_cdf_tdist_Q(fabs(x->estimate) / sqrt(x->variance), x->freedom); }

double bora_half_width(const bora_estimate *x, double level) {
    return gsl_cdf_tdist_Pinv(0.5 + level / 2, x->freedom) * sqrt(x->variance);
}

/* [eq:equivalence] */
bool bora_equivalent(const bora_estimate *x, double margin) {
    return fabs(x->estimate) + bora_half_width(x, 0.9) < margin; /* false also for NaN */
}
/* [/eq:equivalence] */

bool bora_lies_below(const bora_estimate *x) { return x->estimate + bora_half_width(x, 0.95) < 0; }

/* Units from..to-1 are the next stratum. */
static int end_of_stratum(const bora_crossed *x, int from) {
    int to = from;
    while (to < x->units && x->stratum[to] == x->stratum[from]) to++;
    return to;
}

/* residual [S, units] <- what each unit adds to its seed's mean beyond its stratum's ratio: (value - ratio size) / (strata *
 * size of the stratum); mean [S] <- the seeds' means. */
static void residuals(const bora_crossed *x, double *residual, double *mean) {
    /* [eq:residuals] */
    for (int s = 0; s < x->S; s++) {
        const double *value = x->value + s * x->units;
        mean[s] = 0;
        for (int from = 0, to; from < x->units; from = to) {
            double total = 0, size = 0;
            to = end_of_stratum(x, from);
            for (int u = from; u < to; u++) total += value[u], size += x->size[u];
            mean[s] += total / size / x->strata;
            for (int u = from; u < to; u++)
                residual[s * x->units + u] = (value[u] - total / size * x->size[u]) / (x->strata * size);
        }
    }
    /* [/eq:residuals] */
}

/* A sum of variances, and what its degrees of freedom follow from. */
typedef struct {
    double variance, squares; /* squares: sum of variance^2 / freedom */
} pool;
static void add(pool *p, double variance, double freedom) {
    p->variance += variance;
    p->squares += variance * variance / freedom;
}

/* Of the units' means over seeds, and of what is left of each seed. */
static int pool_units(const bora_crossed *x, const double *residual, pool *units, pool *both, bora_error *e) {
    /* [eq:components] */
    for (int from = 0, to; from < x->units; from = to) {
        double between = 0, within = 0;
        to = end_of_stratum(x, from);
        int n = to - from;
        if (n < 2) return bora_fail(e, BORA_BAD_INPUT, "stratum %d has one unit, an interval needs two", x->stratum[from]);
        for (int u = from; u < to; u++) {
            double mean = gsl_stats_mean(residual + u, (size_t)x->units, (size_t)x->S);
            between += mean * mean;
            for (int s = 0; s < x->S; s++) within += pow(residual[s * x->units + u] - mean, 2);
        }
        double small = n / (n - 1.0);
        add(units, small * between, n - 1);
        add(both, small * within / (x->S - 1) / x->S, (n - 1.0) * (x->S - 1));
    }
    /* [/eq:components] */
    return BORA_OK;
}

/* [a + b - both], never below the greater of a and b. */
static bora_estimate combine(double mean, const pool *a, const pool *b, const pool *both) {
    /* [eq:satterthwaite] */
    pool total = {a->variance + b->variance - both->variance, a->squares + b->squares + both->squares};
    const pool *greater = a->variance > b->variance ? a : b;
    if (total.variance < greater->variance) total = *greater;
    double freedom = total.squares > 0 ? total.variance * total.variance / total.squares : 1; /* equal runs: nothing varies */
    return (bora_estimate){mean, total.variance, freedom};
    /* [/eq:satterthwaite] */
}

bora_estimate bora_two_way(const bora_estimate *a, const bora_estimate *b, const bora_estimate *both) {
    pool of_a = {0}, of_b = {0}, of_both = {0};
    add(&of_a, a->variance, a->freedom);
    add(&of_b, b->variance, b->freedom);
    add(&of_both, both->variance, both->freedom);
    return combine(a->estimate, &of_a, &of_b, &of_both);
}

int bora_crossed_estimate(const bora_crossed *x, bora_estimate *mean, bora_components *parts, bora_error *e) {
    double *residual = NULL, *seed = NULL;
    int status = bora_calloc(&residual, (size_t)x->S * (size_t)x->units, sizeof *residual, "residuals", e);
    if (!status) status = bora_calloc(&seed, (size_t)x->S, sizeof *seed, "means", e);
    if (!status) {
        pool seeds = {0}, units = {0}, both = {0};
        residuals(x, residual, seed);
        status = pool_units(x, residual, &units, &both, e);
        add(&seeds, x->S > 1 ? gsl_stats_variance(seed, 1, (size_t)x->S) / x->S : NAN, x->S - 1);
        *mean = combine(gsl_stats_mean(seed, 1, (size_t)x->S), &seeds, &units, &both);
        if (parts) *parts = (bora_components){seeds.variance, units.variance, both.variance};
    }
    free(residual);
    free(seed);
    return status;
}

/* ---- what the interval covers ------------------------------------------------------------------------------------------- */

/* Variances of one seed's, one unit's and one cell's effect that make these components, sizes all 1. */
static bora_components effects(const bora_crossed *x, const bora_components *parts) {
    double share = 0; /* variance of the mean over one seed of independent units of variance 1 */
    for (int from = 0, to; from < x->units; from = to) {
        to = end_of_stratum(x, from);
        share += 1.0 / (to - from) / x->strata / x->strata;
    }
    return (bora_components){fmax(0, parts->seeds - parts->both) * x->S, fmax(0, parts->units - parts->both) / share,
                             parts->both * x->S / share};
}

/* A mean square over its expectation: chi square by its degrees of freedom. */
static double mean_square(double freedom, uint64_t *at) {
    return bora_gamma(freedom / 2, 0, BORA_FOR_STATISTICS, at) / (freedom / 2);
}

/* The estimate of one normal data set whose truth is 0: sums of squares and mean of such data are independent, so that they are
 * drawn themselves. */
static bora_estimate draw(const bora_crossed *x, const bora_components *effect, uint64_t *at) {
    pool seeds = {0}, units = {0}, both = {0};
    double of_seed = effect->seeds, of_mean = 0;
    for (int from = 0, to; from < x->units; from = to) {
        to = end_of_stratum(x, from);
        double n = to - from, share = 1 / n / x->strata / x->strata, cells = effect->both / x->S;
        add(&units, share * (effect->units + cells) * mean_square(n - 1, at), n - 1);
        add(&both, share * cells * mean_square((n - 1) * (x->S - 1), at), (n - 1) * (x->S - 1));
        of_seed += share * effect->both;
        of_mean += share * effect->units;
    }
    of_mean += of_seed / x->S;
    add(&seeds, of_seed / x->S * mean_square(x->S - 1, at), x->S - 1);
    return combine(sqrt(of_mean) * bora_normal(0, BORA_FOR_STATISTICS, (*at)++), &seeds, &units, &both);
}

int bora_crossed_coverage(const bora_crossed *x, const bora_components *parts, int trials, double *coverage, bora_error *e) {
    bora_components effect = effects(x, parts);
    uint64_t at = 0;
    int covered = 0;
    for (int from = 0, to; from < x->units; from = to) {
        to = end_of_stratum(x, from);
        if (to - from < 2 || x->S < 2)
            return bora_fail(e, BORA_BAD_INPUT, "an interval needs two seeds, and two units a stratum");
    }
    for (int i = 0; i < trials; i++) {
        bora_estimate mean = draw(x, &effect, &at);
        covered += fabs(mean.estimate) <= bora_half_width(&mean, 0.95);
    }
    *coverage = (double)covered / trials;
    return BORA_OK;
}
