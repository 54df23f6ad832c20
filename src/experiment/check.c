/* check.c: what must hold between settings, at every point of the sweep: what is required is there, no combination is impossible, nothing
 * that a file says is without effect because of what the same file says. Single values are checked as they are read.
 */
#include "experiment/parse.h"

#include <stdlib.h>
#include <string.h>

typedef struct {
    bora_loader *l;
    bora_settings s;
    int index[BORA_MAX_AXES];
} checker;

static size_t number_of(const char *key) { return (size_t)(bora_schema_find(key) - bora_schema); }

/* Where the value in force at this point is written; line 0 of the experiment's file if nowhere. */
static bora_place place_of(const checker *c, size_t row) {
    for (int a = 0; a < c->l->x->n_axes; a++)
        if (c->l->x->axes[a].row == &bora_schema[row]) return c->l->value_places[a][c->index[a]];
    bora_place place = c->l->said[row].place;
    return place.file < 0 ? (bora_place){c->l->main_file, 0, 0} : place;
}

static bool is_swept(const checker *c, size_t row) {
    for (int a = 0; a < c->l->x->n_axes; a++)
        if (c->l->x->axes[a].row == &bora_schema[row]) return true;
    return false;
}

static bool is_said(const checker *c, size_t row) { return is_swept(c, row) || c->l->said[row].place.file >= 0; }

/* Both can be relied on; a combination with an unreadable value is no news. */
static bool readable(const checker *c, const char *a, const char *b) {
    return !c->l->said[number_of(a)].bad && !c->l->said[number_of(b)].bad;
}

/* ---- required, without effect ------------------------------------------------------------------------------------------------ */

static void check_required(checker *c, size_t row) {
    const bora_row *r = &bora_schema[row];
    char expected[256];
    bora_place place = {c->l->main_file, 0, 0};
    if (r->standard || is_said(c, row) || !bora_schema_matters(r, &c->s)) return;
    bora_setting_expected(r, expected);
    if (!r->when.key) {
        bora_problem_add(c->l->problems, place, "'%s' is missing: expected %s", r->name, expected);
        return;
    }
    size_t decider = number_of(r->when.key);
    char *value = bora_setting_text(&bora_schema[decider], &c->s);
    bora_problem_add(c->l->problems, place_of(c, decider), "'%s' is %s, so '%s' is needed: expected %s%s", r->when.key, value, r->name,
                     bora_setting_is_list(r) ? "a list of " : "", expected);
    free(value);
}

/* A setting that the same file, or no file at all, makes meaningless is a mistake; one that an overlay makes so is not. */
static void check_effect(checker *c, size_t row) {
    const bora_row *r = &bora_schema[row];
    if (!r->when.key || c->l->said[row].place.file < 0 || is_swept(c, row)) return;
    size_t decider = number_of(r->when.key);
    const bora_said *by = &c->l->said[decider];
    if (bora_schema[decider].type != BORA_CHOICE || is_swept(c, decider) || by->bad) return;
    if ((by->place.file >= 0 && by->layer != c->l->said[row].layer) || bora_schema_matters(r, &c->s)) return;
    char *value = bora_setting_text(&bora_schema[decider], &c->s);
    bora_problem_add(c->l->problems, place_of(c, row), "'%s' has no effect while '%s' is %s", r->name, r->when.key, value);
    free(value);
}

/* ---- combinations ------------------------------------------------------------------------------------------------------------- */

static void check_model(checker *c) {
    int width = c->s.model.width, heads = c->s.model.heads;
    if (readable(c, "model.width", "model.heads") && width % heads != 0)
        bora_problem_add(c->l->problems, place_of(c, number_of("model.width")),
                         "'model.width' is %d and 'model.heads' is %d, expected a width that is a multiple of the heads", width, heads);
}

static void check_shares(checker *c) {
    double validation = c->s.data.validation_share, test = c->s.data.test_share;
    if (readable(c, "data.validation_share", "data.test_share") && validation + test >= 1)
        bora_problem_add(c->l->problems, place_of(c, number_of("data.test_share")),
                         "'data.validation_share' is %g and 'data.test_share' is %g, expected less than 1 together", validation, test);
}

static void check_sizes(checker *c) {
    bool most = c->s.data.tasks == BORA_TASKS_MOST_TEXT, named = c->s.data.tasks == BORA_TASKS_NAMED;
    int tasks = most ? c->s.data.count : c->s.data.names.n;
    const char *key = most ? "data.count" : "data.names";
    if (c->s.data.draw != BORA_DRAW_SIZES || (!most && !named) || !is_said(c, number_of("data.sizes"))) return;
    if (!is_said(c, number_of(key)) || !readable(c, key, "data.sizes") || !readable(c, "data.tasks", "data.draw")) return;
    if (tasks != c->s.data.sizes.n)
        bora_problem_add(c->l->problems, place_of(c, number_of("data.sizes")), "'data.sizes' has %d entries for %d tasks (%s), expected one a task",
                         c->s.data.sizes.n, tasks, key);
}

static void check_names(checker *c) {
    const bora_names *names = &c->s.data.names;
    if (c->s.data.tasks != BORA_TASKS_NAMED) return;
    for (int i = 0; i < names->n; i++)
        for (int j = 0; j < i; j++)
            if (strcmp(names->values[i], names->values[j]) == 0)
                bora_problem_add(c->l->problems, place_of(c, number_of("data.names")), "'data.names' has '%s' twice", names->values[i]);
}

static void check_csv(checker *c, int source, const char *source_key, const char *path, const char *path_key, const char *task_key,
                      const char *task, const char *text) {
    if (source != BORA_SOURCE_CSV) return;
    if (!*path && readable(c, source_key, path_key))
        bora_problem_add(c->l->problems, place_of(c, number_of(source_key)), "'%s' is csv, so '%s' is needed: expected the path of a CSV file",
                         source_key, path_key);
    if (*task && strcmp(task, text) == 0)
        bora_problem_add(c->l->problems, place_of(c, number_of(task_key)), "'%s' and the text column are both '%s', expected two columns",
                         task_key, task);
}

static void check_bounds(checker *c) {
    int low = c->s.data.min_documents, high = c->s.data.max_documents;
    if (c->s.data.source == BORA_SOURCE_CSV && high > 0 && low > high && readable(c, "data.min_documents", "data.max_documents"))
        bora_problem_add(c->l->problems, place_of(c, number_of("data.max_documents")),
                         "'data.max_documents' is %d, expected at least data.min_documents, %d", high, low);
}

static void check_point(checker *c) {
    for (size_t row = 0; row < bora_schema_rows; row++) {
        check_required(c, row);
        check_effect(c, row);
    }
    check_model(c);
    check_shares(c);
    check_sizes(c);
    check_names(c);
    check_bounds(c);
    check_csv(c, c->s.data.source, "data.source", c->s.data.path, "data.path", "data.task_column", c->s.data.task_column,
              c->s.data.text_column);
    check_csv(c, c->s.pretrain.source, "pretrain.source", c->s.pretrain.path, "pretrain.path", "pretrain.task_column",
              c->s.pretrain.task_column, c->s.pretrain.text_column);
}

void bora_check(bora_loader *l) {
    checker *c = NULL;
    bora_error e;
    size_t points = bora_experiment_points(l->x);
    if (points > BORA_MAX_RUNS) {
        bora_problem_add(l->problems, (bora_place){l->main_file, 0, 0}, "the sweep has more than %d runs", BORA_MAX_RUNS);
        return;
    }
    if (bora_calloc(&c, 1, sizeof *c, "a check", &e)) {
        bora_problem_add(l->problems, (bora_place){-1, 0, 0}, "%s", e.message);
        return;
    }
    c->l = l;
    for (size_t i = 0; i < points; i++) {
        bora_experiment_point(l->x, i, &c->s, c->index);
        check_point(c);
    }
    free(c);
}
