/* test_scaling.c: the best tau against the rank, from runs made in memory whose best tau on validation is known: alpha fixed in
 * one experiment, alpha = r and sqrt(8 r) in another, rank 8 where all meet. */
#include "stat/summary.h"
#include "test.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST = 64 };
static bora_error error;
static bora_outcome outcomes[2 * MOST][BORA_ATS];
static char bora[] = "bora", ridge[] = "ridge";

typedef struct {
    bora_finished runs[MOST];
    bora_summary s;
} experiment;
static experiment here, beside;

/* Validation is best at `best` of the taus; so is the test at 100, which must not matter. */
static void add(experiment *x, double rank, double alpha, double seed, double best) {
    static const double taus[] = {100, 1000, 10000};
    for (int i = 0; i < 3; i++) {
        int n = x->s.n++;
        bora_outcome *o = outcomes[(x == &here ? 0 : MOST) + n];
        x->runs[n] = (bora_finished){
            .name = bora, .method = bora, .seed = seed, .tau = taus[i], .rank = rank, .alpha = alpha, .outcomes = o};
        o[BORA_AT_COMMON].tokens[BORA_OF_VALIDATION] = o[BORA_AT_COMMON].tokens[BORA_OF_TEST] = 1;
        o[BORA_AT_COMMON].nll[BORA_OF_VALIDATION] = taus[i] == best ? 2 : 3;
        o[BORA_AT_COMMON].nll[BORA_OF_TEST] = i == 0 ? 2 : 3;
    }
    x->s.runs = x->runs;
    x->s.D = x->s.settings = 1;
}

static void set_up(void) {
    memset(&here, 0, sizeof here);
    memset(&beside, 0, sizeof beside);
    for (int rank = 2; rank <= 32; rank *= 4) add(&beside, rank, 8, 1, rank == 2 ? 10000 : rank == 8 ? 1000 : 100);
    add(&beside, 8, 8, 2, 10000);
    add(&here, 2, 2, 1, 100);
    add(&here, 2, 4, 1, 1000);
    add(&here, 2, 4, 2, 1000);
    add(&here, 32, 32, 1, 10000);
    here.s.beside = &beside.s, here.s.n_beside = 1;
}
TestSuite(scaling, .init = set_up);

/* The row that begins so has these numbers behind. */
static void has(const char *text, const char *row, double first, double second) {
    const char *at = strstr(text, row);
    cr_assert_not_null(at, "no '%s' in\n%s", row, text);
    char *end;
    cr_assert_float_eq(strtod(at + strlen(row), &end), first, 1e-9 * first, "%s: %s", row, at);
    while (*end == ',') end++;
    cr_assert_float_eq(strtod(end, NULL), second, 1e-9, "%s: %s", row, at);
}

Test(scaling, choices_means_and_laws) {
    char *text = csv_of(bora_tau_by_rank, &here.s, &error);
    const double at_8 = sqrt(1000 * 10000.0);
    has(text, "\nseed,fixed,2,8,", 10000, 1); /* at the edge of the grid */
    has(text, "\nseed,linear,2,2,", 100, 1);
    has(text, "\nseed,root,2,4,", 1000, 0);
    const double slope = log(10) / log(4); /* of seed 2 between the two ranks, of seed 1 it is 0 */
    has(text, "\nmean,root,8,8,", at_8, slope / 2);
    has(text, "\nmean,root,2,4,", 1000, slope / 2);
    double half;
    cr_assert_eq(sscanf(strstr(text, "\nmean,root,2,4,"), "\nmean,root,2,4,%*f,,,%*f,%lf", &half), 1);
    cr_assert_float_eq(half, 12.706204736174698 * slope / 2, 1e-9, "Student's of two slopes");
    has(text, "\nlaw,fixed,2,8,", at_8 * 4, -1);
    has(text, "\nlaw,fixed,32,8,", at_8 / 4, -1);
    has(text, "\nlaw,linear,32,32,", at_8 * 4, 1);
    has(text, "\nlaw,root,2,4,", at_8, 0);
    has(text, "\nlaw of features,fixed,2,8,", at_8 * 16, -2);
    has(text, "\nlaw of features,linear,32,32,", at_8, 0);
    has(text, "\nlaw of features,root,2,4,", at_8 * 4, -1);
    cr_assert_not_null(strstr(text, "\nseed,linear,8,8,10000,1,2,"), "rank 8 is of all three: %s", text);
    cr_assert_null(strstr(text, "seed,linear,2,4"), "%s", text);
    free(text);
}

Test(scaling, of_bora_alone_and_with_the_runs_beside) {
    for (int i = 0; i < 3; i++) here.runs[i].method = ridge;
    char *text = csv_of(bora_tau_by_rank, &here.s, &error);
    cr_assert_null(strstr(text, "seed,linear,2,"), "%s", text);
    free(text);
    here.s.n_beside = 0;
    cr_assert_null(csv_of(bora_tau_by_rank, &here.s, &error));
    cr_assert(strstr(error.message, "no three ranks with one alpha"), "%s", error.message);
}
