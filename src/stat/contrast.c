/* contrast.c: paired comparison of two methods: the same seeds, the same test documents, whatever is to be chosen chosen on
 * validation within each seed. With d_su = NLL of a - NLL of b on block u of neighbouring test documents in seed s, the ratio
 * is the mean over tasks of sum_u d_su / sum_u tokens_u; its interval takes both seeds and blocks for samples (crossed.c). */
#include "stat/summary.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- pairs -------------------------------------------------------------------------------------------------------------- */

/* The side's run for this seed; run NULL: an option has none, and which would be the best is not known. */
static bora_choice choose(bora_side side, double seed) {
    bora_choice best = {0};
    double lowest = INFINITY;
    for (int o = 0; o < side.n; o++) {
        const bora_option *option = &side.options[o];
        const bora_finished *run = bora_chosen_run(option->s, option->method, option->rank, option->tau, seed, option->at);
        if (!run) return (bora_choice){0};
        double validation = bora_perplexity(option->s, run, option->at, BORA_OF_VALIDATION);
        if (validation < lowest) best = (bora_choice){option, run}, lowest = validation;
    }
    return best;
}

static double next_seed(bora_side side, double seed) {
    double next = INFINITY;
    for (int i = 0; i < side.options[0].s->n; i++)
        if (side.options[0].s->runs[i].seed > seed) next = fmin(next, side.options[0].s->runs[i].seed);
    return next;
}

static int choose_all(bora_side a, bora_side b, bora_pairs *p, bora_error *e) {
    int status = bora_calloc(&p->a, (size_t)a.options[0].s->n, sizeof *p->a, "pairs", e);
    if (!status) status = bora_calloc(&p->b, (size_t)a.options[0].s->n, sizeof *p->b, "pairs", e);
    for (double seed = next_seed(a, -1); !status && isfinite(seed); seed = next_seed(a, seed)) {
        bora_choice x = choose(a, seed), y = choose(b, seed);
        if (x.run && y.run) p->a[p->S] = x, p->b[p->S++] = y;
    }
    if (!status && p->S < 2)
        status = bora_fail(e, BORA_SKIPPED, "%s and %s share %s, an interval needs two", a.options[0].method,
                           b.options[0].method, p->S ? "one seed" : "no seed");
    return status;
}

static const bora_tested *tested(const bora_choice *c) { return &c->option->blocks->runs[c->run - c->option->s->runs]; }

/* The results may lie in two folders: tasks and the blocks of documents must be the same; of one seed training documents too,
 * but not tokens. */
static int same_documents(const bora_choice *x, const bora_choice *y, bora_error *e) {
    const bora_summary *s = x->option->s, *t = y->option->s;
    const bora_tested *u = tested(x), *v = tested(y);
    bool same = s->D == t->D && u->units == v->units, seed = x->run->seed == y->run->seed;
    for (int d = 0; same && d < s->D; d++) same = !strcmp(s->tasks[d], t->tasks[d]);
    for (int i = 0; same && i < u->units; i++)
        same = u->task[i] == v->task[i] && u->block[i] == v->block[i] && u->documents[i] == v->documents[i] &&
               (seed || u->size[i] == v->size[i]);
    if (!same)
        return bora_fail(e, BORA_SKIPPED, "%s/%s and %s/%s were tested on different documents", s->directory, x->run->name,
                         t->directory, y->run->name);
    for (int d = 0; seed && d < s->D; d++)
        if (bora_train_documents(s, x->run, d) != bora_train_documents(t, y->run, d))
            return bora_fail(e, BORA_SKIPPED, "%s/%s and %s/%s have one seed but other training documents of task '%s'",
                             s->directory, x->run->name, t->directory, y->run->name, s->tasks[d]);
    return BORA_OK;
}

static int check_blocks(const bora_summary *s, const bora_tested *b, bora_error *e) {
    for (int u = 0, d = 0; d < s->D; d++) {
        int n = 0;
        while (u < b->units && b->task[u] == d) u++, n++;
        if (n < 2)
            return bora_fail(e, BORA_SKIPPED, "task '%s' has %d block%s of test documents, an interval needs two", s->tasks[d],
                             n, n == 1 ? "" : "s");
    }
    return BORA_OK;
}

/* value [units] <- a - b where both have the same sizes t. Else, with A, B the sizes of a stratum and R = sum b / B, values
 * whose sum over A is sum a / A - R and whose deviations from that are those of the two ratios:
 * a_u - A/B (b_u - R t_bu) - R t_au. */
static void subtract(const double *a, const double *size_a, const double *b, const double *size_b, const int *stratum,
                     int units, double *value) {
    for (int from = 0, to = 0; from < units; from = to) {
        double A = 0, B = 0, sum = 0;
        while (to < units && stratum[to] == stratum[from]) A += size_a[to], B += size_b[to], sum += b[to], to++;
        for (int u = from; u < to; u++) value[u] = a[u] - A / B * b[u] + sum / B * (A / B * size_b[u] - size_a[u]);
    }
}

static int allocate(bora_pairs *p, const double *size, const int *stratum, int units, bora_error *e) {
    int status = bora_calloc(&p->value, (size_t)(p->S * units), sizeof *p->value, "differences", e);
    if (!status) status = bora_calloc(&p->x, (size_t)(p->S * p->D), sizeof *p->x, "sizes", e);
    p->design = (bora_crossed){p->S, units, p->D, p->value, size, stratum};
    return status;
}

static int subtract_all(bora_pairs *p, bora_error *e) {
    const bora_tested *first = tested(&p->a[0]);
    int status = allocate(p, first->size, first->task, first->units, e);
    for (int i = 0; !status && i < p->S; i++) {
        const bora_choice *a = &p->a[i], *b = &p->b[i];
        status = same_documents(&p->a[0], a, e);
        if (!status) status = same_documents(a, b, e);
        if (status) break;
        subtract(tested(a)->nll, tested(a)->size, tested(b)->nll, tested(b)->size, first->task, first->units,
                 p->value + i * first->units);
        for (int d = 0; d < p->D; d++) p->x[i * p->D + d] = log(bora_train_documents(a->option->s, a->run, d));
    }
    return status;
}

int bora_pairs_of(bora_side a, bora_side b, bora_pairs *p, bora_error *e) {
    *p = (bora_pairs){.D = a.options[0].s->D};
    int status = choose_all(a, b, p, e);
    if (!status) status = check_blocks(p->a[0].option->s, tested(&p->a[0]), e);
    if (!status) status = subtract_all(p, e);
    if (status) bora_pairs_free(p);
    return status;
}

int bora_pairs_less(const bora_pairs *p, const bora_pairs *q, bora_pairs *difference, bora_error *e) {
    const bora_crossed *x = &p->design, *y = &q->design;
    *difference = (bora_pairs){.D = p->D};
    int status = same_documents(&p->a[0], &q->a[0], e);
    if (!status) status = bora_calloc(&difference->a, (size_t)p->S, sizeof *p->a, "pairs", e);
    if (!status) status = bora_calloc(&difference->b, (size_t)p->S, sizeof *p->b, "pairs", e);
    difference->S = p->S;
    if (!status) status = allocate(difference, x->size, x->stratum, x->units, e);
    difference->S = 0;
    for (int i = 0, j = 0; !status && i < p->S && j < q->S; i++) {
        while (j < q->S && q->a[j].run->seed < p->a[i].run->seed) j++;
        if (j == q->S || q->a[j].run->seed > p->a[i].run->seed) continue;
        int n = difference->S++;
        difference->a[n] = p->a[i], difference->b[n] = q->a[j];
        memcpy(difference->x + n * p->D, p->x + i * p->D, (size_t)p->D * sizeof *p->x);
        subtract(x->value + i * x->units, x->size, y->value + j * y->units, y->size, x->stratum, x->units,
                 difference->value + n * x->units);
    }
    difference->design.S = difference->S;
    if (!status && difference->S < 2) status = bora_fail(e, BORA_SKIPPED, "an interval needs two seeds");
    if (status) bora_pairs_free(difference);
    return status;
}

void bora_pairs_free(bora_pairs *p) {
    free(p->value);
    free(p->a);
    free(p->b);
    free(p->x);
    *p = (bora_pairs){0};
}

/* ---- estimates ---------------------------------------------------------------------------------------------------------- */

int bora_pairs_ratio(const bora_pairs *p, bora_estimate *ratio, double *coverage, bora_error *e) {
    enum { TRIALS = 4000 };
    bora_components parts;
    int status = bora_crossed_estimate(&p->design, ratio, &parts, e);
    if (!status && coverage) status = bora_crossed_coverage(&p->design, &parts, TRIALS, coverage, e);
    return status;
}

int bora_pairs_tasks(const bora_pairs *p, bora_estimate *tasks, bora_error *e) {
    const bora_crossed *x = &p->design;
    double *value;
    int *one, status = bora_calloc(&value, (size_t)(x->S * x->units), sizeof *value, "differences", e);
    if (status) return status;
    status = bora_calloc(&one, (size_t)x->units, sizeof *one, "strata", e);
    for (int from = 0, to = 0; !status && from < x->units; from = to) {
        while (to < x->units && x->stratum[to] == x->stratum[from]) to++;
        int n = to - from;
        for (int i = 0; i < x->S; i++) memcpy(value + i * n, x->value + i * x->units + from, (size_t)n * sizeof *value);
        const bora_crossed task = {x->S, n, 1, value, x->size + from, one};
        status = bora_crossed_estimate(&task, &tasks[x->stratum[from]], NULL, e);
    }
    free(value);
    free(one);
    return status;
}

double bora_pair_gain(const bora_choice *a, const bora_choice *b, int d) {
    return bora_task_nll(b->option->s, b->run, b->option->at, BORA_OF_TEST, d) -
           bora_task_nll(a->option->s, a->run, a->option->at, BORA_OF_TEST, d);
}

double bora_pair_distance(const bora_choice *a, const bora_choice *b, int d) {
    const bora_summary *s = a->option->s;
    return log(a->run->outcomes[BORA_AT_LAST * s->D + d].distance / b->run->outcomes[BORA_AT_LAST * s->D + d].distance);
}

/* Whether x [S, D] varies; `within`: within a task. */
static bool varies(const double *x, int n, int D, bool within) {
    for (int i = 1; i < n; i++)
        if (x[i] != x[within ? i % D : 0]) return true;
    return false;
}

int bora_pairs_slope(const bora_pairs *p, bora_pair_value *value, bool within, bora_estimate *slope, double *coverage,
                     bora_error *e) {
    enum { TRIALS = 4000 };
    int n = p->S * p->D;
    double *y;
    *slope = (bora_estimate){NAN, NAN, 1};
    *coverage = NAN;
    if (p->S < 3 || p->D < 3 || !varies(p->x, n, p->D, within)) return BORA_OK;
    int status = bora_calloc(&y, (size_t)n, sizeof *y, "points", e);
    if (status) return status;
    for (int i = 0; i < n; i++) y[i] = value(&p->a[i / p->D], &p->b[i / p->D], i % p->D);
    status = bora_crossed_slope(p->x, y, p->S, p->D, within, TRIALS, slope, coverage, e);
    free(y);
    return status;
}

int bora_pairs_spearman(const bora_pairs *p, bora_spread *rho, double *p_value, bora_error *e) {
    enum { PERMUTATIONS = 10000 };
    int n = p->S * p->D;
    double *gain;
    int status = bora_calloc(&gain, (size_t)(n + p->S), sizeof *gain, "points", e);
    if (status) return status;
    double *each = gain + n;
    for (int i = 0; i < n; i++) gain[i] = bora_pair_gain(&p->a[i / p->D], &p->b[i / p->D], i % p->D);
    status = bora_spearman(p->x, gain, p->S, p->D, PERMUTATIONS, each, p_value, e);
    if (!status) *rho = bora_spread_of(each, p->S);
    free(gain);
    return status;
}
