/* test_results.c: an experiment's folder is read whole, and whatever is wrong in one of its files is an error with that file
 * and its line. */
#include "stat/summary.h"
#include "test.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static char *folder;

static void set_up(void) { folder = scratch_results(); }
static void tear_down(void) { remove_directory(folder); }
TestSuite(results, .init = set_up, .fini = tear_down);

Test(results, runs_are_in_order_and_hold_the_numbers_of_the_files) {
    bora_error error;
    bora_summary s;
    cr_assert_ok(bora_summary_read(&s, folder, &error));
    cr_assert_eq(s.n, 8);
    cr_assert_eq(s.D, 2);
    cr_assert_str_eq(s.tasks[0], "A");
    cr_assert_str_eq(s.tasks[1], "B, the \"second\"");
    for (int i = 1; i < s.n; i++)
        cr_assert(s.runs[i - 1].tau < s.runs[i].tau ||
                      (s.runs[i - 1].tau == s.runs[i].tau && s.runs[i - 1].seed < s.runs[i].seed),
                  "%d", i);
    const bora_finished *run = &s.runs[3]; /* tau 10, seed 2 */
    const bora_outcome *b = &run->outcomes[BORA_AT_COMMON * s.D + 1];
    cr_assert_str_eq(run->name, "tau-10_seed-2");
    cr_assert_str_eq(run->method, "bora");
    cr_assert(run->tau == 10 && run->rank == 8 && run->learning_rate == 0.002 && run->seed == 2);
    cr_assert(b->documents[BORA_OF_TRAIN] == 100 && b->tokens[BORA_OF_TEST] == 3000 && b->nll[BORA_OF_TEST] == 9300 &&
              b->distance == 0.25);
    cr_assert(isinf(s.runs[7].tau));
    cr_assert_eq(run->epochs, 2);
    cr_assert(isnan(run->curve[BORA_OF_TRAIN]), "nothing is trained before the first epoch");
    cr_assert_float_eq(run->curve[2 * BORA_OF_TEST + BORA_OF_TRAIN], (2.5 + 2.7) / 2, 1e-12);
    cr_assert_float_eq(run->curve[BORA_OF_VALIDATION], (3.5 + 3.7) / 2, 1e-12);
    bora_summary_free(&s);
}

/* Other methods come after BoRA and its limits. */
Test(results, methods_in_order) {
    bora_error error;
    bora_summary s;
    shell(bora_format(
        "cd '%s' && sed 's/^tau-0_\\(.*\\)independent\\(.*\\)$/tau-0_\\1ridge\\2/' runs.csv >edited && mv edited runs.csv",
        folder));
    cr_assert_ok(bora_summary_read(&s, folder, &error));
    cr_assert_str_eq(s.runs[0].method, "bora");
    cr_assert_str_eq(s.runs[5].method, "unified");
    cr_assert(s.runs[6].tau == 0 && s.runs[6].seed == 1 && s.runs[7].seed == 2);
    cr_assert_str_eq(s.runs[6].method, "ridge");
    bora_summary_free(&s);
}

/* What else a sweep varies makes settings, each a stretch of the runs. */
Test(results, settings_of_the_columns_behind) {
    bora_error error;
    bora_summary s;
    shell(
        bora_format("cd '%s' && sed '1s/$/,language.kappa,variant/; 2,$s/$/,30,/; s/^\\(tau-0_.*\\),30,$/\\1,30,order fixed/' "
                    "runs.csv >edited && mv edited runs.csv",
                    folder));
    cr_assert_ok(bora_summary_read(&s, folder, &error));
    cr_assert(s.n_keys == 2 && s.settings == 2);
    cr_assert_str_eq(s.keys[0], "language.kappa");
    for (int i = 0; i < 2; i++) {
        bora_summary part = bora_summary_of_setting(&s, i);
        bool fixed = !strcmp(part.runs[0].values[1], "order fixed");
        cr_assert_eq(part.n, fixed ? 2 : 6);
        for (int r = 0; r < part.n; r++) cr_assert_eq(part.runs[r].tau == 0, fixed);
    }
    bora_summary_free(&s);
}

/* Eight settings may be swept, and beside them the variant. */
Test(results, as_many_settings_as_a_sweep_may_have) {
    bora_error error;
    bora_summary s;
    shell(bora_format("cd '%s' && sed -i '1s/$/,a,b,c,d,e,f,g,h,variant/; 2,$s/$/,1,2,3,4,5,6,7,8,plain/' runs.csv", folder));
    cr_assert_ok(bora_summary_read(&s, folder, &error));
    cr_assert_eq(s.n_keys, 9);
    cr_assert_str_eq(s.runs[0].values[8], "plain");
    bora_summary_free(&s);
}

/* Points of a sweep that came to one run stand in rows of their own under its name. */
Test(results, a_run_of_two_settings) {
    bora_error error;
    bora_summary s;
    shell(bora_format("cd '%s' && sed -n '1s/$/,data.number,optimizer.step,variant/p; 2,$s/$/,30,pooled,a/p; "
                      "s/^\\(tau-0_.*\\),30,pooled,a$/\\1,30,centred,a/p; s/^\\(tau-0_.*\\),30,centred,a$/\\1,60,centred,a/p' "
                      "runs.csv >edited && mv edited runs.csv",
                      folder));
    cr_assert_ok(bora_summary_read(&s, folder, &error));
    cr_assert(s.n == 12 && s.made == 8 && s.settings == 3);
    cr_assert_eq(bora_reference_setting(&s, 1, 1), 0);
    cr_assert_eq(bora_reference_setting(&s, 0, 1), -1, "it is the reference itself");
    cr_assert_eq(bora_reference_setting(&s, 1, 2), -1, "there is one value alone");
    cr_assert_eq(bora_reference_setting(&s, 2, 0), -1, "other data are nothing to compare with");
    cr_assert_eq(bora_reference_setting(&s, 2, 1), -1, "none has 60 and pooled");
    bora_summary_free(&s);
}

Test(results, objectives_by_epoch) {
    bora_error error;
    bora_summary s;
    cr_assert_ok(bora_summary_read(&s, folder, &error));
    const bora_finished *run = &s.runs[3]; /* tau 10, seed 2 */
    cr_assert(isnan(run->objective[0]));
    cr_assert_float_eq(run->alpha, 8, 0);
    double sum = 0;
    bora_table t;
    char *path = bora_format("%s/%s/curve.csv", folder, run->name);
    cr_assert_ok(bora_table_read(&t, path, &error));
    for (size_t r = 5; r < 7; r++) /* epoch 2 of both tasks */
        sum += strtod(bora_table_cell(&t, r, 3), NULL) + 10 / 2.0 * pow(strtod(bora_table_cell(&t, r, 6), NULL), 2);
    cr_assert_float_eq(run->objective[2], sum, 1e-9);
    bora_table_free(&t);
    free(path);
    bora_summary_free(&s);
}

Test(results, a_run_needs_no_curve) {
    bora_error error;
    bora_summary s;
    shell(bora_format("rm '%s/tau-10_seed-1/curve.csv'", folder));
    cr_assert_ok(bora_summary_read(&s, folder, &error));
    cr_assert_null(s.runs[2].curve);
    bora_summary_free(&s);
}

/* After `edit`, a sed script, of a file of the folder, reading it fails and the message has these two pieces. */
static void refused(const char *file, const char *edit, const char *place, const char *problem) {
    bora_error error = {0};
    bora_summary s;
    tear_down();
    set_up();
    shell(bora_format("cd '%s' && sed '%s' '%s' >edited && mv edited '%s'", folder, edit, file, file));
    cr_assert_eq(bora_summary_read(&s, folder, &error), BORA_BAD_INPUT, "%s of %s: %s", edit, file, error.message);
    char *where = bora_format("%s%s", file, place);
    cr_assert(strstr(error.message, where), "%s of %s: %s", edit, file, error.message);
    cr_assert(strstr(error.message, problem), "%s of %s: %s", edit, file, error.message);
    free(where);
}

Test(results, an_index_that_is_damaged) {
    refused("runs.csv", "1s/tau/tua/", ":1: ", "no column 'tau'");
    refused("runs.csv", "3s/,8,/,eight,/", ":3: ", "'eight' in column 'rank'");
    refused("runs.csv", "3s/,8,/,nan,/", ":3: ", "'nan' in column 'rank'");
    refused("runs.csv", "4s/,pooled.*//", ":4: ", "fields");
    refused("runs.csv", "1!d", ":1: ", "no run is finished");
    refused("runs.csv", "d", ":1: ", "empty");
    refused("runs.csv", "2s/tau-inf_seed-2/nowhere/", ":2: ", "no folder");
}

Test(results, outcomes_that_are_damaged) {
    const char *file = "tau-10_seed-1/tasks.csv";
    refused(file, "1s/test_nll/nll/", ":1: ", "no column 'test_nll'");
    refused(file, "$d", ":6: ", "cut off");
    refused(file, "$s/,[^,]*,[^,]*$//", ":7: ", "cut off");
    refused(file, "5s/,9000,/,nan,/", ":5: ", "'nan' in column 'test_nll'");
    refused(file, "5s/,9000,/,,/", ":5: ", "'' in column 'test_nll'");
    refused(file, "5s/,9000,/,93x,/", ":5: ", "'93x' in column 'test_nll'");
    refused(file, "5s/,9000,/,inf,/", ":5: ", "finite number");
    refused(file, "5s/,3000,/,0,/", ":5: ", "'0' in column 'test_tokens'");
    refused(file, "4s/common/best/", ":4: ", "expected 'common'");
    refused(file, "4s/,A,/,C,/", ":4: ", "expected 'A'");
    refused(file, "5s/\"\"\"/ /", ":7: ", "strict");
}

Test(results, curves_that_are_damaged) {
    const char *file = "tau-10_seed-1/curve.csv";
    refused(file, "1s/epoch/step/", ":1: ", "no column 'epoch'");
    refused(file, "$d", ":6: ", "cut off");
    refused(file, "4s/^1/2/", ":4: ", "epoch 2, expected 1");
    refused(file, "4s/,1000,/,0,/", ":4: ", "'0' in column 'train_tokens'");
    refused(file, "1!d", ":1: ", "cut off");
}

Test(results, a_file_that_ends_within_a_line_or_is_missing) {
    bora_error error;
    bora_summary s;
    shell(bora_format("cd '%s/tau-inf_seed-2' && head -c -1 tasks.csv >cut && mv cut tasks.csv", folder));
    cr_assert_eq(bora_summary_read(&s, folder, &error), BORA_BAD_INPUT);
    cr_assert(strstr(error.message, "tau-inf_seed-2/tasks.csv:7: no new line"), "%s", error.message);
    shell(bora_format("rm '%s/tau-inf_seed-2/tasks.csv'", folder));
    cr_assert_neq(bora_summary_read(&s, folder, &error), BORA_OK);
    cr_assert(strstr(error.message, "tau-inf_seed-2/tasks.csv"), "%s", error.message);
}

Test(results, the_base_without_adapters) {
    bora_error error;
    bora_summary s;
    char *path = bora_format("%s/base.csv", folder);
    cr_assert_ok(bora_summary_read(&s, folder, &error));
    cr_assert_null(s.base.outcomes);
    bora_summary_free(&s);
    shell(bora_format(
        "printf '%%s\\n' task,validation_documents,validation_tokens,validation_nll,test_documents,test_tokens,test_nll "
        "A,10,500,1750,20,1000,3400 '\"B, the \"\"second\"\"\",10,500,1850,20,3000,10800' >'%s'",
        path));
    cr_assert_ok(bora_summary_read(&s, folder, &error));
    cr_assert_float_eq(bora_perplexity(&s, &s.base, BORA_AT_COMMON, BORA_OF_TEST), exp((3.4 + 3.6) / 2),
                       1e-9); /* rounding of exp */
    cr_assert_float_eq(bora_perplexity(&s, &s.base, BORA_AT_COMMON, BORA_OF_VALIDATION), exp((3.5 + 3.7) / 2), 1e-9);
    bora_summary_free(&s);
    shell(bora_format("sed -i '$d' '%s'", path));
    cr_assert_eq(bora_summary_read(&s, folder, &error), BORA_BAD_INPUT);
    cr_assert(strstr(error.message, "base.csv:2: 1 rows, expected 1 times 2 tasks"), "%s", error.message);
    free(path);
}
