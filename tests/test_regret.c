/* test_regret.c: regret by hand: two settings, two seeds, tau chosen on validation within each seed. */
#include "stat/summary.h"
#include "test.h"

#include <stdlib.h>
#include <string.h>

static bora_error error;
static char *folder;
static void set_up(void) { folder = scratch_directory(); }
static void tear_down(void) { remove_directory(folder); }
TestSuite(regret, .init = set_up, .fini = tear_down);

static void put(const char *run, const char *name, const char *text) {
    char *path = bora_format("%s/%s%s%s", folder, run, *run ? "/" : "", name);
    FILE *f = fopen(path, "w");
    fputs(text, f);
    fclose(f);
    free(path);
}

/* A run of two tasks of 10 and 20 test tokens, its oracle at 1 nat a token, regret `test` in both; a run that chooses sees
 * `validation`. */
static void put_run(const char *name, double validation, double test) {
    char *text =
        bora_format("%s", "checkpoint,epoch,task,train_documents,train_tokens,train_nll,validation_documents,validation_tokens,"
                          "validation_nll,test_documents,test_tokens,test_nll,distance,distance_from_start\n");
    shell(bora_format("mkdir '%s/%s'", folder, name));
    for (int c = 0; c < 3; c++)
        for (int d = 1; d <= 2; d++) {
            char *longer = bora_format("%s%s,1,task %d,%d,50,50,1,10,%g,2,%d,%g,1,1\n", text,
                                       c == 0   ? "last"
                                       : c == 1 ? "common"
                                                : "task",
                                       d, 4 * d, 10 * validation, 10 * d, 10 * d * (1 + test));
            free(text);
            text = longer;
        }
    put(name, "tasks.csv", text);
    put(name, "truth.csv",
        "task,entropy,oracle_nll,independent_nll,unified_nll,bayes_nll,estimated_nll,kappa\n"
        "task 1,1,10,14,13,,12,30\ntask 2,1,20,22,26,,24,30\n");
    free(text);
}

static const char index_header[] = "run,seed,method,tau,rank,alpha,learning_rate,step_rule,epochs,best_epoch,language.kappa\n";

static char *written(bora_csv_writer *write) {
    bora_summary s;
    char *text;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    cr_assert_ok(bora_summary_read(&s, folder, &error));
    int status = write(&s, out, &error);
    fclose(out);
    bora_summary_free(&s);
    if (!status) return text;
    free(text);
    return NULL;
}

/* [lab:regret] */
Test(regret, it_is_above_the_oracle_and_tau_is_chosen_on_validation) {
    char *index = bora_format("%s%s", index_header,
                              "a,1,independent,0,2,2,1e-3,adam,1,1,30\nb,1,bora,100,2,2,1e-3,pooled,1,1,30\n"
                              "c,1,bora,1000,2,2,1e-3,pooled,1,1,30\nd,2,bora,100,2,2,1e-3,pooled,1,1,30\n"
                              "e,2,bora,1000,2,2,1e-3,pooled,1,1,30\nf,1,unified,inf,2,2,1e-3,adam,1,1,\"10\"\n");
    put("", "runs.csv", index);
    free(index);
    put_run("a", 2, 0.5);
    put_run("b", 2, 0.5); /* chosen in seed 1 */
    put_run("c", 3, 0.125);
    put_run("d", 3, 0.25);
    put_run("e", 2, 0.5); /* chosen in seed 2, though its test is worse */
    put_run("f", 2, 1);
    char *text = written(bora_regret);
    cr_assert_str_eq(text, "language.kappa,method,seeds,documents,least_tau,most_tau,regret,half_95\n"
                           "30,counts-independent,2,6,,,0.25,0\n"
                           "30,counts-unified,2,6,,,0.3,0\n"
                           "30,estimated-bayes,2,6,,,0.2,0\n"
                           "30,independent,1,6,,,0.5,\n"
                           "30,bora,2,6,100,1000,0.5,0\n"
                           "10,counts-independent,1,6,,,0.25,\n"
                           "10,counts-unified,1,6,,,0.3,\n"
                           "10,estimated-bayes,1,6,,,0.2,\n"
                           "10,unified,1,6,,,1,\n");
    free(text);
    text = written(bora_regret_by_size);
    cr_assert_not_null(strstr(text, "\n30,counts-independent,4,0.4\n"), "%s", text);
    cr_assert_not_null(strstr(text, ",0.1\n30,counts-unified,4,0.3\n"), "%s", text);
    free(text);
}

Test(regret, without_the_truth_it_is_skipped) {
    char *index = bora_format("%s%s", index_header, "a,1,independent,0,2,2,1e-3,adam,1,1,30\n");
    put("", "runs.csv", index);
    free(index);
    put_run("a", 2, 0.5);
    shell(bora_format("rm '%s/a/truth.csv'", folder));
    cr_assert_null(written(bora_regret));
    cr_assert_eq(error.status, BORA_SKIPPED);
}
