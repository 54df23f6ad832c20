/* contrast_table.c: the tables of paired comparisons: BoRA against other methods, and settings against each other. */
#include "stat/summary.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static void put_estimate(FILE *out, const bora_estimate *x) {
    bora_put_numbers(out, (const double[]){x->estimate, isnan(x->variance) ? NAN : bora_half_width(x, 0.95)}, 2);
}

/* The log ratio with its interval, freedom, simulated coverage, p, and whether the methods count as equal. */
static int put_ratio(FILE *out, const bora_pairs *p, bora_error *e) {
    bora_estimate ratio;
    double coverage;
    int status = bora_pairs_ratio(p, &ratio, &coverage, e);
    if (status) return status;
    put_estimate(out, &ratio);
    bora_put_numbers(out, (const double[]){ratio.freedom, coverage, bora_p_value(&ratio)}, 3);
    fprintf(out, ",%s", bora_equivalent(&ratio, BORA_SAME_NLL) ? "yes" : "no");
    return BORA_OK;
}
static const char ratio_columns[] = "log_ratio,log_ratio_half_95,freedom,coverage,p,equivalent";

static void put_taus(FILE *out, const bora_choice *choices, int n) {
    for (int i = 0; i < n; i++) fprintf(out, "%s%g", i ? " " : ",", choices[i].run->tau);
}

/* Exact, over the tasks' means over seeds; descriptive, for tasks share Theta. And the number of tasks that are better, and of
 * those whose own interval excludes 0 as well. */
static int over_tasks(const bora_pairs *p, double *wilcoxon, int *lower, int *better, bora_error *e) {
    bora_estimate *tasks;
    double *mean;
    int status = bora_calloc(&tasks, (size_t)p->D, sizeof *tasks, "tasks", e);
    if (status) return status;
    status = bora_calloc(&mean, (size_t)p->D, sizeof *mean, "tasks", e);
    if (!status) status = bora_pairs_tasks(p, tasks, e);
    *lower = *better = 0;
    for (int d = 0; !status && d < p->D; d++) {
        mean[d] = tasks[d].estimate;
        *lower += mean[d] < 0;
        *better += bora_lies_below(&tasks[d]);
    }
    if (!status) status = bora_wilcoxon(mean, p->D, wilcoxon, e);
    free(tasks);
    free(mean);
    return status;
}

/* ---- methods ------------------------------------------------------------------------------------------------------------ */

static int put_method(FILE *out, const char *name, bora_option a, bora_option b, bora_error *e) {
    bora_pairs p;
    bora_estimate slope, within;
    bora_spread rho;
    double wilcoxon, coverage, coverage_within, p_rho;
    int lower, better, status = bora_pairs_of((bora_side){&a, 1}, (bora_side){&b, 1}, &p, e);
    if (status) return status;
    fprintf(out, "%s,%s", name, b.method);
    bora_put_numbers(out, &a.rank, 1);
    fprintf(out, ",%d", p.S);
    put_taus(out, p.a, p.S);
    status = put_ratio(out, &p, e);
    if (!status) status = over_tasks(&p, &wilcoxon, &lower, &better, e);
    if (!status) status = bora_pairs_slope(&p, bora_pair_gain, false, &slope, &coverage, e);
    if (!status) status = bora_pairs_slope(&p, bora_pair_gain, true, &within, &coverage_within, e);
    if (!status) status = bora_pairs_spearman(&p, &rho, &p_rho, e);
    if (!status) {
        bora_put_numbers(out, &wilcoxon, 1);
        fprintf(out, ",%d,%d,%d", lower, better, p.D);
        put_estimate(out, &slope);
        bora_put_numbers(out, &coverage, 1);
        fprintf(out, ",%s", isnan(slope.variance) ? "" : bora_equivalent(&slope, BORA_SAME_SLOPE) ? "yes" : "no");
        put_estimate(out, &within);
        bora_end_row(out, (const double[]){coverage_within, rho.mean, rho.half, p_rho}, 4);
    }
    bora_pairs_free(&p);
    return status;
}

static bool has(const bora_summary *s, const char *method) {
    int i = 0;
    while (i < s->n && strcmp(s->runs[i].method, method)) i++;
    return i < s->n;
}

/* Whether an earlier run has the method, or the rank, of run i. */
static bool seen(const bora_summary *s, int i, bool method) {
    for (int j = 0; j < i; j++)
        if (method ? !strcmp(s->runs[j].method, s->runs[i].method) : s->runs[j].rank == s->runs[i].rank) return true;
    return false;
}

int bora_contrasts(const bora_summary *s, FILE *out, bora_error *e) {
    bora_block_sums blocks;
    int rows = 0, status = bora_blocks_read(s, BORA_AT_COMMON, &blocks, e);
    if (status) return status;
    fprintf(out,
            "method,against,rank,seeds,taus,%s,p_wilcoxon,tasks_lower,tasks_better,tasks,slope,slope_half_95,slope_coverage,"
            "slope_equivalent,slope_within,slope_within_half_95,slope_within_coverage,spearman,"
            "spearman_half_95,spearman_p\n",
            ratio_columns);
    bora_fail(e, BORA_SKIPPED, "no run with tau between 0 and inf, or none to compare with");
    for (int i = 0; !status && i < s->n; i++) {
        const char *against = s->runs[i].method;
        if (seen(s, i, true) || !strcmp(against, "bora")) continue;
        for (int r = 0; !status && r < s->n; r++) {
            bora_option a = {s, &blocks, "bora", BORA_AT_COMMON, s->runs[r].rank, 0}, b = a;
            if (seen(s, r, false)) continue;
            b.method = against;
            status = put_method(out, "bora", a, b, e);
            rows += !status;
            a.tau = bora_highest_tau(s);
            if (!status && !strcmp(against, "unified")) status = put_method(out, "bora at the highest tau", a, b, e);
            if (status == BORA_SKIPPED) status = BORA_OK; /* e says why, should no row be left */
        }
    }
    bora_blocks_free(&blocks);
    return status ? status : rows ? BORA_OK : BORA_SKIPPED;
}

/* ---- checkpoints -------------------------------------------------------------------------------------------------------- */

/* A method at a checkpoint, and BoRA against it, over the seeds that have both. */
static int put_checkpoint(FILE *out, const bora_summary *s, const char *method, bora_at at, const bora_finished **seeds, int n,
                          bora_error *e) {
    double *x = NULL, *ratio = NULL;
    bora_choice *chosen = NULL;
    int both = 0, status = bora_calloc(&x, (size_t)n, sizeof *x, "perplexities", e);
    if (!status) status = bora_calloc(&ratio, (size_t)n, sizeof *ratio, "ratios", e);
    if (!status) status = bora_calloc(&chosen, (size_t)n, sizeof *chosen, "choices", e);
    for (int i = 0; !status && i < n; i++) {
        const bora_finished *own = bora_chosen_run(s, method, 0, 0, seeds[i]->seed, at),
                            *bora = bora_chosen_run(s, "bora", 0, 0, seeds[i]->seed, at);
        if (!own || !bora) continue;
        x[both] = bora_perplexity(s, own, at, BORA_OF_TEST);
        ratio[both] = log(bora_perplexity(s, bora, at, BORA_OF_TEST) / x[both]);
        chosen[both++].run = own;
    }
    if (both) {
        bora_spread p = bora_spread_of(x, both), q = bora_spread_of(ratio, both);
        fprintf(out, "%s,%s,%d", method, bora_at_names[at], both);
        put_taus(out, chosen, both);
        bora_put_numbers(out, (const double[]){p.mean, p.half}, 2);
        bora_end_row(out, strcmp(method, "bora") ? (const double[]){q.mean, q.half} : (const double[]){NAN, NAN}, 2);
    }
    free(x);
    free(ratio);
    free(chosen);
    return status;
}

int bora_checkpoints(const bora_summary *s, FILE *out, bora_error *e) {
    static const bora_at order[] = {BORA_AT_COMMON, BORA_AT_TASK, BORA_AT_LAST};
    const bora_finished **seeds;
    int status = bora_calloc(&seeds, (size_t)s->n, sizeof *seeds, "seeds", e), n = 0, methods = 0;
    if (!status) n = bora_one_a_seed(s, seeds);
    fprintf(out, "method,checkpoint,seeds,taus,perplexity,half_95,log_ratio,log_ratio_half_95\n");
    for (int i = 0; !status && i < s->n; i++) {
        if (seen(s, i, true)) continue;
        for (int j = 0; !status && j < BORA_ATS; j++) status = put_checkpoint(out, s, s->runs[i].method, order[j], seeds, n, e);
        methods++;
    }
    free(seeds);
    if (!status && (methods < 2 || !has(s, "bora"))) status = bora_fail(e, BORA_SKIPPED, "%s", "");
    return status;
}

/* ---- settings ----------------------------------------------------------------------------------------------------------- */

/* A setting and its reference; a part's blocks are a stretch of all. */
typedef struct {
    bora_summary own, reference;
    bora_block_sums own_blocks, reference_blocks;
    const char *key, *value; /* of the reference */
} comparison;

static bora_side side(const bora_summary *s, const bora_block_sums *blocks, const char *method, bora_option *room) {
    *room = (bora_option){.s = s, .blocks = blocks, .method = method, .at = BORA_AT_COMMON};
    return (bora_side){room, 1};
}

static int put_comparison(FILE *out, const comparison *c, const char *what, const char *limit, const bora_pairs *p,
                          bora_error *e) {
    bora_put_values(out, &c->own, c->own.runs);
    char *against = bora_format("%s %s", c->key, c->value);
    bora_put_text(out, against);
    fprintf(out, ",%s%s%s,%d", what, limit ? " - " : "", limit ? limit : "", p->S);
    free(against);
    put_taus(out, p->a, p->S);
    put_taus(out, p->b, p->S);
    int status = put_ratio(out, p, e);
    fputc('\n', out);
    return status;
}

/* Where settings came to the same runs there is nothing to tell. */
static int leave_out_equal(const bora_pairs *p, bora_error *e) {
    for (int i = 0; i < p->S * p->design.units; i++)
        if (p->value[i] != 0) return BORA_OK;
    return bora_fail(e, BORA_SKIPPED, "the settings differ in nothing that matters to the runs chosen");
}

/* A method here against the same there. */
static int compare_method(FILE *out, const comparison *c, const char *method, bora_error *e) {
    bora_option a, b;
    bora_pairs p;
    int status =
        bora_pairs_of(side(&c->own, &c->own_blocks, method, &a), side(&c->reference, &c->reference_blocks, method, &b), &p, e);
    if (status) return status;
    status = leave_out_equal(&p, e);
    if (!status) status = put_comparison(out, c, method, NULL, &p, e);
    bora_pairs_free(&p);
    return status;
}

/* How far BoRA is ahead of a limit here against the same there. */
static int compare_gain(FILE *out, const comparison *c, const char *limit, bora_error *e) {
    bora_option a[2], b[2];
    bora_pairs p = {0}, q = {0}, difference = {0};
    int status =
        bora_pairs_of(side(&c->own, &c->own_blocks, "bora", &a[0]), side(&c->own, &c->own_blocks, limit, &a[1]), &p, e);
    if (!status)
        status = bora_pairs_of(side(&c->reference, &c->reference_blocks, "bora", &b[0]),
                               side(&c->reference, &c->reference_blocks, limit, &b[1]), &q, e);
    if (!status) status = bora_pairs_less(&p, &q, &difference, e);
    if (!status) status = leave_out_equal(&difference, e);
    if (!status) status = put_comparison(out, c, "bora", limit, &difference, e);
    bora_pairs_free(&p);
    bora_pairs_free(&q);
    bora_pairs_free(&difference);
    return status;
}

/* What cannot be compared is left out. */
static int compare_all(FILE *out, const comparison *c, int *rows, bora_error *e) {
    static const char *const limits[] = {"independent", "unified"};
    int status = BORA_OK;
    for (int i = 0; !status && i < c->own.n; i++) {
        if (seen(&c->own, i, true) || !has(&c->reference, c->own.runs[i].method)) continue;
        status = compare_method(out, c, c->own.runs[i].method, e);
        *rows += !status;
        if (status == BORA_SKIPPED) status = BORA_OK;
    }
    for (int i = 0; !status && i < 2; i++) {
        if (!has(&c->own, limits[i]) || !has(&c->reference, limits[i]) || !has(&c->own, "bora") || !has(&c->reference, "bora"))
            continue;
        status = compare_gain(out, c, limits[i], e);
        *rows += !status;
        if (status == BORA_SKIPPED) status = BORA_OK;
    }
    return status;
}

int bora_contrasts_of_settings(const bora_summary *s, FILE *out, bora_error *e) {
    bora_block_sums blocks;
    int rows = 0, status;
    if (s->settings == 1) return bora_fail(e, BORA_SKIPPED, "%s", "");
    status = bora_blocks_read(s, BORA_AT_COMMON, &blocks, e);
    if (status) return status;
    bora_put_keys(out, s);
    fprintf(out, "against,method,seeds,taus,taus_against,%s\n", ratio_columns);
    bora_fail(e, BORA_SKIPPED, "no settings that differ in one thing alone, besides the data");
    for (int i = 0; !status && i < s->settings; i++)
        for (int k = 0; !status && k < s->n_keys; k++) {
            int reference = bora_reference_setting(s, i, k);
            if (reference < 0) continue;
            comparison c = {bora_summary_of_setting(s, i), bora_summary_of_setting(s, reference), {0}, {0}, s->keys[k], NULL};
            c.value = c.reference.runs->values[k];
            c.own_blocks = (bora_block_sums){blocks.runs + (c.own.runs - s->runs), c.own.n};
            c.reference_blocks = (bora_block_sums){blocks.runs + (c.reference.runs - s->runs), c.reference.n};
            status = compare_all(out, &c, &rows, e);
        }
    bora_blocks_free(&blocks);
    return status ? status : rows ? BORA_OK : BORA_SKIPPED;
}

/* ---- in words ----------------------------------------------------------------------------------------------------------- */

int bora_print_contrasts(const bora_summary *s, FILE *out, bora_error *e) {
    static const char *const names[] = {"method", "against", "rank", "seeds", "log_ratio", "log_ratio_half_95", "coverage"};
    enum { METHOD, AGAINST, RANK, SEEDS, RATIO, HALF, COVERAGE, NAMES };
    size_t column[NAMES];
    bora_table t = {0};
    char *path = bora_format("%s/tables/contrasts.csv", s->directory);
    int status = bora_exists(path) ? bora_table_read(&t, path, e) : BORA_OK;
    for (int i = 0; !status && t.rows && i < NAMES; i++) status = bora_table_column(&t, names[i], &column[i], e);
    for (size_t row = 1; !status && row < t.rows; row++) {
        double x[NAMES];
        for (int i = RATIO; !status && i < NAMES; i++) status = bora_table_number(&t, row, column[i], -1e9, 1e9, &x[i], e);
        if (status) break;
        fprintf(out, "  ");
        for (size_t k = 0; k < column[METHOD]; k++)
            fprintf(out, "%s %s, ", bora_table_cell(&t, 0, k), bora_table_cell(&t, row, k));
        fprintf(
            out,
            "%s against %s at rank %s: log ratio of perplexities %.4f ± %.4f (95 %%, %s seeds; covers %.1f %% in simulation)\n",
            bora_table_cell(&t, row, column[METHOD]), bora_table_cell(&t, row, column[AGAINST]),
            bora_table_cell(&t, row, column[RANK]), x[RATIO], x[HALF], bora_table_cell(&t, row, column[SEEDS]),
            100 * x[COVERAGE]);
    }
    bora_table_free(&t);
    free(path);
    return status;
}
