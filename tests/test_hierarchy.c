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

Test(hierarchy, the_flat_mean_counts_one_task_or_all) {
    const double counts[8] = {3, 1, 0, 0, 1, 1, 0, 0}, support[4] = {1, 1, 0, 1};
    const bora_counts x = {2, 2, counts, support};
    double p[4];
    bora_flat_mean(&x, 0, p);
    cr_assert(p[0] == 4.0 / 6 && p[1] == 2.0 / 6 && p[2] == 0 && p[3] == 1);
    bora_flat_mean(&x, -1, p);
    cr_assert(p[0] == 5.0 / 8 && p[1] == 3.0 / 8);
}

/* 40 tasks of 300 documents: the sampling error of log kappa is about 4 % (the scatter of estimates over seeds). */
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
        bora_source_free(&source);
        bora_language_free(&language);
    }
}

Test(hierarchy, counts_that_tell_nothing_are_refused) {
    const double counts[4] = {0}, support[4] = {1, 1, 1, 1};
    double kappa, m[4];
    cr_assert_neq(bora_estimate_hierarchy(&(bora_counts){1, 2, counts, support}, &kappa, m, &error), BORA_OK);
}
