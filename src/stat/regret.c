/* regret.c: runs on synthetic data against the truth: NLL per token above the oracle's on the same test documents, beside that
 * of predictors from counts, and where independent and unified training cross. It reads each run's truth.csv; what is to be
 * chosen is chosen on validation. */
#include "stat/summary.h"

#include <float.h>
#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Methods in the order of the rows; the first ones stand in truth.csv, a column <name>_nll each. */
enum { ALONE, TOGETHER, BAYES, ESTIMATED, FROM_COUNTS, INDEPENDENT = FROM_COUNTS, UNIFIED, BORA, METHODS };
static const char *const methods[METHODS] = {"counts-independent", "counts-unified", "bayes", "estimated-bayes",
                                             "independent",        "unified",        "bora"};
static const char *const columns[FROM_COUNTS] = {"independent_nll", "unified_nll", "bayes_nll", "estimated_nll"};

/* One seed of one setting. */
typedef struct {
    const bora_finished *run[METHODS]; /* NULL: none; of the predictors from counts, any run */
    double *regret[METHODS];           /* [D], NULL: none */
} trial;

typedef struct {
    trial *trials; /* [n] by setting, then seed */
    int n;
} trials;

static void free_trials(trials *t) {
    for (int i = 0; i < t->n; i++)
        for (int m = 0; m < METHODS; m++) free(t->trials[i].regret[m]);
    free(t->trials);
}

/* NLL per token less the oracle's, into the fresh *regret [D]; of a predictor from counts, from its column, which is empty
 * where it is not known. */
static int subtract(const bora_summary *s, const bora_finished *run, const bora_table *t, int m, double **regret,
                    bora_error *e) {
    size_t oracle, column = 0;
    int status = bora_table_column(t, "oracle_nll", &oracle, e);
    if (!status && m < FROM_COUNTS) status = bora_table_column(t, columns[m], &column, e);
    if (status || (m < FROM_COUNTS && !*bora_table_cell(t, 1, column))) return status;
    status = bora_calloc(regret, (size_t)s->D, sizeof **regret, "regret", e);
    for (int d = 0; !status && d < s->D; d++) {
        const bora_outcome *x = &run->outcomes[BORA_AT_COMMON * s->D + d];
        double best, nll = x->nll[BORA_OF_TEST];
        status = bora_table_number(t, (size_t)d + 1, oracle, 0, DBL_MAX, &best, e);
        if (!status && m < FROM_COUNTS) status = bora_table_number(t, (size_t)d + 1, column, 0, DBL_MAX, &nll, e);
        /* [lab:regret] */
        if (!status) (*regret)[d] = (nll - best) / x->tokens[BORA_OF_TEST];
        /* [/lab:regret] */
    }
    return status;
}

int bora_truth_read(const bora_summary *s, const bora_finished *run, bora_table *t, bora_error *e) {
    char *path = bora_format("%s/%s/truth.csv", s->directory, run->name);
    int status = bora_exists(path)
                     ? bora_table_read(t, path, e)
                     : bora_fail(e, BORA_SKIPPED, "run '%s' has no truth.csv: its data are not synthetic", run->name);
    if (!status && t->rows != (size_t)s->D + 1) {
        status = bora_fail(e, BORA_BAD_INPUT, "%s: expected %d rows, one a task", path, s->D);
        bora_table_free(t);
    }
    free(path);
    return status;
}

/* Regret of the methods that `run` stands for in a trial, from its truth.csv. */
static int read_regret(const bora_summary *s, trial *at, const bora_finished *run, bora_error *e) {
    bora_table t;
    int status = bora_truth_read(s, run, &t, e);
    if (status) return status;
    for (int m = 0; !status && m < METHODS; m++)
        if (at->run[m] == run && !at->regret[m]) status = subtract(s, run, &t, m, &at->regret[m], e);
    bora_table_free(&t);
    return status;
}

static int method_of(const bora_finished *run) {
    for (int m = INDEPENDENT; m < METHODS; m++)
        if (!strcmp(run->method, methods[m])) return m;
    return METHODS;
}

static trial *trial_of(trials *t, const bora_finished *run) {
    for (int i = 0; i < t->n; i++) {
        const bora_finished *other = t->trials[i].run[ALONE];
        if (other->setting == run->setting && other->seed == run->seed) return &t->trials[i];
    }
    trial *fresh = &t->trials[t->n++];
    for (int m = 0; m < FROM_COUNTS; m++) fresh->run[m] = run;
    return fresh;
}

/* Of several runs of a method with one seed, the best on validation. */
static int collect(const bora_summary *s, trials *t, bora_error *e) {
    *t = (trials){0};
    int status = bora_calloc(&t->trials, (size_t)s->n, sizeof *t->trials, "regret", e);
    for (int i = 0; !status && i < s->n; i++) {
        const bora_finished *run = &s->runs[i];
        trial *at = trial_of(t, run);
        int m = method_of(run);
        if (m == METHODS) continue;
        if (!at->run[m] || bora_perplexity(s, run, BORA_AT_COMMON, BORA_OF_VALIDATION) <
                               bora_perplexity(s, at->run[m], BORA_AT_COMMON, BORA_OF_VALIDATION))
            at->run[m] = run;
    }
    for (int i = 0; !status && i < t->n; i++)
        for (int m = ALONE; !status && m < METHODS; m += m < FROM_COUNTS ? FROM_COUNTS : 1) { /* counts are all of one run */
            trial *at = &t->trials[i];
            if (at->run[m] && (m == ALONE || at->run[m] != at->run[ALONE])) status = read_regret(s, at, at->run[m], e);
        }
    if (status) free_trials(t);
    return status;
}

static void put_setting(const bora_summary *s, const trial *t, int m, FILE *out) {
    bora_put_values(out, s, t->run[ALONE]);
    fputs(methods[m], out);
}

static void put_header(const bora_summary *s, FILE *out, const char *rest) {
    bora_put_keys(out, s);
    fprintf(out, "method,%s\n", rest);
}

static double documents(const bora_summary *s, const trial *t, int d) { return bora_train_documents(s, t->run[ALONE], d); }

int bora_regret(const bora_summary *s, FILE *out, bora_error *e) {
    trials t;
    double *x = NULL;
    int status = collect(s, &t, e);
    if (status) return status;
    status = bora_calloc(&x, (size_t)t.n, sizeof *x, "regret", e);
    put_header(s, out, "seeds,documents,least_tau,most_tau,regret,regret_half_95");
    for (int setting = 0; !status && setting < s->settings; setting++)
        for (int m = 0; m < METHODS; m++) {
            const trial *any = NULL;
            double all = 0, least = INFINITY, most = 0;
            int n = 0;
            for (int i = 0; i < t.n; i++) {
                const trial *at = &t.trials[i];
                if (at->run[ALONE]->setting != setting || !at->regret[m]) continue;
                any = at;
                for (int d = 0; d < s->D; d++) all += documents(s, at, d);
                least = fmin(least, at->run[m]->tau), most = fmax(most, at->run[m]->tau);
                x[n++] = gsl_stats_mean(at->regret[m], 1, (size_t)s->D);
            }
            if (!n) continue;
            bora_spread p = bora_spread_of(x, n);
            const double row[] = {n, all / n / s->D, m == BORA ? least : NAN, m == BORA ? most : NAN, p.mean, p.half};
            put_setting(s, any, m, out);
            bora_end_row(out, row, sizeof row / sizeof *row);
        }
    free(x);
    free_trials(&t);
    return status;
}

/* Whether two runs differ in no setting of the data but how many documents they draw. */
static bool same_language(const bora_summary *s, const bora_finished *a, const bora_finished *b) {
    bool same = true;
    for (int k = 0; k < s->n_keys; k++)
        same = same && (!strcmp(s->keys[k], "data.number") || !strcmp(a->values[k], b->values[k]));
    return same;
}

int bora_regret_by_size(const bora_summary *s, FILE *out, bora_error *e) {
    enum { BINS = 8 };
    trials t;
    double *x = NULL, *y = NULL;
    for (int i = 1; i < s->n; i++)
        if (!same_language(s, &s->runs[0], &s->runs[i]))
            return bora_fail(e, BORA_SKIPPED, "more than data.number is swept, one plot shows one language");
    int status = collect(s, &t, e);
    if (status) return status;
    size_t room = (size_t)t.n * (size_t)s->D;
    status = bora_calloc(&x, room, sizeof *x, "regret", e);
    if (!status) status = bora_calloc(&y, room, sizeof *y, "regret", e);
    put_header(s, out, "documents,regret");
    for (int setting = 0; !status && setting < s->settings; setting++)
        for (int m = 0; m < METHODS; m++) {
            const trial *any = NULL;
            size_t n = 0;
            double mean_x[BINS], mean_y[BINS];
            for (int i = 0; i < t.n; i++)
                for (int d = 0; t.trials[i].run[ALONE]->setting == setting && t.trials[i].regret[m] && d < s->D; d++) {
                    any = &t.trials[i];
                    x[n] = log(documents(s, any, d)), y[n++] = any->regret[m][d];
                }
            int bins = n ? bora_bin_means(x, y, n, BINS, mean_x, mean_y) : 0;
            for (int b = 0; b < bins; b++) {
                put_setting(s, any, m, out);
                bora_end_row(out, (const double[]){exp(mean_x[b]), mean_y[b]}, 2);
            }
        }
    free(x);
    free(y);
    free_trials(&t);
    return status;
}

/* ---- crossover ---------------------------------------------------------------------------------------------------------- */

/* One setting: documents a task, and ln of the ratio of the mean regrets of independent and unified training; NaN: not known.
 */
typedef struct {
    const bora_finished *run;
    double documents, log_ratio;
} point;

static point point_of(const bora_summary *s, const trials *t, int setting) {
    point p = {0};
    double sum[METHODS] = {0}, n[METHODS] = {0};
    for (int i = 0; i < t->n; i++) {
        const trial *at = &t->trials[i];
        if (at->run[ALONE]->setting != setting) continue;
        p = (point){at->run[ALONE], documents(s, at, 0), NAN};
        for (int m = INDEPENDENT; m <= UNIFIED; m++)
            if (at->regret[m]) sum[m] += gsl_stats_mean(at->regret[m], 1, (size_t)s->D), n[m]++;
    }
    p.log_ratio = log(sum[INDEPENDENT] / n[INDEPENDENT] / (sum[UNIFIED] / n[UNIFIED]));
    return p;
}

/* Of the points [n] of one language the least number of documents at which the ratio falls to 1, its logarithm taken for linear
 * in that of the documents between neighbours; NaN: it falls nowhere among them. */
static double crossing(const bora_summary *s, const point *points, int n, const bora_finished *language) {
    double least = NAN;
    for (int i = 0; i < n; i++) {
        const point *a = &points[i], *b = NULL;
        if (!same_language(s, a->run, language) || !(a->log_ratio > 0)) continue;
        for (int j = 0; j < n; j++)
            if (same_language(s, points[j].run, language) && points[j].documents > a->documents &&
                (!b || points[j].documents < b->documents))
                b = &points[j];
        if (!b || !(b->log_ratio <= 0)) continue;
        double part = a->log_ratio / (a->log_ratio - b->log_ratio);
        least = fmin(least, a->documents * pow(b->documents / a->documents, part));
    }
    return least;
}

static int put_crossover(const bora_summary *s, const point *points, const point *first, FILE *out, bora_error *e) {
    bora_table t;
    size_t column;
    double theory;
    int status = bora_truth_read(s, first->run, &t, e);
    if (status) return status;
    status = bora_table_column(&t, "crossover", &column, e);
    if (!status) status = bora_table_number(&t, 1, column, 0, INFINITY, &theory, e);
    bora_table_free(&t);
    if (status) return status;
    for (int k = 0; k < s->n_keys; k++) {
        if (!strcmp(s->keys[k], "data.number")) continue;
        bora_put_text(out, first->run->values[k]);
        fputc(',', out);
    }
    bora_put_number(out, theory);
    bora_end_row(out, (const double[]){crossing(s, points, s->settings, first->run)}, 1);
    return BORA_OK;
}

int bora_crossover(const bora_summary *s, FILE *out, bora_error *e) {
    trials t;
    point *points = NULL;
    int number = bora_key_of(s, "data.number");
    if (number < 0) return bora_fail(e, BORA_SKIPPED, "data.number is not swept");
    int status = collect(s, &t, e);
    if (status) return status;
    status = bora_calloc(&points, (size_t)s->settings, sizeof *points, "crossover", e);
    for (int i = 0; !status && i < s->settings; i++) points[i] = point_of(s, &t, i);
    for (int k = 0; k < s->n_keys; k++)
        if (k != number) fprintf(out, "%s,", s->keys[k]);
    fprintf(out, "crossover_counts,crossover_trained\n");
    for (int i = 0; !status && i < s->settings; i++) {
        bool seen = false;
        for (int j = 0; j < i; j++) seen = seen || same_language(s, points[j].run, points[i].run);
        if (!seen) status = put_crossover(s, points, &points[i], out, e);
    }
    free(points);
    free_trials(&t);
    return status;
}
