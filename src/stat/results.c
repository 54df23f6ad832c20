/* results.c: an experiment's folder in memory: runs.csv, then tasks.csv and curve.csv of each run. Files are in the order in
 * which they were written (checkpoints or epochs, then tasks), so that a row too few, too many or twice is seen where it
 * happens. */
#include "stat/summary.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A column wanted as a number, where it goes and its range. */
typedef struct {
    const char *name;
    double *value, least, most;
} wanted;

static int read_row(const bora_table *t, size_t row, const wanted *w, size_t n, bora_error *e) {
    int status = BORA_OK;
    for (size_t i = 0; !status && i < n; i++) {
        size_t column;
        status = bora_table_column(t, w[i].name, &column, e);
        if (!status) status = bora_table_number(t, row, column, w[i].least, w[i].most, w[i].value, e);
    }
    return status;
}

static int expect(const bora_table *t, size_t row, const char *name, const char *text, bora_error *e) {
    size_t column;
    int status = bora_table_column(t, name, &column, e);
    if (status || !strcmp(bora_table_cell(t, row, column), text)) return status;
    return bora_fail(e, BORA_BAD_INPUT, "%s:%zu: '%.60s' in column '%s', expected '%s'", t->path, t->lines[row],
                     bora_table_cell(t, row, column), name, text);
}

/* Tasks are those of the first run; every run must have the same. */
static int name_tasks(bora_summary *s, const bora_table *t, bora_error *e) {
    size_t column, D = (t->rows - 1) / BORA_ATS;
    int status = bora_table_column(t, "task", &column, e);
    if (!status && (D == 0 || (t->rows - 1) % BORA_ATS))
        status = bora_fail(e, BORA_BAD_INPUT,
                           "%s:%zu: %zu rows, expected every task at each of 3 checkpoints (is the file cut off?)", t->path,
                           t->lines[t->rows - 1], t->rows - 1);
    if (!status) status = bora_calloc(&s->tasks, D, sizeof *s->tasks, "task names", e);
    while (!status && s->D < (int)D) {
        s->tasks[s->D] = bora_format("%s", bora_table_cell(t, (size_t)s->D + 1, column));
        s->D++;
    }
    return status;
}

static int count_rows(const bora_table *t, size_t blocks, int D, bora_error *e) {
    if (t->rows - 1 == blocks * (size_t)D) return BORA_OK;
    return bora_fail(e, BORA_BAD_INPUT, "%s:%zu: %zu rows, expected %zu times %d tasks (is the file cut off?)", t->path,
                     t->lines[t->rows - 1], t->rows - 1, blocks, D);
}

const char *const bora_at_names[BORA_ATS] = {"last", "common", "task"};

static int read_outcomes(bora_summary *s, bora_finished *run, const bora_table *t, bora_error *e) {
    int status = s->D ? BORA_OK : name_tasks(s, t, e);
    if (!status) status = bora_calloc(&run->outcomes, (size_t)(BORA_ATS * s->D), sizeof *run->outcomes, "results", e);
    for (size_t i = 0; !status && i < t->rows - 1 && i < (size_t)(BORA_ATS * s->D); i++) {
        bora_outcome *x = &run->outcomes[i];
        const wanted columns[] = {
            {"train_documents", &x->documents[BORA_OF_TRAIN], 0, DBL_MAX}, /* of a new task there may be none */
            {"train_tokens", &x->tokens[BORA_OF_TRAIN], 0, DBL_MAX},
            {"train_nll", &x->nll[BORA_OF_TRAIN], 0, DBL_MAX},
            {"validation_documents", &x->documents[BORA_OF_VALIDATION], 1, DBL_MAX},
            {"validation_tokens", &x->tokens[BORA_OF_VALIDATION], 1, DBL_MAX},
            {"validation_nll", &x->nll[BORA_OF_VALIDATION], 0, DBL_MAX},
            {"test_documents", &x->documents[BORA_OF_TEST], 1, DBL_MAX},
            {"test_tokens", &x->tokens[BORA_OF_TEST], 1, DBL_MAX},
            {"test_nll", &x->nll[BORA_OF_TEST], 0, DBL_MAX},
            {"distance", &x->distance, 0, DBL_MAX},
            {"distance_from_start", &x->from_start, 0, DBL_MAX}};
        status = expect(t, i + 1, "checkpoint", bora_at_names[i / (size_t)s->D], e);
        if (!status) status = expect(t, i + 1, "task", s->tasks[i % (size_t)s->D], e);
        if (!status) status = read_row(t, i + 1, columns, sizeof columns / sizeof *columns, e);
    }
    return status ? status : count_rows(t, BORA_ATS, s->D, e);
}

static int read_curve(bora_summary *s, bora_finished *run, const bora_table *t, bora_error *e) {
    size_t blocks = (t->rows - 1) / (size_t)s->D, D = (size_t)s->D;
    int status = blocks ? count_rows(t, blocks, s->D, e) : count_rows(t, 2, s->D, e);
    if (!status) status = bora_calloc(&run->curve, blocks * BORA_OF_TEST, sizeof *run->curve, "results", e);
    if (!status) status = bora_calloc(&run->objective, blocks, sizeof *run->objective, "results", e);
    for (size_t i = 0; !status && i < blocks * D; i++) {
        double *point = run->curve + i / D * BORA_OF_TEST, epoch, tokens[BORA_OF_TEST], nll[BORA_OF_TEST], at = (double)(i / D),
               distance, some = at > 0 && run->outcomes[i % D].tokens[BORA_OF_TRAIN] > 0; /* none before the first epoch */
        const wanted columns[] = {{"epoch", &epoch, at, DBL_MAX},
                                  {"train_tokens", &tokens[BORA_OF_TRAIN], some, DBL_MAX},
                                  {"train_nll", &nll[BORA_OF_TRAIN], 0, DBL_MAX},
                                  {"validation_tokens", &tokens[BORA_OF_VALIDATION], 1, DBL_MAX},
                                  {"validation_nll", &nll[BORA_OF_VALIDATION], 0, DBL_MAX},
                                  {"distance", &distance, 0, DBL_MAX}};
        status = expect(t, i + 1, "task", s->tasks[i % D], e);
        if (!status) status = read_row(t, i + 1, columns, sizeof columns / sizeof *columns, e);
        if (!status && epoch != at)
            status = bora_fail(e, BORA_BAD_INPUT, "%s:%zu: epoch %g, expected %g", t->path, t->lines[i + 1], epoch, at);
        for (int of = 0; !status && of < BORA_OF_TEST; of++) point[of] += tokens[of] > 0 ? nll[of] / tokens[of] / s->D : NAN;
        if (!status) run->objective[i / D] += at > 0 ? bora_objective(nll[BORA_OF_TRAIN], run->tau, distance) : NAN;
    }
    run->epochs = (int)blocks - 1;
    return status;
}

static int read_file(bora_summary *s, bora_finished *run, const char *name,
                     int (*read)(bora_summary *, bora_finished *, const bora_table *, bora_error *), bora_error *e) {
    bora_table t;
    char *path = bora_format("%s/%s/%s", s->directory, run->name, name);
    int status = bora_table_read(&t, path, e);
    free(path);
    if (status) return status;
    status = read(s, run, &t, e);
    bora_table_free(&t);
    return status;
}

const char *bora_experiment_name(const bora_summary *s) {
    const char *slash = strrchr(s->directory, '/');
    return slash ? slash + 1 : s->directory;
}

/* The columns behind best_epoch: what the sweep varies besides, and the variant. */
static int read_keys(bora_summary *s, const bora_table *index, bora_error *e) {
    size_t from = 0, end = index->columns;
    while (from < end && strcmp(bora_table_cell(index, 0, from), "best_epoch")) from++;
    if (from + 1 + BORA_KEYS < end)
        return bora_fail(e, BORA_BAD_INPUT, "%s:1: %zu columns behind best_epoch, at most %d", index->path, end - from - 1,
                         BORA_KEYS);
    for (size_t c = from + 1; c < end; c++) s->keys[s->n_keys++] = bora_format("%s", bora_table_cell(index, 0, c));
    return BORA_OK;
}

static void read_values(bora_summary *s, bora_finished *run, const bora_table *index, size_t row) {
    for (int k = 0; k < s->n_keys; k++)
        run->values[k] = bora_format("%s", bora_table_cell(index, row, index->columns - (size_t)(s->n_keys - k)));
    for (run->setting = 0; run->setting < s->settings; run->setting++) {
        const bora_finished *other = s->runs;
        while (other->setting != run->setting || other == run) other++;
        bool same = true;
        for (int k = 0; k < s->n_keys; k++) same = same && !strcmp(other->values[k], run->values[k]);
        if (same) return;
    }
    s->settings++;
}

static int read_run(bora_summary *s, const bora_table *index, size_t row, bora_error *e) {
    bora_finished *run = &s->runs[s->n++];
    const wanted columns[] = {{"seed", &run->seed, 0, DBL_MAX},
                              {"tau", &run->tau, 0, INFINITY},
                              {"rank", &run->rank, 1, DBL_MAX},
                              {"learning_rate", &run->learning_rate, 0, DBL_MAX}};
    size_t name, method, alpha;
    bora_error none;
    int status = bora_table_column(index, "run", &name, e);
    if (!status) status = bora_table_column(index, "method", &method, e);
    if (!status) status = read_row(index, row, columns, sizeof columns / sizeof *columns, e);
    run->alpha = NAN;
    if (!status && !bora_table_column(index, "alpha", &alpha, &none))
        status = bora_table_number(index, row, alpha, 0, DBL_MAX, &run->alpha, e);
    if (status) return status;
    read_values(s, run, index, row);
    run->name = bora_format("%s", bora_table_cell(index, row, name));
    run->method = bora_format("%s", bora_table_cell(index, row, method));
    const bora_finished *other = s->runs;
    while (strcmp(other->name, run->name)) other++;
    s->made += other == run;
    char *folder = bora_format("%s/%s", s->directory, run->name), *curve = bora_format("%s/curve.csv", folder);
    if (!bora_exists(folder))
        status = bora_fail(e, BORA_BAD_INPUT, "%s:%zu: no folder '%s' of this run", index->path, index->lines[row], folder);
    if (!status) status = read_file(s, run, "tasks.csv", read_outcomes, e);
    if (!status && bora_exists(curve)) status = read_file(s, run, "curve.csv", read_curve, e);
    free(folder);
    free(curve);
    return status;
}

static int read_base(bora_summary *s, bora_error *e) {
    char *path = bora_format("%s/base.csv", s->directory);
    bora_table t = {0};
    int status = bora_exists(path) ? bora_table_read(&t, path, e) : BORA_OK;
    if (!status && t.rows)
        status = bora_calloc(&s->base.outcomes, (size_t)(BORA_ATS * s->D), sizeof *s->base.outcomes, "results", e);
    for (size_t d = 0; !status && d + 1 < t.rows && d < (size_t)s->D; d++) {
        bora_outcome *x = &s->base.outcomes[BORA_AT_COMMON * s->D + (int)d];
        const wanted columns[] = {{"validation_tokens", &x->tokens[BORA_OF_VALIDATION], 1, DBL_MAX},
                                  {"validation_nll", &x->nll[BORA_OF_VALIDATION], 0, DBL_MAX},
                                  {"test_tokens", &x->tokens[BORA_OF_TEST], 1, DBL_MAX},
                                  {"test_nll", &x->nll[BORA_OF_TEST], 0, DBL_MAX}};
        status = expect(&t, d + 1, "task", s->tasks[d], e);
        if (!status) status = read_row(&t, d + 1, columns, sizeof columns / sizeof *columns, e);
    }
    if (!status && t.rows) status = count_rows(&t, 1, s->D, e);
    bora_table_free(&t);
    free(path);
    return status;
}

static const char *axis(const char *method) {
    bool bora = !strcmp(method, "bora") || !strcmp(method, "independent") || !strcmp(method, "unified");
    return bora ? "" : method;
}

int bora_compare_methods(const char *a, const char *b) { return strcmp(axis(a), axis(b)); }

static int by_cell_and_seed(const void *a, const void *b) {
    const bora_finished *x = a, *y = b;
    if (x->setting != y->setting) return x->setting < y->setting ? -1 : 1;
    int method = bora_compare_methods(x->method, y->method);
    if (method) return method;
    const double p[] = {x->tau, x->rank, x->learning_rate, x->seed}, q[] = {y->tau, y->rank, y->learning_rate, y->seed};
    for (int i = 0; i < 4; i++)
        if (p[i] != q[i]) return p[i] < q[i] ? -1 : 1;
    return strcmp(x->name, y->name);
}

int bora_summary_read(bora_summary *s, const char *directory, bora_error *e) {
    size_t length = strlen(directory);
    while (length > 1 && directory[length - 1] == '/') length--;
    *s = (bora_summary){.directory = bora_format("%.*s", (int)length, directory)};
    bora_table index;
    char *path = bora_format("%s/runs.csv", s->directory);
    int status = bora_table_read(&index, path, e);
    if (!status && index.rows == 1) status = bora_fail(e, BORA_BAD_INPUT, "%s:1: no run is finished yet", path);
    if (!status) status = bora_calloc(&s->runs, index.rows - 1, sizeof *s->runs, "results", e);
    if (!status) status = read_keys(s, &index, e);
    for (size_t row = 1; !status && row < index.rows; row++) status = read_run(s, &index, row, e);
    if (!status) status = read_base(s, e);
    bora_table_free(&index);
    free(path);
    if (status) bora_summary_free(s);
    else qsort(s->runs, (size_t)s->n, sizeof *s->runs, by_cell_and_seed);
    return status;
}

/* Whether the base was evaluated on the documents of the run, as far as tokens tell. */
static bool has_tokens_of(const bora_summary *s, const bora_finished *run) {
    bool same = true;
    for (int d = 0; same && d < s->D; d++)
        for (int of = BORA_OF_VALIDATION; same && of <= BORA_OF_TEST; of++)
            same =
                s->base.outcomes[BORA_AT_COMMON * s->D + d].tokens[of] == run->outcomes[BORA_AT_COMMON * s->D + d].tokens[of];
    return same;
}

bora_summary bora_summary_of_setting(const bora_summary *s, int setting) {
    bora_summary part = *s;
    int from = 0, to;
    while (s->runs[from].setting != setting) from++;
    for (to = from; to < s->n && s->runs[to].setting == setting;) to++;
    part.runs += from;
    part.n = to - from;
    part.settings = 1;
    if (part.base.outcomes && !has_tokens_of(s, part.runs)) part.base.outcomes = NULL;
    return part;
}

int bora_reference_setting(const bora_summary *s, int setting, int key) {
    const bora_finished *own = bora_summary_of_setting(s, setting).runs;
    if (!strncmp(s->keys[key], "data.", 5) || !strncmp(s->keys[key], "language.", 9)) return -1;
    for (int i = 0; i < s->n; i++) {
        bool same = s->runs[i].setting != setting;
        for (int k = 0; same && k < s->n_keys; k++) /* the first run is of the first setting */
            same = !strcmp(s->runs[i].values[k], (k == key ? s->runs : own)->values[k]);
        if (same) return s->runs[i].setting;
    }
    return -1;
}

int bora_key_of(const bora_summary *s, const char *name) {
    int k = s->n_keys - 1;
    while (k >= 0 && strcmp(s->keys[k], name)) k--;
    return k;
}

void bora_put_values(FILE *out, const bora_summary *s, const bora_finished *run) {
    for (int k = 0; k < s->n_keys; k++) {
        bora_put_text(out, run->values[k]);
        fputc(',', out);
    }
}

void bora_put_keys(FILE *out, const bora_summary *s) {
    for (int k = 0; k < s->n_keys; k++) fprintf(out, "%s,", s->keys[k]);
}

void bora_name_setting(FILE *out, const bora_summary *part) {
    for (int k = 0; k < part->n_keys; k++) fprintf(out, "%s%s %s", k ? ", " : "  ", part->keys[k], part->runs[0].values[k]);
    fputs(":\n", out);
}

int bora_needed(int status, const char *folder, bora_error *e) {
    if (status != BORA_SKIPPED) return status;
    char *missing = bora_format("%s", e->message);
    status = bora_fail(e, BORA_BAD_INPUT, "%s: %s", folder, missing);
    free(missing);
    return status;
}

void bora_summary_free(bora_summary *s) {
    for (int i = 0; i < s->n; i++) {
        free(s->runs[i].name);
        free(s->runs[i].method);
        for (int k = 0; k < s->n_keys; k++) free(s->runs[i].values[k]);
        free(s->runs[i].outcomes);
        free(s->runs[i].curve);
        free(s->runs[i].objective);
    }
    for (int k = 0; k < s->n_keys; k++) free(s->keys[k]);
    free(s->base.outcomes);
    for (int d = 0; d < s->D; d++) free(s->tasks[d]);
    free(s->runs);
    free(s->tasks);
    free(s->directory);
    *s = (bora_summary){0};
}
