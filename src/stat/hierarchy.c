/* hierarchy.c: empirical Bayes for hierarchical Dirichlet bigrams. It knows nothing of text, adapters or files. */
#include "stat/hierarchy.h"

#include <gsl/gsl_sf_psi.h>
#include <math.h>
#include <stdlib.h>

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

/* [lab:flat-mean] */
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
        for (size_t v = 0; sum > 0 && v < V; v++) p[c * V + v] /= sum;
    }
}
/* [/lab:flat-mean] */

/* sum_i psi(n_i + a) - psi(a) over `count` numbers that are `stride` apart; order 1: of psi's derivative. */
static double rise(int order, const double *n, size_t count, size_t stride, double a) {
    double sum = 0, from = gsl_sf_psi_n(order, a);
    for (size_t i = 0; i < count; i++)
        if (n[i * stride] > 0) sum += gsl_sf_psi_n(order, n[i * stride] + a) - from;
    return sum;
}

/* One step towards m of greatest and kappa of greatest integrated evidence. L = sum_dc [ln G(kappa) - ln G(n_dc + kappa)] +
 * sum_dcv [ln G(n_dcv + a_cv) - ln G(a_cv)], a_cv = kappa m_cv, is the ln evidence; with m_c under its flat prior Dirichlet(1)
 * in the softmax basis (MacKay 1998) Laplace's integral over m_c takes from it about half of sum_v ln I_cv - ln sum_v I_cv,
 * where I_cv = 1 + a_cv^2 sum_d [psi'(a_cv) - psi'(n_dcv + a_cv)] is the information about ln m_cv. (At kappa's maximum of L
 * alone the centre, which has learnt from the same counts, hides how much tasks differ.) The step of m is Minka's, m_cv in
 * proportion to 1 + a_cv sum_d [psi(n_dcv + a_cv) - psi(a_cv)]; that of ln kappa Newton's, with L's curvature, and 1 at most.
 */
static double improve(const bora_counts *x, const double *totals, double kappa, double *m) {
    /* [eq:minka] */
    size_t V = (size_t)x->V, D = (size_t)x->D;
    double slope = -rise(0, totals, D * V, 1, kappa), curvature = -rise(1, totals, D * V, 1, kappa), lost = 0;
    for (size_t c = 0; c < V; c++) {
        double row[MOST_SYMBOLS] = {0}, sum = 0, information = 0, growth = 0;
        for (size_t v = 0; v < V; v++) {
            const double *n = x->counts + c * V + v, share = m[c * V + v], a = kappa * share;
            if (!(share > 0)) continue;
            double first = rise(0, n, D, V * V, a), second = rise(1, n, D, V * V, a), I = 1 - a * a * second,
                   dI = -a * a * (2 * second + a * rise(2, n, D, V * V, a)); /* by ln kappa */
            slope += share * first;
            curvature += share * share * second;
            lost += dI / I / 2;
            information += I, growth += dI;
            sum += row[v] = a * first + 1;
        }
        for (size_t v = 0; sum > 0 && v < V; v++) m[c * V + v] = row[v] / sum;
        if (information > 0) lost -= growth / information / 2;
    }
    double first = kappa * slope - lost, second = first + kappa * kappa * curvature,
           step = second < 0 ? -first / second : first;
    return kappa * exp(fmax(-1, fmin(1, step)));
    /* [/eq:minka] */
}

int bora_estimate_hierarchy(const bora_counts *x, double *kappa, double *m, bora_error *e) {
    enum { MOST_STEPS = 1000 };
    const double close = 1e-9, least = 1e-3, most = 1e5; /* relative change at the end; it may run to 0 or without end */
    size_t V = (size_t)x->V, D = (size_t)x->D;
    double *totals = NULL, before = 0, largest = 0;
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
    for (size_t i = 0; i < D * V; i++) largest = fmax(largest, totals[i]);
    *kappa = 10;
    for (int i = 0; i < MOST_STEPS && fabs(*kappa - before) > close * *kappa && least < *kappa && *kappa < most; i++) {
        before = *kappa;
        *kappa = improve(x, totals, *kappa, m);
    }
    free(totals);
    if (largest < 2 || *kappa >= most) { /* one observation a context is as likely under every kappa */
        *kappa = INFINITY;
        bora_flat_mean(x, -1, m);
    }
    return BORA_OK;
}

/* With w = sum_c n_c / N n_c / (n_c + kappa) = n / (n + kappa): n = kappa w / (1 - w). */
double bora_observations(const double *n, size_t contexts, double kappa) {
    double sum = 0, weights = 0;
    for (size_t c = 0; c < contexts; c++) {
        double weight = n[c] / (1 + n[c] / kappa);
        sum += weight * n[c], weights += weight;
    }
    return weights > 0 ? sum / weights : 0;
}
