/* test_csv.c: tables read from CSV, the place of every problem, and fields written so that they are read back. */
#include "stat/summary.h"
#include "test.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static bora_error error;

/* Read `text` as a file x.csv. */
static int read_text(bora_table *t, const char *text) {
    char *folder = scratch_directory(), *path = bora_format("%s/x.csv", folder);
    FILE *f = fopen(path, "wb");
    fputs(text, f);
    fclose(f);
    int status = bora_table_read(t, path, &error);
    remove(path);
    remove(folder);
    free(path);
    free(folder);
    return status;
}

Test(csv, cells_and_numbers) {
    bora_table t;
    size_t column;
    double x;
    cr_assert_ok(read_text(&t, "task,tau\r\n\"a \"\"b\"\",\nc\",inf\r\n,1e-3\r\n"));
    cr_assert(t.rows == 3 && t.columns == 2);
    cr_assert_str_eq(bora_table_cell(&t, 1, 0), "a \"b\",\nc");
    cr_assert_str_eq(bora_table_cell(&t, 2, 0), "");
    cr_assert_ok(bora_table_column(&t, "tau", &column, &error));
    cr_assert_ok(bora_table_number(&t, 1, column, 0, INFINITY, &x, &error));
    cr_assert(isinf(x));
    cr_assert_ok(bora_table_number(&t, 2, column, 0, DBL_MAX, &x, &error));
    cr_assert_eq(x, 1e-3);
    cr_assert_eq(bora_table_number(&t, 1, column, 0, DBL_MAX, &x, &error), BORA_BAD_INPUT);
    cr_assert(strstr(error.message, "x.csv:2: 'inf' in column 'tau', expected a finite number from 0"), "%s", error.message);
    cr_assert_eq(bora_table_number(&t, 2, column, 1, DBL_MAX, &x, &error), BORA_BAD_INPUT);
    cr_assert(strstr(error.message, "x.csv:4: '1e-3'"), "%s", error.message); /* the row before took two lines */
    bora_table_free(&t);
}

static void refused(const char *text, const char *expected) {
    bora_table t;
    cr_assert_eq(read_text(&t, text), BORA_BAD_INPUT, "expected: %s", expected);
    cr_assert(strstr(error.message, expected), "'%s' instead of '%s'", error.message, expected);
    cr_assert_null(t.text);
}

Test(csv, broken_files_and_their_lines) {
    refused("", "x.csv:1: empty");
    refused("a,b\n1,2\n3\n", "x.csv:3: 1 fields, the header has 2");
    refused("a,b\n1,2,3\n", "x.csv:2: 3 fields");
    refused("a,b\n1,2\n3,4", "x.csv:3: no new line at the end");
    refused("a,b\n1,\"2\n3,4\n", "x.csv:2: a quote that is never closed");
    refused("a,b\n1,2\n\"3\"x,4\n", "x.csv:3: ");
}

Test(csv, what_is_no_number) {
    static const char *const wrong[] = {"nan", "-nan", "", "1x", "one", "1 2", "-1", "1e999"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        bora_table t;
        double x;
        char *text = bora_format("a,b\n%s,2\n", wrong[i]);
        cr_assert_ok(read_text(&t, text));
        cr_assert_eq(bora_table_number(&t, 1, 0, 0, DBL_MAX, &x, &error), BORA_BAD_INPUT, "%s", wrong[i]);
        cr_assert(strstr(error.message, "x.csv:2: ") && strstr(error.message, "'a'"), "%s", error.message);
        bora_table_free(&t);
        free(text);
    }
}

Test(csv, fields_read_back) {
    char *text;
    size_t size;
    FILE *f = open_memstream(&text, &size);
    bora_put_number(f, NAN);
    bora_put_text(f, ",plain,");
    bora_put_number(f, 0.1);
    fputc(' ', f);
    bora_put_number(f, 1.0 / 3);
    fputc(' ', f);
    bora_put_number(f, INFINITY);
    bora_put_text(f, " a\"b");
    bora_put_text(f, "");
    bora_put_bytes(f, "a \"b\", c", 8);
    bora_put_bytes(f, "plain, not", 5);
    fclose(f);
    cr_assert_str_eq(text, "\",plain,\"0.1 0.33333333333333331 inf\" a\"\"b\"\"\"\"a \"\"b\"\", c\"plain");
    free(text);
}
