/* parse.c: experiment files (YAML through libyaml's documents) into settings. Types come from the schema, not from YAML. Every problem
 * names file, line, column, key and what was expected; all problems of a file are reported in one go. */
#include "experiment/experiment.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

const char *const bora_figure_names[] = {"documents",          "perplexity_by_tau", "gain_by_size",       "distance_by_size",
                                         "perplexity_by_size", "training_curves",   "perplexity_by_rank", "rank_by_tau"};
const size_t bora_figure_count = sizeof bora_figure_names / sizeof *bora_figure_names;

enum { SHOWN_PROBLEMS = 12, DEEPEST_EXTENDS = 8 };

typedef struct {
    bora_experiment *x;
    const char *path, *only; /* only: the experiment whose part of a tier is read */
    yaml_document_t *document;
    bool seen[BORA_SETTING_COUNT];
    int problems, depth;
    bora_error *e;
} parser;

static void problem(parser *p, const yaml_node_t *node, const char *format, ...) __attribute__((format(printf, 3, 4)));
static void problem(parser *p, const yaml_node_t *node, const char *format, ...) {
    char text[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    if (p->problems++ == 0) bora_fail(p->e, BORA_BAD_INPUT, "%s", "");
    if (p->problems > SHOWN_PROBLEMS) return;
    size_t used = strlen(p->e->message);
    snprintf(p->e->message + used, sizeof p->e->message - used, "%s%s:%zu:%zu: %s", used ? "\n" : "", p->path,
             node->start_mark.line + 1, node->start_mark.column + 1, text);
}

static yaml_node_t *node_at(parser *p, int i) { return yaml_document_get_node(p->document, i); }
static const char *scalar(const yaml_node_t *node) {
    return node->type == YAML_SCALAR_NODE ? (const char *)node->data.scalar.value : NULL;
}

/* A scalar, or the items of a sequence joined by commas; NULL (and a problem) for anything else. Fresh text. */
static char *value_text(parser *p, const yaml_node_t *node, const char *key) {
    if (scalar(node)) return bora_format("%s", scalar(node));
    if (node->type != YAML_SEQUENCE_NODE) {
        problem(p, node, "'%s': expected a value or a list", key);
        return NULL;
    }
    char *joined = bora_format("[");
    for (yaml_node_item_t *item = node->data.sequence.items.start; item < node->data.sequence.items.top; item++) {
        const char *one = scalar(node_at(p, *item));
        if (!one || strchr(one, ',')) problem(p, node_at(p, *item), "'%s': expected a plain value without commas in the list", key);
        char *longer = bora_format("%s%s%s", joined, joined[1] ? ", " : "", one ? one : "");
        free(joined);
        joined = longer;
    }
    char *closed = bora_format("%s]", joined);
    free(joined);
    return closed;
}

static void set(parser *p, const yaml_node_t *key, const yaml_node_t *value, const char *name) {
    int i = bora_find_setting(name);
    if (i < 0) {
        problem(p, key, "unknown key '%s'; the nearest is '%s'", name, bora_nearest_setting(name));
        return;
    }
    if (p->seen[i]) {
        problem(p, key, "'%s' is given twice", name);
        return;
    }
    p->seen[i] = true;
    bool list = bora_schema[i].type == BORA_REALS || bora_schema[i].type == BORA_TEXTS;
    if (!list && value->type == YAML_SEQUENCE_NODE) {
        problem(p, value, "'%s': expected one value, found a list (a list of values to try belongs under sweep)", name);
        return;
    }
    char expected[256], *text = value_text(p, value, name), *canonical = text ? bora_canonical((bora_setting)i, text, expected) : NULL;
    if (canonical) {
        free(p->x->settings.value[i]);
        p->x->settings.value[i] = canonical;
    } else if (text) problem(p, value, "'%s': '%.60s': %s", name, text, expected);
    free(text);
}

/* Settings, nested or dotted: data: {tasks: all} and data.tasks: all are the same. */
static void read_settings(parser *p, const yaml_node_t *key, const yaml_node_t *node, const char *prefix) {
    if (node->type != YAML_MAPPING_NODE) {
        if (*prefix) set(p, key, node, prefix);
        else problem(p, node, "expected a map of settings");
        return;
    }
    if (strlen(prefix) > 100) { /* deeper than any key, and aliases may make endless maps */
        problem(p, node, "settings are nested too deep");
        return;
    }
    for (yaml_node_pair_t *pair = node->data.mapping.pairs.start; pair < node->data.mapping.pairs.top; pair++) {
        yaml_node_t *name = node_at(p, pair->key);
        if (!scalar(name)) {
            problem(p, name, "expected a key");
            continue;
        }
        char *whole = bora_format("%s%s%s", prefix, *prefix ? "." : "", scalar(name));
        read_settings(p, name, node_at(p, pair->value), whole);
        free(whole);
    }
}

/* ---- sweep and figures ------------------------------------------------------------------------------------------------------------- */

static void free_sweep(bora_sweep *s) {
    bora_texts_free(s->values, s->n);
    *s = (bora_sweep){0};
}

static void read_sweep_key(parser *p, const yaml_node_t *key, const yaml_node_t *node) {
    bora_experiment *x = p->x;
    const char *name = scalar(key) ? scalar(key) : "";
    int setting = bora_find_setting(name), at = 0;
    if (setting < 0) {
        problem(p, key, "unknown key '%s' in sweep; the nearest is '%s'", name, bora_nearest_setting(name));
        return;
    }
    while (at < x->n_sweep && x->sweep[at].setting != setting) at++;
    if (at == BORA_SWEEP_KEYS) {
        problem(p, key, "more than %d keys in sweep", BORA_SWEEP_KEYS);
        return;
    }
    if (node->type != YAML_SEQUENCE_NODE || node->data.sequence.items.start == node->data.sequence.items.top) {
        problem(p, node, "sweep of '%s': expected a list of values", name);
        return;
    }
    if (at < x->n_sweep) free_sweep(&x->sweep[at]); /* a later file or tier replaces the values */
    else x->n_sweep++;
    bora_sweep *s = &x->sweep[at];
    size_t count = (size_t)(node->data.sequence.items.top - node->data.sequence.items.start);
    *s = (bora_sweep){setting, calloc(count, sizeof *s->values), 0};
    if (!s->values) abort();
    for (yaml_node_item_t *item = node->data.sequence.items.start; item < node->data.sequence.items.top; item++) {
        char expected[256], *text = value_text(p, node_at(p, *item), name);
        char *canonical = text ? bora_canonical((bora_setting)setting, text, expected) : NULL;
        if (text && !canonical) problem(p, node_at(p, *item), "sweep of '%s': '%.60s': %s", name, text, expected);
        if (canonical) s->values[s->n++] = canonical;
        free(text);
    }
}

static void read_sweep(parser *p, const yaml_node_t *node) {
    if (node->type != YAML_MAPPING_NODE) {
        problem(p, node, "'sweep': expected keys with lists of values");
        return;
    }
    for (yaml_node_pair_t *pair = node->data.mapping.pairs.start; pair < node->data.mapping.pairs.top; pair++)
        read_sweep_key(p, node_at(p, pair->key), node_at(p, pair->value));
}

static void read_figures(parser *p, const yaml_node_t *node) {
    bora_experiment *x = p->x;
    if (node->type != YAML_SEQUENCE_NODE) {
        problem(p, node, "'figures': expected a list");
        return;
    }
    for (int i = 0; i < x->n_figures; i++) free(x->figures[i]);
    x->n_figures = 0;
    for (yaml_node_item_t *item = node->data.sequence.items.start; item < node->data.sequence.items.top; item++) {
        const char *name = scalar(node_at(p, *item)), *nearest = name ? bora_nearest(name, bora_figure_names, bora_figure_count) : "";
        if (!name || strcmp(name, nearest)) problem(p, node_at(p, *item), "unknown figure '%s'; the nearest is '%s'", name ? name : "", nearest);
        else if (x->n_figures == BORA_FIGURES) problem(p, node_at(p, *item), "more than %d figures", BORA_FIGURES);
        else x->figures[x->n_figures++] = bora_format("%s", name);
    }
}

/* ---- files -------------------------------------------------------------------------------------------------------------------------- */

static int read_file(parser *p, bora_error *e, void (*root)(parser *, yaml_node_t *)) {
    char *text = NULL;
    size_t size;
    int status = bora_read_file(p->path, &text, &size, e);
    if (status) return status;
    yaml_parser_t yaml;
    yaml_document_t document;
    if (!yaml_parser_initialize(&yaml)) abort();
    yaml_parser_set_input_string(&yaml, (unsigned char *)text, size);
    if (!yaml_parser_load(&yaml, &document))
        status = bora_fail(e, BORA_BAD_INPUT, "%s:%zu:%zu: %s%s%s: not valid YAML", p->path, yaml.problem_mark.line + 1,
                           yaml.problem_mark.column + 1, yaml.problem ? yaml.problem : "unreadable", yaml.context ? " " : "",
                           yaml.context ? yaml.context : "");
    else {
        yaml_node_t *top = yaml_document_get_root_node(&document);
        p->document = &document;
        if (!top || top->type != YAML_MAPPING_NODE) status = bora_fail(e, BORA_BAD_INPUT, "%s:1:1: expected `key: value` lines, found %s", p->path, top ? "something else" : "an empty file");
        else root(p, top);
        yaml_document_delete(&document);
    }
    yaml_parser_delete(&yaml);
    free(text);
    if (!status && p->problems) {
        status = BORA_BAD_INPUT;
        size_t used = strlen(e->message);
        if (p->problems > SHOWN_PROBLEMS)
            snprintf(e->message + used, sizeof e->message - used, "\n... and %d more problems", p->problems - SHOWN_PROBLEMS);
    }
    return status;
}

static char *beside(const char *path, const char *relative) {
    const char *slash = strrchr(path, '/');
    if (*relative == '/' || !slash) return bora_format("%s", relative);
    return bora_format("%.*s%s", (int)(slash - path + 1), path, relative);
}

static void experiment_root(parser *p, yaml_node_t *top);

static void extend(parser *p, const yaml_node_t *node) {
    if (!scalar(node) || p->depth == DEEPEST_EXTENDS) {
        problem(p, node, scalar(node) ? "'extends' goes round in a circle or deeper than %d files" : "'extends': expected a file (at most %d deep)",
                DEEPEST_EXTENDS);
        return;
    }
    char *path = beside(p->path, scalar(node));
    parser base = {.x = p->x, .path = path, .depth = p->depth + 1, .e = p->e};
    bora_error own;
    base.e = &own;
    if (read_file(&base, &own, experiment_root)) problem(p, node, "in the file it extends:\n%s", own.message);
    free(path);
}

static yaml_node_t *find(parser *p, const yaml_node_t *map, const char *key) {
    if (map->type != YAML_MAPPING_NODE) return NULL;
    for (yaml_node_pair_t *pair = map->data.mapping.pairs.start; pair < map->data.mapping.pairs.top; pair++) {
        const char *name = scalar(node_at(p, pair->key));
        if (name && !strcmp(name, key)) return node_at(p, pair->value);
    }
    return NULL;
}

static void text_key(parser *p, const yaml_node_t *node, const char *key, char **to) {
    if (!scalar(node)) {
        problem(p, node, "'%s': expected text", key);
        return;
    }
    free(*to);
    *to = bora_format("%s", scalar(node));
}

static void experiment_root(parser *p, yaml_node_t *top) {
    static const char *const own[] = {"experiment", "title", "extends", "sweep", "figures"};
    yaml_node_t *extends = find(p, top, "extends");
    bool seen[5] = {false};
    if (extends) extend(p, extends);
    for (yaml_node_pair_t *pair = top->data.mapping.pairs.start; pair < top->data.mapping.pairs.top; pair++) {
        yaml_node_t *key = node_at(p, pair->key), *value = node_at(p, pair->value);
        const char *name = scalar(key) ? scalar(key) : "";
        size_t i = 0;
        while (i < 5 && strcmp(name, own[i])) i++;
        if (i < 5 && seen[i]) problem(p, key, "'%s' is given twice", name);
        else if (i < 5) seen[i] = true;
        if (i == 0) text_key(p, value, name, &p->x->name);
        else if (i == 1) text_key(p, value, name, &p->x->title);
        else if (i == 3) read_sweep(p, value);
        else if (i == 4) read_figures(p, value);
        else if (i == 5) read_settings(p, key, value, name);
    }
}

static void tier_root(parser *p, yaml_node_t *top) {
    for (yaml_node_pair_t *pair = top->data.mapping.pairs.start; pair < top->data.mapping.pairs.top; pair++) {
        yaml_node_t *key = node_at(p, pair->key), *value = node_at(p, pair->value), *mine;
        const char *name = scalar(key) ? scalar(key) : "";
        if (!strcmp(name, "settings")) read_settings(p, key, value, "");
        else if (!strcmp(name, "only")) {
            if (!(mine = find(p, value, p->only))) continue;
            memset(p->seen, 0, sizeof p->seen);
            yaml_node_t *settings = find(p, mine, "settings"), *sweep = find(p, mine, "sweep");
            if (settings) read_settings(p, key, settings, "");
            if (sweep) read_sweep(p, sweep);
        } else if (strcmp(name, "experiments")) problem(p, key, "unknown key '%s' of a tier, expected experiments, settings or only", name);
    }
}

static bool is_slug(const char *name) { return *name && strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-") == strlen(name); }

int bora_experiment_load(bora_experiment *x, const char *path, const char *tier, bora_error *e) {
    *x = (bora_experiment){0};
    bora_settings_default(&x->settings);
    parser p = {.x = x, .path = path, .e = e};
    int status = read_file(&p, e, experiment_root);
    if (!status && (!x->name || !is_slug(x->name)))
        status = bora_fail(e, BORA_BAD_INPUT, "%s:1:1: 'experiment': expected a name of a-z, 0-9 and -", path);
    if (!status && tier) {
        parser overlay = {.x = x, .path = tier, .only = x->name, .e = e};
        status = read_file(&overlay, e, tier_root);
    }
    char problems[1024] = "";
    if (!status && x->n_sweep == 0 && bora_settings_check(&x->settings, problems, sizeof problems))
        status = bora_fail(e, BORA_BAD_INPUT, "%s: %s", path, problems);
    if (status) bora_experiment_free(x);
    return status;
}

void bora_experiment_free(bora_experiment *x) {
    bora_settings_free(&x->settings);
    for (int i = 0; i < x->n_sweep; i++) free_sweep(&x->sweep[i]);
    for (int i = 0; i < x->n_figures; i++) free(x->figures[i]);
    free(x->name);
    free(x->title);
    *x = (bora_experiment){0};
}

/* ---- tiers ---------------------------------------------------------------------------------------------------------------------------- */

static void list_root(parser *p, yaml_node_t *top) {
    yaml_node_t *node = find(p, top, "experiments");
    bora_sweep *found = &p->x->sweep[0]; /* borrowed as a list of names */
    if (!node || node->type != YAML_SEQUENCE_NODE) {
        problem(p, node ? node : top, "'experiments': expected a list of names");
        return;
    }
    size_t count = (size_t)(node->data.sequence.items.top - node->data.sequence.items.start);
    found->values = calloc(count + 1, sizeof *found->values);
    if (!found->values) abort();
    for (yaml_node_item_t *item = node->data.sequence.items.start; item < node->data.sequence.items.top; item++)
        if (scalar(node_at(p, *item))) found->values[found->n++] = bora_format("%s", scalar(node_at(p, *item)));
}

int bora_tier_experiments(const char *tier, char ***names, int *n, bora_error *e) {
    bora_experiment holder = {0};
    parser p = {.x = &holder, .path = tier, .e = e};
    int status = read_file(&p, e, list_root);
    *names = holder.sweep[0].values;
    *n = holder.sweep[0].n;
    return status;
}
