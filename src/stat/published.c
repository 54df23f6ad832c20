/* published.c: `bora published`: the authors' tables (data/published) through the statistics of our own results. The published
 * runs have one seed and no document's NLL, so the 25 tasks are the sample, taken for independent, which they are not quite
 * (they share Theta). It judges nothing. */
#include "stat/summary.h"

#include <float.h>
#include <gsl/gsl_fit.h>
#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { PERMUTATIONS = 100000 };

/* Table 1, and by column of Table 2 the perplexities of all tasks. */
typedef struct {
    int D, taus;
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

/* In the order of Table 2. */
static int read_distance(published *p, const char *folder, bora_error *e) {
    bora_table t;
    int status = open_table(&t, folder, "distance_tau0_final.csv", e);
    if (status) return status;
    if (t.rows - 1 != (size_t)p->D)
        status = bora_fail(e, BORA_BAD_INPUT, "%s: %zu tasks, expected %d", t.path, t.rows - 1, p->D);
    if (!status) status = bora_calloc(&p->distance, (size_t)p->D, sizeof *p->distance, "a table", e);
    if (!status) status = read_column(&t, "sum_of_matrix_distances_from_base", p->distance, e);
    for (int d = 0; !status && d < p->D; d++) p->distance[d] = log(p->distance[d]);
    bora_table_free(&t);
    return status;
}

static void published_free(published *p) {
    free(p->tau);
    free(p->table_1);
    free(p->table_2);
    free(p->size);
    free(p->distance);
}

static int published_read(published *p, const char *folder, bora_error *e) {
    *p = (published){0};
    int status = read_table_1(p, folder, e);
    if (!status) status = read_table_2(p, folder, e);
    if (!status) status = read_distance(p, folder, e);
    if (status) published_free(p);
    return status;
}

/* ---- the table: what, value, half_95, p ----------------------------------------------------------------------------- */

static void put_row(FILE *out, double value, double half, double p) {
    bora_put_numbers(out, (const double[]){value, half, p}, 3);
    fputc('\n', out);
}

/* Improvement of tau = best over another tau (per cent of the latter's perplexity), and its relation to training size. */
static int put_improvement(const published *p, int best, int other, FILE *out, bora_error *e) {
    double *gain, rho, p_rho, p_slope, unused[4], variance, squares;
    int *cluster, better = 0;
    bora_estimate slope;
    int status = bora_calloc(&gain, (size_t)p->D, sizeof *gain, "improvements", e);
    if (status) return status;
    status = bora_calloc(&cluster, (size_t)p->D, sizeof *cluster, "clusters", e);
    for (int d = 0; !status && d < p->D; d++) {
        gain[d] = 100 * (1 - p->table_2[best * p->D + d] / p->table_2[other * p->D + d]);
        better += gain[d] > 0;
        cluster[d] = d; /* each its own: robust against unequal variances alone */
    }
    if (!status) status = bora_spearman(p->size, gain, p->D, PERMUTATIONS, &rho, &p_rho, e);
    if (!status) status = bora_cluster_slope(p->size, gain, cluster, (size_t)p->D, p->D, &slope, e);
    if (!status) status = bora_slope_permutation(p->size, gain, (size_t)p->D, PERMUTATIONS, &p_slope, e);
    if (!status) {
        gsl_fit_linear(p->size, 1, gain, 1, (size_t)p->D, &unused[0], &unused[1], &unused[2], &unused[3], &variance, &squares);
        char *over = bora_format("improvement of tau %g over tau %g", p->tau[best], p->tau[other]);
        fprintf(out, "%s: mean (%%)", over), put_row(out, gsl_stats_mean(gain, 1, (size_t)p->D), NAN, NAN);
        fprintf(out, "%s: tasks better", over), put_row(out, better, NAN, NAN);
        fprintf(out, "%s: Spearman with training size", over), put_row(out, rho, NAN, p_rho);
        fprintf(out, "%s: slope on ln N (%%)", over), put_row(out, slope.estimate, bora_half_width(&slope, 0.95), p_slope);
        fprintf(out, "%s: its standard error by least squares", over), put_row(out, sqrt(variance), NAN, NAN);
        free(over);
    }
    free(gain);
    free(cluster);
    return status;
}

static int lowest(const double *x, int n) {
    int best = 0;
    for (int i = 1; i < n; i++)
        if (x[i] < x[best]) best = i;
    return best;
}

static int put_table(const published *p, FILE *out, bora_error *e) {
    int best = lowest(p->table_1, p->taus);
    fprintf(out, "what,value,half_95,p\n");
    int status = put_improvement(p, best, 0, out, e);
    if (!status) status = put_improvement(p, best, p->taus - 1, out, e);
    for (int c = 0; !status && c < p->taus; c++) {
        fprintf(out, "mean of Table 2 less Table 1 at tau %g", p->tau[c]);
        put_row(out, gsl_stats_mean(p->table_2 + c * p->D, 1, (size_t)p->D) - p->table_1[c], NAN, NAN);
    }
    if (!status) {
        fprintf(out, "correlation of ln distance and ln N at tau 0");
        put_row(out, gsl_stats_correlation(p->size, 1, p->distance, 1, (size_t)p->D), NAN, NAN);
    }
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
    bora_put_numbers(out, (const double[]){tau, position, perplexity}, 3);
    fputc('\n', out);
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
    return status;
}

static int put_figure(const published *p, const char *experiment, FILE *out, bora_error *e) {
    int best = lowest(p->table_1, p->taus);
    fprintf(out, "series,tau,position,relative_perplexity\n");
    for (int c = 0; c < p->taus; c++)
        put_point(out, "published", p->tau[c], position(p->tau[c], p->tau[best]), p->table_1[c] / p->table_1[best]);
    return experiment ? put_ours(experiment, out, e) : BORA_OK;
}

/* ---- files -------------------------------------------------------------------------------------------------------------- */

int bora_published(const char *data, const char *directory, const char *experiment, bora_error *e) {
    published p;
    int status = published_read(&p, data, e);
    if (status) return status;
    for (int i = 0; !status && i < 2; i++) { /* the table, the figure */
        char *folder = bora_format("%s/%s", directory, i ? "figures" : "tables"),
             *csv = bora_format("%s/%s.csv", folder, i ? "published_by_tau" : "published"),
             *tex = bora_format("%s/published.tex", folder);
        bora_writer w;
        status = bora_make_directories(folder, e);
        FILE *out = status ? NULL : bora_create(&w, csv, e);
        if (!status && !out) status = e->status;
        if (!status) {
            status = i ? put_figure(&p, experiment, out, e) : put_table(&p, out, e);
            if (status) bora_abandon(&w);
            else status = bora_commit(&w, e);
        }
        if (!status && i == 0) status = bora_tex_write(csv, tex, e);
        if (!status) printf("%s\n", csv);
        free(folder);
        free(csv);
        free(tex);
    }
    published_free(&p);
    return status;
}
