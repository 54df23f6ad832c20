/* truth.c: of a run on synthetic data, what is known without a network: truth.csv, against which a run's NLL becomes regret. It
 * scores the very test documents of the run, and learns from its very training documents. */
#include "experiment/experiment.h"
#include "stat/hierarchy.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { ORACLE, INDEPENDENT, UNIFIED, BAYES, ESTIMATED, PREDICTORS };

typedef struct {
    const bora_inputs *x;
    const bora_dataset *data;
    double *counts;        /* [D, V, V] of training documents */
    double *p[PREDICTORS]; /* [V, V] of one task, but for unified, which is of all */
    double *m, kappa;      /* estimated: centre [V, V] and precision about it */
} truth;

/* A document's symbols are bytes, tokens of a tokenizer without merges. */
static int text_of(const truth *t, const bora_sample *s, char **text, size_t *size, bora_error *e) {
    return bora_decode(t->x->tokenizer, s->tokens, (size_t)s->n, text, size, e);
}

static int count(truth *t, bora_error *e) {
    const bora_language *language = &t->x->language;
    size_t square = (size_t)language->o.symbols * (size_t)language->o.symbols;
    int status = BORA_OK;
    for (size_t i = 0; !status && i < t->data->n[BORA_TRAIN]; i++) {
        const bora_sample *s = &t->data->samples[BORA_TRAIN][i];
        char *text;
        size_t size;
        status = text_of(t, s, &text, &size, e);
        if (status) break;
        bora_language_count(language, text, size, t->counts + (size_t)s->task * square);
        free(text);
    }
    return status;
}

/* nll [PREDICTORS] <- of task d's test documents, summed. */
static int score(const truth *t, int d, double *nll, bora_error *e) {
    for (int k = 0; k < PREDICTORS; k++) nll[k] = 0;
    for (size_t i = 0; i < t->data->n[BORA_TEST]; i++) {
        const bora_sample *s = &t->data->samples[BORA_TEST][i];
        char *text;
        size_t size;
        if (s->task != d) continue;
        int status = text_of(t, s, &text, &size, e);
        if (status) return status;
        for (int k = 0; k < PREDICTORS; k++) nll[k] += bora_language_nll(&t->x->language, t->p[k], text, size);
        free(text);
    }
    return BORA_OK;
}

/* 12 digits of what GSL's psi has touched: its last ones may differ between machines. */
static int write_task(truth *t, int d, FILE *f, bora_error *e) {
    const bora_language *language = &t->x->language;
    size_t square = (size_t)language->o.symbols * (size_t)language->o.symbols;
    const bora_counts counts = {t->data->D, language->o.symbols, t->counts, language->centre};
    const double *centre = language->centre + (size_t)bora_language_centre(language, d) * square;
    double nll[PREDICTORS];
    memcpy(t->p[ORACLE], language->p + (size_t)d * square, square * sizeof(double));
    bora_flat_mean(&counts, d, t->p[INDEPENDENT]);
    bora_posterior_mean(&counts, d, language->o.kappa, centre, t->p[BAYES]);
    bora_posterior_mean(&counts, d, t->kappa, t->m, t->p[ESTIMATED]);
    int status = score(t, d, nll, e);
    if (status) return status;
    const char *name = t->x->corpus.tasks[d].name;
    bora_csv_field(f, name, strlen(name));
    fprintf(f, ",%.17g,%.17g,%.17g,%.17g,", bora_language_entropy(language, d), nll[ORACLE], nll[INDEPENDENT], nll[UNIFIED]);
    if (!language->o.low_rank) fprintf(f, "%.17g", nll[BAYES]); /* elsewhere it is not the exact posterior of anything */
    fprintf(f, ",%.12g,%.12g\n", nll[ESTIMATED], t->kappa);
    return BORA_OK;
}

int bora_truth_write(const char *path, const bora_inputs *x, const bora_dataset *data, bora_error *e) {
    size_t square = (size_t)x->language.o.symbols * (size_t)x->language.o.symbols;
    truth t = {.x = x, .data = data};
    int status = bora_calloc(&t.counts, (size_t)data->D * square, sizeof *t.counts, "counts", e);
    if (!status) status = bora_calloc(&t.m, square, sizeof *t.m, "counts", e);
    for (int k = 0; !status && k < PREDICTORS; k++) status = bora_calloc(&t.p[k], square, sizeof(double), "counts", e);
    if (!status) status = count(&t, e);
    const bora_counts counts = {data->D, x->language.o.symbols, t.counts, x->language.centre};
    if (!status) bora_flat_mean(&counts, -1, t.p[UNIFIED]);
    if (!status) status = bora_estimate_hierarchy(&counts, &t.kappa, t.m, e);
    bora_writer w;
    FILE *f = status ? NULL : bora_create(&w, path, e);
    if (f) {
        fprintf(f, "task,entropy,oracle_nll,independent_nll,unified_nll,bayes_nll,estimated_nll,kappa\n");
        for (int d = 0; !status && d < data->D; d++) status = write_task(&t, d, f, e);
        if (status) bora_abandon(&w);
        else status = bora_commit(&w, e);
    } else if (!status) status = e->status;
    free(t.counts);
    free(t.m);
    for (int k = 0; k < PREDICTORS; k++) free(t.p[k]);
    return status;
}
