/* index.c: runs.csv, the index of an experiment's finished runs: what tells each from the others, and its best common epoch. */
#include "experiment/experiment.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

bool bora_is_finished(const char *folder, const char *run) {
    char *path = bora_format("%s/%s/provenance.json", folder, run);
    bool there = bora_exists(path);
    free(path);
    return there;
}

/* The best common epoch, from a run's tasks.csv. */
static long best_epoch(const char *folder, const char *run) {
    char *path = bora_format("%s/%s/tasks.csv", folder, run), *text = NULL;
    size_t size;
    bora_error ignored;
    long epoch = -1;
    if (!bora_read_file(path, &text, &size, &ignored)) {
        const char *row = strstr(text, "\ncommon,");
        if (row) epoch = strtol(row + strlen("\ncommon,"), NULL, 10);
    }
    free(text);
    free(path);
    return epoch;
}

/* Whether the sweep varies what no column that every index has shows. */
static bool has_column(const bora_sweep *sweep) {
    static const bora_setting everywhere[] = {BORA_RUN_SEED,           BORA_METHOD_KIND,        BORA_PRIOR_TAU,
                                              BORA_ADAPTER_RANK,       BORA_OPTIMIZER_RATE,     BORA_OPTIMIZER_RATE_0,
                                              BORA_OPTIMIZER_RATE_INF, BORA_OPTIMIZER_RATE_THEN};
    for (size_t k = 0; k < sizeof everywhere / sizeof *everywhere; k++)
        if (sweep->setting == (int)everywhere[k]) return false;
    return true;
}

/* Fresh text of a row. */
static char *row_of(const char *folder, const bora_experiment *x, const bora_plan_point *point, const char *run) {
    const bora_settings *s = &point->settings;
    bora_recipe r = bora_recipe_of(s);
    char *text, *tau = isinf(r.tau) ? bora_format("inf") : bora_shortest(r.tau);
    size_t size;
    FILE *f = open_memstream(&text, &size);
    if (!f) abort();
    fprintf(f, "%s,%s,%s,%s,%s,%s,%.17g,%s,%s,%ld", run, s->value[BORA_RUN_SEED], bora_method_of(s)->name, tau,
            s->value[BORA_ADAPTER_RANK], s->value[BORA_ADAPTER_ALPHA], r.learning_rate, r.rule->name, s->value[BORA_RUN_EPOCHS],
            best_epoch(folder, run));
    for (int k = 0; k < x->n_sweep; k++) {
        const char *value = s->value[x->sweep[k].setting];
        if (!has_column(&x->sweep[k])) continue;
        fputc(',', f);
        bora_put_text(f, value);
    }
    if (x->n_variants) fprintf(f, ",%s", point->variant);
    if (fclose(f) || !text) abort();
    free(tau);
    return text;
}

/* Points that differ in nothing that the row shows (tau of a method that has its own) have one. */
static bool is_written(char *const *rows, int n) {
    for (int i = 0; i < n; i++)
        if (rows[i] && !strcmp(rows[i], rows[n])) return true;
    return false;
}

int bora_index_write(const char *folder, const bora_experiment *x, const bora_plan *plan, bora_error *e) {
    char *path = bora_format("%s/runs.csv", folder);
    bora_writer w;
    FILE *f = bora_create(&w, path, e);
    if (!f) {
        free(path);
        return e->status;
    }
    char **rows;
    int n = 0, status = bora_calloc(&rows, (size_t)plan->n_points, sizeof *rows, "an index", e);
    fprintf(f, "run,seed,method,tau,rank,alpha,learning_rate,step_rule,epochs,best_epoch");
    for (int k = 0; k < x->n_sweep; k++)
        if (has_column(&x->sweep[k])) fprintf(f, ",%s", bora_schema[x->sweep[k].setting].name);
    fprintf(f, "%s\n", x->n_variants ? ",variant" : "");
    for (int i = 0; !status && i < plan->n_points; i++) {
        const char *run = plan->runs[plan->points[i].run].name;
        if (!bora_is_finished(folder, run)) continue;
        rows[i] = row_of(folder, x, &plan->points[i], run);
        if (!is_written(rows, i)) fprintf(f, "%s\n", rows[i]);
        n++;
    }
    for (int i = 0; !status && i < plan->n_points; i++) free(rows[i]);
    free(rows);
    if (!status && n == 0) {
        bora_abandon(&w);
        unlink(path); /* of an earlier plan: there is no index of nothing */
    } else status = bora_finish(&w, status, e);
    free(path);
    return status;
}
