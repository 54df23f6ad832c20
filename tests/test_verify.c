/* test_verify.c: kept results (tests/vectors/results) against copies of them with one thing changed. */
#include "stat/summary.h"
#include "test.h"

#include <stdlib.h>
#include <string.h>

static bora_error error;
static char *kept, *here;

static void set_up(void) {
    kept = scratch_results(), here = scratch_results();
    shell(bora_format("for side in '%s' '%s'; do echo task >$side/blocks.csv && cp $side/blocks.csv $side/base.csv; done", here,
                      kept));
}
static void tear_down(void) { remove_directory(kept), remove_directory(here); }
TestSuite(verify, .init = set_up, .fini = tear_down);

static void expect(const char *words) {
    cr_assert_eq(bora_verify(here, kept, &error), BORA_FAILED);
    cr_assert(strstr(error.message, words), "%s", error.message);
}

Test(verify, equal_results) { cr_assert_ok(bora_verify(here, kept, &error)); }

Test(verify, one_digit_is_found_with_its_place) {
    shell(bora_format("sed -i '4s/[0-9]$/&1/' '%s'/*/tasks.csv", here));
    expect("tasks.csv:4: row 3 (common, ");
    expect("column 'distance_from_start': '");
    expect("', expected '");
}

Test(verify, a_row_too_few) {
    shell(bora_format("for f in '%s'/*/curve.csv; do sed -i '$d' $f; done", here));
    expect("curve.csv: ");
    expect("rows of");
}

Test(verify, a_run_that_was_not_kept) {
    shell(bora_format("rm -r '%s'/*/", kept));
    expect("has no run '");
}

Test(verify, of_a_part_the_index_is_not_compared) {
    shell(bora_format("sed -i '$d' '%s/runs.csv' && echo other >'%s/blocks.csv'", here, here));
    cr_assert_ok(bora_verify(here, kept, &error));
}

/* An experiment of several sets of data has no base.csv. */
Test(verify, what_was_not_kept_is_not_compared) {
    shell(bora_format("rm '%s/base.csv' '%s/base.csv'", here, kept));
    cr_assert_ok(bora_verify(here, kept, &error));
    shell(bora_format("rm '%s/blocks.csv'", here));
    cr_assert_neq(bora_verify(here, kept, &error), BORA_OK, "it was kept");
}

Test(verify, what_is_known_of_synthetic_data_is_compared) {
    shell(
        bora_format("for run in '%s'/*/ '%s'/*/; do echo task >$run/truth.csv; done; echo other >$run/truth.csv", here, kept));
    expect("truth.csv:1: the header, column 'other': 'task', expected 'other'");
}

Test(verify, of_all_runs_the_blocks_are_compared) {
    shell(bora_format("echo other >'%s/blocks.csv'", here));
    expect("blocks.csv:1: the header, column 'task': 'other', expected 'task'");
}
