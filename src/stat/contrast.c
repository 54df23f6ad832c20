/* contrast.c: paired comparison of two methods: the same seeds, the same test documents, whatever is to be chosen chosen on
 * validation within each seed. With d_su = NLL of a - NLL of b on block u of neighbouring test documents in seed s, the ratio
 * is the mean over tasks of sum_u d_su / sum_u tokens_u; its interval takes both seeds and blocks for samples (crossed.c). */
#include "stat/summary.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- pairs -------------------------------------------------------------------------------------------------------------- */

/* The side's run for this seed; run NULL: none. */
static bora_choice choose(bora_side side, double rank, double seed) {
    bora_choice best = {0};
    double lowest = INFINITY;
    for (int o = 0; o < side.n; o++) {
        const bora_option *option = &side.options[o];
        const bora_finished *run = bora_chosen_run(option->s, option->method, rank, seed, option->at);
        double validation = run ? bora_perplexity(option->s, run, option->at, BORA_OF_VALIDATION) : INFINITY;
        if (validation < lowest) best = (bora_choice){option, run}, lowest = validation;
    }
    return best;
}

static double next_seed(bora_side side, double seed) {
    double next = INFINITY;
    for (int o = 0; o < side.n; o++)
        for (int i = 0; i < side.options[o].s->n; i++)
            if (side.options[o].s->runs[i].seed > seed) next = fmin(next, side.options[o].s->runs[i].seed);
    return next;
}

static int choose_all(bora_side a, bora_side b, double rank, bora_pairs *p, bora_error *e) {
    int most = 0;
    for (int o = 0; o < a.n; o++) most += a.options[o].s->n;
    int status = bora_calloc(&p->a, (size_t)most, sizeof *p->a, "pairs", e);
    if (!status) status = bora_calloc(&p->b, (size_t)most, sizeof *p->b, "pairs", e);
    for (double seed = next_seed(a, -1); !status && isfinite(seed); seed = next_seed(a, seed)) {
        bora_choice x = choose(a, rank, seed), y = choose(b, rank, seed);
        if (x.run && y.run) p->a[p->S] = x, p->b[p->S++] = y;
    }
    if (!status && p->S < 2)
        status = bora_fail(e, BORA_SKIPPED, "%s and %s share %s, an interval needs two", a.options[0].method,
                           b.options[0].method, p->S ? "one seed" : "no seed");
    return status;
}

/* The results may lie in two folders: tasks and blocks must be the same. */
static int same_units(const bora_choice *x, const bora_choice *y, bora_error *e) {
    const bora_summary *s = x->option->s, *t = y->option->s;
    const bora_block_sums *u = x->option->blocks, *v = y->option->blocks;
    bool same = s->D == t->D && u->units == v->units;
    for (int d = 0; same && d < s->D; d++) same = !strcmp(s->tasks[d], t->tasks[d]);
    for (int i = 0; same && i < u->units; i++) same = u->task[i] == v->task[i] && u->size[i] == v->size[i];
    if (!same)
        return bora_fail(e, BORA_SKIPPED, "%s/%s and %s/%s were tested on different documents", s->directory, x->run->name,
                         t->directory, y->run->name);
    return BORA_OK;
}

static int check_blocks(const bora_summary *s, const bora_block_sums *b, bora_error *e) {
    for (int u = 0, d = 0; d < s->D; d++) {
        int n = 0;
        while (u < b->units && b->task[u] == d) u++, n++;
        if (n < 2)
            return bora_fail(e, BORA_SKIPPED, "task '%s' has %d block%s of test documents, an interval needs two", s->tasks[d],
                             n, n == 1 ? "" : "s");
    }
    return BORA_OK;
}

static int subtract(bora_pairs *p, bora_error *e) {
    const bora_option *first = p->a[0].option;
    int units = first->blocks->units;
    int status = bora_calloc(&p->value, (size_t)(p->S * units), sizeof *p->value, "differences", e);
    p->design = (bora_crossed){p->S, units, first->s->D, p->value, first->blocks->size, first->blocks->task};
    if (!status) status = bora_calloc(&p->x, (size_t)(p->S * p->D), sizeof *p->x, "sizes", e);
    for (int i = 0; !status && i < p->S; i++) {
        const bora_choice *a = &p->a[i], *b = &p->b[i];
        status = same_units(&p->a[0], a, e);
        if (!status) status = same_units(a, b, e);
        if (!status) status = bora_same_documents(a->option->s, a->run, b->run, e);
        if (status) break;
        const double *of_a = a->option->blocks->nll + (a->run - a->option->s->runs) * units,
                     *of_b = b->option->blocks->nll + (b->run - b->option->s->runs) * units;
        for (int u = 0; u < units; u++) p->value[i * units + u] = of_a[u] - of_b[u];
        for (int d = 0; d < p->D; d++)
            p->x[i * p->D + d] = log(a->run->outcomes[BORA_AT_COMMON * p->D + d].documents[BORA_OF_TRAIN]);
    }
    return status;
}

int bora_pairs_of(bora_side a, bora_side b, double rank, bora_pairs *p, bora_error *e) {
    *p = (bora_pairs){.D = a.options[0].s->D};
    int status = choose_all(a, b, rank, p, e);
    if (!status) status = check_blocks(p->a[0].option->s, p->a[0].option->blocks, e);
    if (!status) status = subtract(p, e);
    if (status) bora_pairs_free(p);
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

int bora_pairs_ratio(const bora_pairs *p, bora_estimate *ratio, bora_components *parts, bora_error *e) {
    return bora_crossed_estimate(&p->design, ratio, parts, e);
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

/* x [S, D] less its mean over seeds. */
static void centre(double *x, int S, int D) {
    for (int d = 0; d < D; d++) {
        double mean = 0;
        for (int i = 0; i < S; i++) mean += x[i * D + d] / S;
        for (int i = 0; i < S; i++) x[i * D + d] -= mean;
    }
}

static bool varies(const double *x, int n) {
    for (int i = 1; i < n; i++)
        if (fabs(x[i] - x[0]) > 1e-9) return true; /* differences of equal logarithms are 0 but for rounding */
    return false;
}

static int wider(const double *x, const double *y, const int *tasks, const int *seeds, const bora_pairs *p,
                 bora_estimate *slope, const char **clusters, bora_error *e) {
    bora_estimate by_task, by_seed;
    int status = bora_cluster_slope(x, y, tasks, (size_t)(p->S * p->D), p->D, &by_task, e);
    if (!status) status = bora_cluster_slope(x, y, seeds, (size_t)(p->S * p->D), p->S, &by_seed, e);
    if (status) return status;
    bool seed = bora_half_width(&by_seed, 0.95) > bora_half_width(&by_task, 0.95);
    *slope = seed ? by_seed : by_task;
    *clusters = seed ? "seeds" : "tasks";
    return BORA_OK;
}

int bora_pairs_slope(const bora_pairs *p, bora_pair_value *value, bool within, bora_estimate *slope, const char **clusters,
                     bora_error *e) {
    int n = p->S * p->D, *cluster = NULL;
    double *x = NULL;
    *slope = (bora_estimate){NAN, NAN, 1};
    *clusters = "";
    if (p->S < 3 || p->D < 3) return BORA_OK;
    int status = bora_calloc(&x, 2 * (size_t)n, sizeof *x, "points", e);
    if (!status) status = bora_calloc(&cluster, 2 * (size_t)n, sizeof *cluster, "clusters", e);
    for (int i = 0; !status && i < n; i++) {
        x[i] = p->x[i];
        x[n + i] = value(&p->a[i / p->D], &p->b[i / p->D], i % p->D);
        cluster[i] = i % p->D;
        cluster[n + i] = i / p->D;
    }
    if (!status && within) centre(x, p->S, p->D), centre(x + n, p->S, p->D);
    if (!status && varies(x, n)) status = wider(x, x + n, cluster, cluster + n, p, slope, clusters, e);
    if (within) slope->variance *= (n - 2.0) / (n - 1.0 - p->D); /* the tasks' means are estimated too */
    free(x);
    free(cluster);
    return status;
}

/* ---- the table ---------------------------------------------------------------------------------------------------------- */

static void put_estimate(FILE *out, const bora_estimate *x) {
    bora_put_numbers(out, (const double[]){x->estimate, isnan(x->variance) ? NAN : bora_half_width(x, 0.95)}, 2);
}

/* Exact, over the tasks' means over seeds; descriptive, for tasks share Theta. And the number of tasks whose own interval
 * excludes 0 on the good side. */
static int over_tasks(const bora_pairs *p, double *wilcoxon, int *better, bora_error *e) {
    bora_estimate *tasks;
    double *mean;
    int status = bora_calloc(&tasks, (size_t)p->D, sizeof *tasks, "tasks", e);
    if (status) return status;
    status = bora_calloc(&mean, (size_t)p->D, sizeof *mean, "tasks", e);
    if (!status) status = bora_pairs_tasks(p, tasks, e);
    *better = 0;
    for (int d = 0; !status && d < p->D; d++) {
        mean[d] = tasks[d].estimate;
        *better += tasks[d].estimate + bora_half_width(&tasks[d], 0.95) < 0;
    }
    if (!status) status = bora_wilcoxon(mean, p->D, wilcoxon, e);
    free(tasks);
    free(mean);
    return status;
}

static int put_row(FILE *out, bora_side a, bora_side b, double rank, bora_error *e) {
    enum { TRIALS = 1000 };
    bora_pairs p;
    bora_estimate ratio, slope, within;
    bora_components parts;
    double coverage, wilcoxon;
    const char *clusters, *clusters_within;
    int better, status = bora_pairs_of(a, b, rank, &p, e);
    if (status) return status;
    status = bora_pairs_ratio(&p, &ratio, &parts, e);
    if (!status) status = bora_crossed_coverage(&p.design, &parts, TRIALS, &coverage, e);
    if (!status) status = over_tasks(&p, &wilcoxon, &better, e);
    if (!status) status = bora_pairs_slope(&p, bora_pair_gain, false, &slope, &clusters, e);
    if (!status) status = bora_pairs_slope(&p, bora_pair_gain, true, &within, &clusters_within, e);
    if (!status) {
        fprintf(out, "%s,%s", a.options[0].method, b.options[0].method);
        bora_put_numbers(out, &rank, 1);
        fprintf(out, ",%d,", p.S);
        for (int i = 0; i < p.S; i++) fprintf(out, "%s%g", i ? " " : "", p.a[i].run->tau);
        put_estimate(out, &ratio);
        bora_put_numbers(out, (const double[]){ratio.freedom, coverage, bora_p_value(&ratio)}, 3);
        fprintf(out, ",%s", bora_equivalent(&ratio, BORA_SAME_NLL) ? "yes" : "no");
        bora_put_numbers(out, &wilcoxon, 1);
        fprintf(out, ",%d,%d", better, p.D);
        put_estimate(out, &slope);
        fprintf(out, ",%s,%s", clusters, bora_equivalent(&slope, BORA_SAME_SLOPE) ? "yes" : "no");
        put_estimate(out, &within);
        fprintf(out, ",%s\n", clusters_within);
    }
    bora_pairs_free(&p);
    return status;
}

static bool seen(const bora_summary *s, int i, bool method) {
    for (int j = 0; j < i; j++)
        if (method ? !strcmp(s->runs[j].method, s->runs[i].method) : s->runs[j].rank == s->runs[i].rank) return true;
    return false;
}

/* BoRA, its tau chosen within each seed, against every other method of the folder; a row a rank. Gains are in nats a token, a
 * slope is the gain's on ln N_d, in all and within tasks. */
int bora_contrasts(const bora_summary *s, FILE *out, bora_error *e) {
    bora_block_sums blocks;
    int rows = 0, status = bora_blocks_read(s, BORA_AT_COMMON, &blocks, e);
    if (status) return status;
    fprintf(out, "method,against,rank,seeds,taus,log_ratio,log_ratio_half_95,freedom,coverage,p,equivalent,p_wilcoxon,"
                 "tasks_better,tasks,slope,slope_half_95,clusters,slope_equivalent,slope_within,slope_within_half_95,"
                 "clusters_within\n");
    bora_fail(e, BORA_SKIPPED, "no run with tau between 0 and inf, or none to compare with");
    for (int i = 0; !status && i < s->n; i++)
        for (int r = 0; !status && !seen(s, i, true) && strcmp(s->runs[i].method, "bora") && r < s->n; r++) {
            if (seen(s, r, false)) continue;
            const bora_option a = {s, &blocks, "bora", BORA_AT_COMMON}, b = {s, &blocks, s->runs[i].method, BORA_AT_COMMON};
            status = put_row(out, (bora_side){&a, 1}, (bora_side){&b, 1}, s->runs[r].rank, e);
            rows += !status;
            if (status == BORA_SKIPPED) status = BORA_OK; /* e says why, should no row be left */
        }
    bora_blocks_free(&blocks);
    return status ? status : rows ? BORA_OK : BORA_SKIPPED;
}
