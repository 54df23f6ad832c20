/* test_tables.c: rows of tables that need several learning rates or ranks, from tests/vectors/results changed in memory. */
#include "stat/summary.h"
#include "test.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static bora_error error;
static bora_summary s; /* two tasks; tau 0, 10, 100, inf; seeds 1 and 2 */

static void set_up(void) { cr_assert_ok(bora_summary_read(&s, source_path("tests/vectors/results"), &error)); }
static void tear_down(void) { bora_summary_free(&s); }
TestSuite(tables, .init = set_up, .fini = tear_down);

static char *text_of(const char *name) {
    const bora_named_writer *table = bora_tables;
    while (strcmp(table->name, name)) table++;
    char *text = csv_of(table->write, &s, &error);
    cr_assert_not_null(text, "%s", error.message);
    return text;
}

/* Every run at one tau with a learning rate of its own; validation perplexity 1 + |i - best|. */
static void check_choice(int best, bool edge) {
    for (int i = 0; i < s.n; i++) {
        s.runs[i].tau = 10, s.runs[i].seed = 0, s.runs[i].learning_rate = 1 + i;
        for (int d = 0; d < s.D; d++) {
            bora_outcome *x = &s.runs[i].outcomes[BORA_AT_COMMON * s.D + d];
            x->nll[BORA_OF_VALIDATION] = x->tokens[BORA_OF_VALIDATION] * log(1 + abs(i - best));
        }
    }
    char *text = text_of("learning_rate"), *row = text;
    cr_assert(!strncmp(row, "method,tau,learning_rate,seeds,validation,sd,chosen,edge\n", 57), "%s", text);
    for (int i = 0; i < s.n; i++) {
        row = strchr(row, '\n') + 1;
        char *end = strchr(row, '\n');
        const char *expected = i != best ? ",no,no" : edge ? ",yes,yes" : ",yes,no";
        cr_assert(!strncmp(end - strlen(expected), expected, strlen(expected)), "row %d of\n%s", i, text);
    }
    free(text);
}

Test(tables, the_edges_of_the_grid) {
    check_choice(0, true);
    check_choice(3, false);
    check_choice(7, true);
}

/* Ranks 4, 8, 16 at tau 10, rank 8 alone at inf: empty fields where nothing was run. */
Test(tables, ranks_with_gaps) {
    for (int i = 0; i < 6; i++) s.runs[i].tau = 10, s.runs[i].rank = 4 << i / 2;
    char *text = text_of("by_rank");
    double p[4];
    for (int i = 0; i < 4; i++)
        p[i] = (bora_perplexity(&s, &s.runs[2 * i], BORA_AT_COMMON, BORA_OF_TEST) +
                bora_perplexity(&s, &s.runs[2 * i + 1], BORA_AT_COMMON, BORA_OF_TEST)) /
               2;
    double found[4];
    cr_assert_eq(sscanf(text, "rank,tau_10,tau_inf\n4,%lf,\n8,%lf,%lf\n16,%lf,\n", &found[0], &found[1], &found[3], &found[2]),
                 4, "%s", text);
    for (int i = 0; i < 4; i++) cr_assert_float_eq(found[i], p[i], 1e-9, "%d: %s", i, text);
    cr_assert_str_eq(text + strlen(text) - 2, ",\n");
    free(text);
}
