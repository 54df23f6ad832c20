/* test_regret.c: regret by hand: two settings, two seeds, tau chosen on validation within each seed. */
#include "stat/summary.h"
#include "test.h"

#include <math.h>
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
        "task,entropy,oracle_nll,independent_nll,unified_nll,bayes_nll,estimated_nll,kappa,crossover\n"
        "task 1,1,10,14,13,,12,30,7.5\ntask 2,1,20,22,26,,24,30,7.5\n");
    free(text);
}

static const char index_header[] = "run,seed,method,tau,rank,alpha,learning_rate,step_rule,epochs,best_epoch,data.number\n";

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
    char *text = csv_from(bora_regret, folder, &error);
    cr_assert_str_eq(text, "data.number,method,seeds,documents,least_tau,most_tau,regret,regret_half_95\n"
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
    text = csv_from(bora_regret_by_size, folder, &error);
    cr_assert_not_null(strstr(text, "\n30,counts-independent,4,0.4\n"), "%s", text);
    cr_assert_not_null(strstr(text, ",0.1\n30,counts-unified,4,0.3\n"), "%s", text);
    free(text);
}

/* Sizes are 4 and 8 documents of tasks 1 and 2 (put_run), by hand twice and four times as many: independent training at 4, 8
 * and 16 documents has twice, half and a quarter of unified training's regret, which is the same everywhere: so it falls to 1
 * at 4 sqrt 2. */
Test(regret, independent_and_unified_cross_between_two_sizes) {
    char *index = bora_format("%s%s", index_header,
                              "a,1,independent,0,2,2,1e-3,adam,1,1,16\nb,1,unified,inf,2,2,1e-3,adam,1,1,16\n"
                              "c,1,independent,0,2,2,1e-3,adam,1,1,4\nd,1,unified,inf,2,2,1e-3,adam,1,1,4\n"
                              "e,1,independent,0,2,2,1e-3,adam,1,1,8\nf,1,unified,inf,2,2,1e-3,adam,1,1,8\n"
                              "g,1,unified,inf,2,2,1e-3,adam,1,1,32\n");
    put("", "runs.csv", index);
    free(index);
    const char *const names[] = {"a", "b", "c", "d", "e", "f", "g"};
    const double tests[] = {0.0625, 0.25, 0.5, 0.25, 0.125, 0.25, 0.25}, sizes[] = {4, 4, 1, 1, 2, 2, 8};
    for (int i = 0; i < 7; i++) {
        put_run(names[i], 2, tests[i]);
        for (int d = 1; d <= 2; d++) /* the training documents, 4 d, in column 4 */
            shell(bora_format(
                "cd '%s/%s' && sed 's/^\\([a-z]*,1,task %d\\),%d,/\\1,%g,/' tasks.csv >edited && mv edited tasks.csv", folder,
                names[i], d, 4 * d, 4 * sizes[i]));
    }
    char *text = csv_from(bora_crossover, folder, &error);
    cr_assert_not_null(text, "%s", error.message);
    double theory = 0, trained = 0;
    cr_assert_eq(sscanf(text, "crossover_counts,crossover_trained\n%lf,%lf\n", &theory, &trained), 2, "%s", text);
    cr_assert_eq(theory, 7.5);
    cr_assert_float_eq(trained, 4 * sqrt(2), 1e-12);
    free(text);
}

Test(regret, without_the_truth_it_is_skipped) {
    char *index = bora_format("%s%s", index_header, "a,1,independent,0,2,2,1e-3,adam,1,1,30\n");
    put("", "runs.csv", index);
    free(index);
    put_run("a", 2, 0.5);
    shell(bora_format("rm '%s/a/truth.csv'", folder));
    cr_assert_null(csv_from(bora_regret, folder, &error));
    cr_assert_eq(error.status, BORA_SKIPPED);
}

Test(regret, one_plot_shows_one_language) {
    char *index = bora_format("run,seed,method,tau,rank,alpha,learning_rate,step_rule,epochs,best_epoch,language.kappa\n"
                              "a,1,independent,0,2,2,1e-3,adam,1,1,30\nb,1,independent,0,2,2,1e-3,adam,1,1,10\n");
    put("", "runs.csv", index);
    free(index);
    put_run("a", 2, 0.5);
    put_run("b", 2, 0.5);
    cr_assert_null(csv_from(bora_regret_by_size, folder, &error));
    cr_assert_null(csv_from(bora_crossover, folder, &error));
    cr_assert(strstr(error.message, "data.number is not swept"), "%s", error.message);
    char *text = csv_from(bora_regret, folder, &error);
    cr_assert_not_null(text);
    free(text);
}
