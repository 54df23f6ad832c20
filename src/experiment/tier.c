/* tier.c: a tier's overlay: which experiments it reproduces, settings for all of them, settings and sweeps for one.
 *
 *   experiments: [tau, rank]         in this order; files <name>.yaml of the experiments folder
 *   settings: {run.epochs: 8}        over every experiment
 *   only:                            over one, by its `experiment:` name; a sweep replaces the experiment's key by key
 *     tau: {settings: {...}, sweep: {prior.tau: [0, 1000, inf]}}
 */
#include "experiment/parse.h"

#include <stdlib.h>
#include <string.h>

static const char *const tier_keys[] = {"experiments", "settings", "only"};
static const char *const only_keys[] = {"settings", "sweep"};

static void read_experiments(bora_yaml *y, const yaml_node_t *list, bora_names *names) {
    size_t n = bora_yaml_list(y, list, "experiments", "names of experiments", BORA_MAX_LIST);
    for (size_t i = 0; i < n; i++) {
        const yaml_node_t *node = bora_yaml_element(y, list, i);
        const char *text = bora_yaml_text(y, node, "experiments", "the name of an experiment");
        if (text && *text && strlen(text) < BORA_NAME_SIZE && !strchr(text, '/')) strcpy(names->values[names->n++], text);
        else if (text) bora_problem_add(y->problems, bora_yaml_place(y, node), "'experiments' holds no name, expected one without a /");
    }
}

static void apply_only(bora_loader *l, bora_yaml *y, const yaml_node_t *map) {
    const yaml_node_t *key;
    const char *word;
    yaml_node_t *value;
    if (!bora_yaml_is_map(y, map, "only")) return;
    l->layer++;
    for (size_t i = 0; bora_yaml_pair(y, map, &i, &key, &word, &value);) {
        if (strcmp(word, "settings") == 0) bora_apply_settings(l, y, value);
        else if (strcmp(word, "sweep") == 0) bora_apply_sweep(l, y, value);
        else bora_unknown(y, key, word, "key", only_keys, 2);
    }
}

/* A loader of an experiment that nobody sees: what is for other experiments is checked on it. NULL: the problem is told. */
static bora_loader *scratch_new(bora_problems *problems) {
    bora_experiment *x = NULL;
    bora_loader *l = NULL;
    bora_error e;
    int status = bora_calloc(&x, 1, sizeof *x, "an experiment", &e);
    if (!status) status = bora_calloc(&l, 1, sizeof *l, "an experiment", &e);
    if (!status) status = bora_loader_init(l, x, problems, &e);
    if (!status) return l;
    bora_problem_add(problems, (bora_place){-1, 0, 0}, "%s", e.message);
    free(l);
    free(x);
    return NULL;
}

static void scratch_free(bora_loader *l) {
    if (!l) return;
    bora_experiment_free(l->x);
    free(l->x);
    bora_loader_free(l);
    free(l);
}

static void check_only(bora_problems *problems, bora_yaml *y, const yaml_node_t *map) {
    bora_loader *l = scratch_new(problems);
    if (l) apply_only(l, y, map);
    scratch_free(l);
}

static void read_only(bora_loader *l, bora_yaml *y, const yaml_node_t *map, const bora_names *names) {
    const yaml_node_t *key, *mine = NULL;
    const char *word, *list[BORA_MAX_LIST];
    yaml_node_t *value;
    if (!bora_yaml_is_map(y, map, "only")) return;
    for (int i = 0; i < names->n; i++) list[i] = names->values[i];
    for (size_t i = 0; bora_yaml_pair(y, map, &i, &key, &word, &value);) {
        int known = 0;
        while (known < names->n && strcmp(list[known], word) != 0) known++;
        if (known == names->n) bora_unknown(y, key, word, "experiment of this tier", list, (size_t)names->n);
        if (strcmp(word, l->x->name) == 0) mine = value;
        else check_only(y->problems, y, value);
    }
    if (mine) apply_only(l, y, mine);
}

void bora_apply_tier(bora_loader *l, const char *path, bora_tier *tier) {
    bora_yaml y;
    const yaml_node_t *key, *settings = NULL, *only = NULL;
    const char *word;
    yaml_node_t *value;
    bora_names names = {.n = 0};
    if (!bora_yaml_open(&y, l->problems, path, (bora_place){-1, 0, 0})) {
        l->incomplete = true;
        return;
    }
    for (size_t i = 0; bora_yaml_pair(&y, y.root, &i, &key, &word, &value);) {
        if (strcmp(word, "experiments") == 0) read_experiments(&y, value, &names);
        else if (strcmp(word, "settings") == 0) settings = value;
        else if (strcmp(word, "only") == 0) only = value;
        else bora_unknown(&y, key, word, "key", tier_keys, 3);
    }
    if (!names.n)
        bora_problem_add(l->problems, (bora_place){y.file, 0, 0}, "'experiments' is missing: expected what the tier reproduces");
    if (settings) {
        l->layer++;
        bora_apply_settings(l, &y, settings);
    }
    if (only) read_only(l, &y, only, &names);
    if (tier) tier->experiments = names;
    bora_yaml_close(&y);
}

int bora_tier_load(bora_tier *t, const char *file, bora_error *e) {
    bora_problems *problems = NULL;
    int status = bora_calloc(&problems, 1, sizeof *problems, "a tier", e);
    memset(t, 0, sizeof *t);
    if (status) return status;
    bora_loader *l = scratch_new(problems);
    if (l) bora_apply_tier(l, file, t);
    scratch_free(l);
    status = bora_problems_report(problems, e);
    bora_problems_free(problems);
    free(problems);
    return status;
}
