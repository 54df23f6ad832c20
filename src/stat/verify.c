/* verify.c: `bora verify`: an experiment computed again against kept results of it, digit for digit. Only files under the
 * numerics contract are compared, and truth.csv, which has twelve digits of what is not; tables and figures follow from them,
 * through functions (exp, GSL) that may differ in a last digit elsewhere. */
#include "stat/summary.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    const char *here, *kept; /* folders         */
    int files, runs;         /* compared so far */
    bora_error *e;
} comparison;

/* A row by its first cells, which hold its key: the caller frees it. */
static char *row_name(const bora_table *t, size_t row) {
    if (row == 0) return bora_format("the header");
    const char *cell[3] = {"", "", ""};
    for (size_t i = 0; i < 3 && i < t->columns; i++) cell[i] = bora_table_cell(t, row, i);
    return bora_format("row %zu (%.60s, %.60s, %.60s)", row, cell[0], cell[1], cell[2]);
}

/* Every cell as text. */
static int compare_tables(const bora_table *here, const bora_table *kept, bora_error *e) {
    for (size_t row = 0; row < here->rows && row < kept->rows; row++)
        for (size_t column = 0; column < here->columns && column < kept->columns; column++) {
            const char *found = bora_table_cell(here, row, column), *expected = bora_table_cell(kept, row, column);
            if (!strcmp(found, expected)) continue;
            char *name = row_name(kept, row);
            bora_fail(e, BORA_FAILED, "%s:%zu: %s, column '%.60s': '%.60s', expected '%.60s' as in %s", here->path,
                      here->lines[row], name, bora_table_cell(kept, 0, column), found, expected, kept->path);
            free(name);
            return BORA_FAILED;
        }
    if (here->rows == kept->rows && here->columns == kept->columns) return BORA_OK;
    return bora_fail(e, BORA_FAILED, "%s: %zu rows of %zu columns, expected %zu of %zu as in %s", here->path, here->rows,
                     here->columns, kept->rows, kept->columns, kept->path);
}

static int compare_csv(comparison *c, const char *folder, const char *name) {
    char *here = bora_format("%s/%s/%s", c->here, folder, name), *kept = bora_format("%s/%s/%s", c->kept, folder, name);
    bora_table x = {0}, y = {0};
    int status = bora_table_read(&x, here, c->e);
    if (!status) status = bora_table_read(&y, kept, c->e);
    if (!status) status = compare_tables(&x, &y, c->e);
    bora_table_free(&x);
    bora_table_free(&y);
    free(here);
    free(kept);
    c->files++;
    return status;
}

/* Not all folders and runs have all files. */
static int compare_kept(comparison *c, const char *folder, const char *name) {
    char *kept = bora_format("%s/%s/%s", c->kept, folder, name);
    int status = bora_exists(kept) ? compare_csv(c, folder, name) : BORA_OK;
    free(kept);
    return status;
}

/* What the two sides' machines and programs were, a line a key. */
static void print_provenance(const comparison *c, const char *run) {
    char *here = bora_format("%s/%s/provenance.json", c->here, run), *kept = bora_format("%s/%s/provenance.json", c->kept, run);
    json_t *x = json_load_file(here, JSON_REJECT_DUPLICATES, NULL), *y = json_load_file(kept, JSON_REJECT_DUPLICATES, NULL);
    if (!x || !y) printf("  no provenance in '%s'\n", x ? kept : here);
    else printf("  %-28s %-36s %s\n", "", "here", "kept");
    const char *key;
    json_t *value;
    json_object_foreach(x && y ? x : NULL, key, value) {
        char *a = json_dumps(value, JSON_ENCODE_ANY | JSON_REAL_PRECISION(4)),
             *b = json_dumps(json_object_get(y, key), JSON_ENCODE_ANY | JSON_REAL_PRECISION(4));
        printf("  %-28s %-36.36s %.36s\n", key, a ? a : "", b ? b : "");
        free(a);
        free(b);
    }
    json_decref(x);
    json_decref(y);
    free(here);
    free(kept);
}

/* A run is known by its name, which holds the hash of its settings and data. */
static int compare_run(comparison *c, const char *run) {
    char *kept = bora_format("%s/%s", c->kept, run);
    int status = BORA_OK;
    if (!bora_exists(kept))
        status =
            bora_fail(c->e, BORA_FAILED, "'%s' has no run '%s': settings, data or the numerics version differ", c->kept, run);
    else {
        status = compare_csv(c, run, "curve.csv");
        if (!status) status = compare_csv(c, run, "tasks.csv");
        if (!status) status = compare_kept(c, run, "truth.csv"); /* of synthetic data */
        if (status == BORA_FAILED) print_provenance(c, run);
    }
    free(kept);
    c->runs++;
    return status;
}

/* Of a part of the runs there is no whole index, nor NLL by block. */
static int compare_whole(comparison *c, bool whole) {
    static const char *const names[] = {"base.csv", "runs.csv", "blocks.csv", "blocks-task.csv"};
    int status = BORA_OK;
    for (int i = 0; !status && i < (whole ? 4 : 1); i++) status = compare_kept(c, ".", names[i]);
    return status;
}

/* A run of several settings has a row of each. */
static bool is_repeated(const bora_table *t, size_t row, size_t column) {
    for (size_t i = 1; i < row; i++)
        if (!strcmp(bora_table_cell(t, i, column), bora_table_cell(t, row, column))) return true;
    return false;
}

int bora_verify(const char *directory, const char *reference, bora_error *e) {
    comparison c = {.here = directory, .kept = reference, .e = e};
    char *here = bora_format("%s/runs.csv", directory), *kept = bora_format("%s/runs.csv", reference);
    bora_table x = {0}, y = {0};
    size_t column = 0;
    int status = bora_table_read(&x, here, e);
    if (!status) status = bora_table_read(&y, kept, e);
    if (!status) status = bora_table_column(&x, "run", &column, e);
    for (size_t row = 1; !status && row < x.rows; row++)
        if (!is_repeated(&x, row, column)) status = compare_run(&c, bora_table_cell(&x, row, column));
    if (!status) status = compare_whole(&c, x.rows == y.rows);
    int runs = 0;
    for (size_t row = 1; !status && row < y.rows; row++) runs += !is_repeated(&y, row, column);
    if (!status)
        printf("%s: %d of %d runs equal %s, digit for digit (%d files)\n", directory, c.runs, runs, reference, c.files);
    bora_table_free(&x);
    bora_table_free(&y);
    free(here);
    free(kept);
    return status;
}
