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

static void check(const char *quantity, const char *column, double expected, double tolerance) {
    char *row = bora_format("%s,", quantity);
    double found = number_in(folder, "tables/published.csv", row, column);
    free(row);
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

/* Known from the table's numbers, worked out apart (t of 24 degrees 2.0639; 25 of 25 one way: p = 2^-24). */
Test(published, the_same_as_log_ratios_with_intervals) {
    static const double digits = 1e-9;
    check(FROM_0 "mean log ratio (p: Wilcoxon)", "value", -0.267949140358919, digits);
    check(FROM_0 "mean log ratio (p: Wilcoxon)", "high_95", -0.267949140358919 + 0.020589732223469, digits);
    check(FROM_0 "mean log ratio (p: Wilcoxon)", "p", pow(2, -24), digits);
    check(FROM_0 "slope on ln N (nats)", "value", -0.044672737853950, digits);
    check(FROM_10000 "slope on ln N (nats)", "value", -0.001849293759272, digits);
    check(FROM_0 "Spearman with training size", "low_95", -0.564517592637982, digits);
    check(FROM_0 "Spearman with training size", "high_95", 0.202906931743891, digits);
}

Test(published, the_two_tables_disagree_at_10_alone) {
    check("mean of Table 2 less Table 1 at tau 10", "value", 13.94 - 12.85, 0.005);
    check("mean of Table 2 less Table 1 at tau 0", "value", 0, 0.13);
    check("mean of Table 2 less Table 1 at tau 100", "value", 0, 0.13);
}

/* The vectors' best tau on validation is 10: log perplexity over all 0.1 above that at tau 100. */
Test(published, perplexities_in_units_of_the_best) {
    const char *file = "figures/published_by_tau.csv";
    cr_assert_eq(number_in(folder, file, "published,100,", "relative_perplexity"), 1);
    cr_assert_float_eq(number_in(folder, file, "published,0,", "relative_perplexity"), 16.80 / 12.82, 1e-12);
    cr_assert_float_eq(number_in(folder, file, "published,10000,", "position"), 2, 1e-12);
    cr_assert_float_eq(number_in(folder, file, "ours,100,", "relative_perplexity"), exp(-0.1), 1e-9);
    cr_assert_float_eq(number_in(folder, file, "ours,100,", "position"), 1, 1e-12);
}

/* The figures of our own results, from Table 2. */
Test(published, figures_as_of_our_results) {
    double gain = 0;
    bora_table t;
    char *path = bora_format("%s/figures/gain_by_size.csv", folder);
    cr_assert_ok(bora_table_read(&t, path, &error));
    for (size_t r = 1; r < t.rows; r++)
        if (!strcmp(bora_table_cell(&t, r, 0), "point") && !strcmp(bora_table_cell(&t, r, 1), "unified"))
            gain += strtod(bora_table_cell(&t, r, 4), NULL) / 25;
    cr_assert_float_eq(gain, 7.6, 0.05);
    cr_assert_float_eq(number_in(folder, "figures/gain_by_size.csv", "line,independent,100,", "slope"), -3.44, 0.005);
    cr_assert_float_eq(number_in(folder, "figures/perplexity_by_tau.csv", "task,abid q raja,10000,", "perplexity"), 12.41,
                       1e-9);
    cr_assert_eq(number_in(folder, "figures/perplexity_by_size.csv", "point,bora,100,110,", "perplexity") > 11, 1);
    bora_table_free(&t);
    free(path);
}

Test(published, an_experiment_without_tau_between_the_limits_is_refused) {
    char *data = bora_format("%s", source_path("data/published")), *ours = scratch_results();
    shell(bora_format("sed -i '/,bora,/d' '%s/runs.csv'", ours));
    cr_assert_eq(bora_published(data, folder, ours, &error), BORA_BAD_INPUT);
    cr_assert_eq(error.status, BORA_BAD_INPUT);
    cr_assert(strstr(error.message, ours) && strstr(error.message, "no run with tau between 0 and inf"), "%s", error.message);
    remove_directory(ours);
    free(data);
}

Test(published, tables_of_other_tasks_are_refused) {
    char *data = bora_format("%s", source_path("data/published")), *copy = bora_format("%s/data", folder);
    shell(bora_format("cp -R '%s' '%s' && chmod -R u+w '%s' && sed -i 's/^aksel hagen/hagen/' '%s/distance_tau0_final.csv'",
                      data, copy, copy, copy));
    cr_assert_eq(bora_published(copy, folder, NULL, &error), BORA_BAD_INPUT);
    cr_assert(strstr(error.message, "distance_tau0_final.csv:4: expected task 'aksel hagen'"), "%s", error.message);
    free(data);
    free(copy);
}
