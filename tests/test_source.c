/* test_source.c: the three sources, on small files: the CSV's oddities, Brown's tags, JSON speeches, and what is broken. */
#include "test.h"
#include "text/text.h"

#include <stdlib.h>
#include <string.h>

static void write_file(const char *folder, const char *name, const char *text) {
    char *path = bora_format("%s/%s", folder, name);
    FILE *f = fopen(path, "wb");
    cr_assert_not_null(f);
    fputs(text, f);
    fclose(f);
    free(path);
}

static bora_csv_options options(const char *path) {
    return (bora_csv_options){.path = path, .task_column = "speaker", .text_column = "text", .group_column = "date"};
}

Test(source, csv_with_all_oddities) {
    bora_error error;
    bora_source s;
    bora_csv_options o = options(source_path("tests/vectors/speeches.csv"));
    cr_assert_ok(bora_source_csv(&s, &o, &error));
    cr_assert_eq(s.n, 4);
    cr_assert_str_eq(s.passages[0].task, "Kari");
    cr_assert_str_eq(s.passages[0].group, "1998");
    cr_assert_str_eq(s.passages[0].text, "Ærede president, \"dette\" er\nto linjer.");
    cr_assert_str_eq(s.passages[1].text, "Kort.");
    cr_assert_str_eq(s.passages[2].text, "Et komma, her; og en linje\r\nder, helt til slutt.");
    bora_source_free(&s);
    o.min_characters = 10;
    o.min_documents = 1;
    o.group_column = "";
    cr_assert_ok(bora_source_csv(&s, &o, &error));
    cr_assert_eq(s.n, 3);
    cr_assert_str_neq(s.passages[0].group, s.passages[1].group, "each row is a group of its own");
    bora_source_free(&s);
    o.min_characters = 0;
    o.min_documents = 2;
    cr_assert_ok(bora_source_csv(&s, &o, &error));
    cr_assert_eq(s.n, 2, "only Ola has two rows");
    bora_source_free(&s);
    o.min_documents = 3;
    cr_assert_eq(bora_source_csv(&s, &o, &error), BORA_BAD_INPUT);
}

static void refused(const char *text, const char *expected) {
    bora_error error;
    bora_source s;
    char *folder = scratch_directory(), *path = bora_format("%s/x.csv", folder);
    bora_csv_options o = options(path);
    write_file(folder, "x.csv", text);
    cr_assert_eq(bora_source_csv(&s, &o, &error), BORA_BAD_INPUT, "%s", text);
    cr_assert(strstr(error.message, expected), "%s", error.message);
    free(path);
    remove_directory(folder);
}

Test(source, broken_csv_is_refused_with_a_place) {
    refused("", "x.csv:1");
    refused("speaker,words,date\na,b,c\n", "no column 'text'");
    refused("speaker,text,date\na,\"b\" c,d\n", "x.csv:2");
    refused("speaker,text,date\na,b,c\na,\"never closed,d\n", "x.csv:");
    refused("speaker,text,date\nNA,b,c\n", "no row is left");
}

Test(source, brown_is_stripped_of_tags_and_set_as_in_print) {
    bora_error error;
    bora_source s;
    char *folder = scratch_directory();
    write_file(folder, "ca01",
               "\n\n\tThe/at jury/nn said/vbd ,/, ``/`` no/at 1/2/cd evidence/nn ''/'' (/( that/cs )/) any/dti ./.\n\n\tIt/pps "
               "did/dod n't/* ;/. ;/. at/in :35.3/cd ?/. ?/.\n");
    write_file(folder, "cr09", "\tHa/uh !/. !/.\n");
    write_file(folder, "CONTENTS", "not a text");
    cr_assert_ok(bora_source_brown(&s, folder, &error));
    cr_assert_eq(s.n, 2);
    cr_assert_str_eq(s.passages[0].task, "news");
    cr_assert_str_eq(s.passages[0].text, "The jury said, \"no 1/2 evidence\" (that) any. It did n't; at :35.3?");
    cr_assert_str_eq(s.passages[1].task, "humor");
    bora_source_free(&s);
    remove_directory(folder);
    cr_assert_eq(bora_source_brown(&s, "/no/such/folder", &error), BORA_BAD_INPUT);
    cr_assert(strstr(error.message, "make data"), "%s", error.message);
}

Test(source, speeches_in_json) {
    bora_error error;
    bora_source s;
    char *folder = scratch_directory(), *data = bora_format("%s/data", folder);
    cr_assert_ok(bora_make_directories(data, &error));
    write_file(data, "1999_b.json", "{\"year\":1999,\"name\":\"George W. Bush\",\"text\":\"Two.\\u0002\"}");
    write_file(data, "1790_a.json", "{\"year\":1790,\"name\":\"George Bush\",\"text\":\"One.\"}");
    cr_assert_ok(bora_source_sotu(&s, folder, &error));
    cr_assert_eq(s.n, 2);
    cr_assert_str_eq(s.passages[0].task, "George Bush");
    cr_assert_str_eq(s.passages[0].group, "1790_a");
    cr_assert_str_eq(s.passages[1].text, "Two.\x02");
    bora_source_free(&s);
    write_file(data, "2000_c.json", "{\"year\":1999,\n\"name\":7}");
    cr_assert_eq(bora_source_sotu(&s, folder, &error), BORA_BAD_INPUT);
    cr_assert(strstr(error.message, "2000_c.json"), "%s", error.message);
    write_file(data, "2000_c.json", "{\"year\":1999,\n\"name\":");
    cr_assert_eq(bora_source_sotu(&s, folder, &error), BORA_BAD_INPUT);
    cr_assert(strstr(error.message, "2000_c.json:2"), "%s", error.message);
    write_file(data, "2000_c.json", "{\"name\":\"A\",\"name\":\"B\",\"text\":\"Three.\"}");
    cr_assert_eq(bora_source_sotu(&s, folder, &error), BORA_BAD_INPUT, "a repeated key");
    free(data);
    remove_directory(folder);
}
