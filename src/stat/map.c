/* map.c: where the adapters of one run lie: the distances between theta_d that the run wrote, and the plane that shows most of
 * them. It reads no adapters. The run is BoRA's at the tau best on validation, of the lowest seed. */
#include "stat/summary.h"

#include <float.h>
#include <gsl/gsl_eigen.h>
#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <stdlib.h>

/* Torgerson (1952): the Gram matrix of the centred points is -1/2 J D2 J, J = I - 1/n, D2 the squared distances. Its
 * eigenvectors times the roots of its eigenvalues are the points' principal components. mean [n]: room. */
static void gram(const double *distance, int n, double *mean, gsl_matrix *G) {
    for (int i = 0; i < n; i++) mean[i] = gsl_stats_tss_m(distance + i * n, 1, (size_t)n, 0) / n;
    double all = gsl_stats_mean(mean, 1, (size_t)n);
    for (int i = 0; i < n; i++)
        for (int j = 0; j < n; j++)
            gsl_matrix_set(G, (size_t)i, (size_t)j, -0.5 * (pow(distance[i * n + j], 2) - mean[i] - mean[j] + all));
}

static void project(const gsl_vector *values, const gsl_matrix *vectors, int n, double *points, double *share) {
    double trace = 0;
    for (int i = 0; i < n; i++) trace += fmax(0, gsl_vector_get(values, (size_t)i));
    for (size_t c = 0; c < 2; c++) {
        double value = fmax(0, gsl_vector_get(values, c)), largest = 0;
        for (int i = 0; i < n; i++)
            if (fabs(gsl_matrix_get(vectors, (size_t)i, c)) > fabs(largest)) largest = gsl_matrix_get(vectors, (size_t)i, c);
        for (int i = 0; i < n; i++)
            points[2 * i + (int)c] = copysign(sqrt(value), largest) * gsl_matrix_get(vectors, (size_t)i, c);
        share[c] = value / trace;
    }
}

int bora_principal_map(const double *distance, int n, double *points, double *share, bora_error *e) {
    if (n < 3) return bora_fail(e, BORA_SKIPPED, "%d task%s, a map needs three", n, n == 1 ? "" : "s");
    gsl_matrix *G = gsl_matrix_alloc((size_t)n, (size_t)n), *vectors = gsl_matrix_alloc((size_t)n, (size_t)n);
    gsl_vector *values = gsl_vector_alloc((size_t)n);
    gsl_eigen_symmv_workspace *work = gsl_eigen_symmv_alloc((size_t)n);
    gram(distance, n, points, G);
    gsl_eigen_symmv(G, values, vectors, work);
    gsl_eigen_symmv_sort(values, vectors, GSL_EIGEN_SORT_VAL_DESC);
    bool apart = gsl_vector_get(values, 0) > 0;
    if (apart) project(values, vectors, n, points, share);
    gsl_eigen_symmv_free(work);
    gsl_vector_free(values);
    gsl_matrix_free(vectors);
    gsl_matrix_free(G);
    return apart ? BORA_OK : bora_fail(e, BORA_SKIPPED, "all adapters are one");
}

/* ---- figures ------------------------------------------------------------------------------------------------------------ */

static int read_distances(const bora_summary *s, const bora_finished *run, double *distance, bora_error *e) {
    char *path = bora_format("%s/%s/distances.csv", s->directory, run->name);
    bora_table t;
    int status = bora_exists(path) ? bora_table_read(&t, path, e)
                                   : bora_fail(e, BORA_SKIPPED, "run '%s' has no distances.csv", run->name);
    free(path);
    if (status) return status;
    if (t.rows != (size_t)s->D + 1 || t.columns != t.rows)
        status = bora_fail(e, BORA_BAD_INPUT, "%s: %zu rows of %zu columns, expected %d of each", t.path, t.rows, t.columns,
                           s->D + 1);
    for (int i = 0; !status && i < s->D * s->D; i++)
        status = bora_table_number(&t, (size_t)(i / s->D) + 1, (size_t)(i % s->D) + 1, 0, DBL_MAX, &distance[i], e);
    bora_table_free(&t);
    return status;
}

/* distance [D, D], points [D, 2] and share [2], one block to be freed. */
static int map_of(const bora_summary *s, double **distance, double **points, double **share, bora_error *e) {
    bora_contest c;
    size_t D = (size_t)s->D;
    int status = bora_contest_of(s, &c, e);
    if (status) return status;
    status = bora_calloc(distance, D * D + 2 * D + 2, sizeof **distance, "distances", e);
    if (!status) {
        *points = *distance + D * D;
        *share = *points + 2 * D;
        status = read_distances(s, &c.best->runs[0], *distance, e);
        if (!status) status = bora_principal_map(*distance, s->D, *points, *share, e);
        if (status) free(*distance);
    }
    free(c.cells);
    return status;
}

int bora_adapter_map(const bora_summary *s, FILE *out, bora_error *e) {
    double *distance, *points, *share;
    int status = map_of(s, &distance, &points, &share, e);
    if (status) return status;
    fprintf(out, "task,x,y,share_x,share_y\n");
    for (int d = 0; d < s->D; d++) {
        bora_put_text(out, s->tasks[d]);
        bora_put_numbers(out, points + 2 * d, 2);
        bora_end_row(out, share, 2);
    }
    free(distance);
    return BORA_OK;
}

/* Rows and columns count tasks along the first component, so that neighbours stand together. */
int bora_adapter_distances(const bora_summary *s, FILE *out, bora_error *e) {
    double *distance, *points, *share;
    int D = s->D, *at = NULL, status = map_of(s, &distance, &points, &share, e);
    if (status) return status;
    status = bora_calloc(&at, (size_t)D, sizeof *at, "places", e);
    for (int d = 0; !status && d < D; d++) {
        int before = 0;
        for (int other = 0; other < D; other++)
            before += points[2 * other] < points[2 * d] || (points[2 * other] == points[2 * d] && other < d);
        at[before] = d;
    }
    fprintf(out, "task,other,row,column,distance\n");
    for (int i = 0; !status && i < D * D; i++) {
        int d = at[i / D], other = at[i % D];
        bora_put_text(out, s->tasks[d]);
        fputc(',', out);
        bora_put_text(out, s->tasks[other]);
        fprintf(out, ",%d,%d", i / D, i % D);
        bora_end_row(out, &distance[d * D + other], 1);
    }
    free(at);
    free(distance);
    return status;
}
