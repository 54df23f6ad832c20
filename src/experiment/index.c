/* index.c: runs.csv, the index of an experiment's finished runs: what tells each from the others, and its best common epoch. */
#include "experiment/experiment.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

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

/* Data are told apart by columns of their own, one a swept setting. */
static bool is_data(const bora_sweep *sweep) { return sweep->setting < BORA_TOKENIZER_VOCABULARY; }

/* Whether the sweep varies what no other column that tells runs apart shows. */
static bool is_variant(const bora_sweep *sweep) {
    static const bora_setting columns[] = {BORA_RUN_SEED,         BORA_METHOD_KIND,       BORA_PRIOR_TAU,
                                           BORA_ADAPTER_RANK,     BORA_ADAPTER_ALPHA,     BORA_OPTIMIZER_RATE,
                                           BORA_OPTIMIZER_RATE_0, BORA_OPTIMIZER_RATE_INF};
    for (size_t k = 0; k < sizeof columns / sizeof *columns; k++)
        if (sweep->setting == (int)columns[k]) return false;
    return sweep->n > 1 && !is_data(sweep);
}

static bool has_variants(const bora_experiment *x) {
    int k = 0;
    while (k < x->n_sweep && !is_variant(&x->sweep[k])) k++;
    return x->n_variants || k < x->n_sweep;
}

/* A field like `norm, step shifted, schedule decaying`: the variant's name, and what of the sweep matters to the run. */
static void put_variant(const bora_experiment *x, const bora_plan_run *run, FILE *f) {
    const bora_settings *s = &run->settings;
    char *text = bora_format("%s", run->variant);
    for (int k = 0; k < x->n_sweep; k++) {
        bora_setting i = (bora_setting)x->sweep[k].setting;
        if (!is_variant(&x->sweep[k]) || !bora_matters(s, i)) continue;
        char *longer = bora_format("%s%s%s %s", text, *text ? ", " : "", strrchr(bora_schema[i].name, '.') + 1, s->value[i]);
        free(text);
        text = longer;
    }
    fputc(',', f);
    bora_csv_field(f, text, strlen(text));
    free(text);
}

int bora_index_write(const char *folder, const bora_experiment *x, const bora_plan *plan, bora_error *e) {
    char *path = bora_format("%s/runs.csv", folder);
    bora_writer w;
    FILE *f = bora_create(&w, path, e);
    free(path);
    if (!f) return e->status;
    bool variants = has_variants(x);
    fprintf(f, "run,seed,method,tau,rank,alpha,learning_rate,step_rule,epochs,best_epoch");
    for (int k = 0; k < x->n_sweep; k++)
        if (is_data(&x->sweep[k])) fprintf(f, ",%s", bora_schema[x->sweep[k].setting].name);
    fprintf(f, "%s\n", variants ? ",variant" : "");
    for (int i = 0; i < plan->n; i++) {
        const bora_plan_run *run = &plan->runs[i];
        const bora_settings *s = &run->settings;
        if (!bora_is_finished(folder, run->name)) continue;
        bora_recipe r = bora_recipe_of(s);
        char *tau = isinf(r.tau) ? bora_format("inf") : bora_shortest(r.tau);
        fprintf(f, "%s,%s,%s,%s,%s,%s,%.17g,%s,%s,%ld", run->name, s->value[BORA_RUN_SEED], bora_method_of(s)->name, tau,
                s->value[BORA_ADAPTER_RANK], s->value[BORA_ADAPTER_ALPHA], r.learning_rate, r.rule->name,
                s->value[BORA_RUN_EPOCHS], best_epoch(folder, run->name));
        for (int k = 0; k < x->n_sweep; k++) {
            const char *value = s->value[x->sweep[k].setting];
            if (!is_data(&x->sweep[k])) continue;
            fputc(',', f);
            bora_csv_field(f, value, strlen(value));
        }
        if (variants) put_variant(x, run, f);
        fputc('\n', f);
        free(tau);
    }
    return bora_commit(&w, e);
}
