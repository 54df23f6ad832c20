/* test_schema.c: every row of the table, values to canonical text and back, the nearest key, impossible combinations. */
#include "experiment/experiment.h"
#include "test.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static void assert_canonical(const char *key, const char *text, const char *wanted) {
    char expected[256] = "";
    int i = bora_find_setting(key);
    cr_assert_geq(i, 0, "%s", key);
    char *got = bora_canonical((bora_setting)i, text, expected);
    if (!wanted) cr_assert_null(got, "%s: '%s' became '%s'", key, text, got);
    else
        cr_assert(got && !strcmp(got, wanted), "%s: '%s' became '%s', not '%s' (%s)", key, text, got ? got : "nothing", wanted,
                  expected);
    if (!wanted) cr_assert(strncmp(expected, "expected ", 9) == 0, "%s: '%s'", key, expected);
    free(got);
}

Test(schema, every_row_is_complete_and_its_default_canonical) {
    bora_settings s;
    bora_settings_default(&s);
    for (int i = 0; i < BORA_SETTING_COUNT; i++) {
        const bora_schema_row *row = &bora_schema[i];
        char expected[256];
        cr_assert_not_null(s.value[i], "%s: default '%s' is not allowed", row->name, row->standard);
        char *again = bora_canonical((bora_setting)i, s.value[i], expected);
        cr_assert_str_eq(again, s.value[i], "%s", row->name);
        cr_assert_not_null(strchr(row->name, '.'), "%s", row->name);
        cr_assert(*row->help && !strchr(row->help, '\n'), "%s", row->name);
        cr_assert_eq(bora_find_setting(row->name), i);
        if (row->type == BORA_CHOICE) cr_assert(*row->choices, "%s", row->name);
        free(again);
    }
    bora_clash clashes[BORA_CLASHES];
    cr_assert_eq(bora_settings_check(&s, clashes), 0);
    bora_settings_free(&s);
}

Test(schema, numbers) {
    static const char *const table[][3] = {
        {"prior.tau", "3000", "3000"},
        {"data.new", "none", "none"},
        {"data.new", "0", "0"},
        {"data.new", "-1", NULL},
        {"data.new", "all", NULL},
        {"data.most", "largest", "largest"},
        {"data.least", "largest", NULL},
        {"prior.tau", "3e3", "3000"},
        {"prior.tau", "100000", "100000"},
        {"prior.tau", "inf", "inf"},
        {"prior.tau", ".inf", "inf"},
        {"prior.tau", "0", "0"},
        {"prior.tau", "-0", "0"},
        {"prior.tau", "0.1", "0.1"},
        {"prior.tau", "-1", NULL},
        {"prior.tau", "nan", NULL},
        {"prior.tau", ".nan", NULL},
        {"prior.tau", "-inf", NULL},
        {"prior.tau", "infinity", NULL},
        {"prior.tau", "0x10", NULL},
        {"prior.tau", "1e400", NULL},
        {"prior.tau", "", NULL},
        {"prior.tau", "3 000", NULL},
        {"prior.tau", "3,000", NULL},
        {"prior.tau", "1e", NULL},
        {"prior.tau", "1.2.3", NULL},
        {"optimizer.learning_rate", "1e-5", "1e-05"},
        {"optimizer.learning_rate", "0.0020", "0.002"},
        {"optimizer.learning_rate", "same", NULL},
        {"optimizer.learning_rate_at_0", "same", "same"},
        {"optimizer.learning_rate_at_0", "2e-3", "0.002"},
        {"adapter.rank", "8", "8"},
        {"adapter.rank", "8.0", "8"},
        {"adapter.rank", "8.5", NULL},
        {"adapter.rank", "0", NULL},
        {"adapter.rank", "5000", NULL},
        {"pretrain.tokens", "4.8e6", "4800000"},
        {"data.draw", "sizes", "sizes"},
        {"data.draw", "size", NULL},
        {"data.draw", "", NULL},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) assert_canonical(table[i][0], table[i][1], table[i][2]);
}

Test(schema, any_double_reads_back) {
    for (uint64_t i = 0; i < 2000; i++) {
        double x = exp(60 * bora_uniform(1, BORA_FOR_TESTS, i) - 30);
        char *text = bora_shortest(x);
        cr_assert(strtod(text, NULL) == x, "%s", text);
        free(text);
    }
}

Test(schema, lists) {
    assert_canonical("adapter.targets", "[v, q, v]", "[q, v]"); /* a set: one order, each once */
    assert_canonical("adapter.targets", "[q, w]", NULL);
    assert_canonical("data.sizes", "[3, 1e2]", "[3, 100]");
    assert_canonical("data.sizes", "[3, 1.5]", NULL);
    assert_canonical("data.names", "[]", "[]");
    assert_canonical("data.names", "[a b, \"c, d\", \"e\\\"]\"]", "[a b, \"c, d\", \"e\\\"]\"]");
    bora_settings s;
    char expected[256], **texts;
    bora_settings_default(&s);
    free(s.value[BORA_DATA_NAMES]);
    s.value[BORA_DATA_NAMES] = bora_canonical(BORA_DATA_NAMES, "[a b, \"c, d\", \"e\\\"]\", \"\"]", expected);
    cr_assert_eq(bora_texts(&s, BORA_DATA_NAMES, &texts), 4);
    cr_assert_str_eq(texts[0], "a b");
    cr_assert_str_eq(texts[1], "c, d");
    cr_assert_str_eq(texts[2], "e\"]");
    cr_assert_str_eq(texts[3], "");
    bora_texts_free(texts, 4);
    bora_settings_free(&s);
}

/* Where an enum stands for the choices. */
Test(schema, choices_in_the_order_of_their_enums) {
    static const struct {
        bora_setting setting;
        const char *value;
        int number;
    } table[] = {{BORA_DATA_TASKS, "all", BORA_TASKS_ALL},         {BORA_DATA_TASKS, "most-text", BORA_TASKS_MOST_TEXT},
                 {BORA_DATA_TASKS, "named", BORA_TASKS_NAMED},     {BORA_DATA_DRAW, "all", BORA_DRAW_ALL},
                 {BORA_DATA_DRAW, "fraction", BORA_DRAW_FRACTION}, {BORA_DATA_DRAW, "number", BORA_DRAW_NUMBER},
                 {BORA_DATA_DRAW, "sizes", BORA_DRAW_SIZES},       {BORA_DATA_DRAW, "power", BORA_DRAW_POWER},
                 {BORA_DATA_DRAW, "halves", BORA_DRAW_HALVES}};
    bora_settings s;
    bora_settings_default(&s);
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        char expected[256];
        free(s.value[table[i].setting]);
        s.value[table[i].setting] = bora_canonical(table[i].setting, table[i].value, expected);
        cr_assert_eq(bora_choice_number(&s, table[i].setting), table[i].number, "%s", table[i].value);
    }
    bora_settings_free(&s);
}

Test(schema, nearest) {
    cr_assert_str_eq(bora_nearest_setting("prior.ta"), "prior.tau");
    cr_assert_str_eq(bora_nearest_setting("optimiser.learning_rate"), "optimizer.learning_rate");
    cr_assert_str_eq(bora_nearest_setting("rank"), "adapter.rank");
    cr_assert_str_eq(bora_nearest("x", NULL, 0), "");
    char *longest = bora_format("%0500d", 0);
    cr_assert_not_null(bora_nearest_setting(longest));
    free(longest);
}

Test(schema, combinations) {
    static const char *const table[][3] = {
        {"model.heads", "3", "model.heads"},          {"data.source", "csv", "data.path"},
        {"data.tasks", "named", "data.names"},        {"data.draw", "sizes", "data.sizes"},
        {"adapter.targets", "[]", "adapter.targets"}, {"adapter.rank", "512", "adapter.rank"}};
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        bora_settings s;
        bora_clash clashes[BORA_CLASHES];
        char expected[256];
        int setting = bora_find_setting(table[i][0]);
        bora_settings_default(&s);
        free(s.value[setting]);
        s.value[setting] = bora_canonical((bora_setting)setting, table[i][1], expected);
        cr_assert_eq(bora_settings_check(&s, clashes), 1, "%s", table[i][0]);
        cr_assert_str_eq(bora_schema[clashes[0].setting].name, table[i][2]);
        bora_settings_free(&s);
    }
}

/* Several settings at once: none, or this one, is said to be impossible. */
Test(schema, methods_and_priors) {
    static const struct {
        const char *step, *form, *kind, *tau, *rank, *problem, *new;
    } table[] = {{"centred", "norm", "bora", "3000", "8", NULL, "none"},
                 {"shifted", "norm", "bora", "3000", "8", NULL, "none"},
                 {"pooled", "norm", "bora", "3000", "8", "prior.form", "none"},
                 {"pooled", "norm", "bora", "0", "8", NULL, "none"},
                 {"pooled", "norm", "unified", "3000", "8", NULL, "none"},
                 {"centred", "norm", "ridge", "3000", "8", "prior.form", "none"},
                 {"pooled", "gaussian", "ridge", "inf", "8", "prior.tau", "none"},
                 {"pooled", "gaussian", "additive", "inf", "8", "prior.tau", "none"},
                 {"pooled", "gaussian", "then-task", "inf", "8", NULL, "none"},
                 {"pooled", "gaussian", "ridge", "0", "8", NULL, "none"},
                 {"pooled", "gaussian", "additive", "10", "64", NULL, "none"},
                 {"pooled", "gaussian", "additive", "10", "65", "adapter.rank", "none"},
                 {"pooled", "gaussian", "bora", "10", "8", NULL, "0"},
                 {"pooled", "gaussian", "bora", "inf", "8", NULL, "4"},
                 {"pooled", "gaussian", "then-task", "10", "8", NULL, "4"},
                 {"pooled", "gaussian", "additive", "10", "8", "data.new", "4"},
                 {"centred", "norm", "bora", "10", "8", "prior.form", "4"}};
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        bora_settings s;
        bora_clash clashes[BORA_CLASHES];
        char expected[256];
        bora_settings_default(&s);
        const struct {
            bora_setting setting;
            const char *value;
        } each[] = {{BORA_OPTIMIZER_STEP, table[i].step}, {BORA_PRIOR_FORM, table[i].form},   {BORA_METHOD_KIND, table[i].kind},
                    {BORA_PRIOR_TAU, table[i].tau},       {BORA_ADAPTER_RANK, table[i].rank}, {BORA_DATA_NEW, table[i].new}};
        for (size_t k = 0; k < sizeof each / sizeof *each; k++) {
            free(s.value[each[k].setting]);
            s.value[each[k].setting] = bora_canonical(each[k].setting, each[k].value, expected);
        }
        int n = bora_settings_check(&s, clashes);
        cr_assert_eq(n, table[i].problem != NULL, "row %zu", i);
        if (n) cr_assert_str_eq(bora_schema[clashes[0].setting].name, table[i].problem, "row %zu", i);
        bora_settings_free(&s);
    }
}

/* What would make the truth of a synthetic language untrue. */
Test(schema, synthetic_data) {
    static const char *const table[][2] = {{"data.tasks", "most-text"},   {"data.padding", "scored"}, {"data.shuffle", "yes"},
                                           {"language.successors", "64"}, {"data.overlap", "12"},     {"model.context", "31"}};
    for (size_t i = 0; i <= sizeof table / sizeof *table; i++) { /* the last: nothing is wrong */
        const char *const each[][2] = {{"data.source", "synthetic"},
                                       {"data.overlap", "0"},
                                       {"language.symbols", "32"},
                                       {i < sizeof table / sizeof *table ? table[i][0] : "data.overlap",
                                        i < sizeof table / sizeof *table ? table[i][1] : "0"}};
        bora_settings s;
        bora_clash clashes[BORA_CLASHES];
        char expected[256];
        bora_settings_default(&s);
        for (size_t k = 0; k < sizeof each / sizeof *each; k++) {
            int setting = bora_find_setting(each[k][0]);
            free(s.value[setting]);
            s.value[setting] = bora_canonical((bora_setting)setting, each[k][1], expected);
        }
        cr_assert_eq(bora_settings_check(&s, clashes), i < sizeof table / sizeof *table, "%s %s", each[3][0], each[3][1]);
        bora_settings_free(&s);
    }
}

Test(schema, explain) {
    bora_error error;
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    cr_assert_ok(bora_explain(out, NULL, &error));
    cr_assert_eq(bora_explain(out, "prior.tua", &error), BORA_USAGE);
    fclose(out);
    cr_assert_not_null(strstr(error.message, "'prior.tau'"));
    for (int i = 0; i < BORA_SETTING_COUNT; i++) cr_assert_not_null(strstr(text, bora_schema[i].name));
    free(text);
}
