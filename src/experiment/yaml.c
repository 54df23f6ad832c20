/* yaml.c: one YAML document of bounded size through libyaml, its nodes with their places, and the shapes a node may be asked to
 * have. It knows nothing of settings. Aliases are allowed: they are shared nodes, and nobody here or above recurses without
 * bound.
 */
#include "experiment/parse.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* libyaml's work grows with the square of open brackets and of anchors, so that both are kept small. */
enum { LARGEST = 64 * 1024, MOST_KEYS = 1000, MOST_OPEN = 64 };

static char *read_bounded(bora_problems *p, const char *path, bora_place from, size_t *size) {
    char *text = NULL;
    bora_error e;
    FILE *f = fopen(path, "rb");
    if (!f) {
        bora_problem_add(p, from, "cannot open '%.300s': %s", path, strerror(errno));
        return NULL;
    }
    if (bora_calloc(&text, LARGEST + 2, 1, "an experiment file", &e)) {
        bora_problem_add(p, from, "%s", e.message);
    } else {
        *size = fread(text, 1, LARGEST + 1, f);
        bool failed = ferror(f) != 0;
        if (failed) bora_problem_add(p, from, "cannot read '%.300s': %s", path, strerror(errno));
        else if (*size > LARGEST)
            bora_problem_add(p, from, "'%.300s' has more than %d bytes, too many for an experiment", path, LARGEST);
        if (failed || *size > LARGEST) {
            free(text);
            text = NULL;
        }
    }
    fclose(f);
    return text;
}

/* Brackets in comments and quotes count too: no sensible file comes near the bound. */
static bool is_too_deep(bora_problems *p, int file, const char *text, size_t size) {
    int open = 0, line = 1;
    for (size_t i = 0; i < size && open <= MOST_OPEN; i++) {
        line += text[i] == '\n';
        open += (text[i] == '[' || text[i] == '{') - (open > 0 && (text[i] == ']' || text[i] == '}'));
    }
    if (open > MOST_OPEN) bora_problem_add(p, (bora_place){file, line, 1}, "more than %d brackets are open", MOST_OPEN);
    return open > MOST_OPEN;
}

static void tell_syntax(bora_problems *p, int file, const yaml_parser_t *parser, const char *text) {
    bora_place place = {file, (int)parser->problem_mark.line + 1, (int)parser->problem_mark.column + 1};
    const char *problem = parser->problem ? parser->problem : "out of memory";
    if (parser->error == YAML_READER_ERROR) { /* has no mark, only an offset in bytes */
        place.line = place.column = 1;
        for (size_t i = 0; i < parser->problem_offset && text[i]; i++) {
            place.column = text[i] == '\n' ? 1 : place.column + 1;
            place.line += text[i] == '\n';
        }
        bora_problem_add(p, place, "not UTF-8 text: %s", problem);
    } else if (parser->context) {
        bora_problem_add(p, place, "not YAML: %s, %s (line %zu)", problem, parser->context, parser->context_mark.line + 1);
    } else {
        bora_problem_add(p, place, "not YAML: %s", problem);
    }
}

/* The file must hold one map and nothing after it. */
static bool check_document(bora_yaml *y, yaml_parser_t *parser, const char *text) {
    y->root = yaml_document_get_root_node(&y->document);
    if (!y->root) {
        bora_problem_add(y->problems, (bora_place){y->file, 0, 0}, "the file is empty, expected `key: value` lines");
        return false;
    }
    if (y->root->type != YAML_MAPPING_NODE) {
        bora_problem_add(y->problems, bora_yaml_place(y, y->root), "expected a map of `key: value` lines");
        return false;
    }
    yaml_document_t second;
    if (!yaml_parser_load(parser, &second)) {
        tell_syntax(y->problems, y->file, parser, text);
        return false;
    }
    yaml_node_t *extra = yaml_document_get_root_node(&second);
    if (extra) bora_problem_add(y->problems, bora_yaml_place(y, extra), "a second document, expected one a file");
    yaml_document_delete(&second);
    return extra == NULL;
}

bool bora_yaml_open(bora_yaml *y, bora_problems *problems, const char *path, bora_place from) {
    *y = (bora_yaml){.problems = problems, .file = problems->n_files};
    size_t size = 0;
    if (y->file == BORA_MAX_FILES) {
        bora_problem_add(problems, from, "more than %d files", BORA_MAX_FILES);
        return false;
    }
    char *text = read_bounded(problems, path, from, &size);
    if (!text) return false;
    problems->files[problems->n_files++] = bora_format("%s", path);
    yaml_parser_t parser;
    bool good = false;
    if (is_too_deep(problems, y->file, text, size)) {
        free(text);
        return false;
    }
    if (yaml_parser_initialize(&parser)) {
        yaml_parser_set_input_string(&parser, (const unsigned char *)text, size);
        if (yaml_parser_load(&parser, &y->document)) {
            good = check_document(y, &parser, text);
            if (!good) yaml_document_delete(&y->document);
        } else {
            tell_syntax(problems, y->file, &parser, text);
        }
        yaml_parser_delete(&parser);
    } else {
        bora_problem_add(problems, from, "out of memory");
    }
    free(text);
    return good;
}

void bora_yaml_close(bora_yaml *y) { yaml_document_delete(&y->document); }

yaml_node_t *bora_yaml_node(bora_yaml *y, int index) { return yaml_document_get_node(&y->document, index); }

bora_place bora_yaml_place(const bora_yaml *y, const yaml_node_t *node) {
    return (bora_place){y->file, (int)node->start_mark.line + 1, (int)node->start_mark.column + 1};
}

const char *bora_yaml_text(bora_yaml *y, const yaml_node_t *node, const char *name, const char *expected) {
    const char *got = node->type == YAML_MAPPING_NODE ? "a map" : node->type == YAML_SEQUENCE_NODE ? "a list" : NULL;
    const char *text = got ? NULL : (const char *)node->data.scalar.value;
    if (text && strlen(text) != node->data.scalar.length) got = "text with a NUL character";
    if (text && node->data.scalar.style == YAML_PLAIN_SCALAR_STYLE && !*text) got = "empty";
    if (!got) return text;
    bora_problem_add(y->problems, bora_yaml_place(y, node), "'%s' is %s, expected %s", name, got, expected);
    return NULL;
}

static bool is_repeated(bora_yaml *y, const yaml_node_t *map, const yaml_node_pair_t *pair, const char *word) {
    for (const yaml_node_pair_t *p = map->data.mapping.pairs.start; p < pair; p++) {
        const yaml_node_t *other = bora_yaml_node(y, p->key);
        if (other->type == YAML_SCALAR_NODE && strcmp((const char *)other->data.scalar.value, word) == 0) {
            char room[64];
            bora_problem_add(y->problems, bora_yaml_place(y, bora_yaml_node(y, pair->key)),
                             "'%s' is repeated, first in line %d", bora_quotable(word, room), bora_yaml_place(y, other).line);
            return true;
        }
    }
    return false;
}

bool bora_yaml_pair(bora_yaml *y, const yaml_node_t *map, size_t *i, const yaml_node_t **key, const char **word,
                    yaml_node_t **value) {
    size_t n = (size_t)(map->data.mapping.pairs.top - map->data.mapping.pairs.start);
    if (n > MOST_KEYS) {
        bora_problem_add(y->problems, bora_yaml_place(y, map), "more than %d keys", MOST_KEYS);
        return false;
    }
    while (*i < n) {
        const yaml_node_pair_t *pair = &map->data.mapping.pairs.start[(*i)++];
        *key = bora_yaml_node(y, pair->key);
        *value = bora_yaml_node(y, pair->value);
        *word = bora_yaml_text(y, *key, "key", "a word");
        if (*word && !is_repeated(y, map, pair, *word)) return true;
    }
    return false;
}

size_t bora_yaml_list(bora_yaml *y, const yaml_node_t *list, const char *name, const char *of, size_t most) {
    size_t n = list->type == YAML_SEQUENCE_NODE ? (size_t)(list->data.sequence.items.top - list->data.sequence.items.start) : 0;
    if (n >= 1 && n <= most) return n;
    bora_problem_add(y->problems, bora_yaml_place(y, list), "'%s' is %s, expected a list of %s, 1 to %zu of them", name,
                     list->type == YAML_SCALAR_NODE    ? "a single value"
                     : list->type == YAML_MAPPING_NODE ? "a map"
                     : n                               ? "too long"
                                                       : "empty",
                     of, most);
    return 0;
}

yaml_node_t *bora_yaml_element(bora_yaml *y, const yaml_node_t *list, size_t i) {
    return bora_yaml_node(y, list->data.sequence.items.start[i]);
}

bool bora_yaml_is_map(bora_yaml *y, const yaml_node_t *node, const char *name) {
    if (node->type == YAML_MAPPING_NODE) return true;
    bora_problem_add(y->problems, bora_yaml_place(y, node), "'%s' is no map, expected `key: value` lines under it", name);
    return false;
}

char *bora_yaml_beside(const bora_yaml *y, const char *path) {
    const char *file = y->problems->files[y->file], *slash = strrchr(file, '/');
    if (*path == '/' || !slash) return bora_format("%s", path);
    return bora_format("%.*s/%s", (int)(slash - file), file, path);
}
