/* test_perplexity.c: cells of runs and the choice among them on validation, from tests/vectors/results changed in memory. */
#include "stat/summary.h"
#include "test.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static bora_error error;
static bora_summary s; /* two tasks; tau 0, 10, 100, inf; seeds 1 and 2, so that run 2 * i + j is of tau i, seed j + 1 */
static bora_cell *cells;
static int n;

static void set_up(void) { cr_assert_ok(bora_summary_read(&s, source_path("tests/vectors/results"), &error)); }
static void tear_down(void) {
    free(cells);
    bora_summary_free(&s);
}
TestSuite(perplexity, .init = set_up, .fini = tear_down);

static void set_validation(int run, double perplexity) {
    for (int d = 0; d < s.D; d++) {
        bora_outcome *x = &s.runs[run].outcomes[BORA_AT_COMMON * s.D + d];
        x->nll[BORA_OF_VALIDATION] = x->tokens[BORA_OF_VALIDATION] * log(perplexity);
    }
}

Test(perplexity, cells_hold_seeds) {
    cr_assert_ok(bora_cells(&s, false, false, &cells, &n, &error));
    cr_assert_eq(n, 4);
    cr_assert(cells[1].tau == 10 && cells[1].n == 2 && cells[1].runs == &s.runs[2]);
    cr_assert_eq(bora_with_seed(&cells[1], 2), &s.runs[3]);
    cr_assert_null(bora_with_seed(&cells[1], 3));
}

/* Runs at one tau, rank and rate by two methods are two cells, and BoRA is chosen among its own. */
Test(perplexity, cells_are_of_one_method) {
    for (int i = 6; i < 8; i++) {
        s.runs[i].tau = 100;
        free(s.runs[i].method);
        s.runs[i].method = bora_format("ridge");
        set_validation(i, 2);
    }
    cr_assert_ok(bora_cells(&s, false, false, &cells, &n, &error));
    cr_assert_eq(n, 4);
    cr_assert_eq(bora_on_axis(cells, n), 3);
    cr_assert_eq(bora_end_of_method(cells, n, 0), 3);
    cr_assert_eq(bora_end_of_method(cells, n, 3), 4);
    cr_assert(!bora_same_tau(&cells[2], &cells[3]) && cells[2].tau == cells[3].tau);
    bora_contest c;
    cr_assert_ok(bora_contest_of(&s, &c, &error));
    cr_assert_eq(c.n, 3);
    cr_assert(c.best->tau <= 100 && c.best < c.cells + 3 && !c.unified && c.independent == c.cells);
    free(c.cells);
}

Test(perplexity, methods_are_ordered) {
    cr_assert_eq(bora_compare_methods("independent", "unified"), 0);
    cr_assert_lt(bora_compare_methods("unified", "additive"), 0);
    cr_assert_gt(bora_compare_methods("ridge", "frozen"), 0);
    cr_assert_lt(bora_compare_methods("bora", "bora order fixed"), 0);
}

/* tau 10 has a lucky seed 3 that tau 100 has not run yet: it does not count. */
Test(perplexity, the_best_is_chosen_on_shared_seeds) {
    set_validation(2, 20), set_validation(3, 2), set_validation(4, 10), set_validation(5, 10);
    s.runs[3].seed = 3;
    cr_assert_ok(bora_cells(&s, false, false, &cells, &n, &error));
    cr_assert_eq(bora_best_cell(&s, cells + 1, 2)->tau, 100);
    s.runs[2].seed = 4;
    cr_assert_null(bora_best_cell(&s, cells + 1, 2), "no seed is shared");
}

Test(perplexity, the_mean_is_of_logarithms) {
    set_validation(2, 1), set_validation(3, 64), set_validation(4, 10), set_validation(5, 10); /* 8 against 10; 32.5 if plain */
    cr_assert_ok(bora_cells(&s, false, false, &cells, &n, &error));
    cr_assert_eq(bora_best_cell(&s, cells + 1, 2)->tau, 10);
}
