/* regression.c: what is drawn through clouds of points, a least-squares line (GSL) and means within intervals, as description;
 * and a slope with an interval that does not take the points of a cluster for independent, nor those of a seed or of a task. */
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

/* ---- seeds crossed with tasks ------------------------------------------------------------------------------------------- */

/* mean [D] <- the tasks' means of x [S, D]. */
static void task_means(const double *x, int S, int D, double *mean) {
    for (int d = 0; d < D; d++) mean[d] = gsl_stats_mean(x + d, (size_t)D, (size_t)S);
}

/* x [S, D] less its means over seeds; mean [D]: room for them. */
static void centre(double *x, int S, int D, double *mean) {
    task_means(x, S, D, mean);
    for (int i = 0; i < S * D; i++) x[i] -= mean[i % D];
}

static int crossed_slope(const double *x, const double *y, int S, int D, bool within, const int *cluster, bora_estimate *slope,
                         bora_error *e) {
    size_t n = (size_t)S * (size_t)D;
    bora_estimate by_seed, by_task, by_point;
    int status = bora_cluster_slope(x, y, cluster, n, S, &by_seed, e);
    if (!status) status = bora_cluster_slope(x, y, cluster + n, n, D, &by_task, e);
    if (!status) status = bora_cluster_slope(x, y, cluster + 2 * n, n, (int)n, &by_point, e);
    if (status) return status;
    *slope = bora_two_way(&by_seed, &by_task, &by_point);
    if (within) slope->variance *= ((double)n - 2) / ((double)n - 1 - D); /* the tasks' means are estimated too */
    return BORA_OK;
}

/* Standard deviations of the effects of seed, task and point that give y's residuals their mean squares, at least 0. */
static void effects_of(const double *x, const double *y, int S, int D, double *residual, double *task, double sd[3]) {
    bora_line line;
    double seeds = 0, both = 0;
    bora_fit_line(x, y, (size_t)(S * D), &line);
    for (int i = 0; i < S * D; i++) residual[i] = y[i] - line.intercept - line.slope * x[i]; /* their mean is 0 */
    task_means(residual, S, D, task);
    for (int s = 0; s < S; s++) {
        double seed = gsl_stats_mean(residual + s * D, 1, (size_t)D);
        seeds += seed * seed * D / (S - 1);
        for (int d = 0; d < D; d++) both += pow(residual[s * D + d] - seed - task[d], 2) / (S - 1) / (D - 1);
    }
    double tasks = gsl_stats_variance(task, 1, (size_t)D) * S;
    sd[0] = sqrt(fmax(0, seeds - both) / D);
    sd[1] = sqrt(fmax(0, tasks - both) / S);
    sd[2] = sqrt(both);
}

int bora_crossed_slope(const double *x, const double *y, int S, int D, bool within, int trials, bora_estimate *slope,
                       double *coverage, bora_error *e) {
    int n = S * D, *cluster = NULL, covered = 0;
    double *room = NULL, sd[3];
    uint64_t at = 0;
    int status = bora_calloc(&room, 3 * (size_t)n + (size_t)D, sizeof *room, "points", e);
    if (!status) status = bora_calloc(&cluster, 3 * (size_t)n, sizeof *cluster, "clusters", e);
    if (status) return free(room), status;
    double *own_x = room, *own_y = room + n, *residual = room + 2 * n, *mean = room + 3 * n;
    for (int i = 0; i < n; i++) {
        own_x[i] = x[i], own_y[i] = y[i];
        cluster[i] = i / D, cluster[n + i] = i % D, cluster[2 * n + i] = i;
    }
    if (within) centre(own_x, S, D, mean), centre(own_y, S, D, mean);
    status = crossed_slope(own_x, own_y, S, D, within, cluster, slope, e);
    if (!status) effects_of(own_x, own_y, S, D, residual, mean, sd);
    for (int trial = 0; !status && trial < trials; trial++) {
        bora_estimate drawn;
        double seed = 0;
        for (int d = 0; d < D; d++) mean[d] = sd[1] * bora_normal(0, BORA_FOR_STATISTICS, at++);
        for (int i = 0; i < n; i++) {
            if (i % D == 0) seed = sd[0] * bora_normal(0, BORA_FOR_STATISTICS, at++);
            own_y[i] = seed + mean[i % D] + sd[2] * bora_normal(0, BORA_FOR_STATISTICS, at++);
        }
        if (within) centre(own_y, S, D, mean);
        status = crossed_slope(own_x, own_y, S, D, within, cluster, &drawn, e);
        covered += fabs(drawn.estimate) <= bora_half_width(&drawn, 0.95);
    }
    *coverage = (double)covered / trials;
    free(room);
    free(cluster);
    return status;
}
