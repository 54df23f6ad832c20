/* plots.c: every plotted number, one CSV a figure (and one for its fitted lines); gnuplot only draws them. */
#include "stat/summary.h"

#include <gsl/gsl_fit.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    const bora_summary *s;
    const bora_cell_of_runs *independent, *unified, *best; /* NULL where there is none */
} scene;

static FILE *create(const bora_summary *s, bora_writer *w, const char *name, bora_error *e) {
    char *path = bora_format("%s/figures/%s.csv", s->directory, name);
    FILE *f = bora_create(w, path, e);
    free(path);
    return f;
}

static int skip(const char *figure, const char *missing) {
    printf("  %s: skipped, no %s\n", figure, missing);
    return BORA_OK;
}

static const bora_score *score(const bora_summary *s, const bora_outcome *run, int d) { return &run->scores[BORA_AT_COMMON * s->D + d]; }

static int documents(const scene *v, bora_error *e) {
    const bora_summary *s = v->s;
    bora_writer w;
    FILE *f = create(s, &w, "documents", e);
    if (!f) return e->status;
    fprintf(f, "index,task,seed,train_documents\n");
    for (int d = 0; d < s->D; d++)
        for (int i = 0; i < s->cells[0].n; i++)
            fprintf(f, "%d,\"%s\",%.17g,%.17g\n", d, s->tasks[d], s->cells[0].runs[i]->seed, score(s, s->cells[0].runs[i], d)->documents[BORA_OF_TRAIN]);
    return bora_commit(&w, e);
}

/* x: log10 of tau; the limits stand one unit beyond the ends. */
static double tau_position(const double *taus, int n, int i) {
    double low = INFINITY, high = -INFINITY;
    for (int j = 0; j < n; j++)
        if (taus[j] > 0 && isfinite(taus[j])) low = fmin(low, log10(taus[j])), high = fmax(high, log10(taus[j]));
    return taus[i] == 0 ? low - 0.8 : isinf(taus[i]) ? high + 0.8 : log10(taus[i]);
}

static int perplexity_by_tau(const scene *v, bora_error *e) {
    const bora_summary *s = v->s;
    double *taus = calloc((size_t)s->n_cells, sizeof *taus);
    if (!taus) abort();
    int n = bora_axis_values(s, BORA_BY_TAU, taus);
    bora_writer w;
    FILE *f = n < 2 || !v->best ? NULL : create(s, &w, "perplexity_by_tau", e);
    if (f) {
        fprintf(f, "x,tau,perplexity,low,high");
        for (int d = 0; d < s->D; d++) fprintf(f, ",\"%s\"", s->tasks[d]);
        fprintf(f, "\n");
        for (int i = 0; i < n; i++) {
            const bora_cell_of_runs *c = bora_find_cell(s, taus[i], v->best->rank);
            if (!c) continue;
            bora_spread p = bora_perplexity(s, c, BORA_AT_COMMON, BORA_OF_TEST, false);
            double sd = isnan(p.sd) ? 0 : p.sd;
            fprintf(f, "%.17g,%s,%.17g,%.17g,%.17g", tau_position(taus, n, i), bora_tau_name(taus[i]), p.mean, p.mean - sd, p.mean + sd);
            for (int d = 0; d < s->D; d++) {
                double mean = 0;
                for (int j = 0; j < c->n; j++) mean += exp(bora_task_nll(s, c->runs[j], BORA_AT_COMMON, BORA_OF_TEST, d)) / c->n;
                fprintf(f, ",%.17g", mean);
            }
            fprintf(f, "\n");
        }
    }
    free(taus);
    if (n < 2 || !v->best) return skip("perplexity_by_tau", "runs at several tau");
    return f ? bora_commit(&w, e) : e->status;
}

/* Least squares of y on ln x, as a line of 50 points in long form. */
static void fit_line(FILE *f, const char *series, const double *x, const double *y, size_t n) {
    double c0, c1, cov00, cov01, cov11, sum, low = INFINITY, high = -INFINITY, *log_x = calloc(n, sizeof *log_x);
    if (!log_x) abort();
    for (size_t i = 0; i < n; i++) log_x[i] = log(x[i]), low = fmin(low, log_x[i]), high = fmax(high, log_x[i]);
    if (n > 2 && high > low) {
        gsl_fit_linear(log_x, 1, y, 1, n, &c0, &c1, &cov00, &cov01, &cov11, &sum);
        for (int i = 0; i < 50; i++) {
            double at = low + (high - low) * i / 49;
            fprintf(f, "%s,%.17g,%.17g\n", series, exp(at), c0 + c1 * at);
        }
    }
    free(log_x);
}

/* Points (task, seed) of the chosen tau against a limit, paired by seed: relative improvement in per cent. */
static int gain_by_size(const scene *v, bora_error *e) {
    const bora_summary *s = v->s;
    if (!v->best || !v->independent || !v->unified) return skip("gain_by_size", "runs at tau = 0, inf and between");
    bora_writer w, line;
    FILE *f = create(s, &w, "gain_by_size", e), *g = f ? create(s, &line, "gain_by_size_fit", e) : NULL;
    if (!g) {
        if (f) bora_abandon(&w);
        return e->status;
    }
    size_t most = (size_t)(s->D * v->best->n);
    double *x = calloc(most, sizeof *x), *y = calloc(most, sizeof *y);
    if (!x || !y) abort();
    fprintf(f, "series,task,seed,train_documents,gain,tau\n");
    fprintf(g, "series,train_documents,gain\n");
    const bora_cell_of_runs *const limits[] = {v->independent, v->unified};
    static const char *const names[] = {"independent", "unified"};
    for (int limit = 0; limit < 2; limit++) {
        size_t n = 0;
        for (int i = 0; i < v->best->n; i++) {
            const bora_outcome *mine = v->best->runs[i], *theirs = bora_with_seed(limits[limit], mine->seed);
            for (int d = 0; theirs && d < s->D; d++) {
                double difference = bora_task_nll(s, mine, BORA_AT_COMMON, BORA_OF_TEST, d) - bora_task_nll(s, theirs, BORA_AT_COMMON, BORA_OF_TEST, d);
                x[n] = score(s, mine, d)->documents[BORA_OF_TRAIN];
                y[n] = 100 * (1 - exp(difference));
                fprintf(f, "%s,\"%s\",%.17g,%.17g,%.17g,%s\n", names[limit], s->tasks[d], mine->seed, x[n], y[n], bora_tau_name(v->best->tau));
                n++;
            }
        }
        fit_line(g, names[limit], x, y, n);
    }
    free(x);
    free(y);
    int status = bora_commit(&w, e);
    if (status) bora_abandon(&line);
    return status ? status : bora_commit(&line, e);
}

/* One point a task and seed of each given cell: what `value` gives. */
static int by_size(const scene *v, const char *figure, const bora_cell_of_runs *const *cells, const char *const *names, int n, bool distance,
                   bora_error *e) {
    const bora_summary *s = v->s;
    bora_writer w;
    FILE *f = create(s, &w, figure, e);
    if (!f) return e->status;
    fprintf(f, "series,task,seed,train_documents,value,tau\n");
    for (int i = 0; i < n; i++)
        for (int j = 0; cells[i] && j < cells[i]->n; j++)
            for (int d = 0; d < s->D; d++) {
                const bora_score *x = score(s, cells[i]->runs[j], d);
                fprintf(f, "%s,\"%s\",%.17g,%.17g,%.17g,%s\n", names[i], s->tasks[d], cells[i]->runs[j]->seed, x->documents[BORA_OF_TRAIN],
                        distance ? x->distance : exp(x->nll[BORA_OF_TEST] / x->tokens[BORA_OF_TEST]), bora_tau_name(cells[i]->tau));
            }
    return bora_commit(&w, e);
}

static int distance_by_size(const scene *v, bora_error *e) {
    const bora_cell_of_runs *const cells[] = {v->best, v->independent};
    static const char *const names[] = {"bora", "independent"};
    if (!v->best) return skip("distance_by_size", "runs between the limits of tau");
    return by_size(v, "distance_by_size", cells, names, 2, true, e);
}

static int perplexity_by_size(const scene *v, bora_error *e) {
    const bora_cell_of_runs *const cells[] = {v->independent, v->best, v->unified};
    static const char *const names[] = {"independent", "bora", "unified"};
    if (!v->best || !v->independent || !v->unified) return skip("perplexity_by_size", "runs at tau = 0, inf and between");
    return by_size(v, "perplexity_by_size", cells, names, 3, false, e);
}

static int training_curves(const scene *v, bora_error *e) {
    const bora_summary *s = v->s;
    const bora_cell_of_runs *const cells[] = {v->independent, v->best, v->unified};
    static const char *const names[] = {"independent", "bora", "unified"};
    bora_writer w;
    FILE *f = create(s, &w, "training_curves", e);
    if (!f) return e->status;
    fprintf(f, "series,tau,epoch,train_perplexity,validation_perplexity\n");
    for (int i = 0; i < 3; i++)
        for (int epoch = 0; cells[i] && epoch <= cells[i]->runs[0]->epochs; epoch++) {
            double train = 0, validation = 0;
            for (int j = 0; j < cells[i]->n; j++) {
                train += cells[i]->runs[j]->train[epoch] / cells[i]->n;
                validation += cells[i]->runs[j]->validation[epoch] / cells[i]->n;
            }
            fprintf(f, "%s,%s,%d,", names[i], bora_tau_name(cells[i]->tau), epoch);
            if (epoch) fprintf(f, "%.17g", exp(train));
            fprintf(f, ",%.17g\n", exp(validation));
        }
    return bora_commit(&w, e);
}

/* Rank by tau: the same numbers serve the lines and the map; ranks and taus are numbered for the map. */
static int by_rank(const scene *v, bora_error *e) {
    const bora_summary *s = v->s;
    double *taus = calloc((size_t)s->n_cells, sizeof *taus), *ranks = calloc((size_t)s->n_cells, sizeof *ranks);
    if (!taus || !ranks) abort();
    int n = bora_axis_values(s, BORA_BY_TAU, taus), m = bora_axis_values(s, BORA_BY_RANK, ranks), status = BORA_OK;
    static const char *const figures[] = {"perplexity_by_rank", "rank_by_tau"};
    for (int figure = 0; !status && m > 1 && figure < 2; figure++) {
        bora_writer w;
        FILE *f = create(s, &w, figures[figure], e);
        if (!f) {
            status = e->status;
            break;
        }
        fprintf(f, "tau_index,rank_index,tau,rank,perplexity,half\n");
        for (int i = 0; i < n; i++)
            for (int j = 0; j < m; j++) {
                const bora_cell_of_runs *c = bora_find_cell(s, taus[i], ranks[j]);
                if (!c) continue;
                bora_spread p = bora_perplexity(s, c, BORA_AT_COMMON, BORA_OF_TEST, false);
                fprintf(f, "%d,%d,%s,%.17g,%.17g,%.17g\n", i, j, bora_tau_name(taus[i]), ranks[j], p.mean, isnan(p.half) ? 0 : p.half);
            }
        status = bora_commit(&w, e);
    }
    free(taus);
    free(ranks);
    return status || m > 1 ? status : skip("perplexity_by_rank and rank_by_tau", "runs at several ranks");
}

int bora_plots_write(const bora_summary *s, bora_error *e) {
    const bora_cell_of_runs *best = bora_best_cell(s);
    double rank = best ? best->rank : -1;
    scene v = {s, bora_find_cell(s, 0, rank), bora_find_cell(s, INFINITY, rank), best};
    int (*const figures[])(const scene *, bora_error *) = {documents,          perplexity_by_tau, gain_by_size, distance_by_size,
                                                            perplexity_by_size, training_curves,   by_rank};
    int status = BORA_OK;
    for (size_t i = 0; !status && i < sizeof figures / sizeof *figures; i++) status = figures[i](&v, e);
    return status;
}
