/* measures.c: the quantities that claims are about, each from an experiment's folder. Which runs are compared is chosen on
 * validation; no verdict is given here. */
#include "stat/claims.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* An experiment's folder. */
typedef struct {
    bora_summary s;
    bora_block_sums common, own; /* at the common checkpoint and at each task's own */
    bool there, has_common, has_own;
} source;
enum { MOST = 2 };

static void add(char text[256], const char *separator, const char *more) {
    size_t n = strlen(text);
    snprintf(text + n, 256 - n, "%s%s", n ? separator : "", more);
}

static int read_blocks(const bora_summary *s, bora_at at, bora_block_sums *b, bool *has, bora_error *e) {
    int status = bora_blocks_read(s, at, b, e);
    *has = !status;
    return status == BORA_SKIPPED ? BORA_OK : status;
}

/* `tau (plan 0123456789ab)` into m->data. */
static int name_data(const char *folder, const char *name, bora_measured *m, bora_error *e) {
    char *path = bora_format("%s/plan.txt", folder), *text = NULL, hash[65] = "";
    size_t size;
    int status = bora_exists(path) ? bora_read_file(path, &text, &size, e) : BORA_OK;
    if (!status && text) bora_hash_bytes(text, size, hash);
    char *what = bora_format(*hash ? "%s (plan %.12s)" : "%s", name, hash);
    add(m->data, "; ", what);
    free(what);
    free(text);
    free(path);
    return status;
}

static int open_source(const char *results, const char *name, source *x, bora_measured *m, bora_error *e) {
    char *folder = bora_format("%s/%s", results, name), *index = bora_format("%s/runs.csv", folder);
    int status = BORA_OK;
    x->there = bora_exists(index);
    if (x->there) status = bora_summary_read(&x->s, folder, e);
    if (!status && x->there) status = read_blocks(&x->s, BORA_AT_COMMON, &x->common, &x->has_common, e);
    if (!status && x->there) status = read_blocks(&x->s, BORA_AT_TASK, &x->own, &x->has_own, e);
    if (!status && x->there) status = name_data(folder, name, m, e);
    m->runs += x->s.n;
    free(folder);
    free(index);
    return status;
}

static void close_source(source *x) {
    bora_summary_free(&x->s);
    bora_blocks_free(&x->common);
    bora_blocks_free(&x->own);
}

/* ---- pairs -------------------------------------------------------------------------------------------------------------- */

/* Two sides and their pairs, which point into them. */
typedef struct {
    bora_option a, b[3];
    bora_pairs p;
} contest;

/* BoRA against a method of the same folder; `strongest`: or what was validated better of that method at each task's own epoch,
 * and ridge regression to the base in the second folder. */
static int open_contest(source *x, const char *against, bool strongest, contest *c, bora_measured *m, bora_error *e) {
    int n = 0;
    if (!x[0].has_common) return bora_fail(e, BORA_SKIPPED, "no NLL by block of test documents in '%s'", x[0].s.directory);
    c->a = (bora_option){&x[0].s, &x[0].common, "bora", BORA_AT_COMMON};
    c->b[n++] = (bora_option){&x[0].s, &x[0].common, against, BORA_AT_COMMON};
    if (strongest && x[0].has_own) c->b[n++] = (bora_option){&x[0].s, &x[0].own, against, BORA_AT_TASK};
    else if (strongest) add(m->note, "; ", "without each task's own epoch (no blocks-task.csv)");
    if (strongest && x[1].has_common) c->b[n++] = (bora_option){&x[1].s, &x[1].common, "ridge", BORA_AT_COMMON};
    else if (strongest) add(m->note, "; ", "without ridge to the base (not run)");
    return bora_pairs_of((bora_side){&c->a, 1}, (bora_side){c->b, n}, NAN, &c->p, e);
}

static int ratio(source *x, const char *against, bool strongest, bora_measured *m, bora_error *e) {
    contest c;
    int status = open_contest(x, against, strongest, &c, m, e);
    if (status) return status;
    status = bora_pairs_ratio(&c.p, &m->x, NULL, e);
    bora_pairs_free(&c.p);
    return status;
}
static int log_ratio_best_independent(source *x, bora_measured *m, bora_error *e) {
    return ratio(x, "independent", true, m, e);
}
static int log_ratio_unified(source *x, bora_measured *m, bora_error *e) { return ratio(x, "unified", false, m, e); }

/* Tasks whose own interval lies below 0. */
static int count(source *x, const char *against, bora_measured *m, bora_error *e) {
    contest c;
    bora_estimate *tasks;
    int status = open_contest(x, against, false, &c, m, e);
    if (status) return status;
    status = bora_calloc(&tasks, (size_t)c.p.D, sizeof *tasks, "tasks", e);
    if (!status) status = bora_pairs_tasks(&c.p, tasks, e);
    m->x = (bora_estimate){0, NAN, 1};
    m->of = c.p.D;
    for (int d = 0; !status && d < c.p.D; d++) m->x.estimate += tasks[d].estimate + bora_half_width(&tasks[d], 0.95) < 0;
    free(tasks);
    bora_pairs_free(&c.p);
    return status;
}
static int tasks_independent(source *x, bora_measured *m, bora_error *e) { return count(x, "independent", m, e); }
static int tasks_unified(source *x, bora_measured *m, bora_error *e) { return count(x, "unified", m, e); }

static int slope(source *x, const char *against, bora_pair_value *value, bool within, bora_measured *m, bora_error *e) {
    contest c;
    const char *clusters;
    int status = open_contest(x, against, false, &c, m, e);
    if (status) return status;
    status = bora_pairs_slope(&c.p, value, within, &m->x, &clusters, e);
    if (!status && !isfinite(m->x.variance))
        status = bora_fail(e, BORA_SKIPPED, "no slope: it needs three seeds, three tasks, sizes that vary, distances above 0");
    if (!status) add(m->note, "; ", *clusters == 's' ? "clusters: seeds" : "clusters: tasks");
    bora_pairs_free(&c.p);
    return status;
}
static int slope_independent(source *x, bora_measured *m, bora_error *e) {
    return slope(x, "independent", bora_pair_gain, false, m, e);
}
static int slope_within_independent(source *x, bora_measured *m, bora_error *e) {
    return slope(x, "independent", bora_pair_gain, true, m, e);
}
static int slope_unified(source *x, bora_measured *m, bora_error *e) {
    return slope(x, "unified", bora_pair_gain, false, m, e);
}
static int slope_distance(source *x, bora_measured *m, bora_error *e) {
    return slope(x, "independent", bora_pair_distance, false, m, e);
}

/* ---- over seeds --------------------------------------------------------------------------------------------------------- */

/* x [n] one a seed. */
static void over_seeds(const double *x, int n, bora_estimate *mean) {
    bora_spread p = bora_spread_of(x, n);
    *mean = (bora_estimate){p.mean, p.sd * p.sd / n, n - 1};
}

/* The objective of a finished run at its last epoch: sum_d NLL_d + tau/2 sum_d ||theta_d - Theta||^2. */
static double objective(const bora_summary *s, const bora_finished *run) {
    /* [eq:objective] */
    double sum = 0;
    for (int d = 0; d < s->D; d++) {
        const bora_outcome *x = &run->outcomes[BORA_AT_LAST * s->D + d];
        sum += x->nll[BORA_OF_TRAIN] + run->tau / 2 * x->distance * x->distance;
    }
    return sum;
    /* [/eq:objective] */
}

/* The paper's step. The rules agree at tau = ANCHOR: a rate found there is the constant one of its seed, and rate * tau /
 * ANCHOR the proportional. */
static const char PAPERS_STEP[] = "centred";
static const double ANCHOR = 3000;

static const bora_finished *at(const bora_summary *s, double seed, double tau, double rate) {
    for (int i = 0; i < s->n; i++) {
        const bora_finished *r = &s->runs[i];
        if (!strcmp(r->step_rule, PAPERS_STEP) && r->seed == seed && r->tau == tau && fabs(r->learning_rate / rate - 1) < 1e-9)
            return r;
    }
    return NULL;
}

/* ln of the objective with a constant rate over that with a proportional one, mean over tau within each seed. */
static int log_objective_ratio(source *x, bora_measured *m, bora_error *e) {
    const bora_summary *s = &x[0].s;
    double *mean;
    int n = 0, status = bora_calloc(&mean, (size_t)s->n, sizeof *mean, "seeds", e);
    if (status) return status;
    for (double seed = -1; isfinite(seed);) {
        double next = INFINITY, sum = 0;
        int pairs = 0;
        for (int i = 0; i < s->n; i++) {
            const bora_finished *r = &s->runs[i];
            if (r->seed > seed) next = fmin(next, r->seed);
            if (r->seed != seed || r->tau == ANCHOR || !at(s, seed, ANCHOR, r->learning_rate)) continue;
            const bora_finished *constant = at(s, seed, r->tau, r->learning_rate),
                                *proportional = at(s, seed, r->tau, r->learning_rate * r->tau / ANCHOR);
            if (constant == r && proportional) sum += log(objective(s, constant) / objective(s, proportional)), pairs++;
        }
        if (pairs) mean[n++] = sum / pairs;
        seed = next;
    }
    if (n < 2) status = bora_fail(e, BORA_SKIPPED, "step '%s' has not run with both rules in two seeds", PAPERS_STEP);
    else over_seeds(mean, n, &m->x);
    free(mean);
    return status;
}

/* ---- decades of tau ----------------------------------------------------------------------------------------------------- */

static const double NEAR = 0.01; /* per 1 of the best perplexity */

/* Where from inside towards outside ln perplexity y, linear in x = log10 tau between grid points, passes `level`. */
static double crossing(double x, double y, double to_x, double to_y, double level) {
    return x + (to_x - x) * (level - y) / (to_y - y);
}

/* Of y [n] over ascending x [n]: the length of the interval about the least in which y stays within ln(1 + NEAR) of it;
 * *open: it reaches an end of the grid. */
static double width(const double *x, const double *y, int n, bool *open) {
    int best = 0, left, right;
    for (int i = 1; i < n; i++)
        if (y[i] < y[best]) best = i;
    double level = y[best] + log1p(NEAR), from, to;
    left = right = best;
    while (left > 0 && y[left - 1] <= level) left--;
    while (right < n - 1 && y[right + 1] <= level) right++;
    from = left > 0 ? crossing(x[left], y[left], x[left - 1], y[left - 1], level) : x[0];
    to = right < n - 1 ? crossing(x[right], y[right], x[right + 1], y[right + 1], level) : x[n - 1];
    *open = *open || left == 0 || right == n - 1;
    return to - from;
}

/* Of taus between the limits, within each seed of the best cell. */
static int decades(source *from, bora_measured *m, bora_error *e) {
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
    int (*measure)(source *x, bora_measured *m, bora_error *e);
} quantities[] = {{"log_ratio_best_independent", log_ratio_best_independent},
                  {"log_ratio_unified", log_ratio_unified},
                  {"tasks_independent", tasks_independent},
                  {"tasks_unified", tasks_unified},
                  {"slope_independent", slope_independent},
                  {"slope_within_independent", slope_within_independent},
                  {"slope_unified", slope_unified},
                  {"slope_distance", slope_distance},
                  {"log_objective_ratio", log_objective_ratio},
                  {"decades", decades}};
enum { QUANTITIES = sizeof quantities / sizeof *quantities };

int bora_measure_claim(const char *quantity, const char *results, const char *experiments, bora_measured *m, bora_error *e) {
    source x[MOST] = {0};
    size_t q = 0;
    *m = (bora_measured){0};
    while (q < QUANTITIES && strcmp(quantities[q].name, quantity)) q++;
    if (q == QUANTITIES) return bora_fail(e, BORA_BAD_INPUT, "no quantity is called '%.60s'", quantity);
    char *names = bora_format("%s", experiments), *name = strtok(names, " ");
    int status = BORA_OK;
    for (int i = 0; !status && name && i < MOST; i++, name = strtok(NULL, " ")) {
        status = open_source(results, name, &x[i], m, e);
        if (!status && i == 0 && !x[0].there) status = bora_fail(e, BORA_SKIPPED, "no results of experiment '%s'", name);
    }
    if (!status) status = quantities[q].measure(x, m, e);
    if (status == BORA_SKIPPED) m->runs = 0;
    for (int i = 0; i < MOST; i++) close_source(&x[i]);
    free(names);
    return status;
}
