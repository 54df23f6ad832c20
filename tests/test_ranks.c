/* test_ranks.c: rank tests against exact enumeration and published tables. */
#include "stat/inference.h"
#include "test.h"

#include <math.h>

static bora_error error;
static const double tolerance = 1e-12;

/* The same p by trying all signs. */
static double enumerate(const double *x, int n) {
    double rank[16], sum = 0, centre = 0, beyond = 0;
    for (int i = 0; i < n; i++) {
        int below = 0, equal = 0;
        for (int j = 0; j < n; j++) below += fabs(x[j]) < fabs(x[i]), equal += fabs(x[j]) == fabs(x[i]);
        rank[i] = below + (equal + 1) / 2.0;
        sum += x[i] > 0 ? rank[i] : 0;
        centre += rank[i] / 2;
    }
    for (int signs = 0; signs < 1 << n; signs++) {
        double other = 0;
        for (int i = 0; i < n; i++) other += signs >> i & 1 ? rank[i] : 0;
        beyond += fabs(other - centre) >= fabs(sum - centre);
    }
    return beyond / (1 << n);
}

/* [eq:wilcoxon] */
Test(ranks, wilcoxon_is_exact) {
    static const double x[][7] = {
        {1, 2, 3, 4, 5, 6, 7}, {-1, 2, 3, -4, 5, 6, 7}, {1, 1, -1, 2, 2, 3, -3}, {5, -5, 5, -5, 5, 5, 1}};
    double p;
    for (int i = 0; i < 4; i++) {
        cr_assert_ok(bora_wilcoxon(x[i], 7, &p, &error));
        cr_assert_float_eq(p, enumerate(x[i], 7), tolerance);
    }
}

/* n = 10, rank sum 8: the printed critical value of the two-sided 5 % test, its exact p 50/1024; at 9 it is 66/1024. */
Test(ranks, wilcoxon_meets_the_printed_table) {
    const double eight[10] = {-1, 2, 3, 4, 5, 6, -7, 8, 9, 10}, nine[10] = {1, -2, 3, 4, 5, 6, -7, 8, 9, 10};
    double p;
    cr_assert_ok(bora_wilcoxon(eight, 10, &p, &error));
    cr_assert_float_eq(p, 50 / 1024.0, tolerance);
    cr_assert_ok(bora_wilcoxon(nine, 10, &p, &error));
    cr_assert_float_eq(p, 66 / 1024.0, tolerance);
}

/* 2^1031 choices of signs are more than a double holds. -1 - 2 + 3, + 4 - 5 - 6 + 7 and so on: the signs balance, every other
 * choice is as far from the mean; all of one sign is one of the two farthest choices. */
Test(ranks, wilcoxon_of_many) {
    enum { MANY = 1031 };
    double x[MANY], p;
    for (int i = 0; i < MANY; i++) x[i] = (i + 1) * ((i + 1) % 4 % 3 == 0 ? 1 : -1);
    cr_assert_ok(bora_wilcoxon(x, MANY, &p, &error));
    cr_assert_float_eq(p, 1, tolerance);
    for (int i = 0; i < MANY; i++) x[i] = i + 1;
    cr_assert_ok(bora_wilcoxon(x, MANY, &p, &error));
    cr_assert_eq(p, ldexp(1, 1 - MANY));
}

Test(ranks, wilcoxon_leaves_zeros_out) {
    const double with[6] = {0, 1, -2, 0, 3, 4}, without[4] = {1, -2, 3, 4}, none[2] = {0, 0};
    double p, q;
    cr_assert_ok(bora_wilcoxon(with, 6, &p, &error));
    cr_assert_ok(bora_wilcoxon(without, 4, &q, &error));
    cr_assert_eq(p, q);
    cr_assert_ok(bora_wilcoxon(none, 2, &p, &error));
    cr_assert_eq(p, 1);
}

/* Five points without ties: |rho| of at least 0.9 has 10 of 120 orders (the printed table), of 1 it has 2. */
Test(ranks, spearman_and_its_permutations) {
    const double x[5] = {1, 2, 3, 4, 5}, near[5] = {10, 30, 20, 40, 50}, falling[5] = {5, 4, 3, 2, 1};
    double rho, p, error_of_p = 3 * sqrt(10 / 120.0 / 20000);
    cr_assert_ok(bora_spearman(x, near, 1, 5, 20000, &rho, &p, &error));
    cr_assert_float_eq(rho, 0.9, tolerance);
    cr_assert_float_eq(p, 10 / 120.0, error_of_p);
    cr_assert_ok(bora_spearman(x, falling, 1, 5, 20000, &rho, &p, &error));
    cr_assert_float_eq(rho, -1, tolerance);
    cr_assert_float_eq(p, 2 / 120.0, error_of_p);
}

/* Four points in two groups, in the second in another order: of the 24 orders, which both share, the given one has the mean
 * correlation 1 and its reverse -1; were each group's order its own, it would be 2 of 576. */
Test(ranks, spearman_in_groups_of_the_same_things) {
    const double x[8] = {1, 2, 3, 4, 2, 4, 1, 3}, y[8] = {10, 20, 30, 40, 20, 40, 10, 30};
    double rho[2], p;
    cr_assert_ok(bora_spearman(x, y, 2, 4, 20000, rho, &p, &error));
    for (int k = 0; k < 2; k++) cr_assert_float_eq(rho[k], 1, tolerance);
    cr_assert_float_eq(p, 2 / 24.0, 3 * sqrt(2 / 24.0 / 20000));
}

/* [eq:holm] */
Test(ranks, holm_adjusts_step_by_step) {
    double p[4] = {0.01, 0.04, 0.03, 0.005}, large[2] = {0.9, 0.6};
    static const double expected[4] = {0.03, 0.06, 0.06, 0.02};
    cr_assert_ok(bora_holm(p, 4, &error));
    for (int i = 0; i < 4; i++) cr_assert_float_eq(p[i], expected[i], tolerance);
    cr_assert_ok(bora_holm(large, 2, &error));
    cr_assert(large[0] == 1 && large[1] == 1);
}
