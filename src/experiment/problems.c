/* problems.c: the problems of an experiment file, collected while it is read and reported in one go. */
#include "experiment/parse.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

static int compare(const void *a, const void *b) {
    const bora_problem *p = a, *q = b;
    if (p->place.file != q->place.file) return p->place.file < q->place.file ? -1 : 1;
    if (p->place.line != q->place.line) return p->place.line < q->place.line ? -1 : 1;
    if (p->place.column != q->place.column) return p->place.column < q->place.column ? -1 : 1;
    return strcmp(p->text, q->text);
}

void bora_problem_add(bora_problems *p, bora_place place, const char *format, ...) {
    char text[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    bora_problem problem = {place, text};
    for (size_t i = 0; i < p->n; i++)
        if (compare(&p->list[i], &problem) == 0) return;
    if (p->n == BORA_MAX_PROBLEMS) {
        p->more++;
        return;
    }
    problem.text = bora_format("%s", text);
    p->list[p->n++] = problem;
}

int bora_problems_report(bora_problems *p, bora_error *e) {
    if (!p->n) return BORA_OK;
    qsort(p->list, p->n, sizeof *p->list, compare);
    size_t used = 0, shown = 0;
    bora_fail(e, BORA_BAD_INPUT, "%s", "");
    for (; shown < p->n && shown < BORA_SHOWN_PROBLEMS; shown++) {
        const bora_problem *q = &p->list[shown];
        char where[32] = "";
        if (q->place.line > 0) snprintf(where, sizeof where, ":%d:%d", q->place.line, q->place.column);
        char *line = bora_format("%s%s%s%s%s", shown ? "\n" : "", q->place.file < 0 ? "" : p->files[q->place.file], where,
                                 q->place.file < 0 ? "" : ": ", q->text);
        size_t length = strlen(line), room = sizeof e->message - used - (p->n == 1 ? 1 : 48); /* 48: for the last line */
        if (length > room && shown == 0) length = room;
        if (length <= room) memcpy(e->message + used, line, length);
        free(line);
        if (length > room) break;
        used += length;
        e->message[used] = 0;
    }
    size_t more = p->n - shown + p->more;
    if (more) snprintf(e->message + used, sizeof e->message - used, "\n... and %zu more", more);
    return BORA_BAD_INPUT;
}

void bora_problems_free(bora_problems *p) {
    for (size_t i = 0; i < p->n; i++) free(p->list[i].text);
    for (int i = 0; i < p->n_files; i++) free(p->files[i]);
    memset(p, 0, sizeof *p);
}

const char *bora_quotable(const char *text, char room[64]) {
    size_t n = strlen(text), keep = n;
    if (keep > 60) {
        keep = 57;
        while (keep && ((unsigned char)text[keep] & 0xC0) == 0x80) keep--; /* not inside a UTF-8 sequence */
    }
    for (size_t i = 0; i < keep; i++) room[i] = (unsigned char)text[i] < 32 || text[i] == 127 ? ' ' : text[i];
    strcpy(room + keep, keep < n ? "..." : "");
    return room;
}
