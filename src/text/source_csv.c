/* source_csv.c: tasks from any CSV file (RFC 4180: commas, doubled quotes, newlines inside quotes; UTF-8, byte-order mark
 * allowed; blanks around an unquoted field do not count). One row is one passage; columns are found by the names of the header.
 * Rows whose task or text is empty or NA are left out, as are short texts and then tasks with too few or too many rows; a row
 * whose group is empty or NA is a group of its own. A file that is not such a CSV is an error with its line, never a guess. */
#include "text/internal.h"
#include "text/source.h"

#include <csv.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

enum { TASK, TEXT, GROUP, COLUMNS };

typedef struct {
    const bora_csv_options *options;
    bora_source *source;
    size_t capacity, row, column, columns; /* row 0 is the header, which has `columns` fields */
    size_t line, begun;                    /* the line being read, the line on which its row began */
    ptrdiff_t at[COLUMNS];                 /* -1: not found or not asked for */
    char *field[COLUMNS];
    size_t size[COLUMNS];
    char *header; /* the names there are, for messages */
    bora_error *e;
    int status;
} reader;

static const char *wanted(const reader *r, int i) {
    return i == TASK ? r->options->task_column : i == TEXT ? r->options->text_column : r->options->group_column;
}

static int read_heading(reader *r, const char *name) {
    if (!r->header || strlen(r->header) < 1000) { /* no message is longer */
        char *longer = bora_format("%s%s'%.60s'", r->header ? r->header : "", r->header ? ", " : "", name);
        free(r->header);
        r->header = longer;
    }
    for (int i = 0; i < COLUMNS; i++) {
        if (!*wanted(r, i) || strcmp(name, wanted(r, i))) continue;
        if (r->at[i] >= 0) return bora_fail(r->e, BORA_BAD_INPUT, "%s:1: two columns are named '%s'", r->options->path, name);
        r->at[i] = (ptrdiff_t)r->column;
    }
    return BORA_OK;
}

static int keep_field(reader *r, const char *bytes, size_t size) {
    int status = BORA_OK;
    for (int i = 0; !status && i < COLUMNS; i++) {
        if (r->at[i] != (ptrdiff_t)r->column) continue;
        status = bora_calloc(&r->field[i], size + 1, 1, "a field", r->e);
        if (!status) memcpy(r->field[i], bytes, r->size[i] = size);
    }
    return status;
}

static void on_field(void *data, size_t size, void *context) {
    reader *r = context;
    if (!r->status) r->status = r->row ? keep_field(r, data, size) : read_heading(r, data);
    r->column++;
}

static bool missing(const char *text) { return !text || !*text || !strcmp(text, "NA"); }

static size_t characters(const char *text) {
    size_t n = 0;
    for (; *text; text++) n += ((unsigned char)*text & 0xc0) != 0x80; /* UTF-8: all but the bytes that continue one */
    return n;
}

static int end_row(reader *r) {
    const char *path = r->options->path;
    if (r->row == 0) {
        for (int i = 0; i < COLUMNS; i++)
            if (*wanted(r, i) && r->at[i] < 0)
                return bora_fail(r->e, BORA_BAD_INPUT, "%s:1: no column '%s'; the header has %s", path, wanted(r, i),
                                 r->header);
        r->columns = r->column;
        return BORA_OK;
    }
    if (r->column != r->columns)
        return bora_fail(r->e, BORA_BAD_INPUT, "%s:%zu: the row has %zu fields, the header %zu", path, r->begun, r->column,
                         r->columns);
    if (missing(r->field[TASK]) || missing(r->field[TEXT]) || characters(r->field[TEXT]) < r->options->min_characters)
        return BORA_OK;
    char *own = bora_format("row %zu", r->row);
    const char *group = missing(r->field[GROUP]) ? own : r->field[GROUP];
    int status = bora_source_add(r->source, &r->capacity, r->field[TASK], group, r->field[TEXT], r->size[TEXT], r->e);
    free(own);
    return status;
}

static void on_row(int end, void *context) {
    reader *r = context;
    (void)end;
    if (!r->status) r->status = end_row(r);
    for (int i = 0; i < COLUMNS; i++) {
        free(r->field[i]);
        r->field[i] = NULL;
    }
    r->column = 0;
    r->row++;
    r->begun = r->line + 1;
}

/* Nothing behind a NUL would be seen, and names of tasks go into JSON, which is UTF-8. */
static int check_bytes(const reader *r, const char *line, size_t size) {
    json_t *valid = json_stringn(line, size);
    bool utf8 = valid != NULL;
    json_decref(valid);
    if (utf8 && !memchr(line, 0, size)) return BORA_OK;
    return bora_fail(r->e, BORA_BAD_INPUT, "%s:%zu: %s (expected UTF-8: convert the file with iconv)", r->options->path,
                     r->line, utf8 ? "a NUL byte" : "not UTF-8");
}

/* libcsv knows no lines: it is fed one at a time. */
static int read_rows(reader *r, const char *text, size_t size) {
    struct csv_parser parser;
    if (csv_init(&parser, CSV_STRICT | CSV_STRICT_FINI | CSV_APPEND_NULL))
        return bora_fail(r->e, BORA_FAILED, "libcsv does not start");
    size_t at = size >= 3 && !memcmp(text, "\xef\xbb\xbf", 3) ? 3 : 0;
    while (!r->status && at < size) {
        const char *newline = memchr(text + at, '\n', size - at);
        size_t n = newline ? (size_t)(newline - text) + 1 - at : size - at;
        r->line++;
        r->status = check_bytes(r, text + at, n);
        if (!r->status && csv_parse(&parser, text + at, n, on_field, on_row, r) != n && !r->status)
            r->status = bora_fail(r->e, BORA_BAD_INPUT, "%s:%zu: %s (a quote out of place? expected CSV as in RFC 4180)",
                                  r->options->path, r->line, csv_strerror(csv_error(&parser)));
        at += n;
    }
    if (!r->status && csv_fini(&parser, on_field, on_row, r) && !r->status)
        r->status = bora_fail(r->e, BORA_BAD_INPUT, "%s:%zu: a quote in the row that begins here is never closed",
                              r->options->path, r->begun);
    csv_free(&parser);
    if (!r->status && r->row == 0)
        r->status =
            bora_fail(r->e, BORA_BAD_INPUT, "%s:1: empty, expected a header with the names of columns", r->options->path);
    return r->status;
}

/* Keep the tasks whose number of rows is within the bounds. */
static int filter(bora_source *s, const bora_csv_options *o, bora_error *e) {
    bora_map counts = {0};
    for (size_t i = 0; i < s->n; i++) {
        bora_entry *x = bora_map_put(&counts, s->passages[i].task, strlen(s->passages[i].task));
        if (!x) {
            bora_map_free(&counts);
            return bora_fail(e, BORA_FAILED, "out of memory in '%s'", o->path);
        }
        x->value++;
    }
    size_t kept = 0;
    for (size_t i = 0; i < s->n; i++) {
        bora_passage *x = &s->passages[i];
        size_t count = (size_t)bora_map_get(&counts, x->task, strlen(x->task))->value;
        if (count >= o->min_documents && (!o->max_documents || count <= o->max_documents)) {
            s->passages[kept++] = *x;
            continue;
        }
        free(x->task);
        free(x->group);
        free(x->text);
    }
    s->n = kept;
    bora_map_free(&counts);
    if (kept) return BORA_OK;
    return bora_fail(e, BORA_BAD_INPUT, "%s: no row is left after data.min_characters, min_documents and max_documents",
                     o->path);
}

int bora_source_csv(bora_source *s, const bora_csv_options *options, bora_error *e) {
    reader r = {.options = options, .source = s, .at = {-1, -1, -1}, .begun = 1, .e = e};
    char *text = NULL;
    size_t size;
    *s = (bora_source){0};
    int status = bora_read_file(options->path, &text, &size, e);
    if (status) return status;
    status = read_rows(&r, text, size);
    for (int i = 0; i < COLUMNS; i++) free(r.field[i]);
    free(r.header);
    free(text);
    if (!status) status = filter(s, options, e);
    if (status) bora_source_free(s);
    return status;
}
