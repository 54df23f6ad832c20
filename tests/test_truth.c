/* test_truth.c: truth.csv and heterogeneity.csv of small synthetic languages, made as a run makes them but for the training:
 * whose truth a task has, what is exact, where counts cross, and kappa without knowing the language. */
#include "experiment/experiment.h"
#include "stat/summary.h"
#include "test.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static bora_error error;
static char *folder;
static bora_settings settings;
static bora_inputs x;
static bora_dataset data;
static bora_selection *selections;
static bora_table table;

static void set(const char *key, const char *text) {
    char expected[256];
    int i = bora_find_setting(key);
    free(settings.value[i]);
    settings.value[i] = bora_canonical((bora_setting)i, text, expected);
    cr_assert_not_null(settings.value[i], "%s: %s", key, expected);
}

static void set_up(void) {
    static const char *const each[][2] = {
        {"data.source", "synthetic"},  {"pretrain.source", "synthetic"},   {"data.overlap", "0"},     {"data.block", "1"},
        {"data.draw", "number"},       {"tokenizer.vocabulary", "257"},    {"model.context", "32"},   {"language.tasks", "12"},
        {"language.documents", "400"}, {"language.base_documents", "100"}, {"language.symbols", "16"}};
    folder = scratch_directory();
    bora_settings_default(&settings);
    for (size_t i = 0; i < sizeof each / sizeof *each; i++) set(each[i][0], each[i][1]);
}

static void tear_down(void) {
    if (selections) bora_selections_free(selections, x.corpus.D);
    free(selections);
    bora_dataset_free(&data);
    bora_inputs_free(&x);
    bora_table_free(&table);
    bora_settings_free(&settings);
    remove_directory(folder);
}
TestSuite(truth, .init = set_up, .fini = tear_down);

typedef int writer(const char *path, const bora_inputs *x, const bora_dataset *data, bora_error *e);

static void write_table(writer *write) {
    char *path = bora_format("%s/table.csv", folder);
    cr_assert_ok(bora_inputs_read(&x, &settings, folder, folder, &error));
    cr_assert_ok(bora_inputs_prepare(&x, &settings, NULL, 1, false, &error));
    cr_assert_ok(bora_select_documents(&x, &settings, &selections, &error));
    cr_assert_ok(bora_dataset_of(&x, &settings, false, &data, &error));
    cr_assert_ok(write(path, &x, &data, &error));
    cr_assert_ok(bora_table_read(&table, path, &error));
    free(path);
}

static double number(int d, const char *name) {
    size_t column;
    double value;
    cr_assert_ok(bora_table_column(&table, name, &column, &error));
    cr_assert_ok(bora_table_number(&table, (size_t)d + 1, column, 0, INFINITY, &value, &error));
    return value;
}

/* The oracle is that of the task's own documents, be there clusters and an outlier: its NLL is near the entropy (five standard
 * errors of 100 documents; those of other tasks would be a nat off), and no other predictor's is as low. */
static void check_tasks(void) {
    for (int d = 0; d < 12; d++) {
        double tokens = (double)(selections[d].tokens[BORA_TEST]), best = number(d, "oracle_nll"),
               predictor[] = {number(d, "independent_nll"), number(d, "unified_nll"), number(d, "estimated_nll")};
        cr_assert_eq(tokens, 100 * 32);
        cr_assert_float_eq(best / tokens, number(d, "entropy"), 5 * 1.0 / sqrt(tokens), "task %d", d);
        for (int i = 0; i < 3; i++) cr_assert_gt(predictor[i], best, "task %d, %d", d, i);
    }
}

Test(truth, each_task_has_its_own_oracle) {
    set("language.outlier", "yes");
    set("language.clusters", "2");
    set("language.kappa", "3");
    write_table(bora_truth_write);
    check_tasks();
}

Test(truth, low_rank_languages_have_no_exact_bayes) {
    set("language.kind", "low-rank");
    write_table(bora_truth_write);
    check_tasks();
    size_t column;
    cr_assert_ok(bora_table_column(&table, "bayes_nll", &column, &error));
    cr_assert_str_eq(bora_table_cell(&table, 1, column), "");
}

static double total(const char *name) {
    double sum = 0;
    for (int d = 0; d < 12; d++) sum += number(d, name);
    return sum;
}

/* Independent counts are worse than unified ones below the crossover and better above, and Bayes is better than both. */
Test(truth, counts_cross_where_it_says) {
    set("data.number", "50");
    write_table(bora_truth_write);
    double crossover = number(0, "crossover");
    for (int above = 0; above < 2; above++) {
        char text[16];
        snprintf(text, sizeof text, "%.0f", crossover * (above ? 1.5 : 1 / 1.5));
        tear_down();
        x = (bora_inputs){0}, data = (bora_dataset){0}, table = (bora_table){0}, selections = NULL;
        set_up();
        set("data.number", text);
        write_table(bora_truth_write);
        cr_assert_eq(total("independent_nll") < total("unified_nll"), above, "%s documents, crossover %g", text, crossover);
        cr_assert_lt(total("bayes_nll"), fmin(total("independent_nll"), total("unified_nll")));
        cr_assert_lt(total("bayes_nll"), total("estimated_nll"));
        cr_assert_eq(number(3, "crossover"), crossover, "it is the language's");
        cr_assert_float_eq(number(0, "observations"), strtod(text, NULL) * 31 / 16, 0.25 * strtod(text, NULL) * 31 / 16,
                           "contexts are about equally frequent");
    }
}

/* From tokens alone, without the language's support: with 16 symbols all are among the most frequent. */
Test(truth, heterogeneity_is_found_from_tokens) {
    set("data.number", "150");
    set("language.kappa", "10");
    write_table(bora_heterogeneity_write);
    cr_assert_float_eq(log(number(0, "kappa") / 10), 0, 0.2, "%g", number(0, "kappa")); /* as in test_hierarchy.c */
    cr_assert_eq(number(5, "bigrams"), 150 * 31);
    cr_assert_float_eq(number(5, "observations"), 150 * 31 / 16.0, 0.25 * 150 * 31 / 16.0);
}

/* Of 64 symbols the least frequent ones are one class of successors and no context; kappa is still found. */
Test(truth, heterogeneity_with_other_tokens_as_one) {
    set("data.number", "150");
    set("language.symbols", "64");
    set("language.kappa", "10");
    write_table(bora_heterogeneity_write);
    cr_assert_float_eq(log(number(0, "kappa") / 10), 0, 0.2, "%g", number(0, "kappa"));
    cr_assert_float_eq(log(number(0, "kappa_16") / 10), 0, 0.3, "%g, of 15 contexts", number(0, "kappa_16"));
}
