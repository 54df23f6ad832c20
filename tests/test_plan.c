/* test_plan.c: sweeps as runs: order, canonical text, what it leaves out, slugs, names, differences. */
#include "experiment/experiment.h"
#include "test.h"

#include <glob.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bora_error error;

static void plan_of(bora_plan *p, const char *text) {
    bora_experiment x;
    char *folder = scratch_directory(), *path = bora_format("%s/x.yaml", folder);
    FILE *f = fopen(path, "w");
    cr_assert(f && fputs(text, f) >= 0 && fclose(f) == 0);
    cr_assert_ok(bora_experiment_load(&x, path, NULL, &error));
    cr_assert_ok(bora_plan_expand(p, &x, &error));
    bora_experiment_free(&x);
    unlink(path);
    rmdir(folder);
    free(path);
    free(folder);
}

static const char *line(const bora_plan_run *r, const char *key, char out[128]) {
    const char *at = strstr(r->text, key);
    snprintf(out, 128, "%.*s", at ? (int)strcspn(at, "\n") : 0, at ? at : "");
    return out;
}

Test(plan, the_last_key_runs_fastest) {
    static const char *const slugs[] = {"tau-0_seed-1",    "tau-0_seed-2",   "tau-3000_seed-1",
                                        "tau-3000_seed-2", "tau-inf_seed-1", "tau-inf_seed-2"};
    bora_plan p;
    plan_of(&p, "experiment: a\nsweep: {prior.tau: [0, 3e3, .inf], run.seed: [1, 2]}\n");
    cr_assert_eq(p.n, 6);
    for (int i = 0; i < 6; i++) cr_assert_str_eq(p.runs[i].slug, slugs[i]);
    bora_plan_free(&p);
    bora_plan_free(&p);
}

Test(plan, without_a_sweep_one_run) {
    bora_plan p;
    plan_of(&p, "experiment: a\n");
    cr_assert_eq(p.n, 1);
    cr_assert_str_eq(p.runs[0].slug, "run");
    bora_plan_free(&p);
}

Test(plan, slugs_are_file_names) {
    bora_plan p;
    plan_of(
        &p,
        "experiment: a\nsweep:\n  adapter.targets: [[q, v], [q, k, v, o, up, down]]\n  pretrain.seed: [1]\n  run.seed: [2]\n");
    cr_assert_str_eq(p.runs[0].slug, "targets-q-v_pretrain.seed-1_run.seed-2");
    bora_plan_free(&p);
    plan_of(&p, "experiment: a\ndata: {source: csv, path: x, text_column: t}\nsweep: {data.task_column: [\"../a b/c\"]}\n");
    cr_assert_str_eq(p.runs[0].slug, "task_column-..-a-b-c");
    bora_plan_free(&p);
}

Test(plan, variants_run_slowest) {
    static const char *const slugs[] = {"paper_tau-1_seed-1",   "paper_tau-1_seed-2", "paper_tau-inf_seed-1",
                                        "paper_tau-inf_seed-2", "norm_tau-1_seed-1",  "norm_tau-1_seed-2"};
    bora_plan p, q;
    plan_of(&p, "experiment: a\nsweep: {prior.tau: [1, inf], run.seed: [1, 2]}\nvariants:\n  paper: {}\n"
                "  norm: {prior.form: norm, optimizer.step: centred}\n  again: {prior.form: gaussian}\n");
    cr_assert_eq(p.n, 6, "at inf form and step do not matter, and `again` is `paper`: %d", p.n);
    for (int i = 0; i < 6; i++) cr_assert_str_eq(p.runs[i].slug, slugs[i]);
    static const char *const variants[] = {"paper", "norm", "again"};
    static const int runs[] = {0, 1, 2, 3, 4, 5, 2, 3, 0, 1, 2, 3};
    cr_assert_eq(p.n_points, 12);
    for (int i = 0; i < 12; i++) {
        cr_assert_str_eq(p.points[i].variant, variants[i / 4]);
        cr_assert_eq(p.points[i].run, runs[i]);
    }
    cr_assert_str_eq(p.points[6].settings.value[BORA_PRIOR_FORM], "norm", "as the point says, not as its run");
    plan_of(&q, "experiment: a\nprior: {form: norm, tau: 1}\noptimizer.step: centred\n");
    cr_assert_str_eq(p.runs[4].text, q.runs[0].text, "a variant's name is not what results follow from");
    bora_plan_free(&q);
    bora_plan_free(&p);
    plan_of(&p, "experiment: a\nvariants: {b-1: {}}\n");
    cr_assert_str_eq(p.runs[0].slug, "b-1");
    bora_plan_free(&p);
}

Test(plan, equal_runs_are_one) {
    bora_plan p;
    char text[128];
    plan_of(
        &p,
        "experiment: a\nsweep: {optimizer.step: [pooled, centred], prior.tau: [0, 100, inf]}\n"); /* Adam alone at 0 and inf */
    cr_assert_eq(p.n, 4);
    cr_assert_str_eq(p.runs[3].slug, "step-centred_tau-100");
    bora_plan_free(&p);
    plan_of(&p, "experiment: a\nsweep: {optimizer.step: [centred, plain], prior.tau: [0, inf]}\n");
    cr_assert_eq(p.n, 4, "Adam coded apart is another run");
    cr_assert_null(strstr(p.runs[0].text, "optimizer.step"));
    cr_assert_not_null(strstr(p.runs[2].text, "optimizer.step: plain"));
    bora_plan_free(&p);
    plan_of(&p, "experiment: a\noptimizer: {rule: proportional, learning_rate: 3e-3, learning_rate_at_0: 1e-4}\nsweep: "
                "{prior.tau: [0, 1000, inf]}\n");
    cr_assert_str_eq(line(&p.runs[0], "optimizer.learning_rate", text), "optimizer.learning_rate: 0.0001");
    cr_assert_str_eq(line(&p.runs[1], "optimizer.learning_rate", text), "optimizer.learning_rate: 0.001");
    cr_assert_str_eq(line(&p.runs[2], "optimizer.learning_rate", text), "optimizer.learning_rate: 0.003");
    cr_assert_null(strstr(p.runs[1].text, "optimizer.rule"));
    bora_plan_free(&p);
}

Test(plan, what_makes_no_difference_is_left_out) {
    bora_plan p, q;
    plan_of(&p, "experiment: a\ndata: {source: csv, path: here.csv, task_column: t, text_column: 'my: text'}\n");
    plan_of(&q, "experiment: b\ndata: {source: csv, path: /there.csv, task_column: t, text_column: 'my: text'}\n");
    cr_assert_str_eq(p.runs[0].text, q.runs[0].text);
    cr_assert_not_null(strstr(p.runs[0].text, "data.text_column: \"my: text\"\n"));
    cr_assert_null(strstr(p.runs[0].text, "data.path"));
    cr_assert_null(strstr(p.runs[0].text, "data.sizes"));
    bora_plan_free(&p);
    plan_of(&p, "experiment: a\n");
    cr_assert_null(strstr(p.runs[0].text, "column"));
    bora_plan_free(&p);
    bora_plan_free(&q);
}

/* Settings that came later change nothing of runs that do not use them: the names of committed results still follow from the
 * files. */
static void keeps_its_names(const char *name, const char *plan, const char *hash, int runs) {
    bora_experiment x;
    bora_plan p;
    char *path = bora_format("experiments/%s.yaml", name), *file = bora_format("%s", source_path(path));
    cr_assert_ok(bora_experiment_load(&x, file, source_path("experiments/tiers/full.yaml"), &error));
    cr_assert_ok(bora_plan_expand(&p, &x, &error));
    cr_assert_eq(p.n, runs, "%s", name);
    for (int i = 0; i < p.n; i++) {
        char hex[65], *identity = bora_format("%sdata: %s\nnumerics: %d\n", p.runs[i].text, hash, BORA_NUMERICS_VERSION);
        bora_hash_bytes(identity, strlen(identity), hex);
        char *run = bora_format("\n%s-%.12s\n", p.runs[i].slug, hex);
        cr_assert_not_null(strstr(plan, run), "%s: %s is not among the kept runs", name, run);
        free(identity);
        free(run);
    }
    bora_plan_free(&p);
    bora_experiment_free(&x);
    free(path);
    free(file);
}

Test(plan, identities_of_kept_results_stay) {
    glob_t kept;
    int checked = 0;
    cr_assert_eq(glob(source_path("results/reference/*/plan.txt"), 0, NULL, &kept), 0);
    for (size_t i = 0; i < kept.gl_pathc; i++) {
        char *plan, *slash = strrchr(kept.gl_pathv[i], '/'), hash[65];
        size_t size;
        int numerics, runs = 0;
        cr_assert_ok(bora_read_file(kept.gl_pathv[i], &plan, &size, &error));
        cr_assert_eq(sscanf(plan, "# %*[^;]; data %64[0-9a-f]; numerics version %d", hash, &numerics), 2);
        *slash = 0;
        const char *name = strrchr(kept.gl_pathv[i], '/') + 1;
        for (const char *at = strstr(plan, "\n"); at && at[1]; at = strstr(at + 1, "\n"))
            runs += strncmp(at + 1, "figure ", 7) && strncmp(at + 1, "beside ", 7);
        bool one_hash = !strstr(plan, "\nkappa-"); /* for the data of all runs */
        if (numerics == BORA_NUMERICS_VERSION && one_hash) keeps_its_names(name, plan, hash, runs), checked++;
        *slash = '/';
        free(plan);
    }
    globfree(&kept);
    cr_assert_gt(checked, 0);
}

Test(plan, switches_stand_in_the_text_unless_they_are_at_their_defaults) {
    static const char *const keys[][2] = {{"data.shuffle", "yes"},    {"data.new", "0"},
                                          {"data.padding", "scored"}, {"prior.form", "norm"},
                                          {"prior.share", "full"},    {"likelihood.weight", "mean-token"},
                                          {"run.order", "fixed"},     {"optimizer.schedule", "decaying"},
                                          {"method.kind", "ridge"}};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        bora_plan p, q;
        char text[128], wanted[128],
            *file = bora_format("experiment: a\noptimizer.step: centred\n%s: %s\n", keys[i][0], keys[i][1]);
        plan_of(&p, "experiment: a\noptimizer.step: centred\n");
        plan_of(&q, file);
        snprintf(wanted, sizeof wanted, "%s: %s", keys[i][0], keys[i][1]);
        cr_assert_null(strstr(p.runs[0].text, keys[i][0]));
        cr_assert_str_eq(line(&q.runs[0], keys[i][0], text), wanted);
        bora_plan_free(&p);
        bora_plan_free(&q);
        free(file);
    }
}

/* Each method once, whatever of the rest does not matter to it. */
Test(plan, methods) {
    static const struct {
        const char *kind, *name, *tau, *rate;
    } wanted[] = {{"bora", "bora", "prior.tau: 500", "0.001"},        {"independent", "independent", "prior.tau: 0", "0.004"},
                  {"unified", "unified", "prior.tau: inf", "0.005"},  {"ridge", "ridge", "prior.tau: 500", "0.001"},
                  {"frozen", "frozen", "prior.tau: 500", "0.001"},    {"then-task", "then-task", "", "0.007"},
                  {"additive", "additive", "prior.tau: 500", "0.001"}};
    bora_plan p, q;
    char text[128];
    plan_of(&p, "experiment: a\noptimizer: {learning_rate: 6e-3, rule: proportional, learning_rate_at_0: 4e-3, "
                "learning_rate_at_inf: 5e-3, learning_rate_then_task: 7e-3}\nprior.tau: 500\nsweep:\n  method.kind: [bora, "
                "independent, unified, ridge, frozen, then-task, additive]\n  optimizer.step: [pooled, shifted]\n");
    cr_assert_eq(p.n, 8, "two steps for bora alone: %d", p.n);
    for (int i = 0; i < 7; i++) {
        const bora_plan_run *r = &p.runs[i + (i > 0)];
        const char *tau = line(r, "prior.tau", text);
        cr_assert_str_eq(bora_method_of(&r->settings)->name, wanted[i].name);
        cr_assert_str_eq(tau, wanted[i].tau, "%s", wanted[i].kind);
        cr_assert_str_eq(strchr(line(r, "optimizer.learning_rate: ", text), ' ') + 1, wanted[i].rate, "%s", wanted[i].kind);
        bool from_unified = i == 4 || i == 5;
        cr_assert_str_eq(line(r, "optimizer.learning_rate_at_inf", text),
                         from_unified ? "optimizer.learning_rate_at_inf: 0.005" : "", "%s", wanted[i].kind);
        cr_assert_eq(!strstr(r->text, "method.kind"), i < 3, "BoRA and its limits are told by tau");
        cr_assert_eq(!strstr(r->text, "optimizer.step"), i > 0);
        char *again = bora_format("experiment: a\n%s", r->text);
        plan_of(&q, again);
        cr_assert_str_eq(q.runs[0].text, r->text, "canonical text reads back");
        bora_plan_free(&q);
        free(again);
    }
    plan_of(&q, "experiment: a\noptimizer: {learning_rate: 1e-3, learning_rate_at_0: 4e-3}\nprior.tau: 0\n");
    cr_assert_str_eq(q.runs[0].text, p.runs[2].text, "independent is tau 0");
    bora_plan_free(&q);
    plan_of(&q, "experiment: a\noptimizer: {learning_rate: 1e-3, learning_rate_at_0: 4e-3}\nmethod.kind: then-task\n");
    cr_assert_str_eq(line(&q.runs[0], "optimizer.learning_rate: ", text), "optimizer.learning_rate: 0.004", "as at tau = 0");
    bora_plan_free(&q);
    bora_plan_free(&p);
}

/* First phases are one where they follow from the same, whatever the second phase is. */
Test(plan, first_phases) {
    bora_plan p, q;
    const char *head = "experiment: a\nrun.epochs: 7\noptimizer: {learning_rate: 1e-3, learning_rate_at_inf: 5e-3}\n";
    char *file = bora_format("%smethod.kind: unified\n", head);
    plan_of(&q, file); /* by itself */
    free(file);
    file = bora_format("%sprior.tau: 50\nsweep:\n  data.new: [none, 0, 4]\n  method.kind: [independent, ridge, bora, unified, "
                       "frozen, then-task]\n",
                       head);
    plan_of(&p, file);
    free(file);
    cr_assert_eq(p.n, 18);
    char *text[18];
    for (int i = 0; i < 18; i++) {
        int kind = i % 6;
        text[i] = bora_first_text(&p.runs[i].settings);
        bool first = kind >= 4 || (i >= 6 && kind >= 2);
        cr_assert_eq(text[i] != NULL, first, "run %d", i);
        cr_assert_eq(bora_has_first_phase(&p.runs[i].settings), first);
        cr_assert_eq(bora_matters(&p.runs[i].settings, BORA_RUN_FIRST_EPOCHS), first);
    }
    cr_assert_str_eq(text[4], q.runs[0].text, "the unified run by itself");
    cr_assert_str_eq(text[5], text[4]);
    for (int i = 12; i < 18; i++)
        if (text[i]) cr_assert_str_eq(text[i], text[i - 6], "however many documents");
    cr_assert_str_eq(text[9], text[10]);
    cr_assert_str_eq(text[9], text[11]);
    cr_assert_str_neq(text[9], text[4], "of other tasks");
    cr_assert_str_neq(text[8], text[9], "BoRA's");
    bora_recipe bora = bora_first_recipe_of(&p.runs[8].settings), then = bora_recipe_of(&p.runs[8].settings),
                unified = bora_first_recipe_of(&p.runs[10].settings);
    cr_assert(bora.tau == 50 && bora.rule == &bora_step_pooled && then.tau == 50 && then.rule == &bora_step_ridge);
    cr_assert(isinf(unified.tau) && unified.rule == &bora_step_adam && unified.learning_rate == 5e-3 && unified.epochs == 7);
    cr_assert_eq(bora_recipe_of(&p.runs[9].settings).rule, &bora_step_none);
    for (int i = 0; i < 18; i++) free(text[i]);
    bora_plan_free(&p);
    bora_plan_free(&q);
    file = bora_format("%srun.first_epochs: 3\nmethod.kind: frozen\n", head);
    plan_of(&p, file);
    free(file);
    file = bora_format("%sdata.new: 4\nprior.first_tau: 9\nsweep: {prior.tau: [50, 60, inf]}\n", head);
    plan_of(&q, file);
    free(file);
    char *nine[3];
    for (int i = 0; i < 3; i++) nine[i] = bora_first_text(&q.runs[i].settings);
    cr_assert_str_eq(nine[0], nine[1]);
    cr_assert_not_null(strstr(nine[0], "prior.tau: 9\n"));
    cr_assert_not_null(strstr(nine[2], "prior.tau: inf\n"));
    cr_assert(bora_first_recipe_of(&q.runs[1].settings).tau == 9 && bora_recipe_of(&q.runs[1].settings).tau == 60);
    cr_assert_not_null(strstr(q.runs[1].text, "prior.first_tau: 9\n"));
    cr_assert_null(strstr(q.runs[2].text, "prior.first_tau"));
    for (int i = 0; i < 3; i++) free(nine[i]);
    bora_plan_free(&q);
    char *three = bora_first_text(&p.runs[0].settings), line_of_epochs[128];
    cr_assert_str_eq(line(&p.runs[0], "run.first_epochs", line_of_epochs), "run.first_epochs: 3");
    cr_assert_not_null(strstr(three, "run.epochs: 3\n"));
    cr_assert_eq(bora_first_recipe_of(&p.runs[0].settings).epochs, 3);
    cr_assert_eq(bora_recipe_of(&p.runs[0].settings).epochs, 7);
    free(three);
    bora_plan_free(&p);
}

/* A run's settings.yaml is itself the settings of an experiment that comes to the same text. */
Test(plan, canonical_text_reads_back) {
    bora_plan p, q;
    plan_of(&p, "experiment: a\ndata: {tasks: named, names: [Bo, \"Lee, Ann\"], draw: sizes, sizes: [3, 40], scale: 0.5}\n"
                "optimizer: {rule: proportional, learning_rate_at_0: 5e-4}\nsweep: {prior.tau: [0, 777, inf]}\n");
    for (int i = 0; i < p.n; i++) {
        char *text = bora_format("experiment: a\n%s", p.runs[i].text);
        plan_of(&q, text);
        cr_assert_str_eq(q.runs[0].text, p.runs[i].text);
        bora_plan_free(&q);
        free(text);
    }
    bora_plan_free(&p);
}

Test(plan, names_depend_on_settings_and_data) {
    bora_plan p;
    plan_of(&p, "experiment: a\nsweep: {run.seed: [1, 2]}\n");
    for (int i = 0; i < p.n; i++) bora_plan_identify(&p.runs[i], "abc");
    char *name = bora_format("%s", p.runs[0].name);
    cr_assert_eq(strlen(name), strlen("seed-1-") + 12);
    cr_assert_str_neq(p.runs[1].name + 7, name + 7);
    bora_plan_identify(&p.runs[0], "abc");
    cr_assert_str_eq(p.runs[0].name, name);
    bora_plan_identify(&p.runs[0], "abd");
    cr_assert_str_neq(p.runs[0].name, name);
    free(name);
    bora_plan_free(&p);
}

Test(plan, the_base_text_is_that_of_the_base) {
    bora_plan p;
    plan_of(&p, "experiment: a\nsweep: {prior.tau: [0, 1], adapter.rank: [2, 4], run.seed: [1, 2]}\n");
    char *first = bora_base_text(&p.runs[0].settings);
    cr_assert_null(strstr(first, "adapter"));
    cr_assert_not_null(strstr(first, "pretrain.tokens: 4800000\n"));
    for (int i = 1; i < p.n; i++) {
        char *text = bora_base_text(&p.runs[i].settings);
        cr_assert_str_eq(text, first);
        free(text);
    }
    free(first);
    bora_plan_free(&p);
}

Test(plan, differences) {
    static const char *const table[][3] = {{"a: 1\nb: 2\n", "a: 1\nb: 2\n", ""},
                                           {"a: 1\nb: 2\n", "a: 1\nb: 3\n", "b"},
                                           {"a: 1\nb: 2\n", "a: 1\n", "b"},
                                           {"a: 1\n", "a: 1\nb: 2\nc: 3\n", "b, c"},
                                           {"a: 1\naa: 2\n", "aa: 3\na: 1\n", "aa"},
                                           {"", "a: 1\n", "a"},
                                           {"a: 1", "a: 12", "a"},
                                           {"junk\n\n:\n", "a: 1\n", "junk, a"}};
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        char *difference = bora_text_difference(table[i][0], table[i][1]);
        cr_assert_str_eq(difference, table[i][2], "row %zu: '%s'", i, difference);
        free(difference);
    }
}
