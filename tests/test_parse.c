/* test_parse.c: experiment files and tiers, shipped and broken: what they come to, and that every problem has its place. */
#include "experiment/experiment.h"
#include "stat/stat.h"
#include "test.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char *folder;
static bora_error error;

static void start(void) { folder = scratch_directory(); }
static void finish(void) { remove_directory(folder); }
TestSuite(parse, .init = start, .fini = finish);

static char *write_bytes(const char *name, const char *bytes, size_t size) {
    char *path = bora_format("%s/%s", folder, name);
    FILE *f = fopen(path, "wb");
    cr_assert(f && fwrite(bytes, 1, size, f) == size && fclose(f) == 0);
    return path;
}
static char *write_text(const char *name, const char *text) { return write_bytes(name, text, strlen(text)); }

/* Loading `text` must fail with each of the messages (NULL ends them), the file's name before ":line:column". */
static void assert_problems(const char *text, ...) {
    bora_experiment x;
    char *path = write_text("x.yaml", text);
    va_list list;
    va_start(list, text);
    cr_assert_eq(bora_experiment_load(&x, path, NULL, &error), BORA_BAD_INPUT, "accepted: %s", text);
    for (const char *wanted; (wanted = va_arg(list, const char *));)
        cr_assert_not_null(strstr(error.message, wanted), "no '%s' in: %s", wanted, error.message);
    va_end(list);
    free(path);
}

static void load(bora_experiment *x, const char *text, const char *tier) {
    char *path = write_text("x.yaml", text), *overlay = tier ? write_text("tier.yaml", tier) : NULL;
    cr_assert_ok(bora_experiment_load(x, path, overlay, &error));
    free(path);
    free(overlay);
}

Test(parse, every_figure_may_be_asked_for) {
    bora_experiment x;
    char *list = bora_format("%s", "");
    int n = 0;
    for (const char *name; (name = bora_figure_name((size_t)n)); n++) {
        char *longer = bora_format("%s%s%s", list, n ? ", " : "", name);
        free(list);
        list = longer;
    }
    char *text = bora_format("experiment: a\nfigures: [%s]\n", list);
    load(&x, text, NULL);
    cr_assert(n > 0 && x.n_figures == n, "%d of %d: BORA_FIGURES leaves no room?", x.n_figures, n);
    bora_experiment_free(&x);
    free(text);
    free(list);
}

Test(parse, nested_and_dotted_keys_and_extends) {
    bora_experiment x;
    free(write_text("base.yaml",
                    "adapter: {rank: 4, targets: [v, q]}\nrun.epochs: 3\nsweep: {run.seed: [1, 2], prior.tau: [0, inf]}\n"));
    load(&x,
         "experiment: a-1\ntitle: A title\nextends: base.yaml\nadapter.rank: 2\nrun: {seed: 7}\nsweep:\n  prior.tau: [5]\n"
         "figures: [documents]\nbeside: [other, another]\n",
         NULL);
    cr_assert_str_eq(x.name, "a-1");
    cr_assert_str_eq(x.title, "A title");
    cr_assert_str_eq(x.settings.value[BORA_ADAPTER_RANK], "2");
    cr_assert_str_eq(x.settings.value[BORA_ADAPTER_TARGETS], "[q, v]");
    cr_assert_str_eq(x.settings.value[BORA_RUN_EPOCHS], "3");
    cr_assert_eq(x.n_sweep, 1); /* the later setting of run.seed ended its sweep */
    cr_assert_eq(x.sweep[0].setting, BORA_PRIOR_TAU);
    cr_assert_eq(x.sweep[0].n, 1);
    cr_assert_eq(x.n_figures, 1);
    cr_assert(x.n_beside == 2 && !strcmp(x.beside[0], "other") && !strcmp(x.beside[1], "another"));
    bora_experiment_free(&x);
    bora_experiment_free(&x);
}

Test(parse, a_tier_lies_over_the_experiment) {
    bora_experiment x;
    load(&x, "experiment: a\nrun.epochs: 10\nsweep: {prior.tau: [0, 1, 2], run.seed: [1, 2, 3]}\n",
         "only: {a: {settings: {run.epochs: 5}, sweep: {run.seed: [9]}}, b: {sweep: {run.seed: [4]}}}\n"
         "experiments: [a, b]\nsettings: {run: {epochs: 8, batch: 4}}\n");
    cr_assert_str_eq(x.settings.value[BORA_RUN_EPOCHS], "5");
    cr_assert_str_eq(x.settings.value[BORA_RUN_BATCH], "4");
    cr_assert_eq(x.n_sweep, 2);
    cr_assert_eq(x.sweep[0].n, 3);
    cr_assert_eq(x.sweep[1].n, 1);
    cr_assert_str_eq(x.sweep[1].values[0], "9");
    bora_experiment_free(&x);
}

Test(parse, broken_tiers) {
    static const char *const table[][2] = {
        {"experiments: [a]\nsetings: {}\n", "tier.yaml:2:1: unknown key 'setings'; the nearest is 'settings'"},
        {"settings: {run.epochs: 2}\n", "'experiments' is missing"},
        {"experiments: a\n", "'experiments' is a single value"},
        {"experiments: [[a]]\n", "tier.yaml:1:15: 'experiments' is a list"},
        {"experiments: [a/b]\n", "without a /"},
        {"experiments: [a]\nonly: {b: {}}\n", "unknown experiment of this tier 'b'"},
        {"experiments: [a, b]\nonly: {b: {swep: {}}}\n", "unknown key 'swep'; the nearest is 'sweep'"},
        {"experiments: [a, b]\nonly: {b: {settings: {run.epochs: 0}}}\n", "'run.epochs' is '0'"},
        {"experiments: [a, b]\nonly: {b: {variants: {}}}\n", "tier.yaml:2:22: 'variants' is empty"},
        {"experiments: [a]\nsettings: 3\n", "'settings' is no map"},
        {"experiments: [a]\nonly: [a]\n", "'only' is no map"}};
    char *file = write_text("x.yaml", "experiment: a\n"), **names;
    int n;
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        bora_experiment x;
        char *tier = write_text("tier.yaml", table[i][0]);
        cr_assert_eq(bora_experiment_load(&x, file, tier, &error), BORA_BAD_INPUT, "%s", table[i][0]);
        cr_assert_not_null(strstr(error.message, table[i][1]), "no '%s' in: %s", table[i][1], error.message);
        cr_assert_eq(bora_tier_experiments(tier, &names, &n, &error), BORA_BAD_INPUT, "%s", table[i][0]);
        free(tier);
    }
    cr_assert_eq(bora_tier_experiments("/nowhere/t.yaml", &names, &n, &error), BORA_BAD_INPUT);
    free(file);
}

Test(parse, all_problems_in_one_go) {
    assert_problems(
        "experiment: Bad Name\nprior.ta: 3\nadapter: {rank: 5000, alpha: x}\nmodel.width: 1e-5\nrun.epochs: [1]\n"
        "sweep: {run.sed: [1], run.seed: 3, prior.tau: [0, -1]}\nfigures: [document]\n",
        "/x.yaml:1:13: 'experiment' is 'Bad Name', expected", ":2:1: unknown key 'prior.ta'; the nearest is 'prior.tau'",
        ":3:17: 'adapter.rank' is '5000', expected a whole number from 1 to",
        ":3:30: 'adapter.alpha' is 'x', expected a number", ":4:14: 'model.width' is '1e-5'", ":5:13: 'run.epochs' is a list",
        ":6:9: unknown setting in sweep 'run.sed'; the nearest is 'run.seed'", ":6:33: 'run.seed' is a single value",
        ":6:51: 'prior.tau' is '-1'", ":7:11: unknown figure 'document'; the nearest is 'documents'", NULL);
    assert_problems("experiment: a\nadapter.rank: 5000\nmodel.heads: 3\n", ":2:15: 'adapter.rank'",
                    ":3:14: 'model.heads': must divide", NULL);
    char *many = bora_format("experiment: a\n");
    for (int i = 0; i < 60; i++) {
        char *longer = bora_format("%sunknown%d: 1\n", many, i);
        free(many);
        many = longer;
    }
    assert_problems(many, ":2:1: unknown key 'unknown0'", "\n... and 4", NULL);
    free(many);
}

Test(parse, repeated_keys) {
    assert_problems("experiment: a\nprior.tau: 3\nprior.tau: 4\n", ":3:1: 'prior.tau' is repeated, first in line 2", NULL);
    assert_problems("experiment: a\nprior: {tau: 3}\nprior.tau: 4\n", ":3:1: 'prior.tau' is repeated, first in line 2", NULL);
    assert_problems("experiment: a\nexperiment: b\n", ":2:1: 'experiment' is repeated", NULL);
    assert_problems("experiment: a\nprior.tau: 3\nsweep: {prior.tau: [1]}\n", "'prior.tau' is both set and swept", NULL);
    assert_problems("experiment: a\nsweep: {prior.tau: [1]}\nprior.tau: 3\n", "'prior.tau' is both set and swept", NULL);
    assert_problems("experiment: a\nsweep: {prior.tau: [1], prior.tau: [2]}\n", ":2:25: 'prior.tau' is repeated", NULL);
    assert_problems("experiment: a\nfigures: [documents, documents]\n", ":2:22: figure 'documents' is repeated", NULL);
    assert_problems("experiment: a\nbeside: [c, a/b]\n", ":2:13: 'beside' is 'a/b', expected a short name", NULL);
    assert_problems("experiment: a\nprior.tau: 3\noptimizer.step: plain\n", ":3:17: 'optimizer.step': plain is for prior.tau 0",
                    NULL);
    assert_problems("experiment: a\nprior.tau: inf\ndata.new: 3\noptimizer.step: plain\n",
                    ":4:17: 'optimizer.step': plain moves no Theta", NULL);
    assert_problems("experiment: a\nprior.tau: 1e-40\n", ":2:12: 'prior.tau': must be 0 or at least 1e-30", NULL);
}

Test(parse, wrong_shapes) {
    assert_problems("experiment: [a]\n", ":1:13: 'experiment' is a list, expected a short name", NULL);
    assert_problems("run.epochs: 3\n", "'experiment' is missing", NULL);
    assert_problems("experiment: a\nprior: 3\n", ":2:8: 'prior' is no map", NULL);
    assert_problems("experiment: a\nprior.tau:\n", "'prior.tau' is empty, expected a number", NULL);
    assert_problems("experiment: a\nprior.tau: {a: 1}\n", ":2:12: 'prior.tau' is a map, expected a number", NULL);
    assert_problems("experiment: a\ndata.names: x\n", ":2:13: 'data.names' is a single value, expected a list", NULL);
    assert_problems("experiment: a\nsweep: [1]\n", ":2:8: 'sweep' is no map", NULL);
    assert_problems("experiment: a\nsweep: {prior.tau: []}\n", "'prior.tau' is empty", NULL);
    assert_problems("experiment: a\n? [b]\n: 3\n", "'key' is a list, expected a word", NULL);
    assert_problems("experiment: a\ndata.task_column: \"a\\0b\"\n", "NUL", NULL);
    assert_problems("experiment: a\ndata.task_column: \"a\\nb\"\n", "one line of text", NULL);
    assert_problems("- a\n", ":1:1: expected a map", NULL);
    assert_problems("", "the file is empty", NULL);
    assert_problems("# only a comment\n", "the file is empty", NULL);
    assert_problems("experiment: a\n---\nexperiment: b\n", ":3:1: a second document", NULL);
}

Test(parse, impossible_combinations_at_any_point_of_the_sweep) {
    assert_problems("experiment: a\nmodel.width: 128\nsweep:\n  model.heads: [4,\n    3]\n", ":5:5: 'model.heads': must divide",
                    NULL);
    assert_problems("experiment: a\ndata: {tasks: most-text, count: 3, draw: sizes, sizes: [1, 2]}\n",
                    ":2:56: 'data.sizes': must have one size", NULL);
    assert_problems("experiment: a\ndata.source: csv\n", "x.yaml:1:1: 'data.path': needed for data.source csv", NULL);
    assert_problems("experiment: a\ndata: {source: csv, path: x, task_column: t, text_column: t}\n",
                    "'data.task_column': must not be", NULL);
    assert_problems("experiment: a\ndata: {validation_share: 0.5, test_share: 0.5}\n", "'data.test_share'", NULL);
    assert_problems("experiment: a\ndata: {tasks: named, names: [a, a]}\n", "'data.names': names a task twice", NULL);
    assert_problems("experiment: a\nadapter.rank: 200\n", "'adapter.rank': must not exceed", NULL);
    assert_problems("experiment: a\ndata.sizes: [1]\n", ":2:13: 'data.sizes' has no effect while 'data.draw' is all", NULL);
    char *text = bora_format("experiment: a\nsweep: {run.seed: &l [1, 2, 3, 4, 5, 6, 7, 8], pretrain.seed: *l, data.block: *l, "
                             "adapter.rank: *l, run.epochs: *l}\n");
    assert_problems(text, "the sweep has more than 4096 runs", NULL);
    free(text);
}

Test(parse, variants) {
    bora_experiment x;
    static const char file[] = "experiment: a\nextends: base.yaml\nadapter.rank: 4\nsweep: {prior.tau: [1, inf]}\n"
                               "variants: {paper: {}, no-2: {prior.form: norm, optimizer: {step: centred}}}\n";
    free(write_text("base.yaml", "variants: {old: {adapter.rank: 16}}\n"));
    load(&x, file, NULL);
    cr_assert_eq(x.n_variants, 2);
    cr_assert_str_eq(x.variants[0].name, "paper");
    cr_assert_str_eq(x.variants[1].name, "no-2");
    cr_assert_str_eq(x.variants[1].settings.value[BORA_OPTIMIZER_STEP], "centred");
    cr_assert_null(x.variants[1].settings.value[BORA_ADAPTER_RANK]);
    cr_assert_str_eq(x.settings.value[BORA_OPTIMIZER_STEP], "pooled");
    bora_experiment_free(&x);
    load(&x, file, "experiments: [a]\nsettings: {adapter.rank: 2}\nonly: {a: {variants: {big: {adapter.rank: 8}}}}\n");
    cr_assert_eq(x.n_variants, 1);
    cr_assert_str_eq(x.variants[0].settings.value[BORA_ADAPTER_RANK], "8");
    bora_experiment_free(&x);
}

Test(parse, broken_variants) {
    static const char *const table[][2] = {
        {"variants: {}", ":2:11: 'variants' is empty, expected names"},
        {"variants: [b]", ":2:11: 'variants' is no map"},
        {"variants:", ":2:10: 'variants' is no map"},
        {"variants: {b: 3}", ":2:15: 'b' is no map"},
        {"variants: {b: {}, b: {}}", ":2:19: 'b' is repeated"},
        {"variants: {B c: {}}", ":2:12: variant 'B c', expected a short name"},
        {"variants: {b: {prior.ta: 3}}", ":2:16: unknown key 'prior.ta'; the nearest is 'prior.tau'"},
        {"variants: {b: {prior.tau: 1, prior: {tau: 2}}}", ":2:38: 'prior.tau' is repeated, first in line 2"},
        {"variants: {b: {prior.tau: [1]}}", ":2:27: 'prior.tau' is a list"},
        {"variants: {b: {}, c: {prior.tau: -1}}", ":2:34: 'prior.tau' is '-1'"},
        {"variants: {b: {prior.tau: 1}}\nsweep: {prior.tau: [2]}", ":2:27: 'prior.tau' is both set and swept"},
        {"variants: {b: {}, c: {model.heads: 3}}", ":2:36: 'model.heads': must divide"},
        {"variants: {b: {model.width: 64}}\nadapter.rank: 100", ":3:15: 'adapter.rank': must not exceed"},
        {"variants: {b: {data.sizes: [1]}}", ":2:28: 'data.sizes' has no effect while 'data.draw' is all"},
        {"variants: {a1: &v {}, a2: *v, a3: *v, a4: *v, a5: *v, a6: *v, a7: *v, a8: *v, a9: *v, b1: *v, b2: *v, b3: *v, b4: "
         "*v, "
         "b5: *v, b6: *v, b7: *v, b8: *v}",
         ": more than 16 variants"}};
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        char *text = bora_format("experiment: a\n%s\n", table[i][0]);
        assert_problems(text, table[i][1], NULL);
        free(text);
    }
    bora_experiment x; /* what a variant makes meaningless is no mistake */
    load(&x, "experiment: a\ndata: {draw: fraction, fraction: 0.5}\nvariants: {b: {}, c: {data.draw: all}}\n", NULL);
    bora_experiment_free(&x);
}

Test(parse, paths_are_beside_the_file_that_says_them) {
    bora_experiment x;
    char *sub = bora_format("%s/sub", folder), *wanted = bora_format("%s/sub/x.csv", folder);
    cr_assert_eq(mkdir(sub, 0777), 0);
    free(write_text("sub/base.yaml", "data: {source: csv, path: x.csv, task_column: t, text_column: u}\n"));
    load(&x, "experiment: a\nextends: sub/base.yaml\n", NULL);
    cr_assert_str_eq(x.settings.value[BORA_DATA_PATH], wanted);
    bora_experiment_free(&x);
    load(&x, "experiment: a\nextends: sub/base.yaml\ndata.path: /x.csv\n", NULL);
    cr_assert_str_eq(x.settings.value[BORA_DATA_PATH], "/x.csv");
    bora_experiment_free(&x);
    free(sub);
    free(wanted);
}

Test(parse, files_that_cannot_be_read) {
    bora_experiment x;
    cr_assert_eq(bora_experiment_load(&x, "/nowhere/x.yaml", NULL, &error), BORA_BAD_INPUT);
    cr_assert_not_null(strstr(error.message, "cannot open '/nowhere/x.yaml': No such file"));
    cr_assert_eq(bora_experiment_load(&x, folder, NULL, &error), BORA_BAD_INPUT);
    cr_assert_not_null(strstr(error.message, "Is a directory"), "%s", error.message);
    cr_assert_eq(bora_experiment_load(&x, "/dev/zero", NULL, &error), BORA_BAD_INPUT);
    cr_assert_not_null(strstr(error.message, "too many"), "%s", error.message);
    assert_problems("experiment: a\nextends: none.yaml\n", ":2:10: cannot open '", NULL);
    assert_problems("experiment: a\nextends: x.yaml\n", ":2:10: '", "extends itself in a circle", NULL);
    free(write_text("y.yaml", "extends: x.yaml\n"));
    assert_problems("experiment: a\nextends: y.yaml\n", "y.yaml:1:10: '", "extends itself in a circle", NULL);
    if (getuid() != 0) { /* root reads everything */
        char *path = write_text("z.yaml", "experiment: a\n");
        cr_assert_eq(chmod(path, 0), 0);
        cr_assert_eq(bora_experiment_load(&x, path, NULL, &error), BORA_BAD_INPUT);
        cr_assert_not_null(strstr(error.message, "Permission denied"));
        free(path);
    }
}

Test(parse, not_yaml) {
    bora_experiment x;
    assert_problems("experiment: a\nprior: {tau: 3\n", "x.yaml:3:1: not YAML", NULL);
    assert_problems("experiment: a\n\tprior: 3\n", "x.yaml:2:1: not YAML", NULL);
    assert_problems("experiment: *a\n", "x.yaml:1:13: not YAML", NULL);
    assert_problems("experiment: a\ntitle: \xff\xfe\xfd\n", "x.yaml:2:8: not UTF-8 text", NULL);
    char *path = write_bytes("x.yaml", "experiment: a\0b\n", 16);
    cr_assert_eq(bora_experiment_load(&x, path, NULL, &error), BORA_BAD_INPUT);
    free(path);
}

/* Aliases are shared nodes: plain ones work, circles and towers end in a message. */
Test(parse, aliases_and_depth) {
    bora_experiment x;
    load(&x, "experiment: a\nrun: {epochs: &n 5, batch: *n}\n", NULL);
    cr_assert_str_eq(x.settings.value[BORA_RUN_BATCH], "5");
    bora_experiment_free(&x);
    assert_problems("&a\nexperiment: a\nprior: *a\n", "unknown key 'prior.experiment'", NULL);
    assert_problems("experiment: a\nprior: &a {\"\": *a}\n", "unknown key 'prior.'", NULL);
    assert_problems("experiment: a\ndata.names: &a [*a]\n", "'data.names' is a list", NULL);
    assert_problems("experiment: a\nsweep: &a {prior.tau: *a}\n", "'prior.tau' is a map", NULL);
    static char deep[60000];
    static const char *const towers[] = {"[", "{a: ", "- ", "? ", "- - [a], ", "&a ", "\n&a: b"};
    for (size_t i = 0; i < sizeof towers / sizeof *towers; i++) {
        size_t n = (size_t)snprintf(deep, sizeof deep, "experiment: a\nprior:\n "), step = strlen(towers[i]);
        for (; n + step < sizeof deep; n += step) memcpy(deep + n, towers[i], step);
        deep[n] = 0;
        assert_problems(deep, "x.yaml:", NULL);
    }
}

/* Bytes changed, cut and doubled at random in a good file: always a status, never a crash; the sanitizers watch. */
Test(parse, damaged_files) {
    static const char good[] =
        "# Hypothesis\nexperiment: a\ntitle: 'b'\ndata: {source: sotu, tasks: named, names: [\"x, y\", z], draw: sizes, sizes: "
        "[1, 2]}\n"
        "prior.tau: inf\nsweep:\n  run.seed: [1, 2]\n  adapter.rank: &r [2, 8]\nfigures: [documents, rank_by_tau]\nvariants: "
        "{b: {}, c: {run.epochs: 3}}\n";
    static const char alphabet[] = "\n :,[]{}&*!|>'\"%@`#-?\\\t0a.\xc3\xff";
    size_t n = sizeof good - 1;
    uint64_t draw = 0;
    for (int round = 0; round < 500; round++) {
        char bytes[sizeof good];
        bora_experiment x;
        memcpy(bytes, good, n);
        for (uint64_t k = 1 + bora_below(4, 5, BORA_FOR_TESTS, draw++); k > 0; k--) {
            size_t at = (size_t)bora_below(n, 5, BORA_FOR_TESTS, draw++);
            bytes[at] = alphabet[bora_below(sizeof alphabet - 1, 5, BORA_FOR_TESTS, draw++)];
        }
        size_t size = round % 3 ? n : (size_t)bora_below(n, 5, BORA_FOR_TESTS, draw++);
        char *path = write_bytes("x.yaml", bytes, size);
        int status = bora_experiment_load(&x, path, NULL, &error);
        cr_assert(status == BORA_OK || (status == BORA_BAD_INPUT && *error.message));
        if (!status) bora_experiment_free(&x);
        free(path);
    }
}

Test(parse, shipped_files_load_in_every_tier) {
    static const char *const tiers[] = {NULL, "quick", "default", "full"};
    static const char *const experiments[] = {"tau",         "rank",        "tau-natural",  "learning-rate",
                                              "csv-example", "as-released", "rank-scaling", "shuffled"};
    for (size_t i = 0; i < sizeof experiments / sizeof *experiments; i++)
        for (size_t t = 0; t < 4; t++) {
            bora_experiment x;
            bora_plan plan;
            char *relative = bora_format("experiments/%s.yaml", experiments[i]),
                 *file = bora_format("%s", source_path(relative));
            char *overlay = bora_format("experiments/tiers/%s.yaml", tiers[t] ? tiers[t] : ""), first[16] = "";
            cr_assert_ok(bora_experiment_load(&x, file, tiers[t] ? source_path(overlay) : NULL, &error));
            cr_assert_str_eq(x.name, experiments[i]);
            cr_assert_ok(bora_plan_expand(&plan, &x, &error));
            FILE *f = fopen(file, "r");
            cr_assert(f && fgets(first, sizeof first, f) && !fclose(f));
            cr_assert(!strncmp(first, "# Hypothesis: ", 14), "%s", file);
            bora_plan_free(&plan);
            bora_experiment_free(&x);
            free(relative);
            free(file);
            free(overlay);
        }
}

Test(parse, tiers_name_files_that_exist) {
    static const char *const tiers[] = {"quick", "default", "full"};
    for (size_t t = 0; t < 3; t++) {
        char *relative = bora_format("experiments/tiers/%s.yaml", tiers[t]), **names;
        int n;
        cr_assert_ok(bora_tier_experiments(source_path(relative), &names, &n, &error));
        cr_assert_geq(n, 2);
        for (int i = 0; i < n; i++) {
            char *file = bora_format("experiments/%s.yaml", names[i]);
            cr_assert(bora_exists(source_path(file)), "%s", file);
            free(file);
        }
        bora_texts_free(names, n);
        free(relative);
    }
}
