/* schema.c: the one table of settings (names, types, ranges, defaults, help) and what is read off it: defaults, the nearest key,
 * `bora explain`. Reading and writing values is value.c. It checks no combinations (check.c).
 */
#include "experiment/experiment.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define AT(field) offsetof(bora_settings, field)
#define BIT(value) (1u << (value))
#define ALWAYS {NULL, 0}
#define IF_CSV {"data.source", BIT(BORA_SOURCE_CSV)}
#define IF_PRETRAIN_CSV {"pretrain.source", BIT(BORA_SOURCE_CSV)}
#define IF_TASKS(choice) {"data.tasks", BIT(choice)}
#define IF_DRAW(bits) {"data.draw", bits}
#define IF_TAU(bits) {"prior.tau", bits}

#define SOURCES "sotu brown csv"

/* clang-format off */
const bora_row bora_schema[] = {
    /* name, type, place, unit, low, high, open, choices, default, matters when, left out, help */
    {"data.source", BORA_CHOICE, AT(data.source), "", 0, 0, false, SOURCES, NULL, ALWAYS, false,
     "where the tasks come from: State of the Union (task: president), Brown (task: genre), a CSV file"},
    {"data.path", BORA_PATH, AT(data.path), "", 0, 0, false, NULL, "", ALWAYS, true,
     "the CSV file, or the folder of a fetched source if it lies elsewhere; relative to the file that says so"},
    {"data.task_column", BORA_TEXT, AT(data.task_column), "", 0, 0, false, NULL, NULL, IF_CSV, false,
     "column of the CSV file that names a row's task"},
    {"data.text_column", BORA_TEXT, AT(data.text_column), "", 0, 0, false, NULL, NULL, IF_CSV, false,
     "column of the CSV file that holds a row's text"},
    {"data.group_column", BORA_TEXT, AT(data.group_column), "", 0, 0, false, NULL, "", IF_CSV, false,
     "column whose equal values belong together (a debate, a book); empty: each row by itself"},
    {"data.min_characters", BORA_INTEGER, AT(data.min_characters), "bytes", 0, 1e9, false, NULL, "0", IF_CSV, false,
     "rows with a shorter text are left out"},
    {"data.min_documents", BORA_INTEGER, AT(data.min_documents), "rows", 0, 1e9, false, NULL, "0", IF_CSV, false,
     "tasks with fewer rows are left out; 0: no bound"},
    {"data.max_documents", BORA_INTEGER, AT(data.max_documents), "rows", 0, 1e9, false, NULL, "0", IF_CSV, false,
     "tasks with more rows are left out; 0: no bound"},
    {"data.tasks", BORA_CHOICE, AT(data.tasks), "", 0, 0, false, "all most-text named", "all", ALWAYS, false,
     "which tasks: all, the data.count with most text, or those in data.names"},
    {"data.count", BORA_INTEGER, AT(data.count), "tasks", 1, 1e6, false, NULL, NULL, IF_TASKS(BORA_TASKS_MOST_TEXT), false,
     "how many tasks, those with most text first"},
    {"data.names", BORA_NAMES, AT(data.names), "", 0, 0, false, NULL, NULL, IF_TASKS(BORA_TASKS_NAMED), false,
     "the tasks, by name"},
    {"data.block", BORA_INTEGER, AT(data.block), "documents", 1, 1e6, false, NULL, "16", ALWAYS, false,
     "neighbouring documents that the split keeps on one side"},
    {"data.overlap", BORA_INTEGER, AT(data.overlap), "tokens", 0, 1e6, false, NULL, "12", ALWAYS, false,
     "validation and test documents that share a run of so many tokens with a training part are dropped; 0: no check"},
    {"data.validation_share", BORA_NUMBER, AT(data.validation_share), "", 0, 1, true, NULL, "0.25", ALWAYS, false,
     "part of each task's documents that chooses epochs and learning rates"},
    {"data.test_share", BORA_NUMBER, AT(data.test_share), "", 0, 1, true, NULL, "0.25", ALWAYS, false,
     "part of each task's documents that results are measured on; training gets what is left"},
    {"data.draw", BORA_CHOICE, AT(data.draw), "", 0, 0, false, "all fraction number sizes", "all", ALWAYS, false,
     "how the seed draws training documents from a task's training part"},
    {"data.fraction", BORA_NUMBER, AT(data.fraction), "", 0, 1, false, NULL, NULL, IF_DRAW(BIT(BORA_DRAW_FRACTION)), false,
     "drawn part of each training part, rounded up"},
    {"data.number", BORA_INTEGER, AT(data.number), "documents", 1, 1e9, false, NULL, NULL, IF_DRAW(BIT(BORA_DRAW_NUMBER)), false,
     "training documents of each task"},
    {"data.sizes", BORA_NUMBERS, AT(data.sizes), "documents", 1, 1e9, false, NULL, NULL, IF_DRAW(BIT(BORA_DRAW_SIZES)), false,
     "training documents, one entry a task; the seed assigns entries to tasks at random"},
    {"data.scale", BORA_NUMBER, AT(data.scale), "", 1e-6, 1e6, false, NULL, "1",
     IF_DRAW(BIT(BORA_DRAW_NUMBER) | BIT(BORA_DRAW_SIZES)), false, "factor on data.number and data.sizes, rounded to at least 1"},
    {"data.validation_cap", BORA_INTEGER, AT(data.validation_cap), "documents", 0, 1e9, false, NULL, "100", ALWAYS, false,
     "at most so many validation documents of a task; 0: no cap"},
    {"data.test_cap", BORA_INTEGER, AT(data.test_cap), "documents", 0, 1e9, false, NULL, "200", ALWAYS, false,
     "at most so many test documents of a task; 0: no cap"},

    {"tokenizer.vocabulary", BORA_INTEGER, AT(tokenizer.vocabulary), "tokens", 257, 65536, false, NULL, "2048", ALWAYS, false,
     "V: 256 bytes, learned merges, <|endoftext|>"},
    {"model.width", BORA_INTEGER, AT(model.width), "", 1, 16384, false, NULL, "128", ALWAYS, false,
     "C: numbers that represent a token; a multiple of model.heads"},
    {"model.layers", BORA_INTEGER, AT(model.layers), "", 1, 256, false, NULL, "4", ALWAYS, false, "L: transformer blocks"},
    {"model.heads", BORA_INTEGER, AT(model.heads), "", 1, 256, false, NULL, "4", ALWAYS, false, "H: attention heads of a block"},
    {"model.context", BORA_INTEGER, AT(model.context), "tokens", 1, 8192, false, NULL, "64", ALWAYS, false,
     "T: the longest document"},

    {"pretrain.source", BORA_CHOICE, AT(pretrain.source), "", 0, 0, false, SOURCES, "brown", ALWAYS, false,
     "text on which tokenizer and base model are trained"},
    {"pretrain.path", BORA_PATH, AT(pretrain.path), "", 0, 0, false, NULL, "", ALWAYS, true,
     "its CSV file or folder, as data.path"},
    {"pretrain.task_column", BORA_TEXT, AT(pretrain.task_column), "", 0, 0, false, NULL, NULL, IF_PRETRAIN_CSV, false,
     "column of its CSV file that names a row's task"},
    {"pretrain.text_column", BORA_TEXT, AT(pretrain.text_column), "", 0, 0, false, NULL, NULL, IF_PRETRAIN_CSV, false,
     "column of its CSV file that holds a row's text"},
    {"pretrain.tokens", BORA_NUMBER, AT(pretrain.tokens), "tokens", 0, 1e12, false, NULL, "4.8e6", ALWAYS, false,
     "tokens trained on, repeated ones counted again"},
    {"pretrain.batch", BORA_INTEGER, AT(pretrain.batch), "documents", 1, 1e6, false, NULL, "32", ALWAYS, false,
     "documents a step"},
    {"pretrain.learning_rate", BORA_NUMBER, AT(pretrain.learning_rate), "", 0, 10, true, NULL, "2e-3", ALWAYS, false,
     "the peak, after warm-up; then a cosine down to a tenth"},
    {"pretrain.warmup", BORA_NUMBER, AT(pretrain.warmup), "", 0, 1, false, NULL, "0.05", ALWAYS, false,
     "part of the steps in which the learning rate rises from 0"},
    {"pretrain.weight_decay", BORA_NUMBER, AT(pretrain.weight_decay), "", 0, 10, false, NULL, "0.1", ALWAYS, false,
     "decoupled decay of AdamW, on matrices"},
    {"pretrain.clip", BORA_NUMBER, AT(pretrain.clip), "", 0, INFINITY, true, NULL, "1", ALWAYS, false,
     "largest norm of a step's gradient; longer ones are shortened to it"},
    {"pretrain.seed", BORA_INTEGER, AT(pretrain.seed), "", 0, 2147483647, false, NULL, "1", ALWAYS, false,
     "of initial weights and order of documents"},

    {"adapter.targets", BORA_SET, AT(adapter.targets), "", 0, 0, false, "q k v o up down", "q k v o up down", ALWAYS, false,
     "linear layers of each block that are adapted"},
    {"adapter.rank", BORA_INTEGER, AT(adapter.rank), "", 1, 4096, false, NULL, "8", ALWAYS, false,
     "r: rank of each adapter B A"},
    {"adapter.alpha", BORA_NUMBER, AT(adapter.alpha), "", 0, 1e6, true, NULL, "8", ALWAYS, false,
     "an adapter's product is scaled by alpha / r"},
    {"adapter.spread", BORA_NUMBER, AT(adapter.spread), "", 0, 1e6, false, NULL, "0", ALWAYS, false,
     "standard deviation of theta_d around the common start Theta_0"},

    {"prior.tau", BORA_NUMBER, AT(prior.tau), "", 0, INFINITY, false, NULL, NULL, ALWAYS, false,
     "precision of the prior theta_d ~ Normal(Theta, 1/tau); 0: each task alone, inf: one adapter for all"},

    {"optimizer.step", BORA_CHOICE, AT(optimizer.step), "", 0, 0, false, "pooled centred", "pooled", IF_TAU(BORA_TAU_INTERIOR), false,
     "pooled: Adam on the likelihood, the prior implicit; centred: the paper's, the prior in Adam's gradient"},
    {"optimizer.learning_rate", BORA_NUMBER, AT(optimizer.learning_rate), "", 0, 10, true, NULL, "2e-3", ALWAYS, false,
     "of Adam, constant over the run"},
    {"optimizer.learning_rate_at_0", BORA_NUMBER, AT(optimizer.learning_rate_at_0), "", 0, 10, true, "same", "same",
     IF_TAU(BORA_TAU_0), true, "in its place where prior.tau is 0"},
    {"optimizer.learning_rate_at_inf", BORA_NUMBER, AT(optimizer.learning_rate_at_inf), "", 0, 10, true, "same", "same",
     IF_TAU(BORA_TAU_INF), true, "in its place where prior.tau is inf"},
    {"optimizer.rule", BORA_CHOICE, AT(optimizer.rule), "", 0, 0, false, "constant proportional", "constant",
     IF_TAU(BORA_TAU_INTERIOR), true, "proportional: between the limits, the learning rate is multiplied by tau / 3000"},
    {"optimizer.beta1", BORA_NUMBER, AT(optimizer.beta1), "", 0, 0.99999, false, NULL, "0.9", ALWAYS, false,
     "Adam's decay of the mean gradient"},
    {"optimizer.beta2", BORA_NUMBER, AT(optimizer.beta2), "", 0, 0.999999, false, NULL, "0.999", ALWAYS, false,
     "Adam's decay of the mean squared gradient"},
    {"optimizer.epsilon", BORA_NUMBER, AT(optimizer.epsilon), "", 0, 1, true, NULL, "1e-8", ALWAYS, false,
     "added to the root of it, after bias correction"},

    {"run.epochs", BORA_INTEGER, AT(run.epochs), "epochs", 1, 1e6, false, NULL, "10", ALWAYS, false,
     "passes over the training documents, the same for every method"},
    {"run.batch", BORA_INTEGER, AT(run.batch), "documents", 1, 1e6, false, NULL, "32", ALWAYS, false,
     "B: documents a step, of all tasks mixed"},
    {"run.seed", BORA_INTEGER, AT(run.seed), "", 0, 2147483647, false, NULL, "1", ALWAYS, false,
     "of drawn documents, assigned sizes, Theta_0 and order of documents"},
};
/* clang-format on */
const size_t bora_schema_rows = sizeof bora_schema / sizeof *bora_schema;

const bora_row *bora_schema_find(const char *key) {
    for (size_t i = 0; i < bora_schema_rows; i++)
        if (strcmp(bora_schema[i].name, key) == 0) return &bora_schema[i];
    return NULL;
}

bool bora_schema_matters(const bora_row *row, const bora_settings *s) {
    if (!row->when.key) return true;
    const bora_row *decider = bora_schema_find(row->when.key);
    const char *field = (const char *)s + decider->offset;
    if (decider->type == BORA_CHOICE) return (row->when.values & BIT(*(const int *)(const void *)field)) != 0;
    double tau = *(const double *)(const void *)field;
    unsigned where = tau <= 0 ? BORA_TAU_0 : isinf(tau) ? BORA_TAU_INF : BORA_TAU_INTERIOR;
    return (row->when.values & where) != 0;
}

void bora_settings_default(bora_settings *s) {
    memset(s, 0, sizeof *s);
    for (size_t i = 0; i < bora_schema_rows; i++) {
        const bora_row *row = &bora_schema[i];
        if (!row->standard) continue;
        if (!bora_setting_is_list(row)) {
            bora_setting_read(row, s, row->standard);
            continue;
        }
        char *words = bora_format("%s", row->standard), *rest = NULL;
        for (char *word = strtok_r(words, " ", &rest); word; word = strtok_r(NULL, " ", &rest)) bora_setting_read(row, s, word);
        free(words);
    }
}

/* ---- the nearest word ------------------------------------------------------------------------------------------------------- */

enum { LONGEST = 64 };

/* Levenshtein's distance of the first LONGEST bytes, one row of the table at a time. */
static size_t edit_distance(const char *a, const char *b) {
    size_t n = strnlen(b, LONGEST), row[LONGEST + 1];
    for (size_t j = 0; j <= n; j++) row[j] = j;
    for (size_t i = 1; i <= LONGEST && a[i - 1]; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= n; j++) {
            size_t best = diagonal + (a[i - 1] != b[j - 1]);
            if (row[j] + 1 < best) best = row[j] + 1;
            if (row[j - 1] + 1 < best) best = row[j - 1] + 1;
            diagonal = row[j];
            row[j] = best;
        }
    }
    return row[n];
}

const char *bora_nearest(const char *word, const char *const *words, size_t n) {
    size_t best = 2 + strnlen(word, LONGEST) / 4; /* further away is no misspelling */
    if (best > strlen(word)) best = strlen(word);
    const char *found = NULL;
    for (size_t i = 0; i < n; i++) {
        const char *last = strchr(word, '.') ? NULL : strrchr(words[i], '.');
        size_t distance = edit_distance(word, words[i]), of_last = last ? edit_distance(word, last + 1) : SIZE_MAX;
        if (of_last < distance) distance = of_last;
        if (distance >= best) continue;
        best = distance;
        found = words[i];
    }
    return found;
}

/* ---- explain ---------------------------------------------------------------------------------------------------------------- */

void bora_setting_expected(const bora_row *row, char expected[256]) {
    char low[32], high[32];
    bora_number_text(row->low, low);
    bora_number_text(row->high, high);
    const char *keyword = row->choices && row->type == BORA_NUMBER ? row->choices : "";
    const char *or = *keyword ? " or " : "";
    switch (row->type) {
    case BORA_INTEGER: snprintf(expected, 256, "a whole number from %s to %s", low, high); break;
    case BORA_NUMBERS: snprintf(expected, 256, "whole numbers from %s to %s", low, high); break;
    case BORA_NUMBER:
        if (row->open && isinf(row->high)) snprintf(expected, 256, "a number above %s%s%s", low, or, keyword);
        else if (row->open) snprintf(expected, 256, "a number between %s and %s (both excluded)%s%s", low, high, or, keyword);
        else snprintf(expected, 256, "a number from %s to %s%s%s", low, high, or, keyword);
        break;
    case BORA_CHOICE: snprintf(expected, 256, "one of: %s", row->choices); break;
    case BORA_SET: snprintf(expected, 256, "some of: %s", row->choices); break;
    case BORA_NAMES: snprintf(expected, 256, "names of up to %d bytes", BORA_NAME_SIZE - 1); break;
    case BORA_TEXT: snprintf(expected, 256, "text of up to %d bytes", BORA_NAME_SIZE - 1); break;
    case BORA_PATH: snprintf(expected, 256, "a path of up to %d bytes", BORA_PATH_SIZE - 1); break;
    }
}

const char *bora_choice_name(const char *key, int value, bora_name name) {
    const char *start = bora_schema_find(key)->choices;
    for (; value > 0 && start; value--) start = strchr(start, ' ') ? strchr(start, ' ') + 1 : NULL;
    snprintf(name, BORA_NAME_SIZE, "%.*s", start ? (int)strcspn(start, " ") : 0, start ? start : "");
    return name;
}

static void print_when(FILE *out, const bora_row *row) {
    const bora_row *decider = bora_schema_find(row->when.key);
    const char *separator = "";
    fprintf(out, "  matters  while %s is ", row->when.key);
    for (int i = 0; i < 32; i++) {
        static const char *const taus[] = {"0", "between 0 and inf", "inf"};
        bora_name name;
        if (!(row->when.values & BIT(i))) continue;
        fprintf(out, "%s%s", separator, decider->type == BORA_CHOICE ? bora_choice_name(row->when.key, i, name) : taus[i]);
        separator = " or ";
    }
    fputc('\n', out);
}

static void explain_row(FILE *out, const bora_row *row) {
    char expected[256];
    bora_setting_expected(row, expected);
    fprintf(out, "%s\n  %s\n", row->name, row->help);
    fprintf(out, "  expected %s%s\n", bora_setting_is_list(row) ? "a list: " : "", expected);
    if (*row->unit) fprintf(out, "  unit     %s\n", row->unit);
    fprintf(out, "  default  %s\n", !row->standard ? "none, must be given" : *row->standard ? row->standard : "empty");
    if (row->when.key) print_when(out, row);
}

int bora_explain(FILE *out, const char *key, bora_error *e) {
    const bora_row *row = key ? bora_schema_find(key) : NULL;
    if (row) {
        explain_row(out, row);
        return BORA_OK;
    }
    size_t section = key ? strlen(key) : 0;
    bool found = false;
    const char *names[sizeof bora_schema / sizeof *bora_schema];
    for (size_t i = 0; i < bora_schema_rows; i++) {
        row = &bora_schema[i];
        names[i] = row->name;
        if (key && (strncmp(row->name, key, section) != 0 || row->name[section] != '.')) continue;
        fprintf(out, "%-30s %-16s %s\n", row->name, !row->standard ? "(required)" : *row->standard ? row->standard : "\"\"", row->help);
        found = true;
    }
    if (found) return BORA_OK;
    const char *near = bora_nearest(key, names, bora_schema_rows);
    return bora_fail(e, BORA_USAGE, "no setting is called '%s'%s%s%s", key, near ? "; did you mean '" : "", near ? near : "",
                     near ? "'?" : " (`bora explain` lists all)");
}
