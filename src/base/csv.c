/* csv.c: one field of a CSV file, going out (libcsv). Rows and numbers belong to those who write them. */
#include "base/base.h"

#include <csv.h>
#include <string.h>

void bora_put_bytes(FILE *out, const char *bytes, size_t size) {
    bool plain = size > 0 && !strchr(" \t", bytes[0]) && !strchr(" \t", bytes[size - 1]); /* readers strip blanks */
    for (size_t i = 0; i < size && plain; i++) plain = !strchr(",\"\r\n", bytes[i]);
    if (plain) fwrite(bytes, 1, size, out);
    else csv_fwrite(out, bytes, size);
}

void bora_put_text(FILE *out, const char *text) { bora_put_bytes(out, text, strlen(text)); }
