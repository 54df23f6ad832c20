/* test_report.c: statistics, tables and plotted numbers of tests/vectors/results against values worked out by hand: two tasks;
 * tau 0, 10, 100, inf; seeds 1 and 2. Test NLL per token at the common checkpoint: A 2.5, B 2.9, plus 0.3, 0.1, 0, 0.2 by tau,
 * plus 0.1 for seed 2; 0.05 more at the last, 0.01 less at each task's own. Validation is the same but 0.5 lower at tau 10:
 * validation and test disagree on the best tau. */
#include "stat/summary.h"
#include "test.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double tolerance = 1e-9; /* perplexities of about 20 from files with ten digits and exp */
static char *folder;

static void set_up(void) { folder = scratch_results(); }
static void tear_down(void) { remove_directory(folder); }
TestSuite(report, .init = set_up, .fini = tear_down);

/* [eq:perplexity] */
Test(report, perplexities) {
    bora_error error;
    bora_summary s;
    cr_assert_ok(bora_summary_read(&s, folder, &error));
    const bora_finished *run = &s.runs[0]; /* tau 0, seed 1 */
    cr_assert_float_eq(bora_task_nll(&s, run, BORA_AT_COMMON, BORA_OF_TEST, 1), 3.2, tolerance);
    cr_assert_float_eq(bora_perplexity(&s, run, BORA_AT_COMMON, BORA_OF_TEST), exp((2.8 + 3.2) / 2), tolerance);
    cr_assert_float_eq(bora_perplexity(&s, run, BORA_AT_LAST, BORA_OF_TEST), exp(3.05), tolerance);
    cr_assert_float_eq(bora_perplexity(&s, run, BORA_AT_TASK, BORA_OF_TEST), exp(2.99), tolerance);
    cr_assert_float_eq(bora_micro_perplexity(&s, run, BORA_AT_COMMON, BORA_OF_TEST), exp((1000 * 2.8 + 3000 * 3.2) / 4000),
                       tolerance);
    bora_summary_free(&s);
}

Test(report, spread_over_seeds) {
    const double x[] = {3, 5, 10};
    bora_spread all = bora_spread_of(x, 3), one = bora_spread_of(x, 1);
    cr_assert_float_eq(all.mean, 6, tolerance);
    cr_assert_float_eq(all.sd, sqrt((9 + 1 + 16) / 2.0), tolerance);
    cr_assert_float_eq(all.half, 4.302652729911275 * all.sd / sqrt(3),
                       1e-8); /* t, 2 degrees of freedom, 97.5 %, from a printed table */
    cr_assert(all.least == 3 && all.most == 10 && all.n == 3);
    cr_assert(one.mean == 3 && isnan(one.sd) && isnan(one.half));
}

Test(report, tau_is_chosen_on_validation) {
    bora_error error;
    bora_summary s;
    bora_contest c;
    cr_assert_ok(bora_summary_read(&s, folder, &error));
    cr_assert_ok(bora_contest_of(&s, &c, &error));
    cr_assert_eq(c.n, 4);
    cr_assert_eq(c.best->tau, 10, "on the test tau 100 is better");
    cr_assert(c.independent->tau == 0 && isinf(c.unified->tau));
    free(c.cells);
    bora_summary_free(&s);
}

Test(report, least_squares_and_means_of_bins) {
    const double x[] = {0, 1, 2, 3}, y[] = {1, 3, 2, 6}, flat[] = {2, 2, 2, 2};
    double mean_x[2], mean_y[2];
    bora_line line;
    cr_assert(bora_fit_line(x, y, 4, &line));
    cr_assert_float_eq(line.slope, 1.4, tolerance);
    cr_assert_float_eq(line.intercept, 0.9, tolerance);
    cr_assert_not(bora_fit_line(flat, y, 4, &line));
    cr_assert_eq(bora_bin_means(x, y, 4, 2, mean_x, mean_y), 2);
    cr_assert(mean_x[0] == 0.5 && mean_y[0] == 2 && mean_x[1] == 2.5 && mean_y[1] == 4);
    cr_assert_eq(bora_bin_means(flat, y, 4, 2, mean_x, mean_y), 1);
}

static char *written(const char *name) {
    bora_error error;
    char *path = bora_format("%s/%s", folder, name), *text;
    size_t size;
    cr_assert_ok(bora_read_file(path, &text, &size, &error));
    free(path);
    return text;
}

Test(report, table_by_tau) {
    bora_error error;
    cr_assert_ok(bora_report(folder, &error));
    const double a = exp(2.8), b = exp(2.9), sd = (b - a) / sqrt(2); /* tau 10: (2.6 + 3.0) / 2, and 0.1 more */
    cr_assert_float_eq(number_in(folder, "tables/by_tau.csv", "bora,10,", "perplexity"), (a + b) / 2, tolerance);
    cr_assert_float_eq(number_in(folder, "tables/by_tau.csv", "bora,10,", "sd"), sd, tolerance);
    cr_assert_float_eq(number_in(folder, "tables/by_tau.csv", "bora,10,", "half_95"), 12.706204736174698 * sd / sqrt(2), 1e-7);
    cr_assert_float_eq(number_in(folder, "tables/by_tau.csv", "unified,inf,", "perplexity_last"), (exp(2.95) + exp(3.05)) / 2,
                       tolerance);
    cr_assert_float_eq(number_in(folder, "tables/by_tau.csv", "bora,10,", "validation"), (exp(2.3) + exp(2.4)) / 2, tolerance);
}

/* Each setting has its rows in one table, its values before them; no figure shows several. */
Test(report, a_table_a_setting) {
    bora_error error;
    shell(bora_format("cd '%s' && sed '1s/$/,variant/; 2,$s/$/,plain/; s/^\\(.*seed-2,.*\\),plain$/\\1,\"order, "
                      "fixed\"/' runs.csv "
                      ">edited && mv edited runs.csv && mkdir -p figures && echo old >figures/perplexity_by_tau.csv",
                      folder));
    cr_assert_ok(bora_report(folder, &error));
    cr_assert_float_eq(number_in(folder, "tables/by_tau.csv", "plain,bora,10,", "perplexity"), exp(2.8), tolerance);
    cr_assert_float_eq(number_in(folder, "tables/by_tau.csv", "order, fixed,bora,10,", "perplexity"), exp(2.9), tolerance);
    char *text = written("tables/by_tau.csv"), *figure = bora_format("%s/figures/perplexity_by_tau.csv", folder);
    cr_assert(!strncmp(text, "variant,method,", 15) && !strstr(strchr(text, '\n'), "method"), "%s", text);
    cr_assert_not(bora_exists(figure), "of an earlier report");
    free(text);
    free(figure);
}

Test(report, table_by_task_and_tex) {
    bora_error error;
    cr_assert_ok(bora_report(folder, &error));
    cr_assert_float_eq(number_in(folder, "tables/by_task.csv", "B, the \"second\",100,", "tau_inf"), (exp(3.1) + exp(3.2)) / 2,
                       tolerance);
    char *tex = written("tables/by_task.tex"), cell[64];
    snprintf(cell, sizeof cell, " & %.2f", (exp(3.1) + exp(3.2)) / 2);
    cr_assert(strstr(tex, "\\toprule") && strstr(tex, "\\midrule") && strstr(tex, "\\bottomrule") && strstr(tex, cell), "%s",
              tex);
    free(tex);
}

Test(report, improvement_and_distance_by_size) {
    bora_error error;
    cr_assert_ok(bora_report(folder, &error));
    const char *gain = "figures/gain_by_size.csv", *distance = "figures/distance_by_size.csv";
    cr_assert_float_eq(number_in(folder, gain, "point,independent,10,200,", "gain"), 100 * (1 - exp(0.1 - 0.3)), tolerance);
    cr_assert_float_eq(number_in(folder, gain, "point,unified,10,100,", "gain"), 100 * (1 - exp(0.1 - 0.2)), tolerance);
    cr_assert_float_eq(number_in(folder, distance, "point,bora,10,200,", "distance"), 0.5, tolerance);
    cr_assert_float_eq(number_in(folder, distance, "line,bora,10,", "slope"), 1, tolerance); /* 0.25 at 100, 0.5 at 200 */
}

Test(report, the_limits_stand_beyond_the_axis) {
    bora_error error;
    cr_assert_ok(bora_report(folder, &error));
    const char *file = "figures/perplexity_by_tau.csv";
    cr_assert_float_eq(number_in(folder, file, "mean,,10,", "position"), 1, tolerance);
    cr_assert_lt(number_in(folder, file, "mean,,0,", "position"), 1);
    cr_assert_gt(number_in(folder, file, "mean,,inf,", "position"), 2);
    cr_assert_float_eq(number_in(folder, file, "mean,,100,", "perplexity"), (exp(2.7) + exp(2.8)) / 2, tolerance);
    cr_assert_float_eq(number_in(folder, file, "task,A,100,", "perplexity"), (exp(2.5) + exp(2.6)) / 2, tolerance);
}

static bool is_there(const char *name) {
    char *path = bora_format("%s/%s", folder, name);
    bool there = bora_exists(path);
    free(path);
    return there;
}

Test(report, only_what_is_asked_for_and_what_the_data_allow) {
    bora_error error;
    cr_assert_ok(bora_report(folder, &error));
    cr_assert(is_there("figures/training_curves.csv") && is_there("figures/perplexity_by_size.csv"));
    cr_assert(!is_there("figures/perplexity_by_rank.csv") && !is_there("tables/learning_rate.csv") &&
              !is_there("tables/by_rank.tex"));
    shell(bora_format("printf '# a plan\\nfigure documents\\nfigure perplexity_by_rank\\n' >'%s/plan.txt'", folder));
    cr_assert_ok(bora_report(folder, &error));
    cr_assert(is_there("figures/documents.csv") && !is_there("figures/training_curves.csv"), "what was not asked for is gone");
    shell(bora_format("echo 'figure pie_chart' >'%s/plan.txt'", folder));
    cr_assert_eq(bora_report(folder, &error), BORA_BAD_INPUT);
    cr_assert(strstr(error.message, "'pie_chart'"), "%s", error.message);
}

Test(report, learning_rates_with_the_choice_and_the_edge) {
    bora_error error;
    shell(bora_format(
        "cd '%s' && sed 's/^\\(tau-100_.*\\),100,8,8,0.002/\\1,10,8,8,0.004/' runs.csv >edited && mv edited runs.csv", folder));
    cr_assert_ok(bora_report(folder, &error));
    char *csv = written("tables/learning_rate.csv"), *row = strstr(csv, "bora,10,0.002,");
    cr_assert(row && !strncmp(strchr(row, '\n') - strlen(",yes,yes"), ",yes,yes", strlen(",yes,yes")), "%s", csv);
    row = strstr(csv, "bora,10,0.004,");
    cr_assert(row && !strncmp(strchr(row, '\n') - strlen(",no,no"), ",no,no", strlen(",no,no")), "%s", csv);
    free(csv);
}

Test(report, ranks_by_tau) {
    bora_error error;
    shell(bora_format("cd '%s' && sed 's/^\\(tau-100_.*\\),100,8,8/\\1,10,16,16/' runs.csv >edited && mv edited runs.csv",
                      folder));
    cr_assert_ok(bora_report(folder, &error));
    cr_assert_float_eq(number_in(folder, "tables/by_rank.csv", "16,", "tau_10"), (exp(2.7) + exp(2.8)) / 2, tolerance);
    cr_assert_float_eq(number_in(folder, "figures/rank_by_tau.csv", "1,1,10,16,", "perplexity"), (exp(2.7) + exp(2.8)) / 2,
                       tolerance);
}

/* Results in the folder beside: three ranks of one alpha, which this folder has not. */
Test(report, figures_may_show_what_lies_beside) {
    bora_error error;
    char *other = scratch_results(), *name = strrchr(other, '/') + 1;
    shell(bora_format("cd '%s' && sed 's/,independent,0,8,/,bora,5,2,/; s/,100,8,8,/,100,16,8,/' runs.csv >edited && mv edited "
                      "runs.csv",
                      other));
    shell(bora_format("printf 'figure tau_by_rank\nbeside %s\n' >'%s/plan.txt'", name, folder));
    cr_assert_ok(bora_report(folder, &error));
    cr_assert_eq(number_in(folder, "figures/tau_by_rank.csv", "seed,fixed,2,8,", "tau"), 5);
    remove_directory(other);
    cr_assert_ok(bora_report(folder, &error));
    cr_assert_not(is_there("figures/tau_by_rank.csv"));
}
