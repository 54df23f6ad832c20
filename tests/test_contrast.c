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

static bora_option option(const char *method) { return (bora_option){&s, &blocks, method, BORA_AT_COMMON}; }

Test(contrast, blocks_are_read_as_written) {
    cr_assert_eq(blocks.units, UNITS);
    cr_assert(blocks.task[1] == 0 && blocks.task[2] == 1 && blocks.size[4] == 1500);
    cr_assert_float_eq(blocks.nll[3 * UNITS + 2], 1000 * nll(3, 2), 1e-9);
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
    cr_assert_ok(bora_pairs_of((bora_side){&a, 1}, (bora_side){&b, 1}, NAN, &p, &error));
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
    bora_option a = option("bora"), b[] = {option("independent"), {&s, &own, "independent", BORA_AT_TASK}};
    bora_pairs p;
    for (int d = 0; d < s.D; d++) s.runs[1].outcomes[BORA_AT_TASK * s.D + d].nll[BORA_OF_VALIDATION] = 1;
    for (int d = 0; d < s.D; d++) s.runs[0].outcomes[BORA_AT_TASK * s.D + d].nll[BORA_OF_VALIDATION] = 1e6;
    cr_assert_ok(bora_pairs_of((bora_side){&a, 1}, (bora_side){b, 2}, 8, &p, &error));
    cr_assert(p.b[0].option == &b[0] && p.b[1].option == &b[1]);
    bora_pairs_free(&p);
}

Test(contrast, what_cannot_be_compared_is_skipped) {
    bora_option a = option("bora"), b = option("unified");
    bora_pairs p;
    cr_assert_eq(bora_pairs_of((bora_side){&a, 1}, (bora_side){&b, 1}, 4, &p, &error), BORA_SKIPPED);
    cr_assert(strstr(error.message, "share no seed"), "%s", error.message);
    s.runs[6].seed = 7;
    cr_assert_eq(bora_pairs_of((bora_side){&a, 1}, (bora_side){&b, 1}, 8, &p, &error), BORA_SKIPPED);
    cr_assert(strstr(error.message, "share one seed"), "%s", error.message);
    s.runs[6].seed = 1;
    for (int u = 0; u < UNITS; u++) blocks.task[u] = u == UNITS - 1;
    cr_assert_eq(bora_pairs_of((bora_side){&a, 1}, (bora_side){&b, 1}, 8, &p, &error), BORA_SKIPPED);
    cr_assert(strstr(error.message, "has 1 block of"), "%s", error.message);
}

/* Three seeds and tasks made in memory: gain = 2 - 0.3 ln N + a task's own level. */
Test(contrast, slopes_on_size) {
    enum { S = 3, D = 3 };
    static bora_outcome outcomes[2 * S][BORA_ATS * D];
    static const double sizes[S][D] = {{100, 200, 400}, {200, 400, 100}, {400, 100, 200}}, level[D] = {0, 0.4, -0.1};
    bora_finished runs[2 * S];
    bora_summary t = {.D = D, .n = 2 * S, .runs = runs};
    bora_option option = {&t, NULL, "", BORA_AT_COMMON};
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
    const char *clusters;
    cr_assert_ok(bora_pairs_slope(&p, bora_pair_gain, true, &slope, &clusters, &error));
    cr_assert_float_eq(slope.estimate, -0.3, tolerance);
    cr_assert_float_eq(slope.variance, 0, tolerance);
    cr_assert_ok(bora_pairs_slope(&p, bora_pair_gain, false, &slope, &clusters, &error));
    cr_assert_float_eq(slope.estimate, -0.3, tolerance, "a Latin square: levels are orthogonal to sizes");
    static const int tasks[S * D] = {0, 1, 2, 0, 1, 2, 0, 1, 2}, seeds[S * D] = {0, 0, 0, 1, 1, 1, 2, 2, 2};
    double y[S * D];
    bora_estimate by_task, by_seed;
    for (int i = 0; i < S * D; i++) y[i] = bora_pair_gain(&a[i / D], &b[i / D], i % D);
    cr_assert_ok(bora_cluster_slope(x, y, tasks, S * D, D, &by_task, &error));
    cr_assert_ok(bora_cluster_slope(x, y, seeds, S * D, S, &by_seed, &error));
    cr_assert_float_eq(slope.variance, fmax(by_task.variance, by_seed.variance), tolerance);
    cr_assert(by_task.variance != by_seed.variance);
    cr_assert_str_eq(clusters, by_task.variance > by_seed.variance ? "tasks" : "seeds");
    cr_assert_ok(bora_pairs_slope(&p, bora_pair_distance, false, &slope, &clusters, &error));
    cr_assert_float_eq(slope.estimate, 0.3, tolerance);
    for (int i = 0; i < S * D; i++) x[i] = log(100);
    cr_assert_ok(bora_pairs_slope(&p, bora_pair_gain, false, &slope, &clusters, &error));
    cr_assert(isnan(slope.variance));
}

Test(contrast, the_table_has_a_row_a_limit) {
    cr_assert_ok(bora_report(folder, &error));
    char *path = bora_format("%s/tables/contrasts.csv", folder), *tex = bora_format("%s/tables/contrasts.tex", folder);
    bora_table t;
    size_t column;
    cr_assert_ok(bora_table_read(&t, path, &error));
    cr_assert_eq(t.rows, 3);
    cr_assert_str_eq(bora_table_cell(&t, 1, 1), "independent");
    cr_assert_str_eq(bora_table_cell(&t, 2, 1), "unified");
    cr_assert_ok(bora_table_column(&t, "taus", &column, &error));
    cr_assert_str_eq(bora_table_cell(&t, 1, column), "10 10");
    cr_assert_ok(bora_table_column(&t, "slope", &column, &error));
    cr_assert_str_eq(bora_table_cell(&t, 1, column), "", "two seeds have no slope with an interval");
    cr_assert(bora_exists(tex));
    bora_table_free(&t);
    free(path);
    free(tex);
}
