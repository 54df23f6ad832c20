/* test_crossed.c: variance components against the textbook's mean squares, the limits of the design, and coverage. */
#include "stat/inference.h"
#include "test.h"

#include <math.h>

static bora_error error;
/* Numbers below 100 through a few divisions and sums of squares in double. */
static const double tolerance = 1e-12;

/* Three seeds by four units in one stratum: mean squares of the two-way table by hand (row means 3, 5, 7; column means 4, 5,
 * 4, 7; grand mean 5). */
static const double table[3 * 4] = {2, 3, 1, 6, 4, 5, 5, 6, 6, 7, 6, 9};
static const double ones[16] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1};
static const int one_stratum[4] = {0, 0, 0, 0}, two_strata[4] = {0, 0, 1, 1};

/* [eq:components] */
Test(crossed, components_are_those_of_the_mean_squares) {
    const bora_crossed x = {3, 4, 1, table, ones, one_stratum};
    bora_estimate mean;
    bora_components parts;
    cr_assert_ok(bora_crossed_estimate(&x, &mean, &parts, &error));
    double rows = 4 * (4 + 0 + 4) / 2.0, columns = 3 * (1 + 0 + 1 + 4) / 3.0; /* mean squares, 2 and 3 degrees of freedom */
    double cells = 0;
    static const double row[3] = {3, 5, 7}, column[4] = {4, 5, 4, 7};
    for (int s = 0; s < 3; s++)
        for (int u = 0; u < 4; u++) cells += pow(table[s * 4 + u] - row[s] - column[u] + 5, 2) / 6;
    cr_assert_float_eq(mean.estimate, 5, tolerance);
    cr_assert_float_eq(parts.seeds, rows / 12, tolerance);
    cr_assert_float_eq(parts.units, columns / 12, tolerance);
    cr_assert_float_eq(parts.both, cells / 12, tolerance);
    double variance = (rows + columns - cells) / 12;
    cr_assert_float_eq(mean.variance, variance, tolerance);
    cr_assert_float_eq(mean.freedom, 144 * variance * variance / (rows * rows / 2 + columns * columns / 3 + cells * cells / 6),
                       tolerance);
}

Test(crossed, equal_values_have_an_interval_of_no_width) {
    const double value[4] = {2, 2, 2, 2};
    const bora_crossed x = {2, 2, 1, value, ones, one_stratum};
    bora_estimate mean;
    cr_assert_ok(bora_crossed_estimate(&x, &mean, NULL, &error));
    cr_assert(mean.estimate == 2 && bora_half_width(&mean, 0.95) == 0);
}

/* [eq:residuals] */
Test(crossed, strata_count_alike_whatever_their_size) {
    const double size[4] = {1, 1, 30, 10}, value[4] = {2, 4, 30, 50}; /* ratios 3 and 2 */
    const bora_crossed x = {1, 4, 2, value, size, two_strata};
    bora_estimate mean;
    cr_assert_ok(bora_crossed_estimate(&x, &mean, NULL, &error));
    cr_assert_float_eq(mean.estimate, 2.5, tolerance);
    cr_assert(isnan(mean.variance), "one seed says nothing of seeds");
}

/* [eq:satterthwaite] */
Test(crossed, the_variance_is_never_below_its_greater_part) {
    /* Units differ only together with seeds: seeds + units - both would be too small. */
    const double value[2 * 4] = {5, 1, 5, 1, 1, 5, 1, 5.5};
    const bora_crossed x = {2, 4, 1, value, ones, one_stratum};
    bora_estimate mean;
    bora_components parts;
    cr_assert_ok(bora_crossed_estimate(&x, &mean, &parts, &error));
    cr_assert(parts.seeds + parts.units - parts.both < fmax(parts.seeds, parts.units));
    cr_assert_float_eq(mean.variance, fmax(parts.seeds, parts.units), tolerance);
}

Test(crossed, a_stratum_of_one_unit_is_refused) {
    const int strata[4] = {0, 0, 0, 1};
    const bora_crossed x = {3, 4, 2, table, ones, strata};
    bora_estimate mean;
    cr_assert_eq(bora_crossed_estimate(&x, &mean, NULL, &error), BORA_BAD_INPUT);
}

/* [eq:equivalence] */
Test(crossed, half_width_p_and_equivalence) {
    const bora_estimate x = {2, 1, 10}; /* Student's t of a printed table: 2.228 at 97.5 %, 1.812 at 95 % */
    cr_assert_float_eq(bora_half_width(&x, 0.95), 2.228, 5e-4);
    cr_assert_float_eq(bora_half_width(&x, 0.9), 1.812, 5e-4);
    const bora_estimate at_limit = {2.228138852, 1, 10};
    cr_assert_float_eq(bora_p_value(&at_limit), 0.05, 1e-9);
    cr_assert(bora_equivalent(&x, 3.82) && !bora_equivalent(&x, 3.81));
    cr_assert(!bora_equivalent(&(bora_estimate){0, NAN, 1}, 1));
}

/* Six seeds, 25 tasks of four blocks: the nominal 95 %, give or take three binomial standard errors of 2000 trials (1.5 %) and
 * what Satterthwaite's approximation misses (1 %). */
Test(crossed, intervals_cover_what_they_say) {
    static int stratum[100];
    for (int u = 0; u < 100; u++) stratum[u] = u / 4;
    const bora_crossed x = {6, 100, 25, NULL, NULL, stratum};
    static const bora_components cases[] = {{1, 1.2, 0.2}, {1, 0.1, 0.05}, {0.2, 2, 0.1}};
    for (int i = 0; i < 3; i++) {
        double coverage;
        cr_assert_ok(bora_crossed_coverage(&x, &cases[i], 2000, &coverage, &error));
        cr_assert_float_eq(coverage, 0.95, 0.025, "case %d: %g", i, coverage);
    }
}

/* 1 + 2 - 0.5, each with its degrees of freedom; 1 + 2 - 1.5 would be less than 2, which stands alone then. */
Test(crossed, two_ways_by_hand) {
    const bora_estimate a = {7, 1, 4}, b = {7, 2, 5}, both = {7, 0.5, 20}, much = {7, 1.5, 20};
    bora_estimate x = bora_two_way(&a, &b, &both), y = bora_two_way(&a, &b, &much);
    cr_assert_eq(x.estimate, 7);
    cr_assert_float_eq(x.variance, 2.5, 1e-12);
    cr_assert_float_eq(x.freedom, 6.25 / (1 / 4.0 + 4 / 5.0 + 0.25 / 20), 1e-12);
    cr_assert(y.variance == 2);
    cr_assert_float_eq(y.freedom, 5, 1e-12);
}
