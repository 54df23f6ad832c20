/* progress.c: says how far long work is, how fast, and how long it will take. It writes to standard error only. */
#include "base/base.h"

#include <stdarg.h>
#include <time.h>
#include <unistd.h>

double bora_seconds(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

void bora_progress_begin(bora_progress *p, const char *what, double total, const char *unit) {
    double now = bora_seconds();
    *p = (bora_progress){.what = what, .unit = unit, .total = total, .started = now, .printed = now};
}

void bora_progress_step(bora_progress *p, double done, const char *note_format, ...) {
    bool terminal = isatty(STDERR_FILENO);
    double now = bora_seconds(), spent = now - p->started;
    p->done = done;
    if (now - p->printed < (terminal ? 0.2 : 30)) return;
    p->printed = now;
    double rate = spent > 0 ? done / spent : 0, left = rate > 0 ? (p->total - done) / rate : 0;
    char note[160];
    va_list arguments;
    va_start(arguments, note_format);
    vsnprintf(note, sizeof note, note_format, arguments);
    va_end(arguments);
    fprintf(stderr, "%s%s: %3.0f %%, %.0f %s/s, %.0f:%02.0f left%s%s%s", terminal ? "\r" : "", p->what, 100 * done / p->total,
            rate, p->unit, (double)(long)(left / 60), (double)((long)left % 60), note[0] ? ", " : "", note,
            terminal ? "\033[K" : "\n");
    fflush(stderr);
}

void bora_progress_end(bora_progress *p) {
    if (isatty(STDERR_FILENO)) fprintf(stderr, "\r\033[K");
    *p = (bora_progress){0};
}
