/* test_blocks.c: sums over blocks of test documents, from documents.csv of the eight runs in tests/vectors/results. */
#include "stat/summary.h"
#include "test.h"

#include <stdlib.h>
#include <string.h>

#define B "\"B, the \"\"second\"\"\"" /* as a CSV field */
static bora_error error;
static char *folder;

static void write_documents(const char *run, const char *rows) {
    char *path = bora_format("%s/%s/documents.csv", folder, run);
    FILE *f = fopen(path, "w");
    cr_assert_not_null(f);
    fprintf(f, "checkpoint,task,document,group,block,tokens,nll\n%s", rows);
    fclose(f);
    free(path);
}

/* Two documents of A's block 3, one of its block 4, one of B's block 4; other checkpoints do not count. */
static void set_up(void) {
    folder = scratch_results();
    bora_summary s;
    cr_assert_ok(bora_summary_read(&s, folder, &error));
    for (int i = 0; i < s.n; i++) {
        char *rows =
            bora_format("last,A,24,g,3,9,1000\ncommon,A,24,g,3,10,%d.5\ncommon,A,27,g,3,20,0.25\ncommon,A,32,g,4,30,3\n"
                        "common," B ",33,g,4,40,5\ntask,A,24,g,3,9,2000\n",
                        i);
        write_documents(s.runs[i].name, rows);
        free(rows);
    }
    bora_summary_free(&s);
}
static void tear_down(void) { remove_directory(folder); }
TestSuite(blocks, .init = set_up, .fini = tear_down);

static char *report(void) {
    char *path = bora_format("%s/blocks.csv", folder), *text = NULL;
    size_t size;
    cr_assert_ok(bora_report(folder, &error));
    if (bora_exists(path)) cr_assert_ok(bora_read_file(path, &text, &size, &error));
    free(path);
    return text;
}

Test(blocks, sums_by_block_and_run) {
    char *text = report();
    cr_assert_str_eq(text, "task,block,documents,tokens,tau-0_seed-1,tau-0_seed-2,tau-10_seed-1,tau-10_seed-2,tau-100_seed-1,"
                           "tau-100_seed-2,tau-inf_seed-1,tau-inf_seed-2\n"
                           "A,3,2,30,0.75,1.75,2.75,3.75,4.75,5.75,6.75,7.75\n"
                           "A,4,1,30,3,3,3,3,3,3,3,3\n" B ",4,1,40,5,5,5,5,5,5,5,5\n");
    free(text);
}

Test(blocks, stay_where_the_documents_are_gone) {
    free(report());
    shell(bora_format("rm '%s'/*/documents.csv", folder));
    char *text = report();
    cr_assert(text && strstr(text, B ",4,1,40"));
    free(text);
}

/* A block with other tokens is another; read again, a run has its own blocks alone. */
Test(blocks, rows_of_runs_with_other_documents) {
    bora_summary s;
    bora_block_sums b;
    write_documents("tau-inf_seed-2", "common,A,24,g,3,35,7.5\ncommon,A,32,g,4,30,3\ncommon," B ",33,g,4,40,5\n");
    char *text = report();
    cr_assert(strstr(text, "\nA,3,1,35,,,,,,,,7.5\nA,3,2,30,0.75,1.75,2.75,3.75,4.75,5.75,6.75,\nA,4,1,30,3,3,"), "%s", text);
    free(text);
    cr_assert_ok(bora_summary_read(&s, folder, &error));
    cr_assert_ok(bora_blocks_read(&s, BORA_AT_COMMON, &b, &error));
    cr_assert(b.n == 8 && b.runs[6].units == 3 && b.runs[7].units == 3);
    cr_assert(b.runs[6].size[0] == 30 && b.runs[6].nll[0] == 6.75 && b.runs[7].size[0] == 35 && b.runs[7].nll[0] == 7.5);
    bora_blocks_free(&b);
    bora_summary_free(&s);
}

/* A run that stands in two settings has one column. */
Test(blocks, one_column_a_run) {
    shell(bora_format("cd '%s' && sed -n '1s/$/,variant/p; 2,$s/$/,paper/p; s/^\\(tau-10_.*\\),paper$/\\1,other/p' runs.csv "
                      ">edited && mv edited runs.csv",
                      folder));
    char *text = report();
    cr_assert_not_null(strstr(text, ",tau-10_seed-2,"), "%s", text);
    cr_assert_null(strstr(strstr(text, ",tau-10_seed-2,") + 2, "tau-10_seed-2"), "%s", text);
    free(text);
}

Test(blocks, broken_files) {
    char *csv = bora_format("%s/blocks.csv", folder);
    write_documents("tau-10_seed-1", "common," B ",24,g,3,30,7.5\ncommon,A,32,g,4,30,3\n");
    cr_assert_eq(bora_report(folder, &error), BORA_BAD_INPUT);
    cr_assert(strstr(error.message, "tau-10_seed-1/documents.csv:3: task 'A' is unknown or out of order"), "%s", error.message);
    write_documents("tau-10_seed-1", "common,A,24,g,3,-1,7.5\n");
    cr_assert_eq(bora_report(folder, &error), BORA_BAD_INPUT);
    cr_assert(strstr(error.message, "documents.csv:2: '-1' in column 'tokens'"), "%s", error.message);
    cr_assert_not(bora_exists(csv), "nothing half-written");
    free(csv);
}
