/* value.c: one setting's value from text and to text, by its row of the schema. Reading takes one scalar; what a list, a file or
 * a combination of settings must look like is for parse.c and check.c.
 */
#include "experiment/experiment.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static void *field(const bora_row *row, bora_settings *s) { return (char *)s + row->offset; }
static const void *field_const(const bora_row *row, const bora_settings *s) { return (const char *)s + row->offset; }

bool bora_setting_is_list(const bora_row *row) {
    return row->type == BORA_NUMBERS || row->type == BORA_NAMES || row->type == BORA_SET;
}

static size_t field_size(const bora_row *row) {
    switch (row->type) {
    case BORA_INTEGER:
    case BORA_CHOICE: return sizeof(int);
    case BORA_NUMBER: return sizeof(double);
    case BORA_TEXT: return sizeof(bora_name);
    case BORA_PATH: return BORA_PATH_SIZE;
    case BORA_NUMBERS: return sizeof(bora_numbers);
    case BORA_NAMES: return sizeof(bora_names);
    case BORA_SET: break;
    }
    return sizeof(bool[BORA_MATRICES]);
}

void bora_setting_clear(const bora_row *row, bora_settings *s) { memset(field(row, s), 0, field_size(row)); }

void bora_setting_copy(const bora_row *row, bora_settings *to, const bora_settings *from) {
    memcpy(field(row, to), field_const(row, from), field_size(row));
}

/* ---- reading ---------------------------------------------------------------------------------------------------------------- */

/* A decimal number, or inf as itself or YAML's .inf: no hexadecimal, no NaN, nothing after it, nothing too large for a double. */
static bool read_number(const char *text, double *value) {
    const char *p = text + (*text == '-' || *text == '+');
    if (strcmp(p, "inf") == 0 || strcmp(p, ".inf") == 0) {
        *value = *text == '-' ? -INFINITY : INFINITY;
        return true;
    }
    size_t digits = 0;
    for (; isdigit((unsigned char)*p); p++) digits++;
    if (*p == '.') p++;
    for (; isdigit((unsigned char)*p); p++) digits++;
    if (digits && (*p == 'e' || *p == 'E')) {
        p += 1 + (p[1] == '-' || p[1] == '+');
        if (!isdigit((unsigned char)*p)) return false;
        while (isdigit((unsigned char)*p)) p++;
    }
    if (!digits || *p) return false;
    *value = strtod(text, NULL) + 0.0; /* + 0.0: no negative zero */
    return isfinite(*value);
}

static bool in_range(const bora_row *row, double x) {
    return row->open ? x > row->low && x < row->high : x >= row->low && x <= row->high;
}

static bool read_whole(const bora_row *row, const char *text, double *value) {
    return read_number(text, value) && in_range(row, *value) && floor(*value) >= *value;
}

/* The number of `text` among the words of `choices`, or -1. */
static int find_choice(const char *choices, const char *text) {
    size_t n = strlen(text);
    int number = 0;
    for (const char *p = choices; *p; number++) {
        size_t length = strcspn(p, " ");
        if (length == n && strncmp(p, text, n) == 0) return number;
        p += length + (p[length] == ' ');
    }
    return -1;
}

static bool read_text(char *to, size_t size, const char *text) {
    size_t n = strlen(text);
    if (n >= size) return false;
    memset(to, 0, size);
    memcpy(to, text, n);
    return true;
}

static bool append_name(bora_names *names, const char *text) {
    if (names->n == BORA_MAX_LIST || !*text || !read_text(names->values[names->n], BORA_NAME_SIZE, text)) return false;
    names->n++;
    return true;
}

static bool append_number(const bora_row *row, bora_numbers *numbers, const char *text) {
    if (numbers->n == BORA_MAX_LIST || !read_whole(row, text, &numbers->values[numbers->n])) return false;
    numbers->n++;
    return true;
}

bool bora_setting_read(const bora_row *row, bora_settings *s, const char *text) {
    void *to = field(row, s);
    double x = 0;
    int choice;
    switch (row->type) {
    case BORA_INTEGER:
        if (!read_whole(row, text, &x)) return false;
        *(int *)to = (int)x;
        return true;
    case BORA_NUMBER:
        if (row->choices && strcmp(text, row->choices) == 0) x = BORA_SAME;
        else if (!read_number(text, &x) || !in_range(row, x)) return false;
        *(double *)to = x;
        return true;
    case BORA_CHOICE:
        choice = find_choice(row->choices, text);
        if (choice < 0) return false;
        *(int *)to = choice;
        return true;
    case BORA_SET:
        choice = find_choice(row->choices, text);
        if (choice < 0) return false;
        ((bool *)to)[choice] = true;
        return true;
    case BORA_NAMES: return append_name(to, text);
    case BORA_NUMBERS: return append_number(row, to, text);
    case BORA_TEXT: return read_text(to, BORA_NAME_SIZE, text);
    case BORA_PATH: return read_text(to, BORA_PATH_SIZE, text);
    }
    return false;
}

int bora_setting_count(const bora_row *row, const bora_settings *s) {
    const void *from = field_const(row, s);
    if (row->type == BORA_NAMES) return ((const bora_names *)from)->n;
    if (row->type == BORA_NUMBERS) return ((const bora_numbers *)from)->n;
    int count = 0;
    for (int m = 0; m < BORA_MATRICES; m++) count += ((const bool *)from)[m];
    return count;
}

/* ---- writing ---------------------------------------------------------------------------------------------------------------- */

void bora_number_text(double value, char text[32]) {
    if (fabs(value) < 1e15 && floor(value) >= value) {
        snprintf(text, 32, "%.0f", value);
        return;
    }
    for (int digits = 1; digits <= 17; digits++) {
        snprintf(text, 32, "%.*g", digits, value);
        double back = strtod(text, NULL);
        if (back >= value && back <= value) return;
    }
}

/* A word that YAML takes as it stands, or a double-quoted one; never a line break. */
static void print_text(FILE *out, const char *text) {
    size_t plain = strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_");
    if (*text && !text[plain]) {
        fputs(text, out);
        return;
    }
    fputc('"', out);
    for (const char *p = text; *p; p++) {
        unsigned char c = (unsigned char)*p;
        if (c == '"' || c == '\\') fprintf(out, "\\%c", c);
        else if (c < 32 || c == 127) fprintf(out, "\\x%02X", c);
        else fputc(c, out);
    }
    fputc('"', out);
}

static void print_list(FILE *out, const bora_row *row, const bora_settings *s) {
    const void *from = field_const(row, s);
    const char *separator = "[";
    int n = row->type == BORA_SET ? BORA_MATRICES : bora_setting_count(row, s);
    for (int i = 0; i < n; i++) {
        if (row->type == BORA_SET && !((const bool *)from)[i]) continue;
        fputs(separator, out);
        separator = ", ";
        bora_name name;
        char number[32];
        if (row->type == BORA_SET) {
            fputs(bora_choice_name(row->name, i, name), out);
        } else if (row->type == BORA_NAMES) {
            print_text(out, ((const bora_names *)from)->values[i]);
        } else {
            bora_number_text(((const bora_numbers *)from)->values[i], number);
            fputs(number, out);
        }
    }
    fputs(*separator == '[' ? "[]" : "]", out);
}

char *bora_setting_text(const bora_row *row, const bora_settings *s) {
    const void *from = field_const(row, s);
    char *text = NULL, number[32];
    size_t size = 0;
    bora_name name;
    FILE *out = open_memstream(&text, &size);
    if (!out) abort();
    switch (row->type) {
    case BORA_INTEGER: fprintf(out, "%d", *(const int *)from); break;
    case BORA_CHOICE: fputs(bora_choice_name(row->name, *(const int *)from, name), out); break;
    case BORA_NUMBER:
        bora_number_text(*(const double *)from, number);
        fputs(row->choices && *(const double *)from < 0 ? row->choices : number, out);
        break;
    case BORA_TEXT:
    case BORA_PATH: print_text(out, from); break;
    case BORA_NUMBERS:
    case BORA_NAMES:
    case BORA_SET: print_list(out, row, s); break;
    }
    if (fclose(out) != 0 || !text) abort();
    return text;
}
