/* test_example.c: what stands for an experiment: tests/vectors/results, as it is and without a run of BoRA. */
#include "stat/summary.h"
#include "test.h"

#include <string.h>

static bora_error error;
static char *folder;
static void set_up(void) { folder = scratch_results(); }
static void tear_down(void) { remove_directory(folder); }
TestSuite(example, .init = set_up, .fini = tear_down);

/* Validation is best at tau 10 (test_report.c); task A has the more documents. */
Test(example, the_best_run_of_the_lowest_seed_and_tasks_by_size) {
    bora_example x;
    cr_assert_ok(bora_example_of(folder, &x, &error));
    cr_assert_str_eq(x.run, "tau-10_seed-1");
    cr_assert(x.n == 2 && strcmp(x.tasks[0], "A") && !strcmp(x.tasks[1], "A"));
    bora_example_free(&x);
    shell(bora_format("sed -i 's/^\\(tau-10_seed-1\\),1,/\\1,3,/' '%s/runs.csv'", folder));
    cr_assert_ok(bora_example_of(folder, &x, &error));
    cr_assert_str_eq(x.run, "tau-100_seed-1");
    bora_example_free(&x);
}

Test(example, the_order_is_that_of_training_documents) {
    shell(bora_format("awk -F, -v OFS=, '/^common,[0-9]*,A,/ { $(NF-10) = 50 } { print }' '%s/tau-10_seed-1/tasks.csv' "
                      ">'%s/new' && mv '%s/new' '%s/tau-10_seed-1/tasks.csv'",
                      folder, folder, folder, folder));
    bora_example x;
    cr_assert_ok(bora_example_of(folder, &x, &error));
    cr_assert_str_eq(x.tasks[0], "A");
    bora_example_free(&x);
}

Test(example, without_BoRA_there_is_none) {
    shell(bora_format("sed -i '/,bora,/d' '%s/runs.csv'", folder));
    bora_example x;
    cr_assert_ok(bora_example_of(folder, &x, &error));
    cr_assert(!x.run && !x.n);
}
