/* test_published.c: known answers: our re-analysis of the authors' Table 2 (25 tasks, each printed to two or three digits). */
#include "stat/summary.h"
#include "test.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static bora_error error;
static char *folder;

static void set_up(void) {
    char *data = bora_format("%s", source_path("data/published"));
    folder = scratch_directory();
    char *ours = bora_format("%s", source_path("tests/vectors/results"));
    cr_assert_ok(bora_published(data, folder, ours, &error));
    free(data);
    free(ours);
}
static void tear_down(void) { remove_directory(folder); }
TestSuite(published, .init = set_up, .fini = tear_down);

/* A cell of the row that begins with these fields. */
static double cell(const char *file, const char *first, const char *second, const char *column) {
    bora_table t;
    size_t c;
    double value = NAN;
    char *path = bora_format("%s/%s", folder, file);
    cr_assert_ok(bora_table_read(&t, path, &error));
    cr_assert_ok(bora_table_column(&t, column, &c, &error));
    for (size_t r = 1; r < t.rows; r++)
        if (!strcmp(bora_table_cell(&t, r, 0), first) && (!*second || !strcmp(bora_table_cell(&t, r, 1), second)))
            cr_assert_ok(bora_table_number(&t, r, c, -1e9, 1e9, &value, &error));
    cr_assert_not(isnan(value), "no row '%s'", first);
    bora_table_free(&t);
    free(path);
    return value;
}

static void check(const char *quantity, const char *column, double expected, double tolerance) {
    double found = cell("tables/published.csv", quantity, "", column);
    cr_assert_float_eq(found, expected, tolerance, "%s, %s: %g, expected %g", quantity, column, found, expected);
}

#define FROM_0 "improvement of tau 100 over tau 0: "
#define FROM_10000 "improvement of tau 100 over tau 10000: "

/* Tolerances: half a unit of the last digit given, and three standard errors of 100,000 permutations for p. */
Test(published, table_2_again) {
    check(FROM_0 "mean (%)", "value", 23.4, 0.05);
    check(FROM_10000 "mean (%)", "value", 7.6, 0.05);
    check(FROM_0 "tasks better", "value", 25, 0);
    check(FROM_10000 "tasks better", "value", 25, 0);
    check(FROM_0 "Spearman with training size", "value", -0.21, 0.005);
    check(FROM_0 "Spearman with training size", "p", 0.30, 0.01);
    check(FROM_10000 "Spearman with training size", "value", 0.13, 0.005);
    check(FROM_10000 "Spearman with training size", "p", 0.52, 0.01);
    check(FROM_0 "slope on ln N (%)", "value", -3.44, 0.005);
    check(FROM_0 "its standard error by least squares", "value", 1.68, 0.005);
    check(FROM_0 "slope on ln N (%)", "p", 0.050, 0.003);
    check("correlation of ln distance and ln N at tau 0", "value", 0.90, 0.005);
}

Test(published, the_two_tables_disagree_at_10_alone) {
    check("mean of Table 2 less Table 1 at tau 10", "value", 13.94 - 12.85, 0.005);
    check("mean of Table 2 less Table 1 at tau 0", "value", 0, 0.13);
    check("mean of Table 2 less Table 1 at tau 100", "value", 0, 0.13);
}

/* The vectors' best tau on validation is 10: log perplexity over all 0.1 above that at tau 100. */
Test(published, perplexities_in_units_of_the_best) {
    const char *file = "figures/published_by_tau.csv";
    cr_assert_eq(cell(file, "published", "100", "relative_perplexity"), 1);
    cr_assert_float_eq(cell(file, "published", "0", "relative_perplexity"), 16.80 / 12.82, 1e-12);
    cr_assert_float_eq(cell(file, "published", "10000", "position"), 2, 1e-12);
    cr_assert_float_eq(cell(file, "ours", "100", "relative_perplexity"), exp(-0.1), 1e-9);
    cr_assert_float_eq(cell(file, "ours", "100", "position"), 1, 1e-12);
}
