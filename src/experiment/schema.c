/* schema.c: the one table of settings, and their values as canonical text. */
#include "experiment/experiment.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

const bora_schema_row bora_schema[BORA_SETTING_COUNT] = {
#define X(id, name, type, unit, least, most, choices, standard, help) {name, BORA_##type, unit, least, most, choices, standard, help},
    BORA_SETTINGS(X)
#undef X
};

/* Whether `word` is one of "a|b|c". */
static bool is_choice(const char *choices, const char *word, size_t size) {
    for (const char *at = choices; *at;) {
        size_t n = strcspn(at, "|");
        if (n == size && !strncmp(at, word, n)) return true;
        at += n + (at[n] == '|');
    }
    return false;
}

static char *number(const bora_schema_row *row, const char *text, size_t size, char expected[256]) {
    char copy[64], *end;
    snprintf(expected, 256, "expected %s from %g to %g%s%s", row->type == BORA_INTEGER ? "a whole number" : "a number", row->least,
             row->most, *row->choices ? " or " : "", row->choices);
    if (*row->choices && is_choice(row->choices, text, size)) return bora_format("%.*s", (int)size, text);
    if (!size || size >= sizeof copy || !(isdigit((unsigned char)*text) || strchr("+-.", *text))) return NULL;
    memcpy(copy, text, size);
    copy[size] = 0;
    double value = strtod(copy, &end);
    if (*end || !isfinite(value) || value < row->least || value > row->most) return NULL;
    if (row->type == BORA_INTEGER && value != floor(value)) return NULL;
    int digits = 1;
    char *shortest = bora_format("%.*g", digits, value);
    while (strtod(shortest, NULL) != value) {
        free(shortest);
        shortest = bora_format("%.*g", ++digits, value);
    }
    return shortest;
}

static char *word(const bora_schema_row *row, const char *text, size_t size, char expected[256]) {
    if (*row->choices) {
        snprintf(expected, 256, "expected one of %s", row->choices);
        return is_choice(row->choices, text, size) ? bora_format("%.*s", (int)size, text) : NULL;
    }
    snprintf(expected, 256, "expected text without line breaks");
    return memchr(text, '\n', size) ? NULL : bora_format("%.*s", (int)size, text);
}

/* "[a, b]" or "a, b": each item through `item`. */
static char *list(const bora_schema_row *row, const char *text, char expected[256],
                  char *(*item)(const bora_schema_row *, const char *, size_t, char[256])) {
    size_t size = strlen(text);
    if (size >= 2 && text[0] == '[' && text[size - 1] == ']') text++, size -= 2;
    char *joined = bora_format("[");
    for (size_t at = 0; at < size;) {
        size_t n = 0;
        while (at < size && text[at] == ' ') at++;
        while (at + n < size && text[at + n] != ',') n++;
        char *one = item(row, text + at, n, expected), *longer = one ? bora_format("%s%s%s", joined, joined[1] ? ", " : "", one) : NULL;
        free(one);
        free(joined);
        if (!longer) return NULL;
        joined = longer;
        at += n + 1;
    }
    char *closed = bora_format("%s]", joined);
    free(joined);
    return closed;
}

char *bora_canonical(bora_setting i, const char *text, char expected[256]) {
    const bora_schema_row *row = &bora_schema[i];
    switch (row->type) {
    case BORA_INTEGER:
    case BORA_REAL: return number(row, text, strlen(text), expected);
    case BORA_REALS: return list(row, text, expected, number);
    case BORA_TEXTS: return list(row, text, expected, word);
    case BORA_CHOICE:
    case BORA_TEXT: break;
    }
    return word(row, text, strlen(text), expected);
}

void bora_settings_default(bora_settings *s) {
    char expected[256];
    for (int i = 0; i < BORA_SETTING_COUNT; i++) s->value[i] = bora_canonical((bora_setting)i, bora_schema[i].standard, expected);
}

void bora_settings_copy(bora_settings *to, const bora_settings *from) {
    for (int i = 0; i < BORA_SETTING_COUNT; i++) to->value[i] = bora_format("%s", from->value[i]);
}

void bora_settings_free(bora_settings *s) {
    for (int i = 0; i < BORA_SETTING_COUNT; i++) free(s->value[i]);
    *s = (bora_settings){0};
}

int bora_find_setting(const char *name) {
    for (int i = 0; i < BORA_SETTING_COUNT; i++)
        if (!strcmp(bora_schema[i].name, name)) return i;
    return -1;
}

/* Levenshtein distance, for names of up to 63 bytes. */
static size_t distance(const char *a, const char *b) {
    size_t row[64], n = strnlen(b, 63);
    for (size_t j = 0; j <= n; j++) row[j] = j;
    for (size_t i = 0; a[i]; i++) {
        size_t diagonal = row[0];
        row[0] = i + 1;
        for (size_t j = 1; j <= n; j++) {
            size_t change = diagonal + (a[i] != b[j - 1]), shorter = (row[j] < row[j - 1] ? row[j] : row[j - 1]) + 1;
            diagonal = row[j];
            row[j] = change < shorter ? change : shorter;
        }
    }
    return row[n];
}

const char *bora_nearest(const char *name, const char *const *names, size_t n) {
    size_t best = 0;
    for (size_t i = 1; i < n; i++)
        if (distance(name, names[i]) < distance(name, names[best])) best = i;
    return names[best];
}

const char *bora_nearest_setting(const char *name) {
    const char *names[BORA_SETTING_COUNT];
    for (int i = 0; i < BORA_SETTING_COUNT; i++) names[i] = bora_schema[i].name;
    return bora_nearest(name, names, BORA_SETTING_COUNT);
}

/* ---- reading values ------------------------------------------------------------------------------------------------------------ */

double bora_real(const bora_settings *s, bora_setting i) { return strtod(s->value[i], NULL); }
int bora_integer(const bora_settings *s, bora_setting i) {
    double value = bora_real(s, i);
    return value > 2147483647 ? 2147483647 : (int)value;
}
bool bora_is(const bora_settings *s, bora_setting i, const char *value) { return !strcmp(s->value[i], value); }

int bora_texts(const bora_settings *s, bora_setting i, char ***texts) {
    int n = 0;
    *texts = NULL;
    for (const char *at = s->value[i] + 1; *at && *at != ']';) {
        size_t size = strcspn(at, ",]");
        *texts = realloc(*texts, (size_t)(n + 1) * sizeof **texts);
        if (!*texts) abort();
        (*texts)[n++] = bora_format("%.*s", (int)size, at);
        at += size + (at[size] == ',' ? 2 : 0);
    }
    return n;
}

void bora_texts_free(char **texts, int n) {
    for (int i = 0; i < n; i++) free(texts[i]);
    free(texts);
}

int bora_reals(const bora_settings *s, bora_setting i, double **values) {
    char **texts;
    int n = bora_texts(s, i, &texts);
    *values = calloc((size_t)n + 1, sizeof **values);
    if (!*values) abort();
    for (int j = 0; j < n; j++) (*values)[j] = strtod(texts[j], NULL);
    bora_texts_free(texts, n);
    return n;
}

/* ---- checks and help -------------------------------------------------------------------------------------------------------------- */

static int list_length(const bora_settings *s, bora_setting i) {
    char **texts;
    int n = bora_texts(s, i, &texts);
    bora_texts_free(texts, n);
    return n;
}

int bora_settings_check(const bora_settings *s, char *problems, size_t size) {
    int sizes = list_length(s, BORA_DATA_SIZES), names = list_length(s, BORA_DATA_NAMES), count = 0;
    int tasks = bora_is(s, BORA_DATA_TASKS, "most-text") ? bora_integer(s, BORA_DATA_COUNT) : bora_is(s, BORA_DATA_TASKS, "named") ? names : 0;
    struct {
        bool wrong;
        const char *problem;
    } all[] = {
        {bora_integer(s, BORA_MODEL_WIDTH) % bora_integer(s, BORA_MODEL_HEADS) != 0, "model.heads: must divide model.width"},
        {bora_is(s, BORA_DATA_SOURCE, "csv") && !*s->value[BORA_DATA_PATH], "data.path: needed for data.source csv, expected the CSV file"},
        {bora_is(s, BORA_DATA_TASKS, "named") && !names, "data.names: needed for data.tasks named, expected a list of tasks"},
        {bora_is(s, BORA_DATA_DRAW, "sizes") && !sizes, "data.sizes: needed for data.draw sizes, expected a list with one size a task"},
        {bora_is(s, BORA_DATA_DRAW, "sizes") && sizes && tasks && sizes != tasks, "data.sizes: must have one size a task"},
        {list_length(s, BORA_ADAPTER_TARGETS) == 0, "adapter.targets: expected at least one of q, k, v, o, up, down"},
        {bora_integer(s, BORA_ADAPTER_RANK) > bora_integer(s, BORA_MODEL_WIDTH), "adapter.rank: must not exceed model.width"}};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        if (all[i].wrong) {
            size_t used = strlen(problems);
            snprintf(problems + used, size - used, "%s%s", used ? "\n" : "", all[i].problem);
            count++;
        }
    return count;
}

int bora_explain(FILE *out, const char *key, bora_error *e) {
    static const char *const types[] = {"whole number", "number", "choice", "text", "list of numbers", "list"};
    if (key && bora_find_setting(key) < 0)
        return bora_fail(e, BORA_USAGE, "no setting '%s'; the nearest is '%s'", key, bora_nearest_setting(key));
    for (int i = 0; i < BORA_SETTING_COUNT; i++) {
        const bora_schema_row *row = &bora_schema[i];
        if (key && strcmp(key, row->name)) continue;
        fprintf(out, "%-30s %s", row->name, types[row->type]);
        if (row->type == BORA_INTEGER || row->type == BORA_REAL || row->type == BORA_REALS) fprintf(out, " %g..%g", row->least, row->most);
        fprintf(out, "%s%s%s%s; default %s\n    %s\n", *row->choices ? " " : "", row->choices, *row->unit ? ", " : "", row->unit,
                *row->standard ? row->standard : "empty", row->help);
    }
    return BORA_OK;
}
