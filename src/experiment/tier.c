/* tier.c: a tier's overlay: which experiments it reproduces, settings for all of them, settings, sweeps and variants for one.
 *
 *   experiments: [tau, rank]         in this order; files <name>.yaml of the experiments folder
 *   settings: {run.epochs: 8}        over every experiment
 *   only:                            over one, by its `experiment:` name; a sweep replaces the experiment's key by key,
 *                                    variants all of its variants
 *     tau: {settings: {...}, sweep: {prior.tau: [0, 1000, inf]}}
 */
#include "experiment/parse.h"

#include <stdlib.h>
#include <string.h>

static const char *const tier_keys[] = {"experiments", "settings", "only"};
static const char *const only_keys[] = {"settings", "sweep", "variants"};
enum { MOST_EXPERIMENTS = 100 };

static int read_experiments(bora_yaml *y, const yaml_node_t *list, char ***names) {
    size_t n = bora_yaml_list(y, list, "experiments", "names of experiments", MOST_EXPERIMENTS);
    int found = 0;
    *names = calloc(n + 1, sizeof **names);
    if (!*names) abort();
    for (size_t i = 0; i < n; i++) {
        const yaml_node_t *node = bora_yaml_element(y, list, i);
        const char *text = bora_yaml_text(y, node, "experiments", "the name of an experiment");
        if (text && *text && !strchr(text, '/')) (*names)[found++] = bora_format("%s", text);
        else if (text)
            bora_problem_add(y->problems, bora_yaml_place(y, node), "'experiments' holds no name, expected one without a /");
    }
    return found;
}

static void apply_only(bora_loader *l, bora_yaml *y, const yaml_node_t *map) {
    const yaml_node_t *key;
    const char *word;
    yaml_node_t *value;
    if (!bora_yaml_is_map(y, map, "only")) return;
    l->layer++;
    for (size_t i = 0; bora_yaml_pair(y, map, &i, &key, &word, &value);) {
        if (!strcmp(word, "settings")) bora_apply_settings(l, y, value);
        else if (!strcmp(word, "sweep")) bora_apply_sweep(l, y, value);
        else if (!strcmp(word, "variants")) bora_apply_variants(l, y, value);
        else bora_unknown(y, key, word, "key", only_keys, 3);
    }
}

/* What is for other experiments is read too, on one that nobody sees, so that its problems are told. */
static void check_only(bora_problems *problems, bora_yaml *y, const yaml_node_t *map) {
    bora_experiment x;
    bora_loader l;
    bora_loader_init(&l, &x, problems);
    apply_only(&l, y, map);
    bora_loader_free(&l);
    bora_experiment_free(&x);
}

static void read_only(bora_loader *l, bora_yaml *y, const yaml_node_t *map, char **names, int n) {
    const yaml_node_t *key;
    const char *word;
    yaml_node_t *value;
    if (!bora_yaml_is_map(y, map, "only")) return;
    for (size_t i = 0; bora_yaml_pair(y, map, &i, &key, &word, &value);) {
        int known = 0;
        while (known < n && strcmp(names[known], word)) known++;
        if (known == n) bora_unknown(y, key, word, "experiment of this tier", (const char *const *)names, (size_t)n);
        if (l->x->name && !strcmp(word, l->x->name)) apply_only(l, y, value);
        else check_only(y->problems, y, value);
    }
}

void bora_apply_tier(bora_loader *l, const char *path, char ***names, int *n) {
    bora_yaml y;
    const yaml_node_t *key, *settings = NULL, *only = NULL;
    const char *word;
    yaml_node_t *value;
    char **list = NULL;
    int count = 0;
    if (!bora_yaml_open(&y, l->problems, path, (bora_place){-1, 0, 0})) {
        l->incomplete = true;
        return;
    }
    for (size_t i = 0; bora_yaml_pair(&y, y.root, &i, &key, &word, &value);) {
        if (!strcmp(word, "experiments")) count = read_experiments(&y, value, &list);
        else if (!strcmp(word, "settings")) settings = value;
        else if (!strcmp(word, "only")) only = value;
        else bora_unknown(&y, key, word, "key", tier_keys, 3);
    }
    if (!list)
        bora_problem_add(l->problems, (bora_place){y.file, 1, 1},
                         "'experiments' is missing: expected what the tier reproduces");
    l->layer++; /* settings lie under what is for one experiment only, wherever they stand */
    if (settings) bora_apply_settings(l, &y, settings);
    if (only) read_only(l, &y, only, list, count);
    bora_yaml_close(&y);
    if (names) {
        *names = list;
        *n = count;
    } else if (list) bora_texts_free(list, count);
}

int bora_tier_experiments(const char *tier, char ***names, int *n, bora_error *e) {
    bora_problems *problems = NULL;
    *names = NULL;
    *n = 0;
    int status = bora_calloc(&problems, 1, sizeof *problems, "a tier", e);
    if (status) return status;
    bora_experiment x;
    bora_loader l;
    bora_loader_init(&l, &x, problems);
    bora_apply_tier(&l, tier, names, n);
    bora_loader_free(&l);
    bora_experiment_free(&x);
    status = bora_problems_report(problems, e);
    bora_problems_free(problems);
    free(problems);
    if (status) {
        bora_texts_free(*names, *n);
        *names = NULL;
        *n = 0;
    }
    return status;
}
