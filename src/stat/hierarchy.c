/* hierarchy.c: empirical Bayes for hierarchical Dirichlet bigrams. It knows nothing of text, adapters or files. */
#include "stat/hierarchy.h"

#include <gsl/gsl_sf_psi.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_SYMBOLS = 64 };

void bora_posterior_mean(const bora_counts *x, int d, double kappa, const double *m, double *p) {
    /* [eq:posterior-mean] */
    size_t V = (size_t)x->V;
    const double *n = x->counts + (size_t)d * V * V;
    for (size_t c = 0; c < V; c++) {
        double n_c = 0;
        for (size_t v = 0; v < V; v++) n_c += n[c * V + v];
        for (size_t v = 0; v < V; v++)
            p[c * V + v] = isinf(kappa) ? m[c * V + v] : (n[c * V + v] + kappa * m[c * V + v]) / (n_c + kappa);
    }
    /* [/eq:posterior-mean] */
}

void bora_flat_mean(const bora_counts *x, int d, double *p) {
    size_t V = (size_t)x->V, from = d < 0 ? 0 : (size_t)d, to = d < 0 ? (size_t)x->D : from + 1;
    for (size_t c = 0; c < V; c++) {
        double sum = 0;
        for (size_t v = 0; v < V; v++) {
            double *at = &p[c * V + v];
            *at = x->support[c * V + v] > 0;
            for (size_t i = from; i < to; i++) *at += x->counts[(i * V + c) * V + v];
            sum += *at;
        }
        for (size_t v = 0; v < V; v++) p[c * V + v] /= sum;
    }
}

/* sum over tasks of psi(n_dcv + a) - psi(a). */
static double gain(const bora_counts *x, size_t at, double a) {
    size_t square = (size_t)x->V * (size_t)x->V;
    double sum = 0, psi = 0;
    for (size_t d = 0; d < (size_t)x->D; d++) {
        double n = x->counts[d * square + at];
        if (n == 0) continue;
        if (psi == 0) psi = gsl_sf_psi(a);
        sum += gsl_sf_psi(n + a) - psi;
    }
    return sum;
}

/* The same of a context's totals, over all tasks and contexts: sum of psi(n_dc + kappa) - psi(kappa). */
static double gain_of_totals(const bora_counts *x, const double *totals, double kappa) {
    double sum = 0, psi = gsl_sf_psi(kappa);
    for (size_t i = 0; i < (size_t)x->D * (size_t)x->V; i++)
        if (totals[i] > 0) sum += gsl_sf_psi(totals[i] + kappa) - psi;
    return sum;
}

/* One step of the fixed point: kappa <- kappa sum_cv m_cv g_cv / sum_dc [psi(n_dc + kappa) - psi(kappa)], m_cv in proportion to
 * kappa m_cv g_cv + 1, where g_cv = sum_d psi(n_dcv + kappa m_cv) - psi(kappa m_cv). The 1 is the flat prior Dirichlet(1) of
 * m_c in the softmax basis (MacKay 1998), and keeps symbols possible that were never seen. */
static double improve(const bora_counts *x, const double *totals, double kappa, double *m) {
    /* [eq:minka] */
    size_t V = (size_t)x->V;
    double numerator = 0;
    for (size_t c = 0; c < V; c++) {
        double row[MOST_SYMBOLS] = {0}, sum = 0;
        for (size_t v = 0; v < V; v++) {
            double share = m[c * V + v];
            if (!(share > 0)) continue;
            double part = share * gain(x, c * V + v, kappa * share);
            numerator += part;
            sum += row[v] = kappa * part + 1;
        }
        for (size_t v = 0; v < V; v++) m[c * V + v] = row[v] / sum;
    }
    return kappa * numerator / gain_of_totals(x, totals, kappa);
    /* [/eq:minka] */
}

int bora_estimate_hierarchy(const bora_counts *x, double *kappa, double *m, bora_error *e) {
    enum { MOST_STEPS = 2000 };
    const double close = 1e-7, most = 1e6; /* relative change of kappa at the end; tasks that do not differ have no kappa */
    size_t V = (size_t)x->V, D = (size_t)x->D;
    double *totals = NULL, before = 0;
    if (x->V > MOST_SYMBOLS) return bora_fail(e, BORA_BAD_INPUT, "a bigram of %d symbols: at most %d", x->V, MOST_SYMBOLS);
    int status = bora_calloc(&totals, D * V, sizeof *totals, "counts", e);
    if (status) return status;
    for (size_t c = 0; c < V; c++) {
        double successors = 0;
        for (size_t v = 0; v < V; v++) successors += x->support[c * V + v] > 0;
        for (size_t v = 0; v < V; v++) m[c * V + v] = x->support[c * V + v] > 0 ? 1 / successors : 0;
        for (size_t d = 0; d < D; d++)
            for (size_t v = 0; v < V; v++) totals[d * V + c] += x->counts[(d * V + c) * V + v];
    }
    *kappa = 10;
    for (int i = 0; i < MOST_STEPS && *kappa < most && fabs(*kappa - before) > close * *kappa; i++) {
        before = *kappa;
        *kappa = improve(x, totals, *kappa, m);
    }
    free(totals);
    if (!(*kappa > 0))
        return bora_fail(e, BORA_FAILED, "the counts tell nothing of kappa: each context was seen at most once a task");
    return BORA_OK;
}
