/* csv.c: CSV files with a header, whole in memory (libcsv), and numbers going out. What the columns mean it does not know. */
#include "stat/summary.h"

#include <csv.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    bora_table *t;
    size_t size, text_capacity;              /* of text   */
    size_t n, field_capacity, line_capacity; /* n: fields */
    size_t column, line, begun;              /* of the row being read; the line it began on */
    bora_error *e;
    int status;
} reader;

static int grow(void *array, size_t *capacity, size_t wanted, size_t size, bora_error *e) {
    if (wanted <= *capacity) return BORA_OK;
    size_t larger = wanted > 2 * *capacity ? wanted + 64 : 2 * *capacity;
    int status = bora_realloc(array, larger, size, "a CSV table", e);
    if (!status) *capacity = larger;
    return status;
}

static void on_field(void *data, size_t size, void *context) {
    reader *r = context;
    bora_table *t = r->t;
    if (!r->status) r->status = grow(&t->text, &r->text_capacity, r->size + size + 1, 1, r->e);
    if (!r->status) r->status = grow(&t->fields, &r->field_capacity, r->n + 1, sizeof *t->fields, r->e);
    if (r->status) return;
    if (size) memcpy(t->text + r->size, data, size);
    t->text[r->size + size] = 0;
    t->fields[r->n++] = r->size;
    r->size += size + 1;
    r->column++;
}

static void on_row(int end, void *context) {
    reader *r = context;
    bora_table *t = r->t;
    (void)end;
    if (!r->status) r->status = grow(&t->lines, &r->line_capacity, t->rows + 1, sizeof *t->lines, r->e);
    if (r->status) return;
    if (t->rows == 0) t->columns = r->column;
    else if (r->column != t->columns)
        r->status = bora_fail(r->e, BORA_BAD_INPUT, "%s:%zu: %zu fields, the header has %zu (is the file cut off?)", t->path,
                              r->begun, r->column, t->columns);
    t->lines[t->rows++] = r->begun;
    r->column = 0;
    r->begun = r->line + 1;
}

/* libcsv counts no lines: it is fed one at a time. */
static int parse(reader *r, const char *text, size_t size) {
    struct csv_parser parser;
    if (csv_init(&parser, CSV_STRICT | CSV_STRICT_FINI)) return bora_fail(r->e, BORA_FAILED, "libcsv does not start");
    for (size_t at = 0; !r->status && at < size;) {
        const char *newline = memchr(text + at, '\n', size - at);
        size_t n = newline ? (size_t)(newline - text) + 1 - at : size - at;
        r->line++;
        if (memchr(text + at, 0, n))
            r->status = bora_fail(r->e, BORA_BAD_INPUT, "%s:%zu: a NUL byte, expected CSV", r->t->path, r->line);
        else if (csv_parse(&parser, text + at, n, on_field, on_row, r) != n && !r->status)
            r->status = bora_fail(r->e, BORA_BAD_INPUT, "%s:%zu: %s", r->t->path, r->line, csv_strerror(csv_error(&parser)));
        at += n;
    }
    if (!r->status && csv_fini(&parser, on_field, on_row, r) && !r->status)
        r->status = bora_fail(r->e, BORA_BAD_INPUT, "%s:%zu: a quote that is never closed", r->t->path, r->begun);
    csv_free(&parser);
    if (!r->status && size && text[size - 1] != '\n')
        r->status =
            bora_fail(r->e, BORA_BAD_INPUT, "%s:%zu: no new line at the end (is the file cut off?)", r->t->path, r->line);
    if (!r->status && r->t->rows == 0)
        r->status = bora_fail(r->e, BORA_BAD_INPUT, "%s:1: empty, expected a header", r->t->path);
    return r->status;
}

int bora_table_read(bora_table *t, const char *path, bora_error *e) {
    *t = (bora_table){0};
    char *text;
    size_t size;
    int status = bora_read_file(path, &text, &size, e);
    if (status) return status;
    t->path = bora_format("%s", path);
    reader r = {.t = t, .begun = 1, .e = e};
    status = parse(&r, text, size);
    free(text);
    if (status) bora_table_free(t);
    return status;
}

void bora_table_free(bora_table *t) {
    free(t->path);
    free(t->text);
    free(t->fields);
    free(t->lines);
    *t = (bora_table){0};
}

const char *bora_table_cell(const bora_table *t, size_t row, size_t column) {
    return t->text + t->fields[row * t->columns + column];
}

int bora_table_column(const bora_table *t, const char *name, size_t *column, bora_error *e) {
    for (*column = 0; *column < t->columns; ++*column)
        if (!strcmp(bora_table_cell(t, 0, *column), name)) return BORA_OK;
    return bora_fail(e, BORA_BAD_INPUT, "%s:1: no column '%s' among %zu columns, the first of which is '%.60s'", t->path, name,
                     t->columns, bora_table_cell(t, 0, 0));
}

int bora_table_number(const bora_table *t, size_t row, size_t column, double least, double most, double *value, bora_error *e) {
    const char *text = bora_table_cell(t, row, column);
    char *end;
    *value = strtod(text, &end);
    if (*text && !*end && *value >= least && *value <= most) return BORA_OK;
    return bora_fail(e, BORA_BAD_INPUT, "%s:%zu: '%.60s' in column '%s', expected a %snumber from %g%s", t->path, t->lines[row],
                     text, bora_table_cell(t, 0, column), isinf(most) ? "" : "finite ", least, isinf(most) ? " to inf" : "");
}

void bora_put_number(FILE *out, double value) {
    char text[32];
    if (isnan(value)) return;
    snprintf(text, sizeof text, "%.15g", value);
    if (strtod(text, NULL) != value) snprintf(text, sizeof text, "%.17g", value);
    fputs(text, out);
}

void bora_put_numbers(FILE *out, const double *x, int n) {
    for (int i = 0; i < n; i++) {
        fputc(',', out);
        bora_put_number(out, x[i]);
    }
}

void bora_end_row(FILE *out, const double *x, int n) {
    bora_put_numbers(out, x, n);
    fputc('\n', out);
}
