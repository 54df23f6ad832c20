/* test_source_csv.c: the CSV source on what people's files hold: line ends, blanks, encodings, ragged rows, and the line of an
 * error. */
#include "test.h"
#include "text/text.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bora_error error;
static bora_csv_options options;

static void set_up(void) { options = (bora_csv_options){.task_column = "who", .text_column = "text", .group_column = "day"}; }
TestSuite(source_csv, .init = set_up);

/* Read `size` bytes as a file x.csv. */
static int read_bytes(bora_source *s, const char *bytes, size_t size) {
    char *folder = scratch_directory(), *path = bora_format("%s/x.csv", folder);
    FILE *f = fopen(path, "wb");
    cr_assert_eq(fwrite(bytes, 1, size, f), size);
    fclose(f);
    options.path = path;
    int status = bora_source_csv(s, &options, &error);
    unlink(path);
    rmdir(folder);
    free(path);
    free(folder);
    return status;
}

static void accepted(const char *text, const char *expected) {
    bora_source s;
    char *found = bora_format("%s", "");
    cr_assert_ok(read_bytes(&s, text, strlen(text)));
    for (size_t i = 0; i < s.n; i++) {
        cr_assert_eq(s.passages[i].size, strlen(s.passages[i].text));
        char *longer = bora_format("%s%s/%s/%s|", found, s.passages[i].task, s.passages[i].group, s.passages[i].text);
        free(found);
        found = longer;
    }
    cr_assert_str_eq(found, expected);
    free(found);
    bora_source_free(&s);
}

static void refused(const char *bytes, size_t size, const char *expected) {
    bora_source s;
    cr_assert_eq(read_bytes(&s, bytes, size), BORA_BAD_INPUT, "expected: %s", expected);
    cr_assert(strstr(error.message, expected), "'%s' instead of '%s'", error.message, expected);
    cr_assert_eq(s.n, 0);
    cr_assert_null(s.passages);
}

Test(source_csv, line_ends_blanks_and_quotes) {
    accepted("who,day,text\nA,1,x\nB,2,y", "A/1/x|B/2/y|");                             /* no newline at the end */
    accepted("who,day,text\r\nA,1,x\r\n\r\nB,2,y\r\n", "A/1/x|B/2/y|");                 /* CRLF, an empty line */
    accepted("who,day,text\rA,1,x\rB,2,y\r", "A/1/x|B/2/y|");                           /* CR alone */
    accepted("\xef\xbb\xbf\"who\",other,day,\"text\"\nA,,1,x\n", "A/1/x|");             /* a mark before a quoted name */
    accepted("who,day,text\n A , 1 , x y \n\" B \",2,\" y \"\n", "A/1/x y| B /2/ y |"); /* blanks count inside quotes */
    accepted("who,day,text\nA,1,\"a \"\"b\"\"\n\nc, d\"\nB,2,\"\"\"\"\n", "A/1/a \"b\"\n\nc, d|B/2/\"|");
}

Test(source_csv, what_is_left_out) {
    accepted("who,day,text\n,1,x\nNA,1,x\nA,1,\nA,1,NA\nA,1,\"\"\nNAB,1,NA.\n", "NAB/1/NA.|");
    accepted("who,day,text\nA,,x\nA,NA,y\nA,7,z\n", "A/row 1/x|A/row 2/y|A/7/z|"); /* no group: a group of its own */
    options.min_characters = 4;
    accepted("who,day,text\nA,1,\xc3\xa6\xc3\xb8\xc3\xa5\nB,2,\xc3\xa6\xc3\xb8\xc3\xa5.\n",
             "B/2/\xc3\xa6\xc3\xb8\xc3\xa5.|"); /* letters, not bytes */
    options.min_characters = 2;
    options.min_documents = 2;
    options.max_documents = 2; /* counted after the short ones have gone */
    accepted("who,day,text\nA,1,xx\nB,2,yy\nA,3,x\nB,4,zz\nC,5,11\nC,6,22\nC,7,33\n", "B/2/yy|B/4/zz|");
}

#define REFUSED(bytes, expected) refused(bytes, sizeof(bytes) - 1, expected)
Test(source_csv, broken_files_and_their_lines) {
    REFUSED("", "x.csv:1: empty");
    REFUSED("\xef\xbb\xbf", "x.csv:1: empty");
    REFUSED("who,day,text\n", "x.csv: no row is left");
    REFUSED("who;day;text\n", "x.csv:1: no column 'who'; the header has 'who;day;text'");
    REFUSED("who,words,day\n", "x.csv:1: no column 'text'; the header has 'who', 'words', 'day'");
    REFUSED("who,day,text,who\n", "x.csv:1: two columns are named 'who'");
    REFUSED("who,day,text\nA,1,x\nB,\"2\" 3,y\n", "x.csv:3: ");
    REFUSED("who,day,text\nA,1,x\"y\n", "x.csv:2: ");
    REFUSED("who,day,text\nA,1,x\nB,2,\"y\nC,3,z\n", "x.csv:3: a quote in the row that begins here is never closed");
    REFUSED("who,day,text\nA,1,\"x\n\n\"\nB,2\n", "x.csv:5: the row has 2 fields, the header 3");
    REFUSED("who,day,text\nA,1,x, y\n", "x.csv:2: the row has 4 fields, the header 3");
    REFUSED("who,day,text\nA,1,x\nA\0B,2,y\n", "x.csv:3: a NUL byte");
    REFUSED("w\0h\0o\0", "x.csv:1: a NUL byte"); /* UTF-16 */
    REFUSED("who,day,text\nA,1,x\nJos\xe9,2,y\n", "x.csv:3: not UTF-8");
    options.path = "/no/such/file.csv";
    bora_source s;
    cr_assert_eq(bora_source_csv(&s, &options, &error), BORA_BAD_INPUT);
    cr_assert(strstr(error.message, "/no/such/file.csv"), "%s", error.message);
}

Test(source_csv, a_long_field) {
    enum { SIZE = 300000 };
    char *text = malloc(SIZE + 32);
    int head = sprintf(text, "who,day,text\nA,1,\"");
    for (int i = 0; i < SIZE; i++) text[head + i] = i % 100 == 99 ? '\n' : 'x';
    text[head + SIZE] = '"';
    bora_source s;
    cr_assert_ok(read_bytes(&s, text, (size_t)head + SIZE + 1));
    cr_assert_eq(s.passages[0].size, SIZE);
    cr_assert_arr_eq(s.passages[0].text, text + head, SIZE);
    bora_source_free(&s);
    free(text);
}
