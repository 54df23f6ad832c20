/* source_csv.c: tasks from any CSV file (RFC 4180: commas, doubled quotes, newlines inside quotes; UTF-8, byte-order mark allowed).
 * One row is one passage. Columns are found by the names of the header. Rows whose task or text is empty or NA are left out, as
 * are short texts and then tasks with too few or too many rows. */
#include "text/internal.h"
#include "text/source.h"

#include <csv.h>
#include <stdlib.h>
#include <string.h>

enum { TASK, TEXT, GROUP, COLUMNS };

typedef struct {
    const bora_csv_options *options;
    bora_source *source;
    size_t capacity, column, row, line; /* row 0 is the header */
    ptrdiff_t at[COLUMNS];              /* -1: not found or not asked for */
    char *field[COLUMNS];
    size_t size[COLUMNS];
    char *header; /* the names there are, for messages */
    bora_error *e;
    int status;
} reader;

static const char *wanted(const reader *r, int i) {
    return i == TASK ? r->options->task_column : i == TEXT ? r->options->text_column : r->options->group_column;
}

static void on_field(void *data, size_t size, void *context) {
    reader *r = context;
    const char *bytes = data ? data : "";
    for (int i = 0; r->row == 0 && i < COLUMNS; i++)
        if (*wanted(r, i) && !strcmp(bytes, wanted(r, i))) r->at[i] = (ptrdiff_t)r->column;
    if (r->row == 0) {
        char *longer = bora_format("%s%s'%.60s'", r->header ? r->header : "", r->header ? ", " : "", bytes);
        free(r->header);
        r->header = longer;
    }
    for (int i = 0; r->row && i < COLUMNS; i++)
        if (r->at[i] == (ptrdiff_t)r->column) {
            free(r->field[i]);
            r->field[i] = malloc(size + 1);
            if (!r->field[i]) r->status = bora_fail(r->e, BORA_FAILED, "out of memory in '%s'", r->options->path);
            else memcpy(r->field[i], bytes, size), r->field[i][size] = 0, r->size[i] = size;
        }
    r->column++;
}

static bool missing(const char *text) { return !text || !*text || !strcmp(text, "NA"); }

static void on_row(int end, void *context) {
    reader *r = context;
    (void)end;
    if (r->status) return;
    for (int i = 0; r->row == 0 && i < COLUMNS; i++)
        if (*wanted(r, i) && r->at[i] < 0) {
            r->status = bora_fail(r->e, BORA_BAD_INPUT, "%s:1: no column '%s'; the header has %s", r->options->path, wanted(r, i), r->header);
            return;
        }
    if (r->row && !missing(r->field[TASK]) && !missing(r->field[TEXT]) && r->size[TEXT] >= r->options->min_characters) {
        char *own = bora_format("row %zu", r->row);
        r->status = bora_source_add(r->source, &r->capacity, r->field[TASK], r->field[GROUP] ? r->field[GROUP] : own, r->field[TEXT],
                                    r->size[TEXT], r->e);
        free(own);
    }
    for (int i = 0; i < COLUMNS; i++) {
        free(r->field[i]);
        r->field[i] = NULL;
    }
    r->column = 0;
    r->row++;
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
    return kept ? BORA_OK : bora_fail(e, BORA_BAD_INPUT, "%s: no row is left after data.min_characters, min_documents and max_documents", o->path);
}

/* The line of a byte, for messages. */
static size_t line_of(const char *text, size_t at) {
    size_t line = 1;
    for (size_t i = 0; i < at; i++) line += text[i] == '\n';
    return line;
}

int bora_source_csv(bora_source *s, const bora_csv_options *options, bora_error *e) {
    reader r = {.options = options, .source = s, .at = {-1, -1, -1}, .e = e};
    char *text = NULL;
    size_t size;
    *s = (bora_source){0};
    int status = bora_read_file(options->path, &text, &size, e);
    if (status) return status;
    struct csv_parser parser;
    if (csv_init(&parser, CSV_STRICT | CSV_STRICT_FINI | CSV_APPEND_NULL)) status = bora_fail(e, BORA_FAILED, "libcsv does not start");
    size_t skip = size >= 3 && !memcmp(text, "\xef\xbb\xbf", 3) ? 3 : 0, read = 0;
    if (!status) {
        read = csv_parse(&parser, text + skip, size - skip, on_field, on_row, &r);
        bool whole = read == size - skip && csv_fini(&parser, on_field, on_row, &r) == 0;
        status = r.status;
        if (!status && !whole)
            status = bora_fail(e, BORA_BAD_INPUT, "%s:%zu: %s: a quote out of place or never closed (expected CSV as in RFC 4180)",
                               options->path, line_of(text, read + skip), csv_strerror(csv_error(&parser)));
        csv_free(&parser);
    }
    if (!status && r.row == 0) status = bora_fail(e, BORA_BAD_INPUT, "%s:1: empty, expected a header with the names of columns", options->path);
    for (int i = 0; i < COLUMNS; i++) free(r.field[i]);
    free(r.header);
    free(text);
    if (!status) status = filter(s, options, e);
    if (status) bora_source_free(s);
    return status;
}
