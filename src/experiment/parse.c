/* parse.c: an experiment file, what it extends and a tier's overlay, into one bora_experiment. Later files win: a setting also
 * ends an earlier sweep of its key, a sweep replaces an earlier sweep of the same key in its place, variants replace all
 * earlier ones. What must hold between settings is check.c.
 */
#include "experiment/parse.h"
#include "stat/stat.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const char *const top_level[] = {"experiment", "title", "extends", "sweep", "variants", "figures", "beside"};
enum { TOP_LEVEL = sizeof top_level / sizeof *top_level, DEEPEST = 16, MOST_VALUES = 1000 };

void bora_loader_init(bora_loader *l, bora_experiment *x, bora_problems *problems) {
    *l = (bora_loader){.x = x, .problems = problems, .main_file = -1};
    *x = (bora_experiment){0};
    bora_settings_default(&x->settings);
    for (int i = 0; i < BORA_SETTING_COUNT; i++) l->said[i].place.file = -1;
}

void bora_loader_free(bora_loader *l) {
    for (int k = 0; k < BORA_SWEEP_KEYS; k++) free(l->sweep_places[k]);
}

static void free_variants(bora_experiment *x) {
    while (x->n_variants) {
        bora_variant *v = &x->variants[--x->n_variants];
        bora_settings_free(&v->settings);
        free(v->name);
    }
}

void bora_experiment_free(bora_experiment *x) {
    bora_settings_free(&x->settings);
    free_variants(x);
    for (int k = 0; k < x->n_sweep; k++) bora_texts_free(x->sweep[k].values, x->sweep[k].n);
    for (int i = 0; i < x->n_figures; i++) free(x->figures[i]);
    free(x->name);
    free(x->title);
    for (int i = 0; i < x->n_beside; i++) free(x->beside[i]);
    *x = (bora_experiment){0};
}

void bora_unknown(bora_yaml *y, const yaml_node_t *key, const char *word, const char *what, const char *const *words,
                  size_t n) {
    char room[64];
    bora_problem_add(y->problems, bora_yaml_place(y, key), "unknown %s '%s'%s%s%s", what, bora_quotable(word, room),
                     n ? "; the nearest is '" : "", bora_nearest(word, words, n), n ? "'" : "");
}

/* ---- values ------------------------------------------------------------------------------------------------------------- */

static char *read_scalar(bora_yaml *y, const yaml_node_t *node, bora_setting i) {
    char *(*canonical)(bora_setting, const char *, char[256]) = bora_is_list(i) ? bora_canonical_item : bora_canonical;
    const char *name = bora_schema[i].name;
    char expected[256], room[64], *value = canonical(i, "", expected); /* for what would be expected */
    free(value);
    const char *text = bora_yaml_text(y, node, name, expected + strlen("expected "));
    if (!text) return NULL;
    bool place = (i == BORA_DATA_PATH || i == BORA_PRETRAIN_PATH) && *text;
    char *path = place ? bora_yaml_beside(y, text) : NULL; /* paths are relative to the file that says them */
    value = canonical(i, path ? path : text, expected);
    free(path);
    if (!value)
        bora_problem_add(y->problems, bora_yaml_place(y, node), "'%s' is '%s', %s", name, bora_quotable(text, room), expected);
    return value;
}

static char *read_list(bora_yaml *y, const yaml_node_t *node, bora_setting i) {
    size_t n = bora_yaml_list(y, node, bora_schema[i].name, "values", MOST_VALUES), size;
    char *text = NULL, expected[256];
    bool good = n > 0;
    FILE *out = open_memstream(&text, &size);
    if (!out) abort();
    for (size_t k = 0; k < n; k++) {
        char *item = read_scalar(y, bora_yaml_element(y, node, k), i);
        if (item) fprintf(out, "%s%s", k ? ", " : "[", item);
        good = good && item;
        free(item);
    }
    fputc(']', out);
    if (fclose(out) || !text) abort();
    char *value = good ? bora_canonical(i, text, expected) : NULL;
    free(text);
    return value;
}

static char *read_value(bora_yaml *y, const yaml_node_t *node, bora_setting i) {
    if (bora_is_list(i)) return read_list(y, node, i);
    if (node->type != YAML_SEQUENCE_NODE) return read_scalar(y, node, i);
    bora_problem_add(y->problems, bora_yaml_place(y, node),
                     "'%s' is a list, expected one value; a list of values to try belongs under sweep", bora_schema[i].name);
    return NULL;
}

/* ---- sweeps ------------------------------------------------------------------------------------------------------------- */

int bora_find_sweep(const bora_experiment *x, int setting) {
    for (int k = 0; k < x->n_sweep; k++)
        if (x->sweep[k].setting == setting) return k;
    return -1;
}

static void remove_sweep(bora_loader *l, int at) {
    bora_experiment *x = l->x;
    bora_texts_free(x->sweep[at].values, x->sweep[at].n);
    free(l->sweep_places[at]);
    x->n_sweep--;
    for (int k = at; k < x->n_sweep; k++) {
        x->sweep[k] = x->sweep[k + 1];
        l->sweep_layers[k] = l->sweep_layers[k + 1];
        l->sweep_places[k] = l->sweep_places[k + 1];
    }
    l->sweep_places[x->n_sweep] = NULL;
}

void bora_set_and_swept(bora_problems *problems, bora_place place, int setting) {
    bora_problem_add(problems, place, "'%s' is both set and swept, expected one of the two", bora_schema[setting].name);
}

/* The values that can be read; *places as many. */
static bora_sweep read_values(bora_loader *l, bora_yaml *y, int setting, const yaml_node_t *list, size_t n,
                              bora_place **places) {
    bora_sweep sweep = {.setting = setting, .values = calloc(n, sizeof *sweep.values)};
    *places = calloc(n, sizeof **places);
    if (!sweep.values || !*places) abort();
    l->said[setting].bad = false;
    for (size_t i = 0; i < n; i++) {
        const yaml_node_t *node = bora_yaml_element(y, list, i);
        char *value = read_value(y, node, (bora_setting)setting);
        if (!value) l->said[setting].bad = true;
        if (!value) continue;
        (*places)[sweep.n] = bora_yaml_place(y, node);
        sweep.values[sweep.n++] = value;
    }
    return sweep;
}

static void apply_sweep_key(bora_loader *l, bora_yaml *y, int setting, const yaml_node_t *key, const yaml_node_t *list) {
    bora_experiment *x = l->x;
    int known = bora_find_sweep(x, setting), at = known < 0 ? x->n_sweep : known;
    if (l->said[setting].layer == l->layer) {
        bora_set_and_swept(y->problems, bora_yaml_place(y, key), setting);
        return;
    }
    if (at == BORA_SWEEP_KEYS) {
        bora_problem_add(y->problems, bora_yaml_place(y, key), "more than %d keys are swept", BORA_SWEEP_KEYS);
        return;
    }
    size_t n = bora_yaml_list(y, list, bora_schema[setting].name, "values to sweep over", MOST_VALUES);
    if (!n) return;
    bora_place *places;
    bora_sweep sweep = read_values(l, y, setting, list, n, &places);
    if (!sweep.n) {
        free(sweep.values);
        free(places);
        return;
    }
    if (known < 0) x->n_sweep++;
    else bora_texts_free(x->sweep[at].values, x->sweep[at].n);
    free(l->sweep_places[at]);
    x->sweep[at] = sweep;
    l->sweep_places[at] = places;
    l->sweep_layers[at] = l->layer;
}

void bora_apply_sweep(bora_loader *l, bora_yaml *y, const yaml_node_t *map) {
    const yaml_node_t *key;
    const char *word, *names[BORA_SETTING_COUNT];
    yaml_node_t *value;
    if (!bora_yaml_is_map(y, map, "sweep")) return;
    for (size_t i = 0; bora_yaml_pair(y, map, &i, &key, &word, &value);) {
        int setting = bora_find_setting(word);
        if (setting >= 0) apply_sweep_key(l, y, setting, key, value);
        else bora_unknown(y, key, word, "setting in sweep", names, bora_setting_names(names));
    }
}

/* ---- settings ----------------------------------------------------------------------------------------------------------- */

static void apply_setting(bora_loader *l, bora_yaml *y, int setting, const yaml_node_t *key, const yaml_node_t *node) {
    bora_said *said = &l->said[setting];
    int k = bora_find_sweep(l->x, setting);
    if (said->layer == l->layer) {
        bora_problem_add(y->problems, bora_yaml_place(y, key), "'%s' is repeated, first in line %d", bora_schema[setting].name,
                         said->place.line);
        return;
    }
    if (k >= 0 && l->sweep_layers[k] == l->layer) {
        bora_set_and_swept(y->problems, bora_yaml_place(y, key), setting);
        return;
    }
    if (k >= 0) remove_sweep(l, k);
    char *value = read_value(y, node, (bora_setting)setting);
    *said = (bora_said){bora_yaml_place(y, node), l->layer, !value};
    if (!value) return;
    free(l->x->settings.value[setting]);
    l->x->settings.value[setting] = value;
}

/* Whether `word` is what stands before the dot of some settings. */
static bool is_section(const char *word) {
    size_t n = strlen(word);
    for (int i = 0; i < BORA_SETTING_COUNT; i++)
        if (!strncmp(bora_schema[i].name, word, n) && bora_schema[i].name[n] == '.') return true;
    return false;
}

static void unknown_key(bora_yaml *y, const yaml_node_t *key, const char *word) {
    const char *names[BORA_SETTING_COUNT + TOP_LEVEL];
    size_t n = bora_setting_names(names);
    for (int i = 0; i < TOP_LEVEL; i++) names[n++] = top_level[i];
    bora_unknown(y, key, word, "key", names, n);
}

static void apply_section(bora_loader *l, bora_yaml *y, const char *section, const yaml_node_t *map) {
    const yaml_node_t *key;
    const char *word;
    yaml_node_t *value;
    for (size_t i = 0; bora_yaml_pair(y, map, &i, &key, &word, &value);) {
        char *name = bora_format("%s.%s", section, word);
        int setting = bora_find_setting(name);
        if (setting >= 0) apply_setting(l, y, setting, key, value);
        else unknown_key(y, key, name);
        free(name);
    }
}

/* data: {draw: all} and data.draw: all are the same. */
static void apply_pair(bora_loader *l, bora_yaml *y, const yaml_node_t *key, const char *word, const yaml_node_t *value) {
    int setting = bora_find_setting(word);
    if (setting >= 0) apply_setting(l, y, setting, key, value);
    else if (!is_section(word)) unknown_key(y, key, word);
    else if (bora_yaml_is_map(y, value, word)) apply_section(l, y, word, value);
}

void bora_apply_settings(bora_loader *l, bora_yaml *y, const yaml_node_t *map) {
    const yaml_node_t *key;
    const char *word;
    yaml_node_t *value;
    if (!bora_yaml_is_map(y, map, "settings")) return;
    for (size_t i = 0; bora_yaml_pair(y, map, &i, &key, &word, &value);) apply_pair(l, y, key, word, value);
}

/* ---- variants ----------------------------------------------------------------------------------------------------------- */

static const char expected_name[] = "a short name of a-z, 0-9 and -";
static bool is_name(const char *text) {
    return *text && *text != '-' && strlen(text) <= 60 && !text[strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-")];
}

/* A variant's settings are read on an experiment without any, so that it holds these alone. */
static void read_variant(bora_loader *l, bora_yaml *y, const char *name, const yaml_node_t *map) {
    bora_experiment made;
    bora_loader own;
    int n = l->x->n_variants++;
    bora_loader_init(&own, &made, l->problems);
    bora_settings_free(&made.settings);
    own.layer = l->layer;
    bora_apply_settings(&own, y, map);
    l->x->variants[n] = (bora_variant){bora_format("%s", name), made.settings};
    memcpy(l->variant_said[n], own.said, sizeof own.said);
}

void bora_apply_variants(bora_loader *l, bora_yaml *y, const yaml_node_t *map) {
    const yaml_node_t *key;
    const char *word;
    yaml_node_t *value;
    char room[64];
    if (!bora_yaml_is_map(y, map, "variants")) return;
    if (map->data.mapping.pairs.start == map->data.mapping.pairs.top)
        bora_problem_add(y->problems, bora_yaml_place(y, map), "'variants' is empty, expected names with their settings");
    free_variants(l->x);
    for (size_t i = 0; bora_yaml_pair(y, map, &i, &key, &word, &value);) {
        if (l->x->n_variants == BORA_VARIANTS) {
            bora_problem_add(y->problems, bora_yaml_place(y, key), "more than %d variants", BORA_VARIANTS);
            return;
        }
        if (!is_name(word))
            bora_problem_add(y->problems, bora_yaml_place(y, key), "variant '%s', expected %s", bora_quotable(word, room),
                             expected_name);
        else if (bora_yaml_is_map(y, value, word)) read_variant(l, y, word, value);
    }
}

/* ---- files -------------------------------------------------------------------------------------------------------------- */

static void read_name(bora_yaml *y, const yaml_node_t *node, const char *key, char **name) {
    const char *text = bora_yaml_text(y, node, key, expected_name);
    char room[64];
    if (!text) return;
    free(*name);
    *name = bora_format("%s", text);
    if (!is_name(text))
        bora_problem_add(y->problems, bora_yaml_place(y, node), "'%s' is '%s', expected %s", key, bora_quotable(text, room),
                         expected_name);
}

static void read_title(bora_loader *l, bora_yaml *y, const yaml_node_t *node) {
    const char *text = bora_yaml_text(y, node, "title", "a line of text");
    if (!text) return;
    if (text[strcspn(text, "\n\r")])
        bora_problem_add(y->problems, bora_yaml_place(y, node), "'title' has several lines, expected one");
    free(l->x->title);
    l->x->title = bora_format("%s", text);
}

static void read_figures(bora_loader *l, bora_yaml *y, const yaml_node_t *list) {
    bora_experiment *x = l->x;
    size_t n = bora_yaml_list(y, list, "figures", "figure names", BORA_FIGURES), known = 0;
    const char *names[BORA_FIGURES];
    while (known < BORA_FIGURES && (names[known] = bora_figure_name(known))) known++;
    while (x->n_figures) free(x->figures[--x->n_figures]);
    for (size_t i = 0; i < n; i++) {
        const yaml_node_t *node = bora_yaml_element(y, list, i);
        const char *text = bora_yaml_text(y, node, "figures", "the name of a figure");
        bool repeated = false;
        size_t f = 0;
        if (!text) continue;
        while (f < known && strcmp(names[f], text)) f++;
        for (int k = 0; k < x->n_figures; k++) repeated = repeated || !strcmp(x->figures[k], text);
        if (f == known) bora_unknown(y, node, text, "figure", names, known);
        else if (repeated) bora_problem_add(y->problems, bora_yaml_place(y, node), "figure '%s' is repeated", text);
        else x->figures[x->n_figures++] = bora_format("%s", text);
    }
}

static void read_beside(bora_experiment *x, bora_yaml *y, const yaml_node_t *list) {
    size_t n = bora_yaml_list(y, list, "beside", "names of experiments", BORA_BESIDE);
    while (x->n_beside) free(x->beside[--x->n_beside]);
    for (size_t i = 0; i < n; i++) {
        x->beside[x->n_beside] = NULL;
        read_name(y, bora_yaml_element(y, list, i), "beside", &x->beside[x->n_beside]);
        if (x->beside[x->n_beside]) x->n_beside++;
    }
}

static void read_file(bora_loader *l, const char *path, bora_place from, struct stat *above, int depth);

static void read_extended(bora_loader *l, bora_yaml *y, struct stat *above, int depth) {
    const yaml_node_pair_t *end = y->root->data.mapping.pairs.top;
    for (const yaml_node_pair_t *pair = y->root->data.mapping.pairs.start; pair < end; pair++) {
        const yaml_node_t *key = bora_yaml_node(y, pair->key), *value = bora_yaml_node(y, pair->value);
        if (key->type != YAML_SCALAR_NODE || strcmp((const char *)key->data.scalar.value, "extends")) continue;
        const char *text = bora_yaml_text(y, value, "extends", "the path of a file, beside this one");
        char *path = text ? bora_yaml_beside(y, text) : NULL;
        if (path) read_file(l, path, bora_yaml_place(y, value), above, depth + 1);
        free(path);
        return;
    }
}

/* above [0..depth): the files that extend this one, to find circles. */
static bool open_file(bora_loader *l, bora_yaml *y, const char *path, bora_place from, struct stat *above, int depth) {
    if (depth + 1 == DEEPEST) {
        bora_problem_add(l->problems, from, "more than %d files extend each other", DEEPEST - 1);
        return false;
    }
    above[depth] = (struct stat){0};
    if (stat(path, &above[depth]) == 0) {
        for (int i = 0; i < depth; i++) {
            if (above[i].st_dev != above[depth].st_dev || above[i].st_ino != above[depth].st_ino) continue;
            bora_problem_add(l->problems, from, "'%.300s' extends itself in a circle", path);
            return false;
        }
    }
    return bora_yaml_open(y, l->problems, path, from);
}

static void read_file(bora_loader *l, const char *path, bora_place from, struct stat *above, int depth) {
    bora_yaml y;
    const yaml_node_t *key;
    const char *word;
    yaml_node_t *value;
    if (!open_file(l, &y, path, from, above, depth)) {
        l->incomplete = true;
        return;
    }
    read_extended(l, &y, above, depth);
    l->layer++; /* the file lies over what it extends */
    l->main_file = y.file;
    l->named = false;
    for (size_t i = 0; bora_yaml_pair(&y, y.root, &i, &key, &word, &value);) {
        if (!strcmp(word, "extends")) continue;
        if (!strcmp(word, "experiment")) read_name(&y, value, word, &l->x->name), l->named = true;
        else if (!strcmp(word, "beside")) read_beside(l->x, &y, value);
        else if (!strcmp(word, "title")) read_title(l, &y, value);
        else if (!strcmp(word, "figures")) read_figures(l, &y, value);
        else if (!strcmp(word, "sweep")) bora_apply_sweep(l, &y, value);
        else if (!strcmp(word, "variants")) bora_apply_variants(l, &y, value);
        else apply_pair(l, &y, key, word, value);
    }
    bora_yaml_close(&y);
}

int bora_experiment_load(bora_experiment *x, const char *path, const char *tier, bora_error *e) {
    struct stat above[DEEPEST];
    bora_problems *problems = NULL;
    *x = (bora_experiment){0};
    int status = bora_calloc(&problems, 1, sizeof *problems, "an experiment", e);
    if (status) return status;
    bora_loader l;
    bora_loader_init(&l, x, problems);
    read_file(&l, path, (bora_place){-1, 0, 0}, above, 0);
    if (l.main_file >= 0 && !l.named)
        bora_problem_add(problems, (bora_place){l.main_file, 1, 1},
                         "'experiment' is missing: expected a short name for its results");
    l.last_file = l.layer;
    if (!l.incomplete && tier) bora_apply_tier(&l, tier, NULL, NULL);
    if (!l.incomplete) bora_check(&l);
    status = bora_problems_report(problems, e);
    bora_loader_free(&l);
    bora_problems_free(problems);
    free(problems);
    if (status) bora_experiment_free(x);
    return status;
}
