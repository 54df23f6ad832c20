/* schema.c: the one table of settings, and their values as canonical text. */
#include "experiment/experiment.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

const bora_schema_row bora_schema[BORA_SETTING_COUNT] = {
#define X(id, name, type, unit, least, most, choices, standard, help)                                                          \
    {name, BORA_##type, unit, least, most, choices, standard, help},
    BORA_SETTINGS(X)
#undef X
};

/* The number of `text` among the words of "a|b|c", or -1. */
static int find_choice(const char *choices, const char *text) {
    size_t size = strlen(text);
    int number = 0;
    for (const char *at = choices; *at; number++) {
        size_t n = strcspn(at, "|");
        if (n == size && !strncmp(at, text, n)) return number;
        at += n + (at[n] == '|');
    }
    return -1;
}

/* ---- canonical text ----------------------------------------------------------------------------------------------------- */

/* Plain decimal, nothing after it: no hexadecimal, no nan, nothing too large for a double. */
static bool read_number(const char *text, double *value) {
    char *end;
    if (!*text || text[strspn(text, "0123456789+-.eE")]) return false;
    *value = strtod(text, &end) + 0.0; /* no negative zero */
    return !*end && isfinite(*value);
}

char *bora_shortest(double value) {
    if (value == floor(value) && fabs(value) < 1e15) return bora_format("%.0f", value);
    int digits = 1;
    char *shortest = bora_format("%.*g", digits, value);
    while (isfinite(value) && strtod(shortest, NULL) != value) {
        free(shortest);
        shortest = bora_format("%.*g", ++digits, value);
    }
    return shortest;
}

static char *number(const bora_schema_row *row, const char *text, char expected[256]) {
    bool whole = row->type == BORA_INTEGER || row->type == BORA_REALS; /* the only list of numbers counts documents */
    char least[32], most[32];
    snprintf(least, sizeof least, row->least < 1 ? "%g" : "%.0f", row->least);
    snprintf(most, sizeof most, row->most < 1 || row->most > 1e15 || floor(row->most) < row->most ? "%g" : "%.0f", row->most);
    snprintf(expected, 256, "expected %s from %s to %s%s%s", whole ? "a whole number" : "a number", least, most,
             *row->choices ? " or " : "", row->choices);
    if (*text == '.' && !strcmp(text, ".inf")) text++; /* YAML's spelling */
    if (find_choice(row->choices, text) >= 0) return bora_format("%s", text);
    double value;
    if (!read_number(text, &value) || value < row->least || value > row->most || (whole && value != floor(value))) return NULL;
    return bora_shortest(value);
}

static char *word(const bora_schema_row *row, const char *text, char expected[256]) {
    if (*row->choices) {
        int n = snprintf(expected, 256, "expected one of ");
        for (const char *at = row->choices; *at && n < 250; at++)
            n += snprintf(expected + n, (size_t)(256 - n), *at == '|' ? ", " : "%c", *at);
        return find_choice(row->choices, text) >= 0 ? bora_format("%s", text) : NULL;
    }
    snprintf(expected, 256, "expected one line of text");
    for (const char *at = text; *at; at++)
        if ((unsigned char)*at < 32 || *at == 127) return NULL;
    return bora_format("%s", text);
}

/* Text as an item of a list: in double quotes if it would not be read back otherwise. */
static char *quoted(const char *text) {
    size_t n = strlen(text), k = 1;
    if (n && !strpbrk(text, ",[]{}\"'\\:#&*!|>%@`") && text[0] != ' ' && text[n - 1] != ' ') return bora_format("%s", text);
    char *q = malloc(2 * n + 3);
    if (!q) abort();
    q[0] = '"';
    for (size_t i = 0; i < n; i++) {
        if (text[i] == '"' || text[i] == '\\') q[k++] = '\\';
        q[k++] = text[i];
    }
    memcpy(q + k, "\"", 2);
    return q;
}

/* The next item of "[a, "b, c"]" from *at on, unquoted, fresh; NULL at the end. */
static char *next_item(const char **at) {
    const char *p = *at + strspn(*at, "[, ");
    size_t n = 0;
    if (!*p || *p == ']') return NULL;
    char *item = malloc(strlen(p) + 1);
    if (!item) abort();
    if (*p == '"') {
        for (p++; *p && *p != '"'; p++) {
            if (*p == '\\' && p[1]) p++;
            item[n++] = *p;
        }
        p += *p == '"';
    } else {
        while (*p && *p != ',' && *p != ']') item[n++] = *p++;
        while (n && item[n - 1] == ' ') n--;
    }
    item[n] = 0;
    *at = p;
    return item;
}

bool bora_is_list(bora_setting i) { return bora_schema[i].type == BORA_REALS || bora_schema[i].type == BORA_TEXTS; }

char *bora_canonical_item(bora_setting i, const char *text, char expected[256]) {
    const bora_schema_row *row = &bora_schema[i];
    if (row->type == BORA_REALS) return number(row, text, expected);
    char *one = word(row, text, expected), *item = one ? quoted(one) : NULL;
    free(one);
    return item;
}

static char *extended(char *joined, const char *item) {
    char *longer = bora_format("%s%s%s", joined, joined[1] ? ", " : "", item);
    free(joined);
    return longer;
}

/* Items that are choices come in the choices' order, each once, so that equal sets have equal text. */
static char *choices_in_order(const bora_schema_row *row, const char *list) {
    char *joined = bora_format("["), *closed;
    for (const char *choice = row->choices; *choice;) {
        size_t n = strcspn(choice, "|");
        char *wanted = bora_format("%.*s", (int)n, choice), *item;
        bool found = false;
        for (const char *at = list; (item = next_item(&at)); free(item)) found = found || !strcmp(item, wanted);
        if (found) joined = extended(joined, wanted);
        free(wanted);
        choice += n + (choice[n] == '|');
    }
    closed = bora_format("%s]", joined);
    free(joined);
    return closed;
}

static char *list(bora_setting i, const char *text, char expected[256]) {
    char *joined = bora_format("["), *item;
    while ((item = next_item(&text))) {
        char *one = bora_canonical_item(i, item, expected);
        free(item);
        if (!one) {
            free(joined);
            return NULL;
        }
        joined = extended(joined, one);
        free(one);
    }
    char *closed = bora_format("%s]", joined);
    free(joined);
    if (!*bora_schema[i].choices) return closed;
    joined = choices_in_order(&bora_schema[i], closed);
    free(closed);
    return joined;
}

char *bora_canonical(bora_setting i, const char *text, char expected[256]) {
    const bora_schema_row *row = &bora_schema[i];
    if (bora_is_list(i)) return list(i, text, expected);
    return row->type == BORA_INTEGER || row->type == BORA_REAL ? number(row, text, expected) : word(row, text, expected);
}

void bora_settings_default(bora_settings *s) {
    char expected[256];
    for (int i = 0; i < BORA_SETTING_COUNT; i++)
        s->value[i] = bora_canonical((bora_setting)i, bora_schema[i].standard, expected);
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

/* Levenshtein distance, of the first 63 bytes. */
static size_t distance(const char *a, const char *b) {
    size_t row[64], m = strnlen(a, 63), n = strnlen(b, 63);
    for (size_t j = 0; j <= n; j++) row[j] = j;
    for (size_t i = 0; i < m; i++) {
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
    size_t best = SIZE_MAX;
    const char *nearest = "";
    for (size_t i = 0; i < n; i++) {
        const char *last = strchr(name, '.') ? NULL : strrchr(names[i], '.'); /* `rank` may mean adapter.rank */
        size_t whole = distance(name, names[i]), part = last ? distance(name, last + 1) : SIZE_MAX,
               near = part < whole ? part : whole;
        if (near >= best) continue;
        best = near;
        nearest = names[i];
    }
    return nearest;
}

size_t bora_setting_names(const char **names) {
    for (int i = 0; i < BORA_SETTING_COUNT; i++) names[i] = bora_schema[i].name;
    return BORA_SETTING_COUNT;
}

const char *bora_nearest_setting(const char *name) {
    const char *names[BORA_SETTING_COUNT];
    return bora_nearest(name, names, bora_setting_names(names));
}

/* ---- reading values ----------------------------------------------------------------------------------------------------- */

double bora_real(const bora_settings *s, bora_setting i) { return strtod(s->value[i], NULL); }
int bora_integer(const bora_settings *s, bora_setting i) {
    double value = bora_real(s, i);
    return value > 2147483647 ? 2147483647 : (int)value;
}
int bora_choice_number(const bora_settings *s, bora_setting i) { return find_choice(bora_schema[i].choices, s->value[i]); }
bool bora_is(const bora_settings *s, bora_setting i, const char *value) { return !strcmp(s->value[i], value); }

int bora_texts(const bora_settings *s, bora_setting i, char ***texts) {
    const char *at = s->value[i];
    char *item;
    int n = 0;
    *texts = NULL;
    while ((item = next_item(&at))) {
        *texts = realloc(*texts, (size_t)(n + 1) * sizeof **texts);
        if (!*texts) abort();
        (*texts)[n++] = item;
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

/* ---- checks and help ---------------------------------------------------------------------------------------------------- */

/* Which choice, at which of its values, makes a setting matter. */
static const struct {
    bora_setting setting, decider;
    const char *values;
} deciders[] = {{BORA_DATA_TASK_COLUMN, BORA_DATA_SOURCE, "csv"},
                {BORA_DATA_TEXT_COLUMN, BORA_DATA_SOURCE, "csv"},
                {BORA_DATA_GROUP_COLUMN, BORA_DATA_SOURCE, "csv"},
                {BORA_DATA_MIN_CHARACTERS, BORA_DATA_SOURCE, "csv"},
                {BORA_DATA_MIN_DOCUMENTS, BORA_DATA_SOURCE, "csv"},
                {BORA_DATA_MAX_DOCUMENTS, BORA_DATA_SOURCE, "csv"},
                {BORA_DATA_COUNT, BORA_DATA_TASKS, "most-text"},
                {BORA_DATA_NAMES, BORA_DATA_TASKS, "named"},
                {BORA_DATA_FRACTION, BORA_DATA_DRAW, "fraction"},
                {BORA_DATA_NUMBER, BORA_DATA_DRAW, "number|halves"},
                {BORA_DATA_SIZES, BORA_DATA_DRAW, "sizes"},
                {BORA_DATA_SCALE, BORA_DATA_DRAW, "number|sizes"},
                {BORA_DATA_LEAST, BORA_DATA_DRAW, "power"},
                {BORA_DATA_MOST, BORA_DATA_DRAW, "power"},
                {BORA_LANGUAGE_KAPPA, BORA_LANGUAGE_KIND, "dirichlet"},
                {BORA_LANGUAGE_SIGMA, BORA_LANGUAGE_KIND, "low-rank"},
                {BORA_LANGUAGE_RANK, BORA_LANGUAGE_KIND, "low-rank"},
                {BORA_LANGUAGE_BASE, BORA_PRETRAIN_SOURCE, "synthetic"}};

static int find_decider(bora_setting i) {
    for (size_t k = 0; k < sizeof deciders / sizeof *deciders; k++)
        if (deciders[k].setting == i) return (int)k;
    return -1;
}

int bora_decider(bora_setting i) { return find_decider(i) < 0 ? -1 : (int)deciders[find_decider(i)].decider; }

bool bora_matters(const bora_settings *s, bora_setting i) {
    int k = find_decider(i);
    if (k >= 0 && find_choice(deciders[k].values, s->value[deciders[k].decider]) < 0) return false;
    if (i >= BORA_LANGUAGE_KIND && i <= BORA_LANGUAGE_SEED) return bora_is(s, BORA_DATA_SOURCE, "synthetic");
    const bora_method *m = bora_method_of(s);
    if (i == BORA_METHOD_KIND) return m->rule != NULL; /* BoRA and its limits are told by tau */
    if (i == BORA_PRIOR_TAU) return !m->rule || isnan(m->tau);
    if (i == BORA_OPTIMIZER_RATE_INF) return m->from_unified || isinf(m->tau);
    if (i == BORA_OPTIMIZER_RATE_THEN) return m->from_unified && m->tau == 0;
    if (i == BORA_RUN_FIRST_EPOCHS) return bora_has_first_phase(s);
    if (i == BORA_PRIOR_FIRST_TAU) return bora_has_first_phase(s) && !m->rule && isnan(m->tau);
    if (i == BORA_OPTIMIZER_RULE) return isnan(m->tau) && bora_tau(s) > 0;
    if (!m->rule && isnan(m->tau)) return true;
    if (i == BORA_OPTIMIZER_STEP) return !m->rule && bora_is(s, i, "plain"); /* at the limits Adam alone */
    return i != BORA_PRIOR_FORM;
}

const bora_method *bora_method_of(const bora_settings *s) {
    return bora_method_named(s->value[BORA_METHOD_KIND], bora_real(s, BORA_PRIOR_TAU));
}

double bora_tau(const bora_settings *s) {
    double tau = bora_method_of(s)->tau;
    return isnan(tau) ? bora_real(s, BORA_PRIOR_TAU) : tau;
}

bool bora_has_new_task(const bora_settings *s) { return !bora_is(s, BORA_DATA_NEW, "none"); }

bool bora_has_first_phase(const bora_settings *s) {
    const bora_method *m = bora_method_of(s);
    return m->from_unified || (bora_has_new_task(s) && !m->rule && bora_tau(s) > 0); /* alone a task learns from no other */
}

static int list_length(const bora_settings *s, bora_setting i) {
    char **texts;
    int n = bora_texts(s, i, &texts);
    bora_texts_free(texts, n);
    return n;
}

static bool has_repeated(const bora_settings *s, bora_setting i) {
    char **texts;
    int n = bora_texts(s, i, &texts);
    bool repeated = false;
    for (int a = 0; a < n; a++)
        for (int b = 0; b < a; b++) repeated = repeated || !strcmp(texts[a], texts[b]);
    bora_texts_free(texts, n);
    return repeated;
}

int bora_settings_check(const bora_settings *s, bora_clash clashes[BORA_CLASHES]) {
    int sizes = list_length(s, BORA_DATA_SIZES), names = list_length(s, BORA_DATA_NAMES), count = 0;
    bool csv = bora_is(s, BORA_DATA_SOURCE, "csv"), named = bora_is(s, BORA_DATA_TASKS, "named"),
         dealt = bora_is(s, BORA_DATA_DRAW, "sizes");
    int tasks = bora_is(s, BORA_DATA_TASKS, "most-text") ? bora_integer(s, BORA_DATA_COUNT) : named ? names : 0;
    bool synthetic = bora_is(s, BORA_DATA_SOURCE, "synthetic"), new = bora_has_new_task(s);
    double rows = bora_real(s, BORA_DATA_MAX_DOCUMENTS);
    const bora_method *m = bora_method_of(s);
    bool norm = bora_is(s, BORA_PRIOR_FORM, "norm"), others = m->rule && isnan(m->tau); /* a prior that is not BoRA's */
    struct {
        bool wrong;
        bora_clash clash;
    } all[] = {
        {bora_integer(s, BORA_MODEL_WIDTH) % bora_integer(s, BORA_MODEL_HEADS) != 0,
         {BORA_MODEL_HEADS, "must divide model.width"}},
        {csv && !*s->value[BORA_DATA_PATH], {BORA_DATA_PATH, "needed for data.source csv, expected the CSV file"}},
        {csv && !*s->value[BORA_DATA_TASK_COLUMN],
         {BORA_DATA_TASK_COLUMN, "needed for data.source csv, expected the name of a column"}},
        {csv && !*s->value[BORA_DATA_TEXT_COLUMN],
         {BORA_DATA_TEXT_COLUMN, "needed for data.source csv, expected the name of a column"}},
        {csv && *s->value[BORA_DATA_TEXT_COLUMN] && bora_is(s, BORA_DATA_TASK_COLUMN, s->value[BORA_DATA_TEXT_COLUMN]),
         {BORA_DATA_TASK_COLUMN, "must not be data.text_column"}},
        {csv && rows > 0 && rows < bora_real(s, BORA_DATA_MIN_DOCUMENTS),
         {BORA_DATA_MAX_DOCUMENTS, "must be 0 or at least data.min_documents"}},
        {bora_real(s, BORA_DATA_VALIDATION) + bora_real(s, BORA_DATA_TEST) >= 1,
         {BORA_DATA_TEST, "must be less than 1 with data.validation_share"}},
        {named && !names, {BORA_DATA_NAMES, "needed for data.tasks named, expected a list of tasks"}},
        {named && has_repeated(s, BORA_DATA_NAMES), {BORA_DATA_NAMES, "names a task twice"}},
        {dealt && !sizes, {BORA_DATA_SIZES, "needed for data.draw sizes, expected a list with one size a task"}},
        {bora_is(s, BORA_DATA_DRAW, "power") && !bora_is(s, BORA_DATA_MOST, "largest") &&
             bora_real(s, BORA_DATA_MOST) < bora_real(s, BORA_DATA_LEAST),
         {BORA_DATA_MOST, "must be at least data.least"}},
        {synthetic && bora_integer(s, BORA_LANGUAGE_SUCCESSORS) > bora_integer(s, BORA_LANGUAGE_SYMBOLS),
         {BORA_LANGUAGE_SUCCESSORS, "must not exceed language.symbols"}},
        {synthetic && bora_integer(s, BORA_LANGUAGE_LENGTH) > bora_integer(s, BORA_MODEL_CONTEXT),
         {BORA_LANGUAGE_LENGTH, "must not exceed model.context, or documents would be cut"}},
        {synthetic && bora_integer(s, BORA_DATA_OVERLAP) > 0, {BORA_DATA_OVERLAP, "must be 0 for data.source synthetic"}},
        {synthetic && !bora_is(s, BORA_DATA_TASKS, "all"),
         {BORA_DATA_TASKS, "must be all for data.source synthetic, language.tasks says how many"}},
        {synthetic && bora_is(s, BORA_DATA_PADDING, "scored"),
         {BORA_DATA_PADDING, "must be none for data.source synthetic, whose documents are known to the last symbol"}},
        {synthetic && bora_is(s, BORA_DATA_SHUFFLE, "yes"),
         {BORA_DATA_SHUFFLE, "must be no for data.source synthetic, whose truth is by task"}},
        {synthetic && new, {BORA_DATA_NEW, "must be none for data.source synthetic, whose truth is of all tasks"}},
        {new && m->adapters > 1, {BORA_DATA_NEW, "must be none with method.kind additive, which learns both adapters at once"}},
        {bora_is(s, BORA_PRETRAIN_SOURCE, "synthetic") && !synthetic,
         {BORA_PRETRAIN_SOURCE, "synthetic needs data.source synthetic, whose language it shares"}},
        {dealt && sizes && tasks && sizes != tasks, {BORA_DATA_SIZES, "must have one size a task"}},
        {list_length(s, BORA_ADAPTER_TARGETS) == 0, {BORA_ADAPTER_TARGETS, "expected at least one of q, k, v, o, up, down"}},
        {bora_integer(s, BORA_ADAPTER_RANK) > bora_integer(s, BORA_MODEL_WIDTH),
         {BORA_ADAPTER_RANK, "must not exceed model.width"}},
        {m->adapters > 1 && bora_integer(s, BORA_ADAPTER_RANK) <= bora_integer(s, BORA_MODEL_WIDTH) &&
             m->adapters * bora_integer(s, BORA_ADAPTER_RANK) > bora_integer(s, BORA_MODEL_WIDTH),
         {BORA_ADAPTER_RANK,
          "must not exceed half of model.width with method.kind additive, whose adapters have twice the rank"}},
        {others && isinf(bora_tau(s)),
         {BORA_PRIOR_TAU,
          "must be finite with method.kind ridge, frozen or additive, whose tasks would stay where they start"}},
        {norm && new, {BORA_PRIOR_FORM, "norm needs data.new none, the prior of a new task is Gaussian"}},
        {bora_tau(s) > 0 && bora_tau(s) < 1e-30,
         {BORA_PRIOR_TAU, "must be 0 or at least 1e-30, for the step knows it in single precision"}},
        {bora_is(s, BORA_OPTIMIZER_STEP, "plain") && new,
         {BORA_OPTIMIZER_STEP, "plain moves no Theta, from which data.new begins: expected another step, or data.new none"}},
        {bora_is(s, BORA_OPTIMIZER_STEP, "plain") && (m->rule || isnan(m->tau)),
         {BORA_OPTIMIZER_STEP, "plain is for prior.tau 0 and inf alone, it knows no prior"}},
        {norm && others, {BORA_PRIOR_FORM, "norm is for method.kind bora, the other methods have a Gaussian prior"}},
        {norm && !m->rule && isnan(m->tau) && bora_is(s, BORA_OPTIMIZER_STEP, "pooled"),
         {BORA_PRIOR_FORM, "norm needs optimizer.step centred or shifted, the pooled step is for a Gaussian prior"}}};
    _Static_assert(sizeof all / sizeof *all <= BORA_CLASHES, "room for all");
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        if (all[i].wrong) clashes[count++] = all[i].clash;
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
        if (row->type == BORA_INTEGER || row->type == BORA_REAL || row->type == BORA_REALS)
            fprintf(out, " %g..%g", row->least, row->most);
        fprintf(out, "%s%s%s%s; default %s\n    %s\n", *row->choices ? " " : "", row->choices, *row->unit ? ", " : "",
                row->unit, *row->standard ? row->standard : "empty", row->help);
    }
    return BORA_OK;
}
