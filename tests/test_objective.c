/* test_objective.c: objectives of settings, from two tasks, three settings and two seeds made here: ends, their paired ratios
 * to the reference setting, and the epochs to come near the least end. */
#include "stat/summary.h"
#include "test.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static bora_error error;
static char *folder;

static FILE *create(const char *run, const char *name) {
    char *path = bora_format("%s/%s", folder, run);
    cr_assert_ok(bora_make_directories(path, &error));
    free(path);
    path = bora_format("%s/%s/%s", folder, run, name);
    FILE *f = fopen(path, "w");
    cr_assert_not_null(f);
    free(path);
    return f;
}

/* NLL of a task at the epochs 1 to 3, as seen, and exactly at the last; two tasks of distance 2 at tau 10, whose prior adds
 * 2 * 10 / 2 * 4 = 40. */
static void write_run(const char *run, const double nll[3], double last, int tokens) {
    static const char *const checkpoints[] = {"last", "common", "task"};
    FILE *f = create(run, "curve.csv");
    fprintf(f, "epoch,task,train_tokens,train_nll,validation_tokens,validation_nll,distance\n");
    for (int i = 0; i < 8; i++)
        fprintf(f, "%d,%c,%d,%g,10,30,%d\n", i / 2, 'A' + i % 2, i < 2 ? 0 : tokens, i < 2 ? 0 : nll[i / 2 - 1], i < 2 ? 0 : 2);
    fclose(f);
    f = create(run, "tasks.csv");
    fprintf(f, "checkpoint,epoch,task,train_documents,train_tokens,train_nll,validation_documents,validation_tokens,"
               "validation_nll,test_documents,test_tokens,test_nll,distance,distance_from_start\n");
    for (int i = 0; i < 6; i++)
        fprintf(f, "%s,3,%c,1,%d,%g,1,10,30,1,10,30,2,3\n", checkpoints[i / 2], 'A' + i % 2, tokens, last);
    fclose(f);
}

/* Objectives as seen: slow 2 nll + 40 = 340, 300, 260; fast 260, 242, 240; the one whose tokens are others counts for itself.
 */
static void set_up(void) {
    static const double slow[] = {150, 130, 110}, fast[] = {110, 101, 100}, other[] = {60, 50, 40};
    folder = scratch_directory();
    FILE *f = create(".", "runs.csv");
    fprintf(f, "run,seed,method,tau,rank,alpha,learning_rate,step_rule,epochs,best_epoch,variant\n");
    for (int seed = 1; seed < 3; seed++) {
        char run[16];
        snprintf(run, sizeof run, "slow-%d", seed);
        write_run(run, slow, 100 + seed, 10);
        fprintf(f, "%s,%d,bora,10,8,8,1,pooled,3,3,slow\n%s,%d,bora,10,8,8,1,pooled,3,3,again\n", run, seed, run, seed);
        snprintf(run, sizeof run, "fast-%d", seed);
        write_run(run, fast, 90 + 3 * seed, 10);
        fprintf(f, "%s,%d,bora,10,8,8,1,pooled,3,3,fast\n", run, seed);
        snprintf(run, sizeof run, "other-%d", seed);
        write_run(run, other, 80, 11);
        fprintf(f, "%s,%d,bora,10,8,8,1,pooled,3,3,other\n", run, seed);
    }
    fclose(f);
}
static void tear_down(void) { remove_directory(folder); }
TestSuite(objective, .init = set_up, .fini = tear_down);

static const char file[] = "tables/objectives.csv";
static const double tolerance = 1e-12; /* a few sums and a logarithm */

Test(objective, ends_and_their_ratios) {
    cr_assert_ok(bora_report(folder, &error));
    cr_assert_float_eq(number_in(folder, file, "slow,bora,10,", "objective"), (242 + 244) / 2.0, tolerance);
    cr_assert_float_eq(number_in(folder, file, "fast,bora,10,", "objective"), (226 + 232) / 2.0, tolerance);
    double a = log(226 / 242.0), b = log(232 / 244.0);
    cr_assert_float_eq(number_in(folder, file, "fast,bora,10,", "log_ratio"), (a + b) / 2, tolerance);
    cr_assert_float_eq(number_in(folder, file, "fast,bora,10,", "log_ratio_half_95"), 12.706204736174698 * fabs(a - b) / 2,
                       1e-9);
}

Test(objective, epochs_to_where_the_slowest_ends) {
    cr_assert_ok(bora_report(folder, &error));
    cr_assert_eq(number_in(folder, file, "fast,bora,10,", "epochs"), 1, "it has 260 after one, with which the slow one ends");
    cr_assert_eq(number_in(folder, file, "slow,bora,10,", "epochs"), 3, "the slowest needs all of its own");
    cr_assert_eq(number_in(folder, file, "other,bora,10,", "epochs"), 3, "of other tokens nothing is comparable");
}

/* Runs that are the same ones, or have other tokens, have no ratio. */
Test(objective, what_cannot_be_compared_is_left_empty) {
    bora_table t;
    size_t against;
    char *path = bora_format("%s/%s", folder, file);
    cr_assert_ok(bora_report(folder, &error));
    cr_assert_ok(bora_table_read(&t, path, &error));
    cr_assert_ok(bora_table_column(&t, "against", &against, &error));
    cr_assert_eq(t.rows, 5);
    for (size_t r = 1; r < t.rows; r++)
        cr_assert_str_eq(bora_table_cell(&t, r, against), strcmp(bora_table_cell(&t, r, 0), "fast") ? "" : "variant slow");
    bora_table_free(&t);
    free(path);
}

Test(objective, nothing_to_compare) {
    char *path = bora_format("%s/%s", folder, file);
    shell(bora_format("cd '%s' && sed 's/,[^,]*$//' runs.csv | grep -v again >edited && sed -i '/fast\\|other/d' edited && "
                      "awk '!seen[$0]++' edited >runs.csv",
                      folder));
    cr_assert_ok(bora_report(folder, &error));
    cr_assert_not(bora_exists(path));
    free(path);
}

/* [eq:objective] */
Test(objective, of_a_task_and_at_infinity_its_nll_alone) {
    cr_assert_eq(bora_objective(3, INFINITY, 0), 3);
    cr_assert_eq(bora_objective(3, 10, 2), 23);
}
