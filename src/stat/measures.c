/* measures.c: the quantities that claims are about, each from an experiment's folder. Which runs are compared is chosen on
 * validation; no verdict is given here. */
#include "stat/claims.h"

#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- pairs -------------------------------------------------------------------------------------------------------------- */

/* Two sides and their pairs, which point into them. */
typedef struct {
    bora_option a, b;
    bora_pairs p;
} contest;

/* BoRA at the common checkpoint against a method of the same folder or of another. */
static int open_contest(bora_evidence *x, bora_evidence *other, const char *against, bora_at at, contest *c, bora_error *e) {
    const bora_block_sums *blocks = at == BORA_AT_TASK ? &other->own : &other->common;
    if (!x->common.n || !blocks->n)
        return bora_fail(e, BORA_SKIPPED, "%s has no %s (bora report makes it)", (x->common.n ? other : x)->s.directory,
                         bora_blocks_files[x->common.n ? at : BORA_AT_COMMON]);
    c->a = (bora_option){.s = &x->s, .blocks = &x->common, .method = "bora", .at = BORA_AT_COMMON};
    c->b = (bora_option){.s = &other->s, .blocks = blocks, .method = against, .at = at};
    return bora_pairs_of((bora_side){&c->a, 1}, (bora_side){&c->b, 1}, &c->p, e);
}

static int ratio(bora_evidence *x, bora_evidence *other, const char *against, bora_at at, bora_measured *m, bora_error *e) {
    contest c;
    int status = open_contest(x, other, against, at, &c, e);
    if (status) return status;
    status = bora_pairs_ratio(&c.p, &m->x, &m->coverage, e);
    bora_pairs_free(&c.p);
    return status;
}
static int log_ratio_independent(bora_evidence *x, bora_measured *m, bora_error *e) {
    return ratio(x, x, "independent", BORA_AT_COMMON, m, e);
}
static int log_ratio_independent_own_epochs(bora_evidence *x, bora_measured *m, bora_error *e) {
    return ratio(x, x, "independent", BORA_AT_TASK, m, e);
}
static int log_ratio_ridge(bora_evidence *x, bora_measured *m, bora_error *e) {
    return ratio(x, x + 1, "ridge", BORA_AT_COMMON, m, e);
}
static int log_ratio_unified(bora_evidence *x, bora_measured *m, bora_error *e) {
    return ratio(x, x, "unified", BORA_AT_COMMON, m, e);
}

/* Tasks whose own interval lies below 0. */
static int count(bora_evidence *x, const char *against, bora_measured *m, bora_error *e) {
    contest c;
    bora_estimate *tasks;
    int status = open_contest(x, x, against, BORA_AT_COMMON, &c, e);
    if (status) return status;
    status = bora_calloc(&tasks, (size_t)c.p.D, sizeof *tasks, "tasks", e);
    if (!status) status = bora_pairs_tasks(&c.p, tasks, e);
    m->x = (bora_estimate){0, NAN, 1};
    m->of = c.p.D;
    for (int d = 0; !status && d < c.p.D; d++) m->x.estimate += bora_lies_below(&tasks[d]);
    free(tasks);
    bora_pairs_free(&c.p);
    return status;
}
static int tasks_independent(bora_evidence *x, bora_measured *m, bora_error *e) { return count(x, "independent", m, e); }
static int tasks_unified(bora_evidence *x, bora_measured *m, bora_error *e) { return count(x, "unified", m, e); }

static int slope(bora_evidence *x, const char *against, bora_pair_value *value, bool within, bora_measured *m, bora_error *e) {
    contest c;
    int status = open_contest(x, x, against, BORA_AT_COMMON, &c, e);
    if (status) return status;
    status = bora_pairs_slope(&c.p, value, within, &m->x, &m->coverage, e);
    if (!status && !isfinite(m->x.variance))
        status = bora_fail(e, BORA_SKIPPED, "no slope: it needs three seeds, three tasks, sizes that vary, distances above 0");
    bora_pairs_free(&c.p);
    return status;
}
static int slope_independent(bora_evidence *x, bora_measured *m, bora_error *e) {
    return slope(x, "independent", bora_pair_gain, false, m, e);
}
static int slope_within_independent(bora_evidence *x, bora_measured *m, bora_error *e) {
    return slope(x, "independent", bora_pair_gain, true, m, e);
}
static int slope_unified(bora_evidence *x, bora_measured *m, bora_error *e) {
    return slope(x, "unified", bora_pair_gain, false, m, e);
}
static int slope_distance(bora_evidence *x, bora_measured *m, bora_error *e) {
    return slope(x, "independent", bora_pair_distance, false, m, e);
}

/* Seeds whose tau, chosen on validation, is the highest of those between the limits. */
static int seeds_at_highest_tau(bora_evidence *x, bora_measured *m, bora_error *e) {
    contest c;
    double highest = bora_highest_tau(&x[0].s);
    int status = open_contest(x, x, "unified", BORA_AT_COMMON, &c, e);
    if (status) return status;
    m->x = (bora_estimate){0, NAN, 1};
    m->of = c.p.S;
    for (int i = 0; i < c.p.S; i++) m->x.estimate += c.p.a[i].run->tau == highest;
    bora_pairs_free(&c.p);
    return BORA_OK;
}

/* ---- objectives --------------------------------------------------------------------------------------------------------- */

/* x [n] one a seed. */
static void over_seeds(const double *x, int n, bora_estimate *mean) {
    bora_spread p = bora_spread_of(x, n);
    *mean = (bora_estimate){p.mean, p.sd * p.sd / n, n - 1};
}

/* What two runs that are compared differ in. */
typedef struct {
    const char *key, *own, *other;
} difference;

static bool has_value(const bora_summary *s, const bora_finished *run, const char *key, const char *value) {
    int k = bora_key_of(s, key);
    return k >= 0 && !strcmp(run->values[k], value);
}

/* The run that has the other values of these settings and is equal in all else; NULL: none, or the same run. */
static const bora_finished *counterpart(const bora_summary *s, const bora_finished *run, const difference *d, int n) {
    for (int i = 0; i < s->n; i++) {
        const bora_finished *r = &s->runs[i];
        bool is = bora_comparable(s, r, run) && strcmp(r->name, run->name);
        for (int k = 0; is && k < s->n_keys; k++) {
            bool compared = false;
            for (int j = 0; j < n; j++) compared = compared || !strcmp(s->keys[k], d[j].key);
            is = compared || !strcmp(r->values[k], run->values[k]);
        }
        for (int j = 0; is && j < n; j++) is = has_value(s, r, d[j].key, d[j].other);
        if (is) return r;
    }
    return NULL;
}

/* ln of the final objective over the counterpart's, mean within each seed over what else varies. */
static int log_objective_ratio(bora_evidence *x, const difference *d, int n, bora_measured *m, bora_error *e) {
    const bora_summary *s = &x[0].s;
    double *mean;
    int seeds = 0, status = bora_calloc(&mean, (size_t)s->n, sizeof *mean, "seeds", e);
    if (status) return status;
    for (double seed = -1; isfinite(seed);) {
        double next = INFINITY, sum = 0;
        int pairs = 0;
        for (int i = 0; i < s->n; i++) {
            const bora_finished *run = &s->runs[i], *other;
            bool is = run->seed == seed;
            if (run->seed > seed) next = fmin(next, run->seed);
            for (int j = 0; is && j < n; j++) is = has_value(s, run, d[j].key, d[j].own);
            if (!is || !(other = counterpart(s, run, d, n))) continue;
            sum += log(bora_final_objective(s, run) / bora_final_objective(s, other));
            pairs++;
        }
        if (pairs) mean[seeds++] = sum / pairs;
        seed = next;
    }
    if (seeds < 2)
        status =
            bora_fail(e, BORA_SKIPPED, "%s has no two seeds with both %s %s and %s", s->directory, d->key, d->own, d->other);
    else over_seeds(mean, seeds, &m->x);
    free(mean);
    return status;
}

/* One rate for all tau against one in proportion to it. */
static int log_objective_ratio_rule(bora_evidence *x, bora_measured *m, bora_error *e) {
    static const difference rule = {"optimizer.rule", "constant", "proportional"};
    return log_objective_ratio(x, &rule, 1, m, e);
}

/* The pooled step at one rate against the paper's step at its rate. */
static int log_objective_ratio_pooled(bora_evidence *x, bora_measured *m, bora_error *e) {
    static const difference both[] = {{"optimizer.rule", "constant", "proportional"}, {"optimizer.step", "pooled", "centred"}};
    return log_objective_ratio(x, both, 2, m, e);
}

/* ---- the limits --------------------------------------------------------------------------------------------------------- */

/* Whether a file of two runs is the same in all but the distance from Theta, of which plain Adam knows nothing. */
static int same_file(const bora_summary *s, const bora_finished *a, const bora_finished *b, const char *name, bool *same,
                     bora_error *e) {
    bora_table t[2] = {0};
    int status = BORA_OK;
    for (int i = 0; !status && i < 2; i++) {
        char *path = bora_format("%s/%s/%s", s->directory, (i ? b : a)->name, name);
        status = bora_table_read(&t[i], path, e);
        free(path);
    }
    *same = *same && !status && t[0].rows == t[1].rows && t[0].columns == t[1].columns;
    for (size_t row = 0; *same && row < t[0].rows; row++)
        for (size_t c = 0; *same && c < t[0].columns; c++)
            *same = !strcmp(bora_table_cell(&t[0], 0, c), "distance") ||
                    !strcmp(bora_table_cell(&t[0], row, c), bora_table_cell(&t[1], row, c));
    bora_table_free(&t[0]);
    bora_table_free(&t[1]);
    return status;
}

/* Runs at the limits whose every NLL, at every epoch and checkpoint, is that of the run by plain Adam. */
static int equal_to_plain_adam(bora_evidence *x, bora_measured *m, bora_error *e) {
    static const difference plain = {"optimizer.step", "pooled", "plain"};
    const bora_summary *s = &x[0].s;
    int status = BORA_OK;
    m->x = (bora_estimate){0, NAN, 1};
    for (int i = 0; !status && i < s->n; i++) {
        const bora_finished *run = &s->runs[i], *other;
        bool same = true;
        if (!has_value(s, run, plain.key, plain.own) || !(other = counterpart(s, run, &plain, 1))) continue;
        status = same_file(s, run, other, "curve.csv", &same, e);
        if (!status) status = same_file(s, run, other, "tasks.csv", &same, e);
        m->x.estimate += same;
        m->of++;
    }
    if (!status && m->of == 0) status = bora_fail(e, BORA_SKIPPED, "%s has no run by plain Adam to compare with", s->directory);
    return status;
}

/* ---- decades of tau ----------------------------------------------------------------------------------------------------- */

/* Where from inside towards outside ln perplexity y, linear in x = log10 tau between grid points, passes `level`. */
static double crossing(double x, double y, double to_x, double to_y, double level) {
    return x + (to_x - x) * (level - y) / (to_y - y);
}

/* Of y [n] over ascending x [n]: the length of the interval about the least in which y stays within ln(1 + BORA_NEAR) of it;
 * *open: it reaches an end of the grid. */
static double width(const double *x, const double *y, int n, bool *open) {
    int best = (int)gsl_stats_min_index(y, 1, (size_t)n), left, right;
    double level = y[best] + log1p(BORA_NEAR), from, to;
    left = right = best;
    while (left > 0 && y[left - 1] <= level) left--;
    while (right < n - 1 && y[right + 1] <= level) right++;
    from = left > 0 ? crossing(x[left], y[left], x[left - 1], y[left - 1], level) : x[0];
    to = right < n - 1 ? crossing(x[right], y[right], x[right + 1], y[right + 1], level) : x[n - 1];
    *open = *open || left == 0 || right == n - 1;
    return to - from;
}

/* Of taus between the limits, within each seed of the best cell: how flat the test curve is about its own least. It describes
 * the curve, no tau is chosen by it. */
static int decades(bora_evidence *from, bora_measured *m, bora_error *e) {
    const bora_summary *s = &from[0].s;
    bora_contest c;
    double *x = NULL;
    int seeds = 0, status = bora_contest_of(s, &c, e);
    if (status) return status;
    status = bora_calloc(&x, (size_t)(2 * c.n + c.best->n), sizeof *x, "widths", e);
    double *y = x + c.n, *widths = x + 2 * c.n;
    for (int i = 0; !status && i < c.best->n; i++) {
        int n = 0;
        for (int k = 0; k < c.n; k++) {
            const bora_finished *run = bora_with_seed(&c.cells[k], c.best->runs[i].seed);
            if (!run || run->tau == 0 || isinf(run->tau)) continue;
            x[n] = log10(run->tau);
            y[n++] = log(bora_perplexity(s, run, BORA_AT_COMMON, BORA_OF_TEST));
        }
        if (n > 1) widths[seeds++] = width(x, y, n, &m->open);
    }
    if (!status && !seeds) status = bora_fail(e, BORA_SKIPPED, "one tau between the limits has no width");
    if (!status) over_seeds(widths, seeds, &m->x);
    free(x);
    free(c.cells);
    return status;
}

/* ---- by name ------------------------------------------------------------------------------------------------------------ */

static const struct {
    const char *name;
    int (*measure)(bora_evidence *x, bora_measured *m, bora_error *e);
    int experiments; /* how many it is from */
    bool compares;   /* runs of different settings; others need runs of one */
} quantities[] = {{"log_ratio_independent", log_ratio_independent, 1, false},
                  {"log_ratio_independent_own_epochs", log_ratio_independent_own_epochs, 1, false},
                  {"log_ratio_ridge", log_ratio_ridge, 2, false},
                  {"log_ratio_unified", log_ratio_unified, 1, false},
                  {"tasks_independent", tasks_independent, 1, false},
                  {"tasks_unified", tasks_unified, 1, false},
                  {"slope_independent", slope_independent, 1, false},
                  {"slope_within_independent", slope_within_independent, 1, false},
                  {"slope_unified", slope_unified, 1, false},
                  {"slope_distance", slope_distance, 1, false},
                  {"seeds_at_highest_tau", seeds_at_highest_tau, 1, false},
                  {"equal_to_plain_adam", equal_to_plain_adam, 1, true},
                  {"log_objective_ratio_rule", log_objective_ratio_rule, 1, true},
                  {"log_objective_ratio_pooled", log_objective_ratio_pooled, 1, true},
                  {"decades", decades, 1, false}};
enum { QUANTITIES = sizeof quantities / sizeof *quantities };

int bora_measure_claim(const char *quantity, const char *results, const char *experiments, const char *where, bora_measured *m,
                       bora_error *e) {
    enum { MOST = 2 };
    bora_evidence x[MOST] = {0};
    size_t q = 0;
    *m = (bora_measured){.coverage = NAN};
    while (q < QUANTITIES && strcmp(quantities[q].name, quantity)) q++;
    if (q == QUANTITIES) return bora_fail(e, BORA_BAD_INPUT, "no quantity is called '%.60s'", quantity);
    const char *name[MOST + 1];
    char *names = bora_format("%s", experiments), *rest = NULL;
    int status = BORA_OK, runs = 0, n = 0;
    while (n <= MOST && (name[n] = strtok_r(n ? NULL : names, " ", &rest))) n++;
    if (n != quantities[q].experiments)
        status = bora_fail(e, BORA_BAD_INPUT, "%s from '%.60s', expected %s", quantity, experiments,
                           quantities[q].experiments == 1 ? "one name of an experiment" : "two names of experiments");
    for (int i = 0; !status && i < n; i++) {
        status = bora_evidence_open(results, name[i], where, &x[i], m->data, e);
        if (!status && x[i].s.settings > 1 && !quantities[q].compares)
            status = bora_fail(e, BORA_BAD_INPUT, "%s: the runs of '%s' differ in %s, expected which under `where`", quantity,
                               name[i], x[i].s.keys[0]);
        runs += x[i].s.made;
    }
    if (!status) status = quantities[q].measure(x, m, e);
    if (!status) m->runs = runs;
    for (int i = 0; i < MOST; i++) bora_evidence_close(&x[i]);
    free(names);
    return status;
}
