/* test_contrast.c: paired comparisons from tests/vectors/results with blocks and a third seed written by the test: choices on
 * validation, estimates against the crossed design worked out in place, and what must be refused. */
#include "stat/summary.h"
#include "test.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static bora_error error;
static char *folder;
static bora_summary s; /* two tasks; tau 0, 10, 100, inf; seeds 1 and 2 */
static bora_block_sums blocks;
static const double tolerance = 1e-12; /* a few sums of numbers about 1 */

enum { UNITS = 5 };
static const double size[UNITS] = {400, 600, 1000, 500, 1500};
/* NLL per token of run i (tau 0, 10, 100, inf; two seeds each) on block u. */
static double nll(int i, int u) { return 3 + 0.2 * (i / 2) - 0.07 * (i % 2) * (u + 1) + 0.01 * i * i * (u % 2) + 0.02 * u; }

static void write_blocks(const char *name, int last_task) {
    char *path = bora_format("%s/%s", folder, name);
    FILE *f = fopen(path, "w");
    fprintf(f, "task,block,documents,tokens");
    for (int i = 0; i < s.n; i++) fprintf(f, ",%s", s.runs[i].name);
    for (int u = 0; u < UNITS; u++) {
        fputc('\n', f);
        bora_put_text(f, s.tasks[u >= last_task]);
        fprintf(f, ",%d,1,%g", u, size[u]);
        for (int i = 0; i < s.n; i++) fprintf(f, ",%.17g", size[u] * nll(i, u));
    }
    fputc('\n', f);
    fclose(f);
    free(path);
}

static void set_up(void) {
    folder = scratch_results();
    cr_assert_ok(bora_summary_read(&s, folder, &error));
    write_blocks("blocks.csv", 2);
    cr_assert_ok(bora_blocks_read(&s, BORA_AT_COMMON, &blocks, &error));
}
static void tear_down(void) {
    bora_blocks_free(&blocks);
    bora_summary_free(&s);
    remove_directory(folder);
}
TestSuite(contrast, .init = set_up, .fini = tear_down);

static bora_option option(const char *method) {
    return (bora_option){.s = &s, .blocks = &blocks, .method = method, .at = BORA_AT_COMMON};
}
static int pairs_of(const bora_option *a, const bora_option *b, int n, bora_pairs *p) {
    return bora_pairs_of((bora_side){a, 1}, (bora_side){b, n}, p, &error);
}

Test(contrast, blocks_are_read_as_written) {
    const bora_tested *run = &blocks.runs[3];
    cr_assert_eq(run->units, UNITS);
    cr_assert(run->task[1] == 0 && run->task[2] == 1 && run->block[3] == 3 && run->documents[3] == 1 && run->size[4] == 1500);
    cr_assert_float_eq(run->nll[2], 1000 * nll(3, 2), 1e-9);
    bora_block_sums none;
    cr_assert_eq(bora_blocks_read(&s, BORA_AT_TASK, &none, &error), BORA_SKIPPED);
    cr_assert(strstr(error.message, "blocks-task.csv"), "%s", error.message);
}

/* Validation is best at tau 10 (test_report.c); in seed 2 it is made best at tau 100. */
/* [lab:choice] */
Test(contrast, tau_is_chosen_on_validation_within_each_seed) {
    bora_option a = option("bora"), b = option("unified");
    bora_pairs p;
    for (int d = 0; d < s.D; d++) s.runs[5].outcomes[BORA_AT_COMMON * s.D + d].nll[BORA_OF_VALIDATION] = 1;
    cr_assert_ok(pairs_of(&a, &b, 1, &p));
    cr_assert(p.S == 2 && p.a[0].run->tau == 10 && p.a[1].run->tau == 100 && isinf(p.b[0].run->tau));
    double ratio = 0;
    bora_estimate found, tasks[2];
    for (int i = 0; i < 2; i++) {
        double d[UNITS], a_run = i ? 5 : 2;
        for (int u = 0; u < UNITS; u++) d[u] = nll((int)a_run, u) - nll(6 + i, u);
        ratio += ((400 * d[0] + 600 * d[1]) / 1000 + (1000 * d[2] + 500 * d[3] + 1500 * d[4]) / 3000) / 4;
    }
    cr_assert_ok(bora_pairs_ratio(&p, &found, NULL, &error));
    cr_assert_float_eq(found.estimate, ratio, tolerance);
    cr_assert_ok(bora_pairs_tasks(&p, tasks, &error));
    cr_assert_float_eq((tasks[0].estimate + tasks[1].estimate) / 2, ratio, tolerance);
    cr_assert(tasks[0].variance > 0);
    bora_pairs_free(&p);
}

Test(contrast, a_side_may_have_several_options) {
    bora_block_sums own = blocks;
    bora_option a = option("bora"),
                b[] = {option("independent"), {.s = &s, .blocks = &own, .method = "independent", .at = BORA_AT_TASK}};
    bora_pairs p;
    for (int d = 0; d < s.D; d++) s.runs[1].outcomes[BORA_AT_TASK * s.D + d].nll[BORA_OF_VALIDATION] = 1;
    for (int d = 0; d < s.D; d++) s.runs[0].outcomes[BORA_AT_TASK * s.D + d].nll[BORA_OF_VALIDATION] = 1e6;
    cr_assert_ok(pairs_of(&a, b, 2, &p));
    cr_assert(p.b[0].option == &b[0] && p.b[1].option == &b[1]);
    bora_pairs_free(&p);
}

Test(contrast, what_cannot_be_compared_is_skipped) {
    bora_option a = option("bora"), b = option("unified");
    bora_pairs p;
    a.rank = 4;
    cr_assert_eq(pairs_of(&a, &b, 1, &p), BORA_SKIPPED);
    a.rank = 8;
    cr_assert(strstr(error.message, "share no seed"), "%s", error.message);
    s.runs[6].seed = 7;
    cr_assert_eq(pairs_of(&a, &b, 1, &p), BORA_SKIPPED);
    cr_assert(strstr(error.message, "share one seed"), "%s", error.message);
    s.runs[6].seed = 1;
    for (int i = 0; i < blocks.n; i++)
        for (int u = 0; u < UNITS; u++) blocks.runs[i].task[u] = u == UNITS - 1;
    cr_assert_eq(pairs_of(&a, &b, 1, &p), BORA_SKIPPED);
    cr_assert(strstr(error.message, "has 1 block of"), "%s", error.message);
}

/* A seed counts where every option has it: else which is the best would depend on what was run. */
Test(contrast, an_option_without_a_seed_takes_it_away) {
    bora_option a = option("bora"), b[] = {option("unified"), option("independent")};
    bora_pairs p;
    s.runs[1].seed = 3;
    cr_assert_ok(pairs_of(&a, b, 1, &p));
    bora_pairs_free(&p);
    cr_assert_eq(pairs_of(&a, b, 2, &p), BORA_SKIPPED);
    cr_assert(strstr(error.message, "share one seed"), "%s", error.message);
}

/* Runs of tau 10 are made to count more tokens: the ratio is the difference of the two NLLs per token all the same. */
Test(contrast, tokens_may_be_counted_otherwise) {
    bora_option a = option("bora"), b = option("unified");
    bora_pairs p;
    bora_estimate found, level;
    double expected = 0;
    a.tau = 10;
    cr_assert_ok(pairs_of(&a, &b, 1, &p));
    cr_assert_ok(bora_pairs_ratio(&p, &level, NULL, &error));
    bora_pairs_free(&p);
    for (int i = 2; i < 4; i++)
        for (int u = 0; u < UNITS; u++) blocks.runs[i].size[u] = 1000 + 100 * u;
    cr_assert_ok(pairs_of(&a, &b, 1, &p));
    cr_assert_ok(bora_pairs_ratio(&p, &found, NULL, &error));
    for (int i = 0; i < 2; i++) {
        double x[UNITS], y[UNITS];
        for (int u = 0; u < UNITS; u++) x[u] = size[u] * nll(2 + i, u), y[u] = size[u] * nll(6 + i, u);
        expected +=
            ((x[0] + x[1]) / 2100 - (y[0] + y[1]) / 1000 + (x[2] + x[3] + x[4]) / 3900 - (y[2] + y[3] + y[4]) / 3000) / 4;
    }
    cr_assert_float_eq(found.estimate, expected, tolerance);
    cr_assert(fabs(found.estimate - level.estimate) > 0.1);
    /* Of task A in seed 1 the deviations, on which the interval rests, are those of the two ratios. */
    double a_of[2] = {400 * nll(2, 0), 600 * nll(2, 1)}, b_of[2] = {400 * nll(6, 0), 600 * nll(6, 1)}, t_a[2] = {1000, 1100};
    double R_a = (a_of[0] + a_of[1]) / 2100, R_b = (b_of[0] + b_of[1]) / 1000;
    for (int u = 0; u < 2; u++)
        cr_assert_float_eq((p.value[u] - (R_a - R_b) * t_a[u]) / 2100,
                           (a_of[u] - R_a * t_a[u]) / 2100 - (b_of[u] - R_b * size[u]) / 1000, tolerance);
    bora_pairs_free(&p);
}

Test(contrast, differences_of_differences) {
    bora_option bora = option("bora"), unified = option("unified"), independent = option("independent");
    bora_pairs p, q, less;
    bora_estimate x, y, z;
    cr_assert_ok(pairs_of(&bora, &unified, 1, &p));
    cr_assert_ok(pairs_of(&bora, &independent, 1, &q));
    cr_assert_ok(bora_pairs_less(&p, &q, &less, &error));
    cr_assert_ok(bora_pairs_ratio(&p, &x, NULL, &error));
    cr_assert_ok(bora_pairs_ratio(&q, &y, NULL, &error));
    cr_assert_ok(bora_pairs_ratio(&less, &z, NULL, &error));
    cr_assert_float_eq(z.estimate, x.estimate - y.estimate, tolerance);
    for (int u = 0; u < UNITS; u++)
        cr_assert_float_eq(less.value[UNITS + u], size[u] * (nll(1, u) - nll(7, u)), 1e-9, "BoRA's part cancels");
    bora_pairs_free(&less);
    q.a[0].run = &s.runs[4], s.runs[4].seed = 9; /* the seeds of q are now 9 and 2 */
    cr_assert_eq(bora_pairs_less(&p, &q, &less, &error), BORA_SKIPPED);
    bora_pairs_free(&p);
    bora_pairs_free(&q);
}

/* Three seeds and tasks made in memory: gain = 2 - 0.3 ln N + a task's own level. */
Test(contrast, slopes_on_size) {
    enum { S = 3, D = 3 };
    static bora_outcome outcomes[2 * S][BORA_ATS * D];
    static const double sizes[S][D] = {{100, 200, 400}, {200, 400, 100}, {400, 100, 200}}, level[D] = {0, 0.4, -0.1};
    bora_finished runs[2 * S];
    bora_summary t = {.D = D, .n = 2 * S, .runs = runs};
    bora_option option = {.s = &t, .at = BORA_AT_COMMON};
    bora_choice a[S], b[S];
    double x[S * D];
    for (int i = 0; i < S; i++) {
        runs[i] = (bora_finished){.outcomes = outcomes[i]}, runs[S + i] = (bora_finished){.outcomes = outcomes[S + i]};
        a[i] = (bora_choice){&option, &runs[i]}, b[i] = (bora_choice){&option, &runs[S + i]};
        for (int d = 0; d < D; d++) {
            bora_outcome *y = &outcomes[i][BORA_AT_COMMON * D + d], *z = &outcomes[S + i][BORA_AT_COMMON * D + d];
            y->tokens[BORA_OF_TEST] = z->tokens[BORA_OF_TEST] = 10;
            z->nll[BORA_OF_TEST] = 10 * (2 - 0.3 * log(sizes[i][d]) + level[d]);
            outcomes[i][BORA_AT_LAST * D + d].distance = pow(sizes[i][d], 0.8);
            outcomes[S + i][BORA_AT_LAST * D + d].distance = pow(sizes[i][d], 0.5);
            x[i * D + d] = log(sizes[i][d]);
        }
    }
    const bora_pairs p = {.S = S, .D = D, .a = a, .b = b, .x = x};
    bora_estimate slope;
    double covered, p_value;
    cr_assert_ok(bora_pairs_slope(&p, bora_pair_gain, true, &slope, &covered, &error));
    cr_assert_float_eq(slope.estimate, -0.3, tolerance);
    cr_assert_float_eq(slope.variance, 0, tolerance);
    cr_assert_ok(bora_pairs_slope(&p, bora_pair_gain, false, &slope, &covered, &error));
    cr_assert_float_eq(slope.estimate, -0.3, tolerance, "a Latin square: levels are orthogonal to sizes");
    cr_assert(covered > 0.5 && covered <= 1, "%g", covered);
    cr_assert_ok(bora_pairs_slope(&p, bora_pair_distance, false, &slope, &covered, &error));
    cr_assert_float_eq(slope.estimate, 0.3, tolerance);
    bora_spread rho; /* sums of squared differences of ranks: 6, 2 and 8, so that rho = -1/2, 1/2 and -1 */
    cr_assert_ok(bora_pairs_spearman(&p, &rho, &p_value, &error));
    cr_assert_float_eq(rho.mean, -1 / 3.0, tolerance);
    cr_assert_float_eq(rho.least, -1, tolerance);
    cr_assert_float_eq(p_value, 2 / 6.0, 3 * sqrt(2 / 6.0 / 10000), "of six orders of the tasks two are as far from 0");
    for (int i = 0; i < S * D; i++) x[i] = log(100);
    cr_assert_ok(bora_pairs_slope(&p, bora_pair_gain, false, &slope, &covered, &error));
    cr_assert(isnan(slope.variance));
    cr_assert_ok(bora_pairs_spearman(&p, &rho, &p_value, &error));
    cr_assert(isnan(rho.mean) && isnan(p_value));
}

Test(contrast, the_table_has_a_row_a_limit_and_one_at_the_highest_tau) {
    const char *file = "tables/contrasts.csv", *highest = "bora at the highest tau,unified,";
    cr_assert_ok(bora_report(folder, &error));
    bora_table t;
    size_t taus;
    char *path = bora_format("%s/%s", folder, file), *tex = bora_format("%s/tables/contrasts.tex", folder);
    cr_assert_ok(bora_table_read(&t, path, &error));
    cr_assert_ok(bora_table_column(&t, "taus", &taus, &error));
    cr_assert_eq(t.rows, 4);
    cr_assert_str_eq(bora_table_cell(&t, 1, taus), "10 10");
    cr_assert_str_eq(bora_table_cell(&t, 3, taus), "100 100");
    bora_option a = option("bora"), b = option("unified");
    for (int i = 0; i < 2; i++) {
        bora_pairs p;
        bora_estimate ratio;
        a.tau = i ? 100 : 10;
        cr_assert_ok(pairs_of(&a, &b, 1, &p));
        cr_assert_ok(bora_pairs_ratio(&p, &ratio, NULL, &error));
        const char *row = i ? highest : "bora,unified,";
        bora_estimate tasks[2];
        cr_assert_float_eq(number_in(folder, file, row, "log_ratio"), ratio.estimate, tolerance);
        cr_assert_ok(bora_pairs_tasks(&p, tasks, &error));
        cr_assert_eq(number_in(folder, file, row, "tasks_lower"), (tasks[0].estimate < 0) + (tasks[1].estimate < 0));
        cr_assert_eq(number_in(folder, file, row, "tasks_better"), bora_lies_below(&tasks[0]) + bora_lies_below(&tasks[1]));
        bora_pairs_free(&p);
    }
    size_t slope;
    cr_assert_ok(bora_table_column(&t, "slope", &slope, &error));
    cr_assert_str_eq(bora_table_cell(&t, 1, slope), "", "two seeds have no slope with an interval");
    cr_assert(bora_exists(tex));
    bora_table_free(&t);
    free(path);
    free(tex);
}

Test(contrast, lines_with_the_coverage_beside_the_interval) {
    char *text, *expected;
    size_t n;
    const char *file = "tables/contrasts.csv";
    cr_assert_ok(bora_report(folder, &error));
    FILE *out = open_memstream(&text, &n);
    cr_assert_ok(bora_print_contrasts(&s, out, &error));
    fclose(out);
    expected = bora_format(
        "  bora against unified at rank 8: log ratio of perplexities %.4f ± %.4f (95 %%, 2 seeds; covers %.1f %% in "
        "simulation)\n",
        number_in(folder, file, "bora,unified,", "log_ratio"), number_in(folder, file, "bora,unified,", "log_ratio_half_95"),
        100 * number_in(folder, file, "bora,unified,", "coverage"));
    cr_assert_not_null(strstr(text, expected), "%s", text);
    free(expected);
    free(text);
}

/* At the last epoch the validation is made best at tau 100; at the common one it stays so at 10. */
Test(contrast, standings_at_each_checkpoint) {
    const char *file = "tables/checkpoints.csv";
    shell(bora_format("cd '%s' && sed -i '/^last,/s/,1[0-9]*,20,/,1,20,/' tau-100_seed-*/tasks.csv", folder));
    cr_assert_ok(bora_report(folder, &error));
    double expected[2] = {0};
    for (int i = 0; i < 2; i++) {
        expected[0] += bora_perplexity(&s, &s.runs[4 + i], BORA_AT_LAST, BORA_OF_TEST) / 2;
        expected[1] += log(bora_perplexity(&s, &s.runs[4 + i], BORA_AT_LAST, BORA_OF_TEST) /
                           bora_perplexity(&s, &s.runs[6 + i], BORA_AT_LAST, BORA_OF_TEST)) /
                       2;
    }
    cr_assert_float_eq(number_in(folder, file, "bora,last,2,100 100,", "perplexity"), expected[0], tolerance * expected[0]);
    cr_assert_float_eq(number_in(folder, file, "unified,last,2,inf inf,", "log_ratio"), expected[1], tolerance);
    cr_assert_float_eq(number_in(folder, file, "bora,common,2,10 10,", "perplexity"),
                       (bora_perplexity(&s, &s.runs[2], BORA_AT_COMMON, BORA_OF_TEST) +
                        bora_perplexity(&s, &s.runs[3], BORA_AT_COMMON, BORA_OF_TEST)) /
                           2,
                       tolerance * expected[0]);
}

/* tau 0 and 10 as one variant, 100 and inf as another, which shares the runs of tau 0 with it. */
Test(contrast, settings_against_their_reference) {
    const char *file = "tables/contrasts_of_settings.csv";
    shell(bora_format("cd '%s' && sed -n '1s/$/,variant/p; 2,$s/$/,paper/; /^tau-\\(0\\|10\\|inf\\)_/p; s/paper$/other/; "
                      "/^tau-\\(0\\|100\\|inf\\)_/p' runs.csv >edited && mv edited runs.csv",
                      folder));
    cr_assert_ok(bora_report(folder, &error));
    double bora = number_in(folder, file, "other,variant paper,bora,2,100 100,10 10,", "log_ratio"), expected = 0;
    for (int i = 0; i < 2; i++) {
        double d[UNITS];
        for (int u = 0; u < UNITS; u++) d[u] = nll(4 + i, u) - nll(2 + i, u);
        expected += ((400 * d[0] + 600 * d[1]) / 1000 + (1000 * d[2] + 500 * d[3] + 1500 * d[4]) / 3000) / 4;
    }
    cr_assert_float_eq(bora, expected, tolerance);
    cr_assert_float_eq(number_in(folder, file, "other,variant paper,bora - unified,", "log_ratio"), bora, tolerance);
    cr_assert_eq(number_in(folder, "tables/contrasts.csv", "other,bora,unified,", "seeds"), 2);
    bora_table t;
    char *path = bora_format("%s/%s", folder, file);
    cr_assert_ok(bora_table_read(&t, path, &error));
    cr_assert_eq(t.rows, 4, "BoRA and its gain over both limits; the limits themselves are the same runs");
    bora_table_free(&t);
    free(path);
}
