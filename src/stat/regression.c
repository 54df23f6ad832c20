/* regression.c: what is drawn through clouds of points, a least-squares line (GSL) and means within intervals, as description;
 * and a slope with an interval that does not take the points of a cluster for independent. */
#include "stat/inference.h"

#include <gsl/gsl_fit.h>
#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <stdlib.h>

bool bora_fit_line(const double *x, const double *y, size_t n, bora_line *line) {
    double cov00, cov01, cov11, squares;
    if (n < 2 || gsl_stats_min(x, 1, n) == gsl_stats_max(x, 1, n)) return false;
    gsl_fit_linear(x, 1, y, 1, n, &line->intercept, &line->slope, &cov00, &cov01, &cov11, &squares);
    return true;
}

int bora_bin_means(const double *x, const double *y, size_t n, int bins, double *mean_x, double *mean_y) {
    double least = gsl_stats_min(x, 1, n), width = (gsl_stats_max(x, 1, n) - least) / bins;
    int kept = 0;
    for (int b = 0; b < bins; b++) {
        double count = 0, sum_x = 0, sum_y = 0;
        for (size_t i = 0; i < n; i++) {
            int bin = width > 0 ? (int)((x[i] - least) / width) : 0;
            if (bin > bins - 1) bin = bins - 1; /* the greatest x belongs to the last */
            if (bin != b) continue;
            sum_x += x[i];
            sum_y += y[i];
            count++;
        }
        if (count == 0) continue;
        mean_x[kept] = sum_x / count;
        mean_y[kept++] = sum_y / count;
    }
    return kept;
}

int bora_cluster_slope(const double *x, const double *y, const int *cluster, size_t n, int G, bora_estimate *slope,
                       bora_error *e) {
    bora_line line;
    double *score = NULL, mean = gsl_stats_mean(x, 1, n), squares = 0, meat = 0;
    if (G < 3 || n < 3 || !bora_fit_line(x, y, n, &line))
        return bora_fail(e, BORA_BAD_INPUT, "a slope from %zu points in %d clusters: it needs three of each, and x that varies",
                         n, G);
    int status = bora_calloc(&score, (size_t)G, sizeof *score, "clusters", e);
    if (status) return status;
    /* [eq:cluster-slope] */
    for (size_t i = 0; i < n; i++) {
        score[cluster[i]] += (x[i] - mean) * (y[i] - line.intercept - line.slope * x[i]);
        squares += (x[i] - mean) * (x[i] - mean);
    }
    for (int g = 0; g < G; g++) meat += score[g] * score[g];
    double small = G / (G - 1.0) * ((double)n - 1) / ((double)n - 2);
    *slope = (bora_estimate){line.slope, small * meat / squares / squares, G - 1};
    /* [/eq:cluster-slope] */
    free(score);
    return BORA_OK;
}

int bora_slope_permutation(const double *x, const double *y, size_t n, int permutations, double *p, bora_error *e) {
    bora_line line, trial = {0};
    double *shuffled = NULL;
    size_t *order = NULL;
    if (!bora_fit_line(x, y, n, &line)) return bora_fail(e, BORA_BAD_INPUT, "a slope needs x that varies");
    int beyond = 1, status = bora_calloc(&shuffled, n, sizeof *shuffled, "a permutation", e);
    if (!status) status = bora_calloc(&order, n, sizeof *order, "a permutation", e);
    for (int i = 0; !status && i < permutations; i++) {
        for (size_t j = 0; j < n; j++) order[j] = j;
        bora_shuffle(order, n, 0, BORA_FOR_STATISTICS, (uint64_t)i * n);
        for (size_t j = 0; j < n; j++) shuffled[j] = y[order[j]];
        bora_fit_line(x, shuffled, n, &trial);
        beyond += fabs(trial.slope) >= fabs(line.slope) * (1 - 1e-12); /* equal but for rounding counts as equal */
    }
    if (!status) *p = beyond / (permutations + 1.0);
    free(shuffled);
    free(order);
    return status;
}
