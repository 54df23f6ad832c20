/* test_by_size.c: figures against training size, on the authors' published perplexities of 25 speakers
 * (tests/vectors/results-published), whose re-analysis is known, and on two runs made here, that can or cannot be compared. */
#include "stat/summary.h"
#include "test.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static bora_error error;

/* The rows that a figure of s would have. */
static void rows_of(bora_csv_writer *write, const bora_summary *s, bora_table *t) {
    char *folder = scratch_directory(), *path = bora_format("%s/x.csv", folder);
    FILE *f = fopen(path, "w");
    cr_assert_ok(write(s, f, &error));
    fclose(f);
    cr_assert_ok(bora_table_read(t, path, &error));
    remove(path);
    remove(folder);
    free(path);
    free(folder);
}

static double number(const bora_table *t, size_t row, const char *name) {
    size_t column;
    double x;
    cr_assert_ok(bora_table_column(t, name, &column, &error));
    cr_assert_ok(bora_table_number(t, row, column, -1e9, INFINITY, &x, &error));
    return x;
}

static bool is(const bora_table *t, size_t row, const char *layer, const char *series) {
    return !strcmp(bora_table_cell(t, row, 0), layer) && !strcmp(bora_table_cell(t, row, 1), series);
}

/* Mean and smallest gain of the points, slope of the line. */
static void check_gain(const bora_table *t, const char *limit, double mean, double least, double slope) {
    double sum = 0, smallest = INFINITY;
    int points = 0, ends = 0;
    for (size_t row = 1; row < t->rows; row++) {
        if (is(t, row, "point", limit))
            sum += number(t, row, "gain"), smallest = fmin(smallest, number(t, row, "gain")), points++;
        if (!is(t, row, "line", limit)) continue;
        cr_assert_float_eq(number(t, row, "slope"), slope, 0.005);
        cr_assert_float_eq(number(t, row, "train_documents"), ends ? 477 : 110, 1e-9);
        ends++;
    }
    cr_assert_eq(points, 25);
    cr_assert_eq(ends, 2);
    cr_assert_float_eq(sum / points, mean, 0.05);
    cr_assert_float_eq(smallest, least, 1e-9);
}

/* Of the published table: 23.4 % over tau = 0, 7.6 % over tau = 1e4, -3.44 a unit of ln N, all known before this code was
 * written. */
Test(by_size, published_improvements) {
    bora_summary s;
    bora_table t;
    cr_assert_ok(bora_summary_read(&s, source_path("tests/vectors/results-published"), &error));
    rows_of(bora_gain_by_size, &s, &t);
    check_gain(&t, "independent", 23.4, 100 * (1 - 14.02 / 16.57), -3.44);
    check_gain(&t, "unified", 7.6, 100 * (1 - 14.02 / 14.48), -0.136);
    cr_assert_eq(number(&t, 1, "tau"), 100);
    bora_table_free(&t);
    bora_summary_free(&s);
}

/* Two tasks, of 100 and 400 documents and 1 and 4 from Theta. Perplexities 16 and 64 at tau 0, 8 and 64 at tau 10. */
enum { D = 2 };
static bora_finished runs[2];
static bora_outcome outcomes[2][BORA_ATS * D];
static char a[] = "A", b[] = "B", bora[] = "bora", *tasks[D] = {a, b};
static bora_summary summary;

static void set_up(void) {
    for (int r = 0; r < 2; r++) {
        for (int i = 0; i < BORA_ATS * D; i++)
            for (int of = 0; of < BORA_OFS; of++) {
                bora_outcome *x = &outcomes[r][i];
                x->documents[of] = i % D ? 400 : 100;
                x->distance = x->documents[of] / 100;
                x->tokens[of] = 10;
                x->nll[of] = 10 * log(i % D ? 64 : r ? 8 : 16);
            }
        runs[r] = (bora_finished){
            .name = tasks[r], .method = bora, .seed = 1, .tau = 10 * r, .rank = 8, .learning_rate = 1, .outcomes = outcomes[r]};
    }
    summary = (bora_summary){.directory = a, .tasks = tasks, .runs = runs, .D = D, .n = 2};
}
TestSuite(two_runs, .init = set_up);

Test(two_runs, points_means_and_lines) {
    bora_table t;
    rows_of(bora_gain_by_size, &summary, &t);
    cr_assert_eq(t.rows, 1 + 2 + 2 + 2); /* points, means (each point alone), ends of the line */
    cr_assert_float_eq(number(&t, 1, "gain"), 50, 1e-9);
    cr_assert_float_eq(number(&t, 2, "gain"), 0, 1e-9);
    cr_assert_float_eq(number(&t, 5, "slope"), -50 / log(4), 1e-9);
    cr_assert_float_eq(number(&t, 6, "gain"), 0, 1e-9);
    bora_table_free(&t);
    rows_of(bora_distance_by_size, &summary, &t);
    cr_assert_eq(t.rows, 1 + 2 * 6);
    cr_assert_float_eq(number(&t, 5, "slope"), 1, 1e-9); /* of ln distance on ln N */
    cr_assert_float_eq(number(&t, 6, "distance"), 4, 1e-9);
    bora_table_free(&t);
    rows_of(bora_perplexity_by_size, &summary, &t);
    cr_assert_eq(t.rows, 1 + 2 * 4); /* no line */
    cr_assert(is(&t, 5, "point", "bora"));
    cr_assert_float_eq(number(&t, 5, "perplexity"), 8, 1e-9);
    bora_table_free(&t);
}

static void not_made(bora_csv_writer *write, int status, const char *expected) {
    FILE *f = fopen("/dev/null", "w");
    cr_assert_eq(write(&summary, f, &error), status, "expected: %s", expected);
    cr_assert(strstr(error.message, expected), "%s", error.message);
    fclose(f);
    set_up();
}

Test(two_runs, that_cannot_be_compared) {
    runs[1].seed = 2;
    not_made(bora_gain_by_size, BORA_SKIPPED, "no seed has both a run at tau 10 and one at tau 0");
    outcomes[1][BORA_AT_COMMON * D + 1].documents[BORA_OF_TRAIN] = 399;
    not_made(bora_gain_by_size, BORA_BAD_INPUT, "runs 'B' and 'A' have one seed but other documents of task 'B'");
    for (int r = 0; r < 2; r++) outcomes[r][BORA_AT_COMMON * D + 1].documents[BORA_OF_TRAIN] = 100;
    not_made(bora_gain_by_size, BORA_SKIPPED, "every task has 100 training documents");
    outcomes[1][BORA_AT_COMMON * D].distance = 0;
    not_made(bora_distance_by_size, BORA_SKIPPED, "theta of task 'A' is Theta itself");
    summary.n = 1;
    not_made(bora_gain_by_size, BORA_SKIPPED, "no run with tau between 0 and inf");
    runs[0].tau = 10, runs[0].rank = 4;
    not_made(bora_gain_by_size, BORA_SKIPPED, "the runs at tau 10 differ in rank");
}
