/* inference.h: statistics on plain arrays, most of which GSL lacks: variance components of crossed designs, rank tests,
 * adjustment for several tests, lines and means of clouds, slopes by clusters. It reads no results and decides nothing.
 */
#ifndef BORA_INFERENCE_H
#define BORA_INFERENCE_H

#include "base/base.h"

/* An estimate whose (estimate - truth) / sqrt(variance) is taken as Student's t with `freedom` degrees; variance NaN: unknown.
 */
typedef struct {
    double estimate, variance, freedom;
} bora_estimate;
/* Half the width of the interval of this level (0.95). */
double bora_half_width(const bora_estimate *x, double level);
/* Two-sided p of truth = 0. */
double bora_p_value(const bora_estimate *x);
/* Whether the 95 % interval lies below 0; false where it is unknown. */
bool bora_lies_below(const bora_estimate *x);
/* Equivalence to 0: the 90 % interval lies inside +-margin (two one-sided tests at 5 %; Schuirmann 1987). */
bool bora_equivalent(const bora_estimate *x, double margin);

/* ---- crossed.c: seeds crossed with units -------------------------------------------------------------------------------- */

/* S seeds, each measured on the same `units` (blocks of test documents, say), which lie in strata (tasks). The quantity is the
 * mean over strata of sum of value / sum of size, averaged over seeds. */
typedef struct {
    int S, units, strata;
    const double *value; /* [S, units]                                      */
    const double *size;  /* [units], > 0                                    */
    const int *stratum;  /* [units] ascending, every number below `strata`  */
} bora_crossed;

/* Parts of the variance of the mean, by mean squares: over seeds, over units, of both together (in each of the former too). */
typedef struct {
    double seeds, units, both;
} bora_components;

/* Two-way random effects: variance = seeds + units - both (at least the greater of the first two), degrees of freedom by
 * Satterthwaite (1946). A stratum of one unit is BORA_BAD_INPUT; with one seed the variance is NaN. parts may be NULL. */
int bora_crossed_estimate(const bora_crossed *x, bora_estimate *mean, bora_components *parts, bora_error *e);
/* Of one estimate with three variances, for units of one kind, of another, and of both together: a + b - both, at least the
 * greater of a and b; degrees of freedom by Satterthwaite. */
bora_estimate bora_two_way(const bora_estimate *a, const bora_estimate *b, const bora_estimate *both);
/* The share of `trials` normal data sets of x's design and these components whose 95 % interval covers the truth. */
int bora_crossed_coverage(const bora_crossed *x, const bora_components *parts, int trials, double *coverage, bora_error *e);

/* ---- ranks.c ------------------------------------------------------------------------------------------------------------ */

/* Wilcoxon's signed-rank test of symmetry about 0: exact two-sided p over all 2^n signs, zeros left out, mean ranks for ties.
 */
int bora_wilcoxon(const double *x, int n, double *p, bora_error *e);
/* Pearson's correlation r, and its two-sided p over this many random permutations of y and the order given; it is that of a
 * least-squares slope too, which is r times what no permutation changes. r and p are NaN where x or y is constant. */
int bora_pearson(const double *x, const double *y, int n, int permutations, double *r, double *p, bora_error *e);
/* Spearman's rank correlation, Pearson's of ranks, mean ranks for ties: rho [groups] of each group of n points, and the p of
 * their mean, over permutations that are the same in all groups: the points of the groups are of the same n things. */
int bora_spearman(const double *x, const double *y, int groups, int n, int permutations, double *rho, double *p, bora_error *e);
/* p [n] <- adjusted for all n tests together (Holm 1979). */
int bora_holm(double *p, int n, bora_error *e);

/* ---- regression.c ------------------------------------------------------------------------------------------------------- */

typedef struct {
    double intercept, slope;
} bora_line;
/* Least squares of y on x; false if x has fewer than two distinct values. */
bool bora_fit_line(const double *x, const double *y, size_t n, bora_line *line);
/* Means of x and y within up to `bins` equal intervals of x; empty ones are left out. Returns how many, ascending. */
int bora_bin_means(const double *x, const double *y, size_t n, int bins, double *mean_x, double *mean_y);

/* Slope of y on x; its variance is robust against any dependence within clusters (Liang and Zeger 1986, with the factor
 * G/(G-1) (n-1)/(n-2)), G - 1 degrees of freedom. cluster [n]: numbers from 0 to G - 1, each used. x must vary; G, n >= 3. */
int bora_cluster_slope(const double *x, const double *y, const int *cluster, size_t n, int G, bora_estimate *slope,
                       bora_error *e);
/* Slope of y [S, D] on x [S, D], points of a seed and points of a task dependent: both kinds of clusters and the single points
 * (bora_two_way; Cameron, Gelbach and Miller 2011). `within`: of differences from each task's means over seeds, so that what
 * tasks are does not count. *coverage: the share of `trials` normal data sets on these x, with components of variance as in
 * the residuals (seed, task, point) and slope 0, whose 95 % interval covers 0. S, D >= 3, x must vary. */
int bora_crossed_slope(const double *x, const double *y, int S, int D, bool within, int trials, bora_estimate *slope,
                       double *coverage, bora_error *e);

#endif
