/* ranks.c: tests on ranks and by permutation, and the adjustment of p values, which GSL lacks. */
#include "stat/inference.h"

#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <stdlib.h>

/* The probability of each sum where every one of twice the ranks is added or left out with 1/2: one rank after the other; exact
 * in double up to n = 50. All are 0 before. */
static void add_ranks(const int *twice, int n, double *probability) {
    /* [eq:wilcoxon] */
    probability[0] = 1;
    for (int i = 0, most = 0; i < n; i++) {
        most += twice[i];
        for (int sum = most; sum >= 0; sum--)
            probability[sum] = (probability[sum] + (sum >= twice[i] ? probability[sum - twice[i]] : 0)) / 2;
    }
    /* [/eq:wilcoxon] */
}

/* twice [n] <- twice the mean rank of size[i] among ascending sizes. */
static void rank_twice(const double *size, int n, int *twice) {
    for (int from = 0, to; from < n; from = to) {
        to = from;
        while (to < n && size[to] == size[from]) to++;
        for (int i = from; i < to; i++) twice[i] = from + 1 + to;
    }
}

int bora_wilcoxon(const double *x, int n, double *p, bora_error *e) {
    double *size = NULL, *sign = NULL, *probability = NULL;
    int *twice = NULL, most = n * (n + 1), m = 0, sum = 0;
    int status = bora_calloc(&size, (size_t)n, sizeof *size, "ranks", e);
    if (!status) status = bora_calloc(&sign, (size_t)n, sizeof *sign, "ranks", e);
    if (!status) status = bora_calloc(&twice, (size_t)n, sizeof *twice, "ranks", e);
    if (!status) status = bora_calloc(&probability, (size_t)most + 1, sizeof *probability, "sums of ranks", e);
    if (!status) {
        for (int i = 0; i < n; i++)
            if (x[i] != 0) size[m] = fabs(x[i]), sign[m++] = x[i];
        gsl_sort2(size, 1, sign, 1, (size_t)m);
        rank_twice(size, m, twice);
        for (int i = 0; i < m; i++) sum += sign[i] > 0 ? twice[i] : 0;
        add_ranks(twice, m, probability);
        double centre = m * (m + 1) / 2.0;
        *p = 0;
        for (int other = 0; other <= most; other++)
            if (fabs(other - centre) >= fabs(sum - centre)) *p += probability[other];
    }
    free(size);
    free(sign);
    free(twice);
    free(probability);
    return status;
}

/* ---- correlations ------------------------------------------------------------------------------------------------------- */

/* work [2 n]: room. */
typedef double correlation(const double *x, const double *y, int n, double *work);
static double pearson(const double *x, const double *y, int n, double *work) {
    (void)work;
    return gsl_stats_correlation(x, 1, y, 1, (size_t)n);
}
static double spearman(const double *x, const double *y, int n, double *work) {
    return gsl_stats_spearman(x, 1, y, 1, (size_t)n, work);
}

static int permute(correlation *of, const double *x, const double *y, int groups, int n, int permutations, double *r, double *p,
                   bora_error *e) {
    double *shuffled = NULL, mean = 0;
    size_t *order = NULL;
    int beyond = 1, status = bora_calloc(&shuffled, 3 * (size_t)n, sizeof *shuffled, "a permutation", e);
    if (!status) status = bora_calloc(&order, (size_t)n, sizeof *order, "a permutation", e);
    for (int k = 0; !status && k < groups; k++) {
        r[k] = of(x + k * n, y + k * n, n, shuffled + n);
        mean += r[k] / groups;
    }
    for (int i = 0; !status && i < permutations; i++) {
        double other = 0;
        for (int j = 0; j < n; j++) order[j] = (size_t)j;
        bora_shuffle(order, (size_t)n, 0, BORA_FOR_STATISTICS, (uint64_t)i * (uint64_t)n);
        for (int k = 0; k < groups; k++) {
            for (int j = 0; j < n; j++) shuffled[j] = y[k * n + (int)order[j]];
            other += of(x + k * n, shuffled, n, shuffled + n) / groups;
        }
        beyond += fabs(other) >= fabs(mean) - 1e-12; /* equal but for rounding counts as equal */
    }
    if (!status) *p = isnan(mean) ? NAN : beyond / (permutations + 1.0); /* x or y is constant */
    free(shuffled);
    free(order);
    return status;
}

int bora_pearson(const double *x, const double *y, int n, int permutations, double *r, double *p, bora_error *e) {
    return permute(pearson, x, y, 1, n, permutations, r, p, e);
}

int bora_spearman(const double *x, const double *y, int groups, int n, int permutations, double *rho, double *p,
                  bora_error *e) {
    return permute(spearman, x, y, groups, n, permutations, rho, p, e);
}

int bora_holm(double *p, int n, bora_error *e) {
    size_t *order = NULL;
    int status = bora_calloc(&order, (size_t)n, sizeof *order, "p values", e);
    if (status) return status;
    gsl_sort_index(order, p, 1, (size_t)n);
    /* [eq:holm] */
    for (int i = 0; i < n; i++) { /* the i-th smallest is compared n - i times; never below the one before */
        double adjusted = fmin(1, (n - i) * p[order[i]]);
        p[order[i]] = i > 0 ? fmax(adjusted, p[order[i - 1]]) : adjusted;
    }
    /* [/eq:holm] */
    free(order);
    return BORA_OK;
}
