/* claims.c: `bora claims`: each claim of a committed file of tolerances against the results of a tier, with a verdict that is
 * computed and never written by hand. A claim may have parts (rows with one id): it holds only if all of them do, so its p is
 * their greatest (intersection-union; Berger 1982), and the confirmatory claims' p are adjusted together (Holm). It measures
 * nothing itself: measures.c does. */
#include "stat/claims.h"

#include <float.h>
#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Ascending: of a claim's parts the last of these decides. */
typedef enum { REPRODUCED, DIRECTION_ONLY, INCONCLUSIVE, NOT_ALL, NOT_RUN, CONTRADICTED } verdict;
static const char *const verdicts[] = {"reproduced", "direction only", "inconclusive", "not all", "not run", "contradicted"};

enum { ID, CLAIM, PAPER, EXPERIMENTS, WHERE, QUANTITY, TEST, MARGIN, CONFIRMATORY, COLUMNS };
static const char *const headings[COLUMNS] = {"id",       "claim", "paper",  "experiments", "where",
                                              "quantity", "test",  "margin", "confirmatory"};

typedef struct {
    const char *text[COLUMNS]; /* of the file of tolerances */
    double margin;
    bora_measured found;
    double p;            /* 1 where the sign is wrong, there is no interval, or nothing was run */
    verdict part, whole; /* of this row; of all rows with this id        */
    double p_adjusted;   /* of the claim; NaN: not confirmatory, or not run */
} claim;

/* ---- tests -------------------------------------------------------------------------------------------------------------- */

/* sign -1: the claim says below 0. */
static void judge_sign(claim *c, int sign) {
    const bora_estimate *x = &c->found.x;
    bool right = sign * x->estimate > 0, clear = fabs(x->estimate) > bora_half_width(x, 0.95);
    c->p = right ? bora_p_value(x) : 1;
    c->part = right ? (clear ? REPRODUCED : DIRECTION_ONLY) : clear ? CONTRADICTED : INCONCLUSIVE;
}
static void judge_below(claim *c) { judge_sign(c, -1); }
static void judge_above(claim *c) { judge_sign(c, 1); }

/* Two one-sided tests: p is that of the nearer margin. */
static void judge_within(claim *c) {
    const bora_estimate *x = &c->found.x;
    double beyond = fabs(x->estimate) - c->margin;
    c->p = gsl_cdf_tdist_P(beyond / sqrt(x->variance), x->freedom);
    c->part = bora_equivalent(x, c->margin) ? REPRODUCED : beyond > bora_half_width(x, 0.95) ? CONTRADICTED : INCONCLUSIVE;
}

static void judge_all(claim *c) { c->part = c->found.x.estimate == c->found.of ? REPRODUCED : NOT_ALL; }

/* Where the grid ends within the range the width is a lower bound, which contradicts nothing. */
static void judge_from(claim *c) {
    c->part = c->found.x.estimate >= c->margin ? REPRODUCED : c->found.open ? INCONCLUSIVE : CONTRADICTED;
}

static const struct {
    const char *name;
    void (*judge)(claim *c);
} tests[] = {{"below 0", judge_below},
             {"above 0", judge_above},
             {"within margin", judge_within},
             {"all", judge_all},
             {"from margin", judge_from}};
enum { TESTS = sizeof tests / sizeof *tests };

/* ---- one row ------------------------------------------------------------------------------------------------------------ */

static int judge(claim *c, const bora_table *t, size_t row, const char *results, bora_error *e) {
    size_t test = 0;
    while (test < TESTS && strcmp(tests[test].name, c->text[TEST])) test++;
    if (test == TESTS)
        return bora_fail(e, BORA_BAD_INPUT, "%s:%zu: no test is called '%.60s'", t->path, t->lines[row], c->text[TEST]);
    c->p = 1;
    c->part = NOT_RUN;
    int status = bora_measure_claim(c->text[QUANTITY], results, c->text[EXPERIMENTS], c->text[WHERE], &c->found, e);
    if (status == BORA_SKIPPED) {
        snprintf(c->found.note, sizeof c->found.note, "%.200s", e->message);
        return BORA_OK;
    }
    if (status) return status;
    tests[test].judge(c);
    if (isnan(c->p)) c->p = 1; /* no interval, no evidence */
    return BORA_OK;
}

static int read_row(claim *c, const bora_table *t, size_t row, bora_error *e) {
    int status = BORA_OK;
    for (int i = 0; !status && i < COLUMNS; i++) {
        size_t column;
        status = bora_table_column(t, headings[i], &column, e);
        if (status) break;
        c->text[i] = bora_table_cell(t, row, column);
        if (i == MARGIN && *c->text[i]) status = bora_table_number(t, row, column, 0, DBL_MAX, &c->margin, e);
    }
    return status;
}

/* ---- all of them -------------------------------------------------------------------------------------------------------- */

static bool confirmatory(const claim *c) { return !strcmp(c->text[CONFIRMATORY], "yes"); }
static bool first(const claim *c, int i) {
    for (int j = 0; j < i; j++)
        if (!strcmp(c[j].text[ID], c[i].text[ID])) return false;
    return true;
}

/* Parts to claims, claims to Holm's adjustment; what it takes away is no longer reproduced. */
static int combine(claim *c, int n, bora_error *e) {
    double *p;
    int claims = 0, status = bora_calloc(&p, (size_t)n, sizeof *p, "p values", e);
    if (status) return status;
    for (int i = 0; i < n; i++) {
        double greatest = 0;
        c[i].whole = REPRODUCED;
        for (int j = 0; j < n; j++) {
            if (strcmp(c[j].text[ID], c[i].text[ID])) continue;
            if (c[j].part > c[i].whole) c[i].whole = c[j].part;
            greatest = fmax(greatest, c[j].p);
        }
        if (confirmatory(&c[i]) && first(c, i)) p[claims++] = greatest;
    }
    status = claims ? bora_holm(p, claims, e) : BORA_OK;
    claims = 0;
    for (int i = 0; !status && i < n; i++) {
        c[i].p_adjusted = NAN;
        if (!confirmatory(&c[i])) continue;
        if (first(c, i)) c[i].p_adjusted = p[claims++];
        for (int j = 0; j < i; j++)
            if (!strcmp(c[j].text[ID], c[i].text[ID])) c[i].p_adjusted = c[j].p_adjusted;
        if (c[i].whole == REPRODUCED && c[i].p_adjusted >= 0.05)
            c[i].whole = !strcmp(c[i].text[TEST], "within margin") ? INCONCLUSIVE : DIRECTION_ONLY;
        if (c[i].whole == NOT_RUN) c[i].p_adjusted = NAN;
    }
    free(p);
    return status;
}

/* ---- output ------------------------------------------------------------------------------------------------------------- */

/* Fresh text: `-0.1033 ± 0.0036`, `24 of 25`, `at least 2.10`, or nothing where nothing was measured. */
static char *ours(const claim *c) {
    const bora_measured *m = &c->found;
    if (m->runs == 0) return bora_format("%s", "");
    if (m->of > 0) return bora_format("%.0f of %.0f", m->x.estimate, m->of);
    if (m->open) return bora_format("at least %.2f", m->x.estimate); /* what lies beyond the grid has no interval */
    if (isnan(m->x.variance)) return bora_format("%.4f", m->x.estimate);
    return bora_format("%.4f ± %.4f", m->x.estimate, bora_half_width(&m->x, 0.95));
}

static void put_cell(FILE *out, const char *text) {
    if (*text) bora_put_text(out, text);
    fputc(',', out);
}

static void write_rows(const claim *c, int n, FILE *out) {
    for (int k = 0; k < COLUMNS; k++) fprintf(out, "%s,", headings[k]);
    fprintf(out, "ours,estimate,estimate_half_95,coverage,p_part,p_holm,part,verdict,runs,data,note\n");
    for (int i = 0; i < n; i++) {
        const bora_measured *m = &c[i].found;
        bool interval = m->runs && !m->open && !isnan(m->x.variance);
        char *text = ours(&c[i]);
        for (int k = 0; k < COLUMNS; k++) put_cell(out, c[i].text[k]);
        fprintf(out, "%s", text);
        free(text);
        bora_put_numbers(out,
                         (const double[]){m->runs ? m->x.estimate : NAN, interval ? bora_half_width(&m->x, 0.95) : NAN,
                                          m->runs ? m->coverage : NAN,
                                          confirmatory(&c[i]) && c[i].part != NOT_RUN ? c[i].p : NAN, c[i].p_adjusted},
                         5);
        fprintf(out, ",%s,%s,%d,%s,", verdicts[c[i].part], verdicts[c[i].whole], m->runs, m->data);
        if (*m->note) bora_put_text(out, m->note);
        fputc('\n', out);
    }
}

/* `C1: reproduced (confirmatory, p 1.3e-05 after Holm)` */
static void put_verdict(const claim *c, FILE *out) {
    fprintf(out, "%s: %s", c->text[ID], verdicts[c->whole]);
    if (!isnan(c->p_adjusted)) fprintf(out, " (confirmatory, p %.2g after Holm)", c->p_adjusted);
}

static void write_text(const claim *c, int n, FILE *out) {
    for (int i = 0; i < n; i++) {
        const bora_measured *m = &c[i].found;
        char *text = ours(&c[i]);
        if (first(c, i)) {
            fputs(i ? "\n" : "", out);
            put_verdict(&c[i], out);
            fputc('\n', out);
        }
        fprintf(out, "  %s\n", c[i].text[CLAIM]);
        if (*c[i].text[PAPER]) fprintf(out, "    paper: %s\n", c[i].text[PAPER]);
        fprintf(out, "    test:  %s %s%s%s\n", c[i].text[QUANTITY], c[i].text[TEST], *c[i].text[MARGIN] ? " " : "",
                c[i].text[MARGIN]);
        if (!m->runs) fprintf(out, "    ours:  not run: %s\n", m->note);
        else {
            fprintf(out, "    ours:  %s: %s", text, verdicts[c[i].part]);
            if (!isnan(m->coverage)) fprintf(out, "; the interval covers %.1f %% in simulation", 100 * m->coverage);
            fprintf(out, "\n    data:  %d runs of %s%s%s\n", m->runs, m->data, *c[i].text[WHERE] ? ", " : "", c[i].text[WHERE]);
        }
        free(text);
    }
}

/* A line a claim: its verdict, and what each part came to; the reasons why nothing was measured are in the file. */
static void print_lines(const claim *c, int n) {
    for (int i = 0; i < n; i++) {
        bool measured = false;
        const char *before = ": ";
        if (!first(c, i)) continue;
        put_verdict(&c[i], stdout);
        for (int j = i; j < n; j++) measured = measured || (!strcmp(c[j].text[ID], c[i].text[ID]) && c[j].found.runs);
        for (int j = i; measured && j < n; j++) {
            if (strcmp(c[j].text[ID], c[i].text[ID])) continue;
            char *text = ours(&c[j]);
            printf("%s%s", before, *text ? text : verdicts[NOT_RUN]);
            before = "; ";
            free(text);
        }
        printf("\n");
    }
}

static int write_file(const char *path, const claim *c, int n, void (*write)(const claim *, int, FILE *), bora_error *e) {
    bora_writer w;
    FILE *out = bora_create(&w, path, e);
    if (!out) return e->status;
    write(c, n, out);
    return bora_commit(&w, e);
}

static int write_all(const claim *c, int n, const char *out, bora_error *e) {
    char *csv = bora_format("%s/claims.csv", out), *tex = bora_format("%s/claims.tex", out),
         *text = bora_format("%s/claims.txt", out);
    int status = bora_make_directories(out, e);
    if (!status) status = write_file(csv, c, n, write_rows, e);
    if (!status) status = bora_tex_write(csv, tex, e);
    if (!status) status = write_file(text, c, n, write_text, e);
    if (!status) {
        print_lines(c, n);
        printf("%s\n", text);
    }
    free(csv);
    free(tex);
    free(text);
    return status;
}

int bora_claims(const char *tolerances, const char *results, const char *out, bora_error *e) {
    bora_table t;
    claim *c;
    int status = bora_table_read(&t, tolerances, e);
    if (status) return status;
    status = bora_calloc(&c, t.rows, sizeof *c, "claims", e);
    for (size_t row = 1; !status && row < t.rows; row++) {
        status = read_row(&c[row - 1], &t, row, e);
        if (!status) status = judge(&c[row - 1], &t, row, results, e);
    }
    if (!status) status = combine(c, (int)t.rows - 1, e);
    if (!status) status = write_all(c, (int)t.rows - 1, out, e);
    free(c);
    bora_table_free(&t);
    return status;
}
