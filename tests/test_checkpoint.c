/* test_checkpoint.c: safetensors: round trip, and every way in which a file may be broken. */
#include "test.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char *folder, *path;
static void set_up(void) {
    folder = scratch_directory();
    path = bora_format("%s/x.safetensors", folder);
}
static void tear_down(void) {
    unlink(path);
    rmdir(folder);
    free(path);
    free(folder);
}
TestSuite(checkpoint, .init = set_up, .fini = tear_down);

static int read_raw(const char *header, size_t data, long length) {
    bora_error error;
    bora_tensors t;
    FILE *f = fopen(path, "wb");
    uint64_t n = length < 0 ? strlen(header) : (uint64_t)length;
    fwrite(&n, 8, 1, f);
    fputs(header, f);
    for (size_t i = 0; i < data; i++) fputc(0, f);
    fclose(f);
    int status = bora_tensors_read(&t, path, &error);
    if (!status) bora_tensors_free(&t);
    return status;
}

Test(checkpoint, round_trip) {
    bora_error error;
    float a[6] = {1, 2, 3, 4, 5, 6};
    double b[2] = {0.1, -0.2};
    bora_tensor tensors[] = {{"a", false, 2, 3, a}, {"b", true, 2, 0, b}};
    const char *const metadata[][2] = {{"note", "blåbær \"quoted\"\n"}};
    bora_tensors t;
    cr_assert_ok(bora_tensors_write(path, tensors, 2, metadata, 1, &error));
    cr_assert_ok(bora_tensors_read(&t, path, &error));
    cr_assert_eq(t.n, 2);
    cr_assert_arr_eq(bora_tensors_find(&t, "a")->data, a, sizeof a);
    cr_assert_eq(bora_tensors_find(&t, "a")->columns, 3);
    cr_assert_arr_eq(bora_tensors_find(&t, "b")->data, b, sizeof b);
    cr_assert(bora_tensors_find(&t, "b")->is_double);
    cr_assert_null(bora_tensors_find(&t, "c"));
    cr_assert_str_eq(bora_tensors_metadata(&t, "note"), "blåbær \"quoted\"\n");
    cr_assert_str_eq(bora_tensors_metadata(&t, "format"), "pt");
    bora_tensors_free(&t);
}

Test(checkpoint, broken_files_are_refused) {
#define ENTRY(name, shape, from, to) "\"" name "\":{\"dtype\":\"F32\",\"shape\":" shape ",\"data_offsets\":[" #from "," #to "]}"
    cr_assert_eq(read_raw("{" ENTRY("a", "[2]", 0, 8) "}", 8, -1), BORA_OK);
    cr_assert_eq(read_raw("{" ENTRY("a", "[2]", 0, 8) "}   ", 8, -1), BORA_OK, "padding");
    cr_assert_eq(read_raw("{}", 0, -1), BORA_OK);
    cr_assert_eq(read_raw("{" ENTRY("a", "[2]", 0, 8) "}", 7, -1), BORA_BAD_INPUT, "too short");
    cr_assert_eq(read_raw("{" ENTRY("a", "[2]", 0, 8) "}", 9, -1), BORA_BAD_INPUT, "too long");
    cr_assert_eq(read_raw("{" ENTRY("a", "[3]", 0, 8) "}", 8, -1), BORA_BAD_INPUT, "shape");
    cr_assert_eq(read_raw("{" ENTRY("a", "[1]", 0, 4) "," ENTRY("b", "[1]", 0, 4) "}", 4, -1), BORA_BAD_INPUT, "overlap");
    cr_assert_eq(read_raw("{" ENTRY("a", "[1]", 0, 4) "," ENTRY("b", "[1]", 8, 12) "}", 12, -1), BORA_BAD_INPUT, "hole");
    cr_assert_eq(read_raw("{" ENTRY("a", "[1]", 0, 4) "," ENTRY("a", "[1]", 4, 8) "}", 8, -1), BORA_BAD_INPUT, "name twice");
    cr_assert_eq(read_raw("{" ENTRY("a", "[2,9223372036854775807]", 0, 8) "}", 8, -1), BORA_BAD_INPUT, "overflow");
    cr_assert_eq(
        read_raw("{\"a\":{\"dtype\":\"F64\",\"shape\":[2147437309,1073764994],\"data_offsets\":[0,537552]}}", 537552, -1),
        BORA_BAD_INPUT, "their product times 8 overflows");
    cr_assert_eq(read_raw("{" ENTRY("a", "[2,0]", 0, 8) "}", 8, -1), BORA_BAD_INPUT, "no columns");
    cr_assert_eq(read_raw("{" ENTRY("a", "[-1]", 0, 8) "}", 8, -1), BORA_BAD_INPUT, "negative");
    cr_assert_eq(read_raw("{\"a\":{\"dtype\":\"F16\",\"shape\":[2],\"data_offsets\":[0,4]}}", 4, -1), BORA_BAD_INPUT, "type");
    cr_assert_eq(read_raw("{\"a\":7}", 0, -1), BORA_BAD_INPUT);
    cr_assert_eq(read_raw("{\"__metadata__\":{\"a\":\"7\"}}", 0, -1), BORA_OK);
    cr_assert_eq(read_raw("{\"__metadata__\":{\"a\":7}}", 0, -1), BORA_BAD_INPUT, "metadata");
    cr_assert_eq(read_raw("{\"__metadata__\":7}", 0, -1), BORA_BAD_INPUT, "metadata");
    cr_assert_eq(read_raw("{", 0, -1), BORA_BAD_INPUT);
    cr_assert_eq(read_raw("\xff", 0, -1), BORA_BAD_INPUT);
    cr_assert_eq(read_raw("{}", 0, 1000), BORA_BAD_INPUT, "header longer than the file");
    cr_assert_eq(read_raw("{}", 0, 0x7fffffffffffffffL), BORA_BAD_INPUT);
    bora_error error;
    bora_tensors t;
    fclose(fopen(path, "wb"));
    cr_assert_eq(bora_tensors_read(&t, path, &error), BORA_BAD_INPUT, "empty");
    cr_assert(strstr(error.message, path), "%s", error.message);
}

Test(checkpoint, a_model_saved_and_loaded_is_the_same) {
    bora_error error;
    oracle o;
    bora_model m;
    oracle_load(&o);
    cr_assert_ok(bora_model_save(&o.model, path, "settings", &error));
    cr_assert_ok(bora_model_load(&m, o.model.parameters.shape, path, &error));
    cr_assert_arr_eq(m.weights, o.model.weights, m.parameters.count * sizeof(float));
    bora_model_free(&m);
    bora_shape other = o.model.parameters.shape;
    other.L++;
    cr_assert_eq(bora_model_load(&m, other, path, &error), BORA_BAD_INPUT);
    cr_assert(strstr(error.message, "h.2"), "%s", error.message);
    oracle_free(&o);
}
