/* published.c: `bora published`: the authors' tables (data/published) through the statistics of our own results. The published
 * runs have one seed and no document's NLL, so the 25 tasks are the sample, taken for independent, which they are not quite
 * (they share Theta). It judges nothing. */
#include "stat/summary.h"

#include <float.h>
#include <gsl/gsl_cdf.h>
#include <gsl/gsl_fit.h>
#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { PERMUTATIONS = 100000 };

/* Table 1, and by column of Table 2 the perplexities of all tasks. */
typedef struct {
    int D, taus;
    char **tasks;          /* [D] names                                      */
    double *tau, *table_1; /* [taus]                                           */
    double *table_2;       /* [taus, D]                                        */
    double *size;          /* [D] ln of training documents                     */
    double *distance;      /* [D] ln of distance from the base, tau = 0, last  */
} published;

static int read_column(const bora_table *t, const char *name, double *x, bora_error *e) {
    size_t column;
    int status = bora_table_column(t, name, &column, e);
    for (size_t row = 1; !status && row < t->rows; row++)
        status = bora_table_number(t, row, column, 0, DBL_MAX, &x[row - 1], e);
    return status;
}

static int open_table(bora_table *t, const char *folder, const char *name, bora_error *e) {
    char *path = bora_format("%s/%s", folder, name);
    int status = bora_table_read(t, path, e);
    free(path);
    return status;
}

static int read_table_1(published *p, const char *folder, bora_error *e) {
    bora_table t;
    int status = open_table(&t, folder, "table1_tau.csv", e);
    if (status) return status;
    p->taus = (int)t.rows - 1;
    status = bora_calloc(&p->tau, t.rows, sizeof *p->tau, "a table", e);
    if (!status) status = bora_calloc(&p->table_1, t.rows, sizeof *p->table_1, "a table", e);
    if (!status) status = read_column(&t, "tau", p->tau, e);
    if (!status) status = read_column(&t, "perplexity", p->table_1, e);
    bora_table_free(&t);
    return status;
}

static int read_table_2(published *p, const char *folder, bora_error *e) {
    bora_table t;
    int status = open_table(&t, folder, "table2_per_task.csv", e);
    if (status) return status;
    size_t D = t.rows - 1;
    p->D = (int)D;
    status = bora_calloc(&p->table_2, (size_t)p->taus * D, sizeof *p->table_2, "a table", e);
    if (!status) status = bora_calloc(&p->size, D, sizeof *p->size, "a table", e);
    if (!status) status = bora_calloc(&p->tasks, D, sizeof *p->tasks, "a table", e);
    for (int d = 0; !status && d < p->D; d++) p->tasks[d] = bora_format("%s", bora_table_cell(&t, (size_t)d + 1, 0));
    if (!status) status = read_column(&t, "train_documents", p->size, e);
    for (int c = 0; !status && c < p->taus; c++) {
        char *name = bora_format("tau_%.0f", p->tau[c]);
        status = read_column(&t, name, p->table_2 + c * p->D, e);
        free(name);
    }
    for (int d = 0; !status && d < p->D; d++) p->size[d] = log(p->size[d]);
    bora_table_free(&t);
    return status;
}

/* Tasks are those of Table 2 in its order. */
static int read_distance(published *p, const char *folder, bora_error *e) {
    bora_table t;
    int status = open_table(&t, folder, "distance_tau0_final.csv", e);
    if (status) return status;
    if (t.rows - 1 != (size_t)p->D)
        status = bora_fail(e, BORA_BAD_INPUT, "%s: %zu tasks, expected %d", t.path, t.rows - 1, p->D);
    for (int d = 0; !status && d < p->D; d++)
        if (strcmp(bora_table_cell(&t, (size_t)d + 1, 0), p->tasks[d]))
            status = bora_fail(e, BORA_BAD_INPUT, "%s:%zu: expected task '%s', as in table2_per_task.csv", t.path,
                               t.lines[d + 1], p->tasks[d]);
    if (!status) status = bora_calloc(&p->distance, (size_t)p->D, sizeof *p->distance, "a table", e);
    if (!status) status = read_column(&t, "sum_of_matrix_distances_from_base", p->distance, e);
    for (int d = 0; !status && d < p->D; d++) p->distance[d] = log(p->distance[d]);
    bora_table_free(&t);
    return status;
}

static void published_free(published *p) {
    for (int d = 0; p->tasks && d < p->D; d++) free(p->tasks[d]);
    free(p->tasks);
    free(p->tau);
    free(p->table_1);
    free(p->table_2);
    free(p->size);
    free(p->distance);
    *p = (published){0};
}

static int published_read(published *p, const char *folder, bora_error *e) {
    *p = (published){0};
    int status = read_table_1(p, folder, e);
    if (!status) status = read_table_2(p, folder, e);
    if (!status) status = read_distance(p, folder, e);
    if (status) published_free(p);
    return status;
}

/* ---- the table: what, value, its 95 % interval, p -------------------------------------------------------------------- */

static void put_row(FILE *out, const char *over, const char *what, double value, double low, double high, double p) {
    fprintf(out, "%s%s%s", over, *over ? ": " : "", what);
    bora_end_row(out, (const double[]){value, low, high, p}, 4);
}

/* Tasks taken for independent, Student's t. */
static void put_mean(FILE *out, const char *over, const char *what, const double *x, int n, double p) {
    bora_spread m = bora_spread_of(x, n);
    put_row(out, over, what, m.mean, m.mean - m.half, m.mean + m.half, p);
}

/* Each task a cluster of its own: robust against unequal variances alone. */
static int put_slope(FILE *out, const char *over, const char *what, const double *x, const double *y, int n, bora_error *e) {
    bora_estimate slope;
    double r, p;
    int *cluster, status = bora_calloc(&cluster, (size_t)n, sizeof *cluster, "clusters", e);
    for (int d = 0; !status && d < n; d++) cluster[d] = d;
    if (!status) status = bora_cluster_slope(x, y, cluster, (size_t)n, n, &slope, e);
    if (!status) status = bora_pearson(x, y, n, PERMUTATIONS, &r, &p, e);
    if (!status) {
        double half = bora_half_width(&slope, 0.95);
        put_row(out, over, what, slope.estimate, slope.estimate - half, slope.estimate + half, p);
    }
    free(cluster);
    return status;
}

/* Interval by Fisher's z with the variance (1 + rho^2 / 2) / (n - 3) for ranks (Bonett and Wright 2000). */
static int put_spearman(FILE *out, const char *over, const char *what, const double *x, const double *y, int n, bora_error *e) {
    double rho, p;
    int status = bora_spearman(x, y, 1, n, PERMUTATIONS, &rho, &p, e);
    if (status) return status;
    double half = gsl_cdf_ugaussian_Pinv(0.975) * sqrt((1 + rho * rho / 2) / (n - 3));
    put_row(out, over, what, rho, tanh(atanh(rho) - half), tanh(atanh(rho) + half), p);
    return BORA_OK;
}

/* Improvement of tau = best over another tau: in per cent of the latter's perplexity, as the paper has it, and as a log ratio,
 * as ours; and its relation to training size. */
static int put_improvement(const published *p, int best, int other, FILE *out, bora_error *e) {
    double *gain, *ratio = NULL, unused[4], variance, squares, wilcoxon;
    int better = 0, n = p->D, status = bora_calloc(&gain, 2 * (size_t)n, sizeof *gain, "improvements", e);
    if (status) return status;
    ratio = gain + n;
    for (int d = 0; d < n; d++) {
        ratio[d] = log(p->table_2[best * n + d] / p->table_2[other * n + d]);
        gain[d] = -100 * expm1(ratio[d]);
        better += gain[d] > 0;
    }
    char *over = bora_format("improvement of tau %g over tau %g", p->tau[best], p->tau[other]);
    gsl_fit_linear(p->size, 1, gain, 1, (size_t)n, &unused[0], &unused[1], &unused[2], &unused[3], &variance, &squares);
    put_mean(out, over, "mean (%)", gain, n, NAN);
    put_row(out, over, "tasks better", better, NAN, NAN, NAN);
    status = put_spearman(out, over, "Spearman with training size", p->size, gain, n, e);
    if (!status) status = put_slope(out, over, "slope on ln N (%)", p->size, gain, n, e);
    if (!status) put_row(out, over, "its standard error by least squares", sqrt(variance), NAN, NAN, NAN);
    if (!status) status = bora_wilcoxon(ratio, n, &wilcoxon, e);
    if (!status) put_mean(out, over, "mean log ratio (p: Wilcoxon)", ratio, n, wilcoxon);
    for (int d = 0; d < n; d++) gain[d] = -ratio[d]; /* in nats a token */
    if (!status) status = put_slope(out, over, "slope on ln N (nats)", p->size, gain, n, e);
    free(over);
    free(gain);
    return status;
}

static int put_table(const published *p, FILE *out, bora_error *e) {
    int best = (int)gsl_stats_min_index(p->table_1, 1, (size_t)p->taus);
    fprintf(out, "what,value,low_95,high_95,p\n");
    int status = put_improvement(p, best, 0, out, e);
    if (!status) status = put_improvement(p, best, p->taus - 1, out, e);
    for (int c = 0; !status && c < p->taus; c++) {
        char *what = bora_format("mean of Table 2 less Table 1 at tau %g", p->tau[c]);
        put_row(out, "", what, gsl_stats_mean(p->table_2 + c * p->D, 1, (size_t)p->D) - p->table_1[c], NAN, NAN, NAN);
        free(what);
    }
    if (!status)
        put_row(out, "", "correlation of ln distance and ln N at tau 0",
                gsl_stats_correlation(p->size, 1, p->distance, 1, (size_t)p->D), NAN, NAN, NAN);
    return status;
}

/* ---- the figure: perplexity against tau, theirs and ours, each in units of its best ---------------------------------------
 */

static double position(double tau, double best) {
    enum { ENDS = 3 }; /* decades from the best where the limits stand, beyond both grids */
    return tau == 0 ? -ENDS : isinf(tau) ? ENDS : log10(tau / best);
}

static void put_point(FILE *out, const char *series, double tau, double position, double perplexity) {
    fputs(series, out);
    bora_end_row(out, (const double[]){tau, position, perplexity}, 3);
}

static int put_ours(const char *experiment, FILE *out, bora_error *e) {
    bora_summary s;
    bora_contest c;
    bora_spread best, p;
    int status = bora_summary_read(&s, experiment, e);
    if (status) return status;
    status = bora_contest_of(&s, &c, e);
    if (!status) {
        status = bora_spread_of_cell(&s, c.best, bora_perplexity, BORA_AT_COMMON, BORA_OF_TEST, &best, e);
        for (int i = 0; !status && i < c.n; i++) {
            status = bora_spread_of_cell(&s, &c.cells[i], bora_perplexity, BORA_AT_COMMON, BORA_OF_TEST, &p, e);
            if (!status) put_point(out, "ours", c.cells[i].tau, position(c.cells[i].tau, c.best->tau), p.mean / best.mean);
        }
        free(c.cells);
    }
    bora_summary_free(&s);
    return bora_needed(status, experiment, e);
}

static int put_figure(const published *p, const char *experiment, FILE *out, bora_error *e) {
    int best = (int)gsl_stats_min_index(p->table_1, 1, (size_t)p->taus);
    fprintf(out, "series,tau,position,relative_perplexity\n");
    for (int c = 0; c < p->taus; c++)
        put_point(out, "published", p->tau[c], position(p->tau[c], p->tau[best]), p->table_1[c] / p->table_1[best]);
    return experiment ? put_ours(experiment, out, e) : BORA_OK;
}

/* ---- the figures of our own results, from Table 2 as such --------------------------------------------------------------- */

/* One run a tau, tokens 1 a task; the highest tau is `top`. */
static int as_results(const published *p, double top, bora_summary *s, bora_error *e) {
    size_t each = (size_t)(BORA_ATS * p->D);
    *s = (bora_summary){.directory = bora_format("%s", "published"), .D = p->D, .settings = 1};
    int status = bora_calloc(&s->runs, (size_t)p->taus, sizeof *s->runs, "results", e);
    if (!status) status = bora_calloc(&s->tasks, (size_t)p->D, sizeof *s->tasks, "results", e);
    for (int d = 0; !status && d < p->D; d++) s->tasks[d] = bora_format("%s", p->tasks[d]);
    for (int c = 0; !status && c < p->taus; c++) {
        bora_finished *run = &s->runs[s->n++];
        run->tau = c == p->taus - 1 ? top : p->tau[c];
        run->method = bora_format("%s", run->tau == 0 ? "independent" : isinf(run->tau) ? "unified" : "bora");
        status = bora_calloc(&run->outcomes, each, sizeof *run->outcomes, "results", e);
        for (size_t i = 0; !status && i < each; i++)
            for (int of = 0; of < BORA_OFS; of++) {
                int d = (int)i % p->D;
                run->outcomes[i].documents[of] = round(exp(p->size[d]));
                run->outcomes[i].tokens[of] = 1;
                run->outcomes[i].nll[of] = log(p->table_2[c * p->D + d]);
            }
    }
    return status;
}

/* Where methods are compared, the highest tau is the limit for which it stands in the paper. */
static int put_as_ours(const published *p, const char *name, FILE *out, bora_error *e) {
    double top = strcmp(name, "perplexity_by_tau") ? INFINITY : p->tau[p->taus - 1];
    bora_summary s;
    const bora_named_writer *figure = bora_figures;
    while (strcmp(figure->name, name)) figure++;
    int status = as_results(p, top, &s, e);
    if (!status) status = figure->write(&s, out, e);
    bora_summary_free(&s);
    return status;
}

/* ---- files -------------------------------------------------------------------------------------------------------------- */

static int write_csv(const published *p, const char *folder, const char *name, const char *experiment, bora_error *e) {
    char *csv = bora_format("%s/%s.csv", folder, name), *tex = bora_format("%s/%s.tex", folder, name);
    bool table = !strcmp(name, "published");
    bora_writer w;
    int status = bora_make_directories(folder, e);
    FILE *out = status ? NULL : bora_create(&w, csv, e);
    if (!status && !out) status = e->status;
    if (!status) {
        status = table                               ? put_table(p, out, e)
                 : !strcmp(name, "published_by_tau") ? put_figure(p, experiment, out, e)
                                                     : put_as_ours(p, name, out, e);
        status = bora_finish(&w, status, e);
    }
    if (!status && table) status = bora_tex_write(csv, tex, e);
    if (!status) printf("%s\n", csv);
    free(csv);
    free(tex);
    return status;
}

int bora_published(const char *data, const char *directory, const char *experiment, bora_error *e) {
    static const char *const names[] = {"published", "published_by_tau", "perplexity_by_tau", "gain_by_size",
                                        "perplexity_by_size"};
    published p;
    char *tables = bora_format("%s/tables", directory), *figures = bora_format("%s/figures", directory);
    int status = published_read(&p, data, e);
    for (int i = 0; !status && i < 5; i++) status = write_csv(&p, i ? figures : tables, names[i], experiment, e);
    published_free(&p);
    free(tables);
    free(figures);
    return bora_needed(status, data, e);
}
