/* hierarchy.h: what can be learnt of a hierarchical Dirichlet bigram from counts alone, without a network: the predictors that
 * adapters are compared with. On plain arrays; documents belong to text/.
 */
#ifndef BORA_HIERARCHY_H
#define BORA_HIERARCHY_H

#include "base/base.h"

/* Counts [D, V, V] of symbol v after context c in each task; support [V, V]: which may follow (nonzero). */
typedef struct {
    int D, V;
    const double *counts, *support;
} bora_counts;

/* The posterior mean (n_dcv + kappa m_cv) / (n_dc + kappa) [V, V] of task d (MacKay and Peto 1995), the exact Bayes predictor
 * if P_d(. | c) ~ Dirichlet(kappa m_c). m [V, V]: rows sum to 1. kappa INFINITY: m itself. */
void bora_posterior_mean(const bora_counts *x, int d, double kappa, const double *m, double *p);
/* The posterior mean [V, V] under a flat Dirichlet(1) on the support, from the counts of task d, or of all tasks as one (d =
 * -1).
 */
void bora_flat_mean(const bora_counts *x, int d, double *p);
/* Empirical Bayes: m [V, V] of greatest evidence of the counts (Minka 2000, fixed point) and a flat prior on its support, kappa
 * of greatest evidence with m integrated out (Laplace; MacKay 1998), so that it is not biased by the m fitted to the same
 * counts. kappa INFINITY: the counts do not show that tasks differ. */
int bora_estimate_hierarchy(const bora_counts *x, double *kappa, double *m, bora_error *e);
/* How many observations of each context a task has in effect, from those of each, n_c [contexts]: a token's own task has in its
 * posterior mean the weight n_c / (n_c + kappa), on average over tokens that of n / (n + kappa) with this n. It lies between
 * the mean of n_c over the contexts seen (kappa small) and that over tokens (kappa INFINITY); where all n_c are equal, it is
 * n_c. */
double bora_observations(const double *n, size_t contexts, double kappa);

#endif
