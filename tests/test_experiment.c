/* test_experiment.c: settings, experiment files with every kind of mistake, tiers, plans. */
#include "test.h"
#include "experiment/experiment.h"

#include <stdlib.h>
#include <string.h>

static char *folder;
static void set_up(void) { folder = scratch_directory(); }
static void tear_down(void) {
    char *command = bora_format("rm -r '%s'", folder);
    cr_assert_eq(system(command), 0);
    free(command);
    free(folder);
}
TestSuite(experiment, .init = set_up, .fini = tear_down);

static const char *place(const char *name) {
    static char path[4096];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}
static void write_file(const char *name, const char *text) {
    FILE *f = fopen(place(name), "wb");
    fputs(text, f);
    fclose(f);
}
static void refused(const char *text, const char *expected) {
    bora_error error;
    bora_experiment x;
    write_file("x.yaml", text);
    cr_assert_eq(bora_experiment_load(&x, place("x.yaml"), NULL, &error), BORA_BAD_INPUT, "%s", text);
    cr_assert(strstr(error.message, expected), "%s\nexpected in: %s", expected, error.message);
}

Test(experiment, defaults_and_canonical_text_are_inverse) {
    bora_settings s;
    char expected[256];
    bora_settings_default(&s);
    for (int i = 0; i < BORA_SETTING_COUNT; i++) {
        cr_assert_not_null(s.value[i], "%s", bora_schema[i].name);
        char *again = bora_canonical((bora_setting)i, s.value[i], expected);
        cr_assert_str_eq(again, s.value[i], "%s", bora_schema[i].name);
        free(again);
        cr_assert_eq(bora_find_setting(bora_schema[i].name), i, "names are unique");
    }
    bora_settings_free(&s);
    static const char *const numbers[][2] = {{"1e-5", "1e-05"}, {"3000", "3000"}, {"3e3", "3000"}, {"inf", "inf"}, {"0.1", "0.1"}};
    for (size_t i = 0; i < 5; i++) {
        char *mine = bora_canonical(BORA_PRIOR_TAU, numbers[i][0], expected);
        cr_assert_str_eq(mine, numbers[i][1]);
        free(mine);
    }
    cr_assert_null(bora_canonical(BORA_PRIOR_TAU, "-1", expected));
    cr_assert_null(bora_canonical(BORA_PRIOR_TAU, "nan", expected));
    cr_assert_null(bora_canonical(BORA_PRIOR_TAU, "0x10", expected));
    cr_assert_null(bora_canonical(BORA_ADAPTER_RANK, "2.5", expected));
}

Test(experiment, nested_dotted_and_extended_settings) {
    bora_error error;
    bora_experiment x;
    write_file("base.yaml", "experiment: base\nprior: {tau: 5}\nmodel.width: 64\nsweep:\n  run.seed: [7]\n");
    write_file("x.yaml", "# Hypothesis: none.\nexperiment: mine\ntitle: 'T'\nextends: base.yaml\nadapter:\n  rank: 4\n  targets: [q, v]\nprior.tau: 9\n"
                         "sweep:\n  run.seed: [1, 2]\nfigures: [documents]\n");
    cr_assert_ok(bora_experiment_load(&x, place("x.yaml"), NULL, &error));
    cr_assert_str_eq(x.name, "mine");
    cr_assert_str_eq(x.settings.value[BORA_PRIOR_TAU], "9");
    cr_assert_str_eq(x.settings.value[BORA_MODEL_WIDTH], "64");
    cr_assert_str_eq(x.settings.value[BORA_ADAPTER_TARGETS], "[q, v]");
    cr_assert_eq(x.n_sweep, 1);
    cr_assert_eq(x.sweep[0].n, 2, "the file's values replace the base's");
    bora_experiment_free(&x);
}

Test(experiment, mistakes_have_a_place_and_a_remedy) {
    refused("experiment: x\npriot.tau: 3\n", "x.yaml:2:1: unknown key 'priot.tau'; the nearest is 'prior.tau'");
    refused("experiment: x\nprior:\n  tau: fast\n", "x.yaml:3:8: 'prior.tau': 'fast': expected a number");
    refused("experiment: x\nprior.tau: -3\n", "expected a number from 0");
    refused("experiment: x\nadapter.rank: 2.5\n", "a whole number");
    refused("experiment: x\nadapter.targets: [q, w]\n", "expected one of");
    refused("experiment: x\nprior.tau: 1\nprior: {tau: 2}\n", "'prior.tau' is given twice");
    refused("experiment: x\nprior.tau: [1, 2]\n", "sweep");
    refused("experiment: x\nmodel.heads: 3\n", "model.heads: must divide");
    refused("experiment: x\ndata.source: csv\n", "data.path");
    refused("experiment: x\nsweep:\n  prior.tau: 3\n", "expected a list");
    refused("experiment: x\nsweep:\n  prior.tua: [3]\n", "the nearest is 'prior.tau'");
    refused("experiment: x\nfigures: [perplexity_by_tua]\n", "the nearest is 'perplexity_by_tau'");
    refused("experiment: X Y\n", "expected a name");
    refused("title: no name\n", "'experiment'");
    refused("experiment: x\nextends: nowhere.yaml\n", "nowhere.yaml");
    refused("experiment: x\nextends: x.yaml\n", "circle");
    refused("experiment: [x\n", "x.yaml:");
    refused("experiment: x\n\xff\xfe\n", "x.yaml:");
    refused("- a\n- list\n", "key: value");
    refused("", "x.yaml:1:1");
    refused("experiment: x\nrun.sed: 1\nrun.epoch: 2\nprior.tau: x\n", "x.yaml:2:1");
    refused("experiment: x\nrun.sed: 1\nrun.epoch: 2\nprior.tau: x\n", "x.yaml:4:12"); /* all in one go */
}

Test(experiment, a_tier_overlays_settings_and_sweep) {
    bora_error error;
    bora_experiment x;
    write_file("x.yaml", "experiment: x\nsweep:\n  prior.tau: [1, 2, 3]\n  run.seed: [1]\n");
    write_file("t.yaml", "experiments: [x, y]\nsettings: {run.epochs: 2}\nonly:\n  x:\n    settings: {adapter.rank: 4}\n    sweep: {prior.tau: [0, inf]}\n"
                         "  y:\n    settings: {adapter.rank: 16}\n");
    char *tier = bora_format("%s", place("t.yaml")), **names;
    int n;
    cr_assert_ok(bora_experiment_load(&x, place("x.yaml"), tier, &error));
    cr_assert_str_eq(x.settings.value[BORA_RUN_EPOCHS], "2");
    cr_assert_str_eq(x.settings.value[BORA_ADAPTER_RANK], "4");
    cr_assert_eq(x.sweep[0].n, 2);
    bora_experiment_free(&x);
    cr_assert_ok(bora_tier_experiments(tier, &names, &n, &error));
    cr_assert_eq(n, 2);
    cr_assert_str_eq(names[1], "y");
    bora_texts_free(names, n);
    free(tier);
}

Test(experiment, a_plan_is_the_product_of_the_sweep_without_equal_runs) {
    bora_error error;
    bora_experiment x;
    bora_plan p;
    write_file("x.yaml", "experiment: x\noptimizer.learning_rate_at_0: same\nsweep:\n  prior.tau: [0, 3000]\n  optimizer.rule: [constant, proportional]\n"
                         "  run.seed: [1, 2]\n");
    cr_assert_ok(bora_experiment_load(&x, place("x.yaml"), NULL, &error));
    cr_assert_ok(bora_plan_expand(&p, &x, &error));
    cr_assert_eq(p.n, 4, "the rule makes no difference at tau = 0, nor at 3000"); /* proportional: lr * 3000 / 3000 */
    cr_assert_str_eq(p.runs[1].slug, "tau-0_rule-constant_seed-2");
    cr_assert(strstr(p.runs[2].text, "prior.tau: 3000\n"));
    cr_assert_null(strstr(p.runs[0].text, "optimizer.step"), "the step between the limits does not matter at a limit");
    bora_plan_identify(&p, "some data");
    char *name = bora_format("%s", p.runs[0].name);
    bora_plan_identify(&p, "other data");
    cr_assert_str_neq(name, p.runs[0].name);
    char *difference = bora_text_difference(p.runs[0].text, p.runs[2].text), *none = bora_text_difference(p.runs[0].text, p.runs[0].text);
    cr_assert(strstr(difference, "prior.tau") && strstr(difference, "optimizer.step") && !strstr(difference, "run.seed"), "%s", difference);
    cr_assert_str_eq(none, "");
    free(difference);
    free(none);
    free(name);
    bora_plan_free(&p);
    bora_experiment_free(&x);
}

Test(experiment, learning_rates_follow_their_rule) {
    bora_settings s;
    static const char *const cases[][3] = {{"0", "constant", "0.5"}, {"inf", "proportional", "0.25"}, {"3000", "proportional", "0.125"},
                                           {"6000", "proportional", "0.25"}, {"6000", "constant", "0.125"}};
    for (size_t i = 0; i < 5; i++) {
        bora_settings_default(&s);
        bora_setting keys[] = {BORA_PRIOR_TAU, BORA_OPTIMIZER_RULE, BORA_OPTIMIZER_RATE, BORA_OPTIMIZER_RATE_0, BORA_OPTIMIZER_RATE_INF};
        const char *values[] = {cases[i][0], cases[i][1], "0.125", "0.5", "0.25"};
        for (int j = 0; j < 5; j++) free(s.value[keys[j]]), s.value[keys[j]] = bora_format("%s", values[j]);
        cr_assert_eq(bora_learning_rate(&s), strtod(cases[i][2], NULL), "case %zu", i);
        bora_settings_free(&s);
    }
}

Test(experiment, shipped_files_are_sound_and_begin_with_their_hypothesis) {
    static const char *const names[] = {"tau", "tau-natural", "rank", "learning-rate", "own-csv"};
    static const char *const tiers[] = {NULL, "quick", "default", "full"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        for (size_t t = 0; t < sizeof tiers / sizeof *tiers; t++) {
            bora_error error;
            bora_experiment x;
            bora_plan p;
            char *path = bora_format("%s", source_path("experiments/")), *file = bora_format("%s%s.yaml", path, names[i]), *text;
            char *tier = tiers[t] ? bora_tier_path(file, tiers[t]) : NULL;
            size_t size;
            cr_assert_ok(bora_read_file(file, &text, &size, &error));
            cr_assert_eq(strncmp(text, "# Hypothesis: ", 14), 0, "%s", file);
            cr_assert_ok(bora_experiment_load(&x, file, tier, &error));
            cr_assert_str_eq(x.name, names[i]);
            cr_assert_ok(bora_plan_expand(&p, &x, &error));
            bora_plan_free(&p);
            bora_experiment_free(&x);
            free(text);
            free(path);
            free(file);
            free(tier);
        }
}
