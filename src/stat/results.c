/* results.c: reading result files: CSV with a header (libcsv), every problem with file and line. */
#include "stat/summary.h"

#include <csv.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    bora_table *t;
    size_t n, capacity, in_row;
    bora_error *e;
    int status;
} reader;

static void on_field(void *data, size_t size, void *context) {
    reader *r = context;
    (void)size;
    if (r->n == r->capacity) {
        size_t wanted = r->capacity ? 2 * r->capacity : 1024;
        if (!r->status) r->status = bora_realloc(&r->t->cells, wanted, sizeof *r->t->cells, r->t->path, r->e);
        if (r->status) return;
        r->capacity = wanted;
    }
    if (!r->status) r->t->cells[r->n++] = bora_format("%s", data ? (const char *)data : "");
    r->in_row++;
}

static void on_row(int end, void *context) {
    reader *r = context;
    (void)end;
    if (r->t->columns == 0) r->t->columns = r->in_row;
    else r->t->rows++;
    if (!r->status && r->in_row != r->t->columns)
        r->status = bora_fail(r->e, BORA_BAD_INPUT, "%s:%zu: %zu fields, the header has %zu (cut off?)", r->t->path, r->t->rows + 1, r->in_row,
                              r->t->columns);
    r->in_row = 0;
}

int bora_table_read(bora_table *t, const char *path, bora_error *e) {
    *t = (bora_table){.path = bora_format("%s", path)};
    reader r = {.t = t, .e = e};
    char *text = NULL;
    size_t size;
    struct csv_parser parser;
    int status = bora_read_file(path, &text, &size, e);
    if (!status && csv_init(&parser, CSV_STRICT | CSV_STRICT_FINI | CSV_APPEND_NULL)) status = bora_fail(e, BORA_FAILED, "libcsv does not start");
    else if (!status) {
        bool whole = csv_parse(&parser, text, size, on_field, on_row, &r) == size && csv_fini(&parser, on_field, on_row, &r) == 0;
        status = r.status;
        if (!status && !whole) status = bora_fail(e, BORA_BAD_INPUT, "%s:%zu: %s", path, t->rows + 2, csv_strerror(csv_error(&parser)));
        if (!status && !t->columns) status = bora_fail(e, BORA_BAD_INPUT, "%s:1: empty, expected a header", path);
        csv_free(&parser);
    }
    free(text);
    if (status) {
        t->rows = 0;
        for (size_t i = 0; i < r.n; i++) free(t->cells[i]);
        free(t->cells);
        free(t->path);
        *t = (bora_table){0};
    }
    return status;
}

void bora_table_free(bora_table *t) {
    for (size_t i = 0; t->cells && i < (t->rows + 1) * t->columns; i++) free(t->cells[i]);
    free(t->cells);
    free(t->path);
    *t = (bora_table){0};
}

const char *bora_cell(const bora_table *t, size_t row, size_t column) { return t->cells[row * t->columns + column]; }

int bora_column(const bora_table *t, const char *name, size_t *column, bora_error *e) {
    for (*column = 0; *column < t->columns; (*column)++)
        if (!strcmp(bora_cell(t, 0, *column), name)) return BORA_OK;
    return bora_fail(e, BORA_BAD_INPUT, "%s:1: no column '%s'; the first is '%s'", t->path, name, bora_cell(t, 0, 0));
}

int bora_number(const bora_table *t, size_t row, size_t column, bool infinite, double *value, bora_error *e) {
    const char *text = bora_cell(t, row, column);
    char *end;
    *value = strtod(text, &end);
    if (*text && !*end && (isfinite(*value) || (infinite && *value > 0 && !isnan(*value)))) return BORA_OK;
    return bora_fail(e, BORA_BAD_INPUT, "%s:%zu: '%s' in column '%s', expected a finite number", t->path, row + 1, text, bora_cell(t, 0, column));
}
