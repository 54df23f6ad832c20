/* test_diagnose.c: each signature of failure alone, in tests/vectors/results changed on disk; and none. */
#include "stat/summary.h"
#include "test.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static bora_error error;
static char *folder;

/* As they are the vectors' adapters lie further from Theta than from the start: nothing suspicious. */
static void set_up(void) { folder = scratch_results(); }
static void tear_down(void) { remove_directory(folder); }
TestSuite(diagnose, .init = set_up, .fini = tear_down);

static char *said(void) {
    char *text;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    int status = bora_diagnose(folder, out, &error);
    fclose(out);
    cr_assert_ok(status);
    return text;
}

static int lines(const char *text) {
    int n = 0;
    for (; *text; text++) n += *text == '\n';
    return n;
}

/* One sentence, with these words, on the cell. */
static void expect(const char *cell, const char *words) {
    char *text = said();
    cr_assert_eq(lines(text), 2, "%s", text);
    cr_assert(strstr(text, cell) && strstr(text, words), "%s", text);
    free(text);
}

/* In tasks.csv of both seeds at this tau: `edit` on rows that match. Columns from the end, for a task's name holds a comma:
 * distance_from_start, distance, ... */
static void edit(const char *tau, const char *rows, const char *script) {
    shell(bora_format(
        "cd '%s' && for f in tau-%s_seed-*/tasks.csv; do awk -F, -v OFS=, 'FNR > 1 && /%s/ { %s } { print }' $f >new && "
        "mv new $f || exit; done",
        folder, tau, rows, script));
}

Test(diagnose, nothing) {
    char *text = said();
    cr_assert_eq(lines(text), 2, "%s", text);
    cr_assert(strstr(text, "8 runs of 2 tasks") && strstr(text, "nothing suspicious"), "%s", text);
    free(text);
}

/* [lab:overfitting] */
Test(diagnose, overfitting_at_the_headline) {
    edit("0", "^(common|last)", "$(NF-8) /= 1.5");
    expect("independent, tau 0,", "overfitting at the common checkpoint");
}

/* [lab:overfitting] */
Test(diagnose, overfitting_at_the_end_alone) {
    edit("100", "^last", "$(NF-8) /= 1.5");
    expect("bora, tau 100,", "overfitting at the last epoch");
}

/* [lab:all-equal] */
Test(diagnose, one_adapter) {
    edit("100", "^common", "$(NF-1) = 0.002 * $NF");
    expect("bora, tau 100,", "all theta_d are nearly equal");
}

/* [lab:all-equal] */
Test(diagnose, without_documents_nothing_can_differ) {
    edit("100", "^common", "$(NF-1) = 0; $(NF-10) = $(NF-9) = $(NF-8) = 0");
    char *text = said();
    cr_assert(strstr(text, "nothing suspicious"), "%s", text);
    free(text);
}

/* [lab:all-equal] */
Test(diagnose, the_limits_are_no_failure) {
    edit("inf", ".", "$(NF-1) = 0");
    edit("0", ".", "$(NF-1) = 0");
    char *text = said();
    cr_assert(strstr(text, "nothing suspicious"), "%s", text);
    free(text);
}

/* tau 10 is the best on validation; task A (500 tokens) loses 0.1 nats there to what it has at a limit. */
/* [lab:much-worse] */
Test(diagnose, a_task_worse_than_unified) {
    edit("inf", "^common,[0-9]*,A,", "$(NF-5) -= 500 * 0.7");
    expect("bora, tau 10,", "task 'A' has a validation perplexity");
    expect("above unified training's", "too few");
}

/* [lab:much-worse] */
Test(diagnose, a_task_worse_than_independent) {
    edit("0", "^common,[0-9]*,A,", "$(NF-5) -= 500 * 0.8");
    expect("bora, tau 10,", "above independent training's; it may be too unlike the others");
}

/* Another method at tau 0 is no limit, and one at tau 10 not BoRA, however much better or worse. */
/* [lab:much-worse] */
Test(diagnose, other_methods_are_no_limits) {
    edit("inf", "^common,[0-9]*,A,", "$(NF-5) -= 500 * 0.7");
    shell(bora_format("sed -i -e 's/,unified,inf,/,then-task,0,/' -e 's/,bora,10,/,ridge,10,/' '%s/runs.csv'", folder));
    char *text = said();
    cr_assert(strstr(text, "nothing suspicious"), "%s", text);
    free(text);
}

/* As if the runs at tau 100 were of another variant: each is looked at by itself. */
Test(diagnose, by_setting) {
    edit("100", "^common", "$(NF-1) = 0.002 * $NF");
    shell(
        bora_format("sed -i -e '1s/$/,variant/' -e '/^tau-100/s/$/,far/' -e '/^tau-[^1]/s/$/,near/' -e '/^tau-10_/s/$/,near/' "
                    "'%s/runs.csv'",
                    folder));
    char *text = said();
    cr_assert_eq(lines(text), 5, "%s", text);
    const char *near = strstr(text, "variant near:\n  nothing suspicious\n");
    const char *far = strstr(text, "variant far:\n  bora, tau 100,");
    cr_assert(near && far && strstr(far, "nearly equal"), "%s", text);
    free(text);
}

Test(diagnose, runs_that_cannot_be_told_apart) {
    shell(bora_format("sed -i 's/^\\(tau-10_seed-2\\),2,/\\1,1,/' '%s/runs.csv'", folder));
    char *text;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    cr_assert_eq(bora_diagnose(folder, out, &error), BORA_BAD_INPUT);
    fclose(out);
    free(text);
    cr_assert(strstr(error.message, "the same method, tau, rank, learning rate and seed"), "%s", error.message);
}
