/* test_regression.c: slopes with variances robust against dependence within clusters, of one kind and of two. */
#include "stat/inference.h"
#include "test.h"

#include <math.h>

static bora_error error;

/* Residuals of y = x by hand: x - mean is -2 .. 2 with squares 10; y adds e = (1, -2, 0, 2, -1), which is orthogonal to 1 and
 * to x - mean = (-2, -1, 0, 1, 2): -2 + 2 + 0 + 2 - 2 = 0. Scores of points: -2, 2, 0, 2, -2. */
static const double x[5] = {1, 2, 3, 4, 5}, y[5] = {2, 0, 3, 6, 4};

Test(regression, clusters_of_one_give_the_heteroscedastic_variance) {
    static const int cluster[5] = {0, 1, 2, 3, 4};
    bora_estimate slope;
    cr_assert_ok(bora_cluster_slope(x, y, cluster, 5, 5, &slope, &error));
    cr_assert_float_eq(slope.estimate, 1, 1e-12);
    cr_assert_float_eq(slope.variance, 5 / 4.0 * 4 / 3.0 * 16 / 100, 1e-12);
    cr_assert_eq(slope.freedom, 4);
}

/* [eq:cluster-slope] */
Test(regression, scores_of_a_cluster_are_added_first) {
    static const int cluster[5] = {0, 1, 0, 1, 2}; /* scores -2, 4, -2 */
    bora_estimate slope;
    cr_assert_ok(bora_cluster_slope(x, y, cluster, 5, 3, &slope, &error));
    cr_assert_float_eq(slope.variance, 3 / 2.0 * 4 / 3.0 * 24 / 100, 1e-12);
    cr_assert_eq(slope.freedom, 2);
}

Test(regression, what_has_no_slope_is_refused) {
    static const double flat[5] = {2, 2, 2, 2, 2};
    static const int cluster[5] = {0, 1, 2, 3, 4};
    bora_estimate slope;
    cr_assert_eq(bora_cluster_slope(flat, y, cluster, 5, 5, &slope, &error), BORA_BAD_INPUT);
    cr_assert_eq(bora_cluster_slope(x, y, cluster, 5, 2, &slope, &error), BORA_BAD_INPUT);
}

/* ---- seeds crossed with tasks ------------------------------------------------------------------------------------------- */

enum { S = 6, D = 8 };

/* x by a generator that has nothing to do with y; y = slope x + of seed + of task + of both. */
static void draw(double slope, double of_seed, double of_task, double of_both, double *size, double *value) {
    uint64_t at = 0;
    for (int i = 0; i < S * D; i++) size[i] = bora_normal(1, BORA_FOR_STATISTICS, (uint64_t)i);
    for (int i = 0; i < S * D; i++)
        value[i] = slope * size[i] + of_seed * bora_normal(2, BORA_FOR_STATISTICS, (uint64_t)(i / D)) +
                   of_task * bora_normal(3, BORA_FOR_STATISTICS, (uint64_t)(i % D)) +
                   of_both * bora_normal(4, BORA_FOR_STATISTICS, at++);
}

Test(regression, both_kinds_of_clusters_count) {
    double size[S * D], value[S * D], covered;
    int cluster[3][S * D];
    bora_estimate by[3], slope;
    draw(0.5, 0.4, 0.4, 0.2, size, value);
    for (int i = 0; i < S * D; i++) cluster[0][i] = i / D, cluster[1][i] = i % D, cluster[2][i] = i;
    for (int k = 0; k < 3; k++)
        cr_assert_ok(bora_cluster_slope(size, value, cluster[k], S * D, (int[]){S, D, S * D}[k], &by[k], &error));
    cr_assert_ok(bora_crossed_slope(size, value, S, D, false, 0, &slope, &covered, &error));
    bora_estimate expected = bora_two_way(&by[0], &by[1], &by[2]);
    cr_assert_float_eq(slope.estimate, expected.estimate, 1e-12);
    cr_assert_float_eq(slope.variance, expected.variance, 1e-12);
    cr_assert_float_eq(slope.freedom, expected.freedom, 1e-9);
}

/* What a task is, is gone from differences within it: any level a task may be added, and the slope stays. */
Test(regression, within_tasks_levels_do_not_count) {
    double size[S * D], value[S * D], covered;
    bora_estimate plain, raised;
    draw(0.5, 0, 0, 0.2, size, value);
    cr_assert_ok(bora_crossed_slope(size, value, S, D, true, 0, &plain, &covered, &error));
    for (int i = 0; i < S * D; i++) value[i] += 100 * (i % D) * (i % D);
    cr_assert_ok(bora_crossed_slope(size, value, S, D, true, 0, &raised, &covered, &error));
    cr_assert_float_eq(plain.estimate, 0.5, 0.15);
    cr_assert_float_eq(raised.estimate, plain.estimate, 1e-9);
    cr_assert_float_eq(raised.variance, plain.variance, 1e-9);
}

/* The simulated coverage is that which other data of the same kind show: 400 draws, three standard errors. */
Test(regression, coverage_is_what_it_says) {
    enum { DRAWS = 400 };
    double size[S * D], value[S * D], covered, none;
    int hits = 0;
    bora_estimate slope;
    draw(0, 0.3, 0.3, 1, size, value);
    cr_assert_ok(bora_crossed_slope(size, value, S, D, false, 4000, &slope, &covered, &error));
    for (uint64_t at = 0, i = 0; i < DRAWS; i++) {
        for (int j = 0; j < S * D; j++)
            value[j] = 0.3 * bora_normal(5, BORA_FOR_STATISTICS, i * S + (uint64_t)(j / D)) +
                       0.3 * bora_normal(6, BORA_FOR_STATISTICS, i * D + (uint64_t)(j % D)) +
                       bora_normal(7, BORA_FOR_STATISTICS, at++);
        cr_assert_ok(bora_crossed_slope(size, value, S, D, false, 0, &slope, &none, &error));
        hits += fabs(slope.estimate) <= bora_half_width(&slope, 0.95);
    }
    cr_assert_float_eq((double)hits / DRAWS, covered, 3 * sqrt(0.05 * 0.95 / DRAWS), "%g and %g", (double)hits / DRAWS,
                       covered);
}
