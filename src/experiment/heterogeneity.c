/* heterogeneity.c: how much the tasks of real data differ, as counts of neighbouring tokens tell: heterogeneity.csv, by which a
 * domain is placed beside synthetic languages. It trains nothing and looks at training documents alone.
 *
 * kappa is that of the hierarchical bigram (language.c), estimated after the most frequent tokens, all others counted as one
 * more successor: if P(. | c) ~ Dirichlet(kappa m), then probabilities of classes of successors are Dirichlet with the same
 * kappa, so that it can be compared between alphabets. That natural text has one kappa for all contexts is an assumption; how
 * far it can be trusted is seen from the estimates with fewer tokens told apart. */
#include "experiment/experiment.h"
#include "stat/hierarchy.h"

#include <stdlib.h>
#include <string.h>

enum { SYMBOLS = 64, ESTIMATES = 3 };
static const int symbols[ESTIMATES] = {SYMBOLS, 32, 16}; /* told apart, the last of them all other tokens */

typedef struct {
    const bora_dataset *data;
    int V, *rank;                 /* tokens of the vocabulary; [V] place by frequency as a context, from 0 */
    double *contexts;             /* [D, V] how often a token has a successor                              */
    double *counts, *support, *m; /* of pairs [D, SYMBOLS, SYMBOLS], of all tasks', centre [SYMBOLS, SYMBOLS] */
    double kappa[ESTIMATES];
} bigrams;

static void count_contexts(bigrams *x) {
    for (size_t i = 0; i < x->data->n[BORA_TRAIN]; i++) {
        const bora_sample *s = &x->data->samples[BORA_TRAIN][i];
        for (int t = 1; t < s->n; t++) x->contexts[(size_t)s->task * (size_t)x->V + (size_t)s->tokens[t - 1]]++;
    }
}

/* The first SYMBOLS places, of all tasks together; of equals the token with the smaller id. Others have place SYMBOLS. */
static int rank_tokens(bigrams *x, bora_error *e) {
    double *total;
    int status = bora_calloc(&total, (size_t)x->V, sizeof *total, "counts", e);
    if (status) return status;
    for (int v = 0; v < x->V; v++) {
        x->rank[v] = SYMBOLS;
        for (int d = 0; d < x->data->D; d++) total[v] += x->contexts[(size_t)d * (size_t)x->V + (size_t)v];
    }
    for (int place = 0; place < SYMBOLS; place++) {
        int best = 0;
        for (int v = 1; v < x->V; v++)
            if (total[v] > total[best]) best = v;
        if (total[best] > 0) x->rank[best] = place;
        total[best] = 0;
    }
    free(total);
    return BORA_OK;
}

/* kappa with n symbols. What follows the last of them is left out, for it is many contexts and not one. */
static int estimate(bigrams *x, int n, double *kappa, bora_error *e) {
    int D = x->data->D;
    memset(x->counts, 0, (size_t)(D * n * n) * sizeof *x->counts);
    memset(x->support, 0, (size_t)(n * n) * sizeof *x->support);
    for (size_t i = 0; i < x->data->n[BORA_TRAIN]; i++) {
        const bora_sample *s = &x->data->samples[BORA_TRAIN][i];
        for (int t = 1; t < s->n; t++) {
            int c = x->rank[s->tokens[t - 1]], v = x->rank[s->tokens[t]];
            if (c >= n - 1) continue;
            if (v >= n) v = n - 1;
            x->counts[(s->task * n + c) * n + v]++;
            x->support[c * n + v]++;
        }
    }
    return bora_estimate_hierarchy(&(bora_counts){D, n, x->counts, x->support}, kappa, x->m, e);
}

static void write_tasks(const bigrams *x, const bora_corpus *c, FILE *f) {
    fprintf(f, "task,bigrams,observations,kappa,kappa_%d,kappa_%d\n", symbols[1], symbols[2]);
    for (int d = 0; d < x->data->D; d++) {
        const double *contexts = x->contexts + (size_t)d * (size_t)x->V;
        double all = 0;
        for (int v = 0; v < x->V; v++) all += contexts[v];
        bora_put_text(f, c->tasks[d].name);
        /* 12 digits of what GSL's psi has touched, as in truth.csv */
        fprintf(f, ",%.17g,%.12g", all, bora_observations(contexts, (size_t)x->V, x->kappa[0]));
        for (int i = 0; i < ESTIMATES; i++) fprintf(f, ",%.12g", x->kappa[i]);
        fputc('\n', f);
    }
}

int bora_heterogeneity_write(const char *path, const bora_inputs *inputs, const bora_dataset *data, bora_error *e) {
    bigrams x = {.data = data, .V = bora_tokenizer_vocabulary(inputs->tokenizer)};
    size_t D = (size_t)data->D, square = SYMBOLS * SYMBOLS;
    int status = bora_calloc(&x.rank, (size_t)x.V, sizeof *x.rank, "counts", e);
    if (!status) status = bora_calloc(&x.contexts, D * (size_t)x.V, sizeof *x.contexts, "counts", e);
    if (!status) status = bora_calloc(&x.counts, D * square, sizeof *x.counts, "counts", e);
    if (!status) status = bora_calloc(&x.support, square, sizeof *x.support, "counts", e);
    if (!status) status = bora_calloc(&x.m, square, sizeof *x.m, "counts", e);
    if (!status) count_contexts(&x);
    if (!status) status = rank_tokens(&x, e);
    for (int i = 0; !status && i < ESTIMATES; i++) status = estimate(&x, symbols[i], &x.kappa[i], e);
    bora_writer w;
    FILE *f = status ? NULL : bora_create(&w, path, e);
    if (f) {
        write_tasks(&x, &inputs->corpus, f);
        status = bora_commit(&w, e);
    } else if (!status) status = e->status;
    free(x.rank);
    free(x.contexts);
    free(x.counts);
    free(x.support);
    free(x.m);
    return status;
}
