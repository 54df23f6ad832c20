/* tables.c: tables in CSV and, cell for cell, in TeX (booktabs). Reads nothing but the summary. */
#include "stat/summary.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* One table, written as both files at once. */
typedef struct {
    bora_writer csv, tex;
    FILE *c, *t;
    int column;
} table;

static void text(table *x, const char *value) {
    fprintf(x->c, "%s%s", x->column ? "," : "", value);
    fprintf(x->t, "%s", x->column++ ? " & " : "");
    for (; *value; value++) fprintf(x->t, strchr("_%&#$", *value) ? "\\%c" : "%c", *value);
}

/* Digits after the point in TeX; CSV has all. An absent number is empty. */
static void number(table *x, double value, int digits) {
    char cell[64];
    fprintf(x->c, "%s", x->column ? "," : "");
    fprintf(x->t, "%s", x->column++ ? " & " : "");
    if (isnan(value)) return;
    fprintf(x->c, "%.17g", value);
    snprintf(cell, sizeof cell, "%.*f", digits, value);
    fprintf(x->t, "%s", isinf(value) ? "$\\infty$" : cell);
}

static void row(table *x) {
    fprintf(x->c, "\n");
    fprintf(x->t, " \\\\\n");
    x->column = 0;
}

static int open_table(table *x, const bora_summary *s, const char *name, int columns, bora_error *e) {
    char *csv = bora_format("%s/tables/%s.csv", s->directory, name), *tex = bora_format("%s/tables/%s.tex", s->directory, name);
    *x = (table){0};
    x->c = bora_create(&x->csv, csv, e);
    x->t = x->c ? bora_create(&x->tex, tex, e) : NULL;
    if (x->c && !x->t) bora_abandon(&x->csv);
    free(csv);
    free(tex);
    if (!x->t) return e->status;
    fprintf(x->t, "\\begin{tabular}{l");
    for (int i = 1; i < columns; i++) fprintf(x->t, "r");
    fprintf(x->t, "}\n\\toprule\n");
    return BORA_OK;
}

static void header_end(table *x) {
    row(x);
    fprintf(x->t, "\\midrule\n");
}

static int close_table(table *x, bora_error *e) {
    fprintf(x->t, "\\bottomrule\n\\end{tabular}\n");
    int status = bora_commit(&x->csv, e);
    if (status) bora_abandon(&x->tex);
    return status ? status : bora_commit(&x->tex, e);
}

static void headers(table *x, const char *const *names, size_t n) {
    for (size_t i = 0; i < n; i++) text(x, names[i]);
    header_end(x);
}

/* One row a tau (and rank, and learning rate, where they vary): the headline first. */
static int by_tau(const bora_summary *s, bora_error *e) {
    static const char *const names[] = {"tau",       "method",        "rank", "learning_rate", "seeds", "perplexity", "sd",
                                        "half_95",   "token_weighted", "last", "task",         "validation"};
    table x;
    int status = open_table(&x, s, "by_tau", sizeof names / sizeof *names, e);
    if (status) return status;
    headers(&x, names, sizeof names / sizeof *names);
    for (int c = 0; c < s->n_cells; c++) {
        const bora_cell_of_runs *cell = &s->cells[c];
        bora_spread headline = bora_perplexity(s, cell, BORA_AT_COMMON, BORA_OF_TEST, false);
        text(&x, bora_tau_name(cell->tau));
        text(&x, cell->runs[0]->method);
        number(&x, cell->rank, 0);
        number(&x, cell->learning_rate, 4);
        number(&x, cell->n, 0);
        number(&x, headline.mean, 2);
        number(&x, headline.sd, 3);
        number(&x, headline.half, 3);
        number(&x, bora_perplexity(s, cell, BORA_AT_COMMON, BORA_OF_TEST, true).mean, 2);
        number(&x, bora_perplexity(s, cell, BORA_AT_LAST, BORA_OF_TEST, false).mean, 2);
        number(&x, bora_perplexity(s, cell, BORA_AT_TASK, BORA_OF_TEST, false).mean, 2);
        number(&x, bora_perplexity(s, cell, BORA_AT_COMMON, BORA_OF_VALIDATION, false).mean, 2);
        row(&x);
    }
    return close_table(&x, e);
}

/* Mean over the seeds of a task's test perplexity; of its training size, with part = BORA_OF_TRAIN and size. */
static double task_mean(const bora_summary *s, const bora_cell_of_runs *c, int d, bool size) {
    double sum = 0;
    for (int i = 0; i < c->n; i++)
        sum += size ? c->runs[i]->scores[BORA_AT_COMMON * s->D + d].documents[BORA_OF_TRAIN]
                    : exp(bora_task_nll(s, c->runs[i], BORA_AT_COMMON, BORA_OF_TEST, d));
    return sum / c->n;
}

static int by_task(const bora_summary *s, bora_error *e) {
    double *taus = calloc((size_t)s->n_cells, sizeof *taus), rank = s->cells[0].rank;
    if (!taus) abort();
    int n = bora_axis_values(s, BORA_BY_TAU, taus);
    table x;
    int status = open_table(&x, s, "by_task", n + 2, e);
    if (!status) {
        text(&x, "task");
        text(&x, "train_documents");
        for (int i = 0; i < n; i++) text(&x, bora_tau_name(taus[i]));
        header_end(&x);
        for (int d = 0; d < s->D; d++) {
            text(&x, s->tasks[d]);
            number(&x, task_mean(s, &s->cells[0], d, true), 0);
            for (int i = 0; i < n; i++) {
                const bora_cell_of_runs *c = bora_find_cell(s, taus[i], rank);
                number(&x, c ? task_mean(s, c, d, false) : NAN, 2);
            }
            row(&x);
        }
        status = close_table(&x, e);
    }
    free(taus);
    return status;
}

static int by_rank(const bora_summary *s, bora_error *e) {
    double *taus = calloc((size_t)s->n_cells, sizeof *taus), *ranks = calloc((size_t)s->n_cells, sizeof *ranks);
    if (!taus || !ranks) abort();
    int n = bora_axis_values(s, BORA_BY_TAU, taus), m = bora_axis_values(s, BORA_BY_RANK, ranks);
    table x;
    int status = m < 2 ? BORA_OK : open_table(&x, s, "by_rank", n + 1, e);
    if (!status && m > 1) {
        text(&x, "rank");
        for (int i = 0; i < n; i++) text(&x, bora_tau_name(taus[i]));
        header_end(&x);
        for (int j = 0; j < m; j++) {
            number(&x, ranks[j], 0);
            for (int i = 0; i < n; i++) {
                const bora_cell_of_runs *c = bora_find_cell(s, taus[i], ranks[j]);
                number(&x, c ? bora_perplexity(s, c, BORA_AT_COMMON, BORA_OF_TEST, false).mean : NAN, 2);
            }
            row(&x);
        }
        status = close_table(&x, e);
    }
    free(taus);
    free(ranks);
    return status;
}

/* Validation perplexity by learning rate and tau; per tau the lowest is chosen, and said to lie at an edge of the grid if it does. */
static int learning_rate(const bora_summary *s, bora_error *e) {
    static const char *const names[] = {"tau", "learning_rate", "validation_perplexity", "chosen"};
    double *taus = calloc((size_t)s->n_cells, sizeof *taus);
    if (!taus) abort();
    int n = bora_axis_values(s, BORA_BY_TAU, taus);
    table x;
    int status = open_table(&x, s, "learning_rate", 4, e);
    if (!status) headers(&x, names, 4);
    for (int i = 0; !status && i < n; i++) {
        int first = 0, best, last;
        while (s->cells[first].tau != taus[i]) first++;
        for (best = last = first; last < s->n_cells && s->cells[last].tau == taus[i]; last++)
            if (bora_perplexity(s, &s->cells[last], BORA_AT_COMMON, BORA_OF_VALIDATION, false).mean <
                bora_perplexity(s, &s->cells[best], BORA_AT_COMMON, BORA_OF_VALIDATION, false).mean)
                best = last;
        for (int c = first; c < last; c++) {
            text(&x, bora_tau_name(taus[i]));
            number(&x, s->cells[c].learning_rate, 4);
            number(&x, bora_perplexity(s, &s->cells[c], BORA_AT_COMMON, BORA_OF_VALIDATION, false).mean, 3);
            text(&x, c != best ? "" : best == first || best == last - 1 ? "chosen, at an edge of the grid" : "chosen");
            row(&x);
        }
    }
    if (!status) status = close_table(&x, e);
    free(taus);
    return status;
}

int bora_tables_write(const bora_summary *s, bora_error *e) {
    double *values = calloc((size_t)s->n_cells, sizeof *values);
    if (!values) abort();
    int taus = bora_axis_values(s, BORA_BY_TAU, values), ranks = bora_axis_values(s, BORA_BY_RANK, values);
    free(values);
    int status = by_tau(s, e);
    if (!status) status = by_task(s, e);
    if (!status) status = by_rank(s, e);
    if (!status && s->n_cells > taus * ranks) status = learning_rate(s, e); /* several learning rates at one tau */
    return status;
}
