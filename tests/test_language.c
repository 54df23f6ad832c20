/* test_language.c: synthetic languages: their documents have the probabilities they say, and what is said to be exact is. */
#include "test.h"
#include "text/text.h"

#include <math.h>
#include <string.h>

static bora_error error;
static const bora_language_options options = {.symbols = 12,
                                              .successors = 4,
                                              .tasks = 3,
                                              .documents = 4000,
                                              .length = 16,
                                              .kappa = 30,
                                              .sigma = 1,
                                              .rank = 2,
                                              .clusters = 1,
                                              .seed = 5};
enum { V = 12, SQUARE = V * V };

static void check_probabilities(const double *p, int successors) {
    for (int c = 0; c < V; c++) {
        double sum = 0;
        int n = 0;
        for (int v = 0; v < V; v++) sum += p[c * V + v], n += p[c * V + v] > 0;
        cr_assert_float_eq(sum, 1, 1e-12);
        cr_assert_eq(n, successors);
    }
}

Test(language, rows_are_probabilities_on_one_support) {
    for (int low_rank = 0; low_rank < 2; low_rank++) {
        bora_language_options o = options;
        o.low_rank = low_rank, o.clusters = 2, o.outlier = true;
        bora_language x;
        cr_assert_ok(bora_language_init(&x, &o, &error));
        cr_assert_eq(x.centres, 4);
        cr_assert(bora_language_centre(&x, 0) == 0 && bora_language_centre(&x, 1) == 1 && bora_language_centre(&x, 2) == 2);
        for (int i = 0; i < x.centres; i++) check_probabilities(x.centre + i * SQUARE, 4);
        for (int d = 0; d < 3; d++) {
            check_probabilities(x.p + d * SQUARE, 4);
            for (int i = 0; i < SQUARE; i++) cr_assert_eq(x.p[d * SQUARE + i] > 0, x.centre[i] > 0);
        }
        bora_language_free(&x);
    }
}

/* E[P | m] = m, Var[P | m] = m (1 - m) / (kappa + 1): means over many tasks within five standard errors. */
/* [eq:dirichlet] */
Test(language, tasks_vary_about_the_centre_by_kappa) {
    enum { TASKS = 2000 };
    bora_language_options o = options;
    o.tasks = TASKS, o.documents = 1;
    bora_language x;
    cr_assert_ok(bora_language_init(&x, &o, &error));
    for (int i = 0; i < SQUARE; i++) {
        double m = x.centre[i], sum = 0, squares = 0, variance = m * (1 - m) / (o.kappa + 1);
        for (int d = 0; d < TASKS; d++) {
            double deviation = x.p[d * SQUARE + i] - m;
            sum += deviation, squares += deviation * deviation;
        }
        cr_assert_float_eq(sum / TASKS, 0, 5 * sqrt(variance / TASKS) + 1e-15);
        /* the fourth moment of a Beta is below 12 times the squared variance here but for m near 0 or 1 */
        if (m > 0.1 && m < 0.9) cr_assert_float_eq(squares / TASKS, variance, 5 * variance * sqrt(11.0 / TASKS));
    }
    bora_language_free(&x);
}

/* [eq:entropy] */
Test(language, documents_follow_their_probabilities) {
    bora_language x;
    bora_source s;
    cr_assert_ok(bora_language_init(&x, &options, &error));
    cr_assert_ok(bora_source_language(&s, &x, &error));
    cr_assert_eq(s.n, 3 * 4000);
    cr_assert_str_eq(s.passages[4000].task, "task 0002");
    double counts[SQUARE] = {0}, nll = 0, squares = 0;
    for (size_t i = 4000; i < 8000; i++) {
        cr_assert_eq(s.passages[i].size, 16);
        bora_language_count(&x, s.passages[i].text, 16, counts);
        double one = bora_language_nll(&x, x.p + SQUARE, s.passages[i].text, 16);
        nll += one, squares += one * one;
    }
    for (int c = 0; c < V; c++) {
        double n = 0;
        for (int v = 0; v < V; v++) n += counts[c * V + v];
        for (int v = 0; v < V; v++) {
            double p = x.p[SQUARE + c * V + v];
            cr_assert_float_eq(counts[c * V + v], n * p, 5 * sqrt(n * p * (1 - p)) + 1e-9, "%d after %d", v, c);
        }
    }
    /* The mean NLL is the exact entropy, within five standard errors of 4000 documents. */
    double mean = nll / 4000, sd = sqrt(squares / 4000 - mean * mean);
    cr_assert_float_eq(mean / 16, bora_language_entropy(&x, 1), 5 * sd / sqrt(4000) / 16);
    nll = squares = 0; /* likewise under probabilities that are not the true ones */
    for (size_t i = 4000; i < 8000; i++) {
        double one = bora_language_nll(&x, x.centre, s.passages[i].text, 16);
        nll += one, squares += one * one;
    }
    mean = nll / 4000, sd = sqrt(squares / 4000 - mean * mean);
    cr_assert_float_eq(mean / 16, bora_language_expected_nll(&x, 1, x.centre), 5 * sd / sqrt(4000) / 16);
    bora_source_free(&s);
    bora_language_free(&x);
}

/* [eq:logistic] */
Test(language, the_low_rank_has_its_spread) {
    bora_language_options o = options;
    o.low_rank = true, o.symbols = o.successors = 2, o.tasks = 4000, o.documents = 1, o.sigma = 0.5;
    bora_language x;
    cr_assert_ok(bora_language_init(&x, &o, &error));
    double sum = 0, squares = 0; /* the difference of two logits has twice the variance of one */
    for (int d = 0; d < 4000; d++) {
        double difference = log(x.p[d * 4] / x.p[d * 4 + 1]) - log(x.centre[0] / x.centre[1]);
        sum += difference, squares += difference * difference;
    }
    cr_assert_float_eq(sum / 4000, 0, 5 * sqrt(0.5 / 4000));
    cr_assert_float_eq(squares / 4000, 0.5, 5 * 0.5 * sqrt(8.0 / 4000)); /* heavier tails than a normal's */
    bora_language_free(&x);
}

/* The smallest kappa that settings allow: gammas of such shapes underflow, never all of a context. */
Test(language, rows_are_probabilities_at_the_smallest_kappa) {
    bora_language_options o = options;
    o.kappa = 0.1, o.tasks = 2000;
    bora_language x;
    cr_assert_ok(bora_language_init(&x, &o, &error));
    for (int i = 0; i < o.tasks * V; i++) {
        double sum = 0;
        for (int v = 0; v < V; v++) sum += x.p[i * V + v];
        cr_assert_float_eq(sum, 1, 1e-12, "row %d: %g", i, sum);
    }
    bora_language_free(&x);
}

/* A corpus orders tasks by name: the order of the language. */
Test(language, tasks_are_ordered_by_name) {
    bora_language_options o = options;
    o.tasks = 12, o.documents = 1, o.outlier = true;
    bora_language x;
    bora_source s;
    cr_assert_ok(bora_language_init(&x, &o, &error));
    cr_assert_ok(bora_source_language(&s, &x, &error));
    for (size_t i = 1; i < s.n; i++) cr_assert_lt(strcmp(s.passages[i - 1].task, s.passages[i].task), 0);
    cr_assert_str_eq(s.passages[11].task, "task 0012 outlier");
    bora_source_free(&s);
    bora_language_free(&x);
}

Test(language, counts_of_documents_and_of_those_past_the_last) {
    bora_language x;
    bora_source s;
    double counts[SQUARE] = {0}, expected[SQUARE] = {0}, more = 0;
    cr_assert_ok(bora_language_init(&x, &options, &error));
    cr_assert_ok(bora_source_language(&s, &x, &error));
    for (size_t i = 4001; i < 8000; i++) bora_language_count(&x, s.passages[i].text, 16, expected);
    bora_language_count_documents(&x, 1, 1, 1000, counts);
    bora_language_count_documents(&x, 1, 1000, 4000, counts);
    cr_assert_arr_eq(counts, expected, sizeof counts);
    bora_language_count_documents(&x, 1, 4000, 4002, counts);
    for (int i = 0; i < SQUARE; i++) more += counts[i] - expected[i];
    cr_assert_eq(more, 2 * 15);
    bora_source_free(&s);
    bora_language_free(&x);
}

Test(language, too_many_symbols_are_refused) {
    bora_language_options o = options;
    bora_language x;
    o.symbols = 65;
    cr_assert_eq(bora_language_init(&x, &o, &error), BORA_BAD_INPUT);
    o.symbols = 4, o.successors = 5;
    cr_assert_eq(bora_language_init(&x, &o, &error), BORA_BAD_INPUT);
}
