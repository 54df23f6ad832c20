/* test_figures.c: numbers of the figures that are not by size, from tests/vectors/results changed in memory so that seeds
 * differ. */
#include "stat/summary.h"
#include "test.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static bora_error error;
static bora_summary s; /* two tasks; tau 0, 10, 100, inf; seeds 1 and 2, so that run 2 * i + j is of tau i, seed j + 1 */

static void set_up(void) { cr_assert_ok(bora_summary_read(&s, source_path("tests/vectors/results"), &error)); }
static void tear_down(void) { bora_summary_free(&s); }
TestSuite(figures, .init = set_up, .fini = tear_down);

/* The text of a figure's CSV file; NULL where the data do not allow it. */
static char *text_of(const char *name) {
    const bora_named_writer *figure = bora_figures;
    while (strcmp(figure->name, name)) figure++;
    return csv_of(figure->write, &s, &error);
}

/* The figure has a row that begins with `row`; the fields after it are these numbers (NaN: empty). */
static void has(const char *figure, const char *row, const double *numbers, int n) {
    char *text = text_of(figure), *line = bora_format("\n%s,", row);
    cr_assert_not_null(text, "%s", error.message);
    const char *at = strstr(text, line);
    cr_assert_not_null(at, "no row '%s' in\n%s", row, text);
    at += strlen(line);
    for (int i = 0; i < n; i++, at += strcspn(at, ",\n") + 1) {
        if (isnan(numbers[i])) cr_assert(strchr(",\n", *at), "%s, number %d: %.20s", row, i, at);
        else cr_assert_float_eq(strtod(at, NULL), numbers[i], 1e-9, "%s, number %d: %.20s", row, i, at);
    }
    free(line);
    free(text);
}
#define HAS(figure, row, ...)                                                                                                  \
    has(figure, row, (const double[]){__VA_ARGS__}, sizeof((const double[]){__VA_ARGS__}) / sizeof(double))

Test(figures, documents_largest_first_with_their_range) {
    for (int i = 0; i < s.n; i++) /* seed 2 gives A 20 documents, B still 100 */
        if (s.runs[i].seed == 2) s.runs[i].outcomes[BORA_AT_COMMON * s.D].documents[BORA_OF_TRAIN] = 20;
    HAS("documents", "task,A", 0, 110, 20, 200, NAN);
    HAS("documents", "task,\"B, the \"\"second\"\"\"", 1, 100, 100, 100, NAN);
    HAS("documents", "seed,A", 0, 200, NAN, NAN, 1);
    s.runs[0].outcomes[BORA_AT_COMMON * s.D].documents[BORA_OF_TRAIN] = 100; /* the mean of A is 60 */
    HAS("documents", "task,A", 1, 60, 20, 100, NAN);
}

Test(figures, tau_with_the_range_of_seeds) {
    const double a = exp(2.7), b = exp(2.8), sd = (b - a) / sqrt(2); /* at tau 100 */
    HAS("perplexity_by_tau", "mean,,100", 2, (a + b) / 2, a, b, sd, 12.706204736174698 * sd / sqrt(2), 2);
    HAS("perplexity_by_tau", "task,A,100", 2, (exp(2.5) + exp(2.6)) / 2, NAN, NAN, NAN, NAN, 2);
    HAS("perplexity_by_tau", "mean,,0", 0.5); /* half a decade below 10 */
    HAS("perplexity_by_tau", "mean,,inf", 2.5);
}

Test(figures, curves_by_epoch) {
    s.runs[1].curve[2 * BORA_OF_TEST + BORA_OF_VALIDATION] = log(50); /* tau 0, seed 2, epoch 2 */
    s.runs[0].curve[2 * BORA_OF_TEST + BORA_OF_VALIDATION] = log(30);
    HAS("training_curves", "validation,τ = 0,validation,0,8,0.002,2", 40, 30, 50, 2);
    HAS("training_curves", "training,τ = ∞,training,inf,8,0.002,1", exp(3.1), exp(3.1), exp(3.1), 2);
    char *text = text_of("training_curves");
    cr_assert_null(strstr(text, "training,τ = 0,training,0,8,0.002,0"), "nothing is trained before the first epoch");
    free(text);
    free(s.runs[3].curve);
    s.runs[3].curve = NULL;
    cr_assert_null(text_of("training_curves"));
    cr_assert(strstr(error.message, "run 'tau-10_seed-2' has no curve.csv"), "%s", error.message);
}

/* More than five taus: the limits, the ends and the best are drawn. Six runs of the eight are made to have taus of their own.
 */
Test(figures, a_few_curves_of_many) {
    const double taus[] = {0, 1, 10, 20, 30, 40, 50, INFINITY};
    for (int i = 0; i < s.n; i++) {
        s.runs[i].tau = taus[i], s.runs[i].seed = 1;
        for (int d = 0; d < s.D; d++)
            s.runs[i].outcomes[BORA_AT_COMMON * s.D + d].nll[BORA_OF_VALIDATION] = i == 4 ? 100 : 1000;
    }
    char *text = text_of("training_curves");
    for (int i = 0; i < s.n; i++) {
        char *row = bora_format("\nvalidation,τ = %s%.0f", i == 7 ? "∞" : "", taus[i]);
        if (i == 7) row[strlen("\nvalidation,τ = ∞")] = 0;
        cr_assert_eq(strstr(text, row) != NULL, i == 0 || i == 1 || i == 4 || i == 6 || i == 7, "%s", row);
        free(row);
    }
    free(text);
}

Test(figures, several_learning_rates_have_a_panel_a_tau) {
    for (int i = 4; i < 6; i++) s.runs[i].tau = 10, s.runs[i].learning_rate = 0.004;
    HAS("training_curves", "τ = 10,learning rate 0.004,validation,10,8,0.004,1", exp(3.35));
    HAS("training_curves", "τ = 10,learning rate 0.002,training,10,8,0.002,2", exp(2.6));
    HAS("training_curves", "τ = 0,learning rate 0.002,validation,0,8,0.002,0", exp(3.6)); /* alone in its panel */
    cr_assert_null(text_of("perplexity_by_tau"));
    cr_assert(strstr(error.message, "the runs at tau 10 differ in learning rate"), "%s", error.message);
    s.runs[5].seed = 1;
    cr_assert_null(text_of("training_curves"));
    cr_assert(
        strstr(error.message, "'tau-100_seed-1' and 'tau-100_seed-2' have the same method, tau, rank, learning rate and seed"),
        "%s", error.message);
}

/* tau 10, of two seeds, as ridge: another method beside one tau less of BoRA. */
Test(figures, another_method_is_beside_the_axis_of_tau) {
    for (int i = 2; i < 4; i++) free(s.runs[i].method), s.runs[i].method = bora_format("ridge order fixed, a");
    bora_finished ridge[2] = {s.runs[2], s.runs[3]};
    for (int i = 2; i < 6; i++) s.runs[i] = s.runs[i + 2];
    s.runs[6] = ridge[0], s.runs[7] = ridge[1]; /* as read: methods after the axis */
    char *text = text_of("perplexity_by_tau");
    cr_assert_null(strstr(text, "mean,,10,"));
    cr_assert_not_null(strstr(text, "mean,,100,"));
    free(text);
    text = text_of("training_curves");
    cr_assert_not_null(strstr(text, "\nvalidation,\"ridge order fixed, a τ = 10\",validation,10,8,0.002,1,"), "%s", text);
    cr_assert_not_null(strstr(text, "\nvalidation,τ = 100,validation,"), "%s", text);
    free(text);
}

/* tau 10 and 100 as ridge, and nothing else. */
Test(figures, another_method_alone_has_the_axis_to_itself) {
    bora_finished *all = s.runs;
    int n = s.n;
    for (int i = 2; i < 6; i++) free(s.runs[i].method), s.runs[i].method = bora_format("ridge");
    s.runs += 2, s.n = 4;
    HAS("perplexity_by_tau", "mean,,10", 1);
    HAS("perplexity_by_tau", "mean,,100", 2);
    HAS("training_curves", "validation,ridge τ = 100,validation,100,8,0.002,1", exp(3.35)); /* not the best alone */
    s.runs = all, s.n = n;
}

/* Beside it, under the path of another experiment, the same with tau 10 as 1000, and one with limits alone. */
Test(figures, domains_in_units_of_their_best) {
    char other_name[] = "results/other", limits_name[] = "limits";
    const double best = (exp(2.7) + exp(2.8)) / 2;
    bora_finished runs[8];
    HAS("range_of_tau", "results,100", 2, 1, 1.01);
    HAS("range_of_tau", "results,0", 0.5, (exp(3.0) + exp(3.1)) / 2 / best, 1.01);
    for (int i = 6; i < 8; i++) /* unified training better than any tau: the unit stays */
        for (int d = 0; d < s.D; d++) s.runs[i].outcomes[BORA_AT_COMMON * s.D + d].nll[BORA_OF_TEST] /= 2;
    HAS("range_of_tau", "results,inf", 2.5, (exp(1.45) + exp(1.5)) / 2 / best, 1.01);
    HAS("range_of_tau", "results,100", 2, 1, 1.01);
    memcpy(runs, s.runs, sizeof runs);
    bora_summary others[] = {s, s};
    others[0].directory = other_name, others[0].runs = runs;
    others[1].directory = limits_name, others[1].runs = s.runs, others[1].n = 2;
    runs[2] = s.runs[4], runs[3] = s.runs[5], runs[4] = s.runs[2], runs[5] = s.runs[3], runs[4].tau = runs[5].tau = 1000;
    s.beside = others, s.n_beside = 2;
    HAS("range_of_tau", "results,inf", 3.5); /* half a decade above all */
    HAS("range_of_tau", "other,0", 0.5);
    HAS("range_of_tau", "other,1000", 3, (exp(2.8) + exp(2.9)) / 2 / best, 1.01);
    char *text = text_of("range_of_tau");
    cr_assert_null(strstr(text, "limits"), "%s", text);
    free(text);
    for (int i = 2; i < 6; i++) s.runs[i].tau = runs[i].tau = 10;
    cr_assert_null(text_of("range_of_tau"));
    cr_assert(strstr(error.message, "one tau only"), "%s", error.message);
}

Test(figures, ranks) {
    cr_assert_null(text_of("rank_by_tau"));
    cr_assert(strstr(error.message, "runs at one rank only"), "%s", error.message);
    for (int i = 4; i < 6; i++) s.runs[i].tau = 10, s.runs[i].rank = 16;
    const double a = exp(2.7), b = exp(2.8);
    HAS("rank_by_tau", "1,1,10,16", (a + b) / 2, a, b);
    HAS("perplexity_by_rank", "2,0,inf,8", (exp(2.9) + exp(3.0)) / 2, exp(2.9), exp(3.0));
    for (int i = 0; i < s.n; i++) s.runs[i].tau = 10, s.runs[i].rank = i + 1;
    cr_assert_null(text_of("rank_by_tau"));
    cr_assert(strstr(error.message, "runs at one tau only"), "%s", error.message);
}

/* Runs of seed 1 as one setting, of seed 2 as another. */
Test(figures, a_line_a_setting) {
    static char key[] = "optimizer.step", other[] = "variant", pooled[] = "pooled", centred[] = "centred, a", empty[] = "";
    cr_assert_null(text_of("perplexity_by_setting"));
    cr_assert(strstr(error.message, "one setting"), "%s", error.message);
    bora_finished sorted[8];
    for (int i = 0; i < s.n; i++) {
        bora_finished *run = &sorted[i % 2 * 4 + i / 2];
        *run = s.runs[i];
        run->setting = i % 2;
        run->values[0] = i % 2 ? centred : pooled;
        run->values[1] = empty;
    }
    bora_summary whole = s;
    s.runs = sorted, s.n_keys = s.settings = 2, s.keys[0] = key, s.keys[1] = other;
    HAS("perplexity_by_setting", "\"pooled / \",10", 1, exp(2.8), exp(2.8), exp(2.8), NAN, NAN, 1);
    HAS("perplexity_by_setting", "\"centred, a / \",inf", 2.5, exp(3.0));
    s = whole;
}
