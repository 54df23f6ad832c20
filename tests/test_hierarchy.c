/* test_hierarchy.c: the posterior mean by hand; kappa and centre found again from counts of a language that is known. */
#include "stat/hierarchy.h"
#include "test.h"
#include "text/text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static bora_error error;

/* [eq:posterior-mean] */
Test(hierarchy, the_posterior_mean_is_between_counts_and_centre) {
    const double counts[4] = {3, 1, 0, 0}, m[4] = {0.5, 0.5, 0.25, 0.75}, support[4] = {1, 1, 1, 1};
    const bora_counts x = {1, 2, counts, support};
    double p[4];
    bora_posterior_mean(&x, 0, 4, m, p);
    cr_assert(p[0] == 5.0 / 8 && p[1] == 3.0 / 8, "(3 + 2) / (4 + 4)");
    cr_assert(p[2] == 0.25 && p[3] == 0.75, "no counts: the centre");
    bora_posterior_mean(&x, 0, INFINITY, m, p);
    cr_assert_arr_eq(p, m, sizeof m);
    bora_posterior_mean(&x, 0, 1e-12, m, p);
    cr_assert_float_eq(p[0], 0.75, 1e-9);
}

/* [lab:flat-mean] */
Test(hierarchy, the_flat_mean_counts_one_task_or_all) {
    const double counts[8] = {3, 1, 0, 0, 1, 1, 0, 0}, support[4] = {1, 1, 0, 1};
    const bora_counts x = {2, 2, counts, support};
    double p[4];
    bora_flat_mean(&x, 0, p);
    cr_assert(p[0] == 4.0 / 6 && p[1] == 2.0 / 6 && p[2] == 0 && p[3] == 1);
    bora_flat_mean(&x, -1, p);
    cr_assert(p[0] == 5.0 / 8 && p[1] == 3.0 / 8);
}

/* Successors v and v + V / 2 counted as one. */
static void merge(double *counts, int rows, int V) {
    for (int i = 0; i < rows; i++)
        for (int v = 0; v < V / 2; v++) counts[i * V + v] += counts[i * V + v + V / 2], counts[i * V + v + V / 2] = 0;
}

/* 40 tasks of 300 documents: the sampling error of log kappa is about 4 % (the scatter of estimates over seeds). Classes of
 * successors have the same kappa as successors. */
/* [eq:minka] */
Test(hierarchy, kappa_and_centre_are_found_again) {
    enum { V = 16, D = 40, DOCUMENTS = 300 };
    for (int k = 0; k < 2; k++) {
        const double kappa = k ? 100 : 10;
        bora_language language;
        bora_source source;
        bora_language_options o = {.symbols = V,
                                   .successors = 4,
                                   .tasks = D,
                                   .documents = DOCUMENTS,
                                   .length = 32,
                                   .kappa = kappa,
                                   .clusters = 1,
                                   .seed = 3};
        static double counts[D * V * V], m[V * V];
        memset(counts, 0, sizeof counts);
        cr_assert_ok(bora_language_init(&language, &o, &error));
        cr_assert_ok(bora_source_language(&source, &language, &error));
        for (size_t i = 0; i < source.n; i++)
            bora_language_count(&language, source.passages[i].text, source.passages[i].size, counts + i / DOCUMENTS * V * V);
        const bora_counts x = {D, V, counts, language.centre};
        double found, distance = 0;
        cr_assert_ok(bora_estimate_hierarchy(&x, &found, m, &error));
        cr_assert_float_eq(log(found / kappa), 0, 0.2, "kappa %g: %g", kappa, found);
        for (int i = 0; i < V * V; i++) {
            cr_assert(m[i] == 0 || language.centre[i] > 0, "outside the support");
            distance += fabs(m[i] - language.centre[i]);
        }
        cr_assert_lt(distance / V, kappa > 50 ? 0.08 : 0.2, "kappa %g: a row's distance %g", kappa, distance / V);
        merge(counts, D * V, V);
        merge(language.centre, V, V);
        cr_assert_ok(bora_estimate_hierarchy(&x, &found, m, &error));
        cr_assert_float_eq(log(found / kappa), 0, 0.2, "kappa %g of classes: %g", kappa, found);
        bora_source_free(&source);
        bora_language_free(&language);
    }
}

/* Ten documents a task, 5 observations of a context: the maximum of the evidence, centre and all, would be near 290. The
 * sampling error of ln kappa is about 0.2: that of a variance of 11,200 values, 0.013, times (1/5 + 1/100) / (1/100). */
Test(hierarchy, a_centre_that_has_learnt_from_few_counts_hides_nothing) {
    enum { V = 64, D = 25, DOCUMENTS = 10 };
    const bora_language_options o = {.symbols = V,
                                     .successors = 8,
                                     .tasks = D,
                                     .documents = DOCUMENTS,
                                     .length = 32,
                                     .kappa = 100,
                                     .clusters = 1,
                                     .seed = 1};
    static double counts[D * V * V], m[V * V];
    bora_language language;
    cr_assert_ok(bora_language_init(&language, &o, &error));
    for (int d = 0; d < D; d++) bora_language_count_documents(&language, d, 0, DOCUMENTS, counts + d * V * V);
    double kappa;
    cr_assert_ok(bora_estimate_hierarchy(&(bora_counts){D, V, counts, language.centre}, &kappa, m, &error));
    cr_assert_float_eq(log(kappa / 100), 0, 0.6, "%g", kappa);
    bora_language_free(&language);
}

Test(hierarchy, counts_that_do_not_show_tasks_to_differ) {
    const double nothing[8] = {0}, once[8] = {1, 0, 0, 1, 0, 1, 0, 0}, same[8] = {40, 20, 10, 30, 40, 20, 10, 30},
                 support[4] = {1, 1, 1, 1}, *all[] = {nothing, once, same};
    for (int i = 0; i < 3; i++) {
        double kappa = 0, m[4];
        cr_assert_ok(bora_estimate_hierarchy(&(bora_counts){2, 2, all[i], support}, &kappa, m, &error));
        cr_assert(isinf(kappa), "%d: %g", i, kappa);
        cr_assert_eq(m[0], (all[i][0] + all[i][4] + 1) / (all[i][0] + all[i][1] + all[i][4] + all[i][5] + 2));
    }
}

Test(hierarchy, observations_of_a_context) {
    const double equal[3] = {5, 5, 5}, n[3] = {1, 0, 3};
    cr_assert_eq(bora_observations(equal, 3, 7), 5);
    cr_assert_eq(bora_observations(n, 3, INFINITY), 10.0 / 4, "the mean over tokens");
    cr_assert_float_eq(bora_observations(n, 3, 1e-12), 2, 1e-9, "the mean over contexts seen");
    double found = bora_observations(n, 3, 6), weight = 1.0 / 4 * (1.0 / 7) + 3.0 / 4 * (3.0 / 9);
    cr_assert_float_eq(found / (found + 6), weight, 1e-15, "the mean weight of a task's own counts");
    cr_assert_eq(bora_observations(n + 1, 1, 6), 0, "nothing is seen");
}
