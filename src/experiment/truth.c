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
    double crossover;      /* documents a task */
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

/* ---- crossover ---------------------------------------------------------------------------------------------------------- */

/* ln of the ratio of expected regrets, of the counts [D, V, V] of each task alone to those of all as one. p [2, V, V] is for
 * use. */
static double ratio_of_regrets(const bora_language *x, const bora_counts *counts, double *p) {
    size_t square = (size_t)x->o.symbols * (size_t)x->o.symbols;
    double *all = p + square, alone = 0, together = 0;
    bora_flat_mean(counts, -1, all);
    for (int d = 0; d < x->o.tasks; d++) {
        double entropy = bora_language_entropy(x, d);
        bora_flat_mean(counts, d, p);
        alone += bora_language_expected_nll(x, d, p) - entropy;
        together += bora_language_expected_nll(x, d, all) - entropy;
    }
    return log(alone / together);
}

/* Where independent and unified training cross in theory: the documents a task, all tasks having as many, at which the counts
 * of a task alone predict as well as those of all tasks as one. The documents are the language's first ones, the regret is
 * exact; between powers of 2 the logarithm of the ratio is taken for linear in that of the documents. INFINITY: beyond MOST. */
static int find_crossover(const bora_language *x, double *documents, bora_error *e) {
    enum { MOST = 1 << 12 };
    size_t D = (size_t)x->o.tasks, square = (size_t)x->o.symbols * (size_t)x->o.symbols;
    double *counts = NULL, before = 0, ratio = 0;
    int status = bora_calloc(&counts, (D + 2) * square, sizeof *counts, "counts", e);
    const bora_counts all = {x->o.tasks, x->o.symbols, counts, x->centre};
    *documents = INFINITY;
    for (int n = 1; !status && isinf(*documents) && n <= MOST; n *= 2, before = ratio) {
        for (size_t d = 0; d < D; d++) bora_language_count_documents(x, (int)d, n / 2, n, counts + d * square);
        ratio = ratio_of_regrets(x, &all, counts + D * square);
        if (ratio < 0) *documents = n == 1 ? 1 : n * exp2(-ratio / (ratio - before));
    }
    free(counts);
    return status;
}

/* ---- the file ----------------------------------------------------------------------------------------------------------- */

/* Observations of a context, of task d. */
static double observations(const truth *t, int d) {
    size_t V = (size_t)t->x->language.o.symbols;
    const double *counts = t->counts + (size_t)d * V * V;
    double contexts[64] = {0}; /* the most that a language has */
    for (size_t c = 0; c < V; c++)
        for (size_t v = 0; v < V; v++) contexts[c] += counts[c * V + v];
    return bora_observations(contexts, V, t->kappa);
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
    bora_put_text(f, name);
    fprintf(f, ",%.17g,%.17g,%.17g,%.17g,", bora_language_entropy(language, d), nll[ORACLE], nll[INDEPENDENT], nll[UNIFIED]);
    if (!language->o.low_rank) fprintf(f, "%.17g", nll[BAYES]); /* elsewhere it is not the exact posterior of anything */
    fprintf(f, ",%.12g,%.12g,%.12g,%.12g\n", nll[ESTIMATED], t->kappa, observations(t, d), t->crossover);
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
    if (!status) status = find_crossover(&x->language, &t.crossover, e);
    bora_writer w;
    FILE *f = status ? NULL : bora_create(&w, path, e);
    if (f) {
        fprintf(f,
                "task,entropy,oracle_nll,independent_nll,unified_nll,bayes_nll,estimated_nll,kappa,observations,crossover\n");
        for (int d = 0; !status && d < data->D; d++) status = write_task(&t, d, f, e);
        status = bora_finish(&w, status, e);
    } else if (!status) status = e->status;
    free(t.counts);
    free(t.m);
    for (int k = 0; k < PREDICTORS; k++) free(t.p[k]);
    return status;
}
