/* test_regression.c: the slope with a variance robust against dependence within clusters. */
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
