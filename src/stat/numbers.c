/* numbers.c: `bora numbers`: what a text quotes from tables, a cell each, as TeX. It measures nothing, and rounds only what it
 * prints. */
#include "stat/summary.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { NAME, TABLE, ROW, COLUMN, FORM, COLUMNS };
static const char *const headings[COLUMNS] = {"name", "table", "row", "column", "form"};

typedef struct {
    const char *text[COLUMNS]; /* of the list */
    const char *otherwise;     /* of a form `FORM else TEXT`: what is said where the cell is empty; NULL: that it is absent */
    const char *list;
    size_t line;
} quotation;

static int wrong(const quotation *q, const char *what, const char *text, bora_error *e) {
    return bora_fail(e, BORA_BAD_INPUT, "%s:%zu: '%.60s': %s", q->list, q->line, text, what);
}

/* ---- which row ---------------------------------------------------------------------------------------------------------- */

/* Of the kept rows those with the least (sign -1) or greatest number in a column, which may be empty elsewhere. */
static int keep_extreme(const bora_table *t, size_t column, int sign, bool *kept, bora_error *e) {
    double best = -INFINITY, value;
    for (int pass = 0; pass < 2; pass++)
        for (size_t row = 1; row < t->rows; row++) {
            if (!kept[row]) continue;
            bool empty = !*bora_table_cell(t, row, column);
            if (!empty && bora_table_number(t, row, column, -DBL_MAX, INFINITY, &value, e)) return e->status;
            if (pass) kept[row] = !empty && sign * value == best;
            else if (!empty) best = fmax(best, sign * value);
        }
    return BORA_OK;
}

/* `column=text`, `least column` or `most column`. */
static int keep(const quotation *q, const bora_table *t, const char *condition, bool *kept, bora_error *e) {
    const char *equals = strchr(condition, '=');
    int sign = !strncmp(condition, "least ", 6) ? -1 : !strncmp(condition, "most ", 5) ? 1 : 0;
    if (!equals && !sign) return wrong(q, "expected column=text, 'least column' or 'most column'", condition, e);
    char *name =
        equals ? bora_format("%.*s", (int)(equals - condition), condition) : bora_format("%s", strchr(condition, ' ') + 1);
    size_t column;
    int status = bora_table_column(t, name, &column, e);
    free(name);
    if (status) return status;
    if (!equals) return keep_extreme(t, column, sign, kept, e);
    for (size_t row = 1; row < t->rows; row++)
        if (strcmp(bora_table_cell(t, row, column), equals + 1)) kept[row] = false;
    return BORA_OK;
}

/* The row that meets all conditions, which `; ` separates; 0: none. Several must agree in the column. */
static int find_row(const quotation *q, const bora_table *t, size_t column, size_t *found, bora_error *e) {
    bool *kept;
    int status = bora_calloc(&kept, t->rows, sizeof *kept, "rows", e);
    if (status) return status;
    for (size_t row = 1; row < t->rows; row++) kept[row] = true;
    char *conditions = bora_format("%s", q->text[ROW]);
    for (char *c = strtok(conditions, ";"); c && !status; c = strtok(NULL, ";"))
        status = keep(q, t, c + strspn(c, " "), kept, e);
    *found = 0;
    for (size_t row = 1; row < t->rows && !status; row++) {
        if (!kept[row]) continue;
        if (!*found) *found = row;
        else if (strcmp(bora_table_cell(t, *found, column), bora_table_cell(t, row, column)))
            status = wrong(q, "several rows, which differ", q->text[ROW], e);
    }
    free(conditions);
    free(kept);
    return status;
}

/* ---- how it is printed -------------------------------------------------------------------------------------------------- */

/* NaN: no such column, or nothing in it. */
static double number_in(const bora_table *t, size_t row, const char *name) {
    bora_error unused = {0};
    size_t column;
    double x;
    bool none =
        bora_table_column(t, name, &column, &unused) || bora_table_number(t, row, column, -DBL_MAX, DBL_MAX, &x, &unused);
    return none ? NAN : x;
}

/* Of the 95 % interval of this column, or of the row: from its half width or its ends. NaN: the table knows none. */
static double half_width(const bora_table *t, size_t row, const char *name) {
    char *own = bora_format("%s_half_95", name);
    double half = number_in(t, row, own);
    free(own);
    if (isnan(half)) half = number_in(t, row, "half_95");
    return isnan(half) ? (number_in(t, row, "high_95") - number_in(t, row, "low_95")) / 2 : half;
}

static void put_decimals(FILE *out, int decimals, double x, double half) {
    if (!isnan(half)) fprintf(out, "\\ensuremath{%.*f \\pm %.*f}", decimals, x, decimals, half);
    else fprintf(out, x < 0 ? "\\ensuremath{%.*f}" : "%.*f", decimals, x);
}

/* The first, second or third of `a|b|c`: the 95 % interval lies below 0, holds it (or is not known), lies above. */
static void put_word(FILE *out, const char *words, double x, double half) {
    for (int skip = x + half < 0 ? 0 : x - half > 0 ? 2 : 1; skip && strchr(words, '|'); skip--) words = strchr(words, '|') + 1;
    fprintf(out, "%.*s", (int)strcspn(words, "|"), words);
}

static int put_cell(FILE *out, const quotation *q, const bora_table *t, size_t row, size_t column, bora_error *e) {
    const char *form = q->text[FORM];
    double x, half = half_width(t, row, q->text[COLUMN]);
    if (!strcmp(form, "text")) return bora_tex_text(out, bora_table_cell(t, row, column)), BORA_OK;
    if (!strcmp(form, "short")) return bora_tex_short(out, bora_table_cell(t, row, column)), BORA_OK;
    int status = bora_table_number(t, row, column, -DBL_MAX, DBL_MAX, &x, e);
    if (status) return status;
    bool decimals = *form >= '0' && *form <= '9';
    if (decimals && !form[1]) put_decimals(out, *form - '0', x, NAN);
    else if (decimals && !strcmp(form + 1, " half")) put_decimals(out, *form - '0', x, half);
    else if (!strcmp(form, "percent")) put_decimals(out, 1, 100 * fabs(expm1(x)), NAN);
    else if (!strcmp(form, "p")) fprintf(out, x < 0.001 ? "\\ensuremath{< 0.001}" : "\\ensuremath{= %.3f}", x);
    else if (strchr(form, '|')) put_word(out, form, x, half);
    else
        return wrong(q, "expected text, short, decimals (0 to 9), 'N half', percent, p or a|b|c, perhaps 'else TEXT'", form, e);
    return BORA_OK;
}

/* ---- all of them -------------------------------------------------------------------------------------------------------- */

static int put_absent(FILE *out, const quotation *q) {
    fprintf(out, "\\absentresult{%s}\n", q->text[NAME]);
    return BORA_OK;
}

static int put_result(FILE *out, const quotation *q, const char *results, bora_error *e) {
    char *path = bora_format("%s/%s", results, q->text[TABLE]);
    bora_table t = {0};
    size_t column, row = 0;
    bool there = bora_exists(path);
    int status = there ? bora_table_read(&t, path, e) : BORA_OK;
    free(path);
    if (!there || status) return status ? status : put_absent(out, q);
    status = bora_table_column(&t, q->text[COLUMN], &column, e);
    if (!status) status = find_row(q, &t, column, &row, e);
    bool empty = !row || !*bora_table_cell(&t, row, column);
    if (!status && row && empty && q->otherwise) fprintf(out, "\\defresult{%s}{%s}\n", q->text[NAME], q->otherwise);
    else if (!status && empty) status = put_absent(out, q);
    else if (!status) {
        fprintf(out, "\\defresult{%s}{", q->text[NAME]);
        status = put_cell(out, q, &t, row, column, e);
        fputs("}\n", out);
    }
    bora_table_free(&t);
    return status;
}

static int put_all(FILE *out, const bora_table *list, const char *results, bora_error *e) {
    size_t at[COLUMNS];
    int status = BORA_OK;
    for (int i = 0; i < COLUMNS && !status; i++) status = bora_table_column(list, headings[i], &at[i], e);
    fprintf(out, "%% made by bora numbers from %s\n", list->path);
    for (size_t row = 1; row < list->rows && !status; row++) {
        quotation q = {.list = list->path, .line = list->lines[row]};
        for (int i = 0; i < COLUMNS; i++) q.text[i] = bora_table_cell(list, row, at[i]);
        char *form = bora_format("%s", q.text[FORM]), *otherwise = strstr(form, " else ");
        if (otherwise) *otherwise = '\0', q.otherwise = otherwise + strlen(" else ");
        q.text[FORM] = form;
        for (size_t other = 1; other < row && !status; other++)
            if (!strcmp(bora_table_cell(list, other, at[NAME]), q.text[NAME]))
                status = wrong(&q, "named twice", q.text[NAME], e);
        if (!status) status = put_result(out, &q, results, e);
        free(form);
    }
    return status;
}

int bora_numbers(const char *list, const char *results, const char *tex, bora_error *e) {
    bora_table t;
    bora_writer w;
    int status = bora_table_read(&t, list, e);
    if (status) return status;
    FILE *out = bora_create(&w, tex, e);
    status = out ? bora_finish(&w, put_all(out, &t, results, e), e) : e->status;
    bora_table_free(&t);
    return status;
}
