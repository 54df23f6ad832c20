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

const char *bora_duration(double seconds, char text[24]) {
    if (seconds < 100) snprintf(text, 24, "%.0f s", seconds);
    else if (seconds < 6000) snprintf(text, 24, "%.0f min", seconds / 60);
    else snprintf(text, 24, "%.1f h", seconds / 3600);
    return text;
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
    double rate = spent > 0 ? done / spent : 0, left = rate > 0 && done < p->total ? (p->total - done) / rate : 0;
    char note[160], time_left[24];
    va_list arguments;
    va_start(arguments, note_format);
    vsnprintf(note, sizeof note, note_format, arguments);
    va_end(arguments);
    fprintf(stderr, "%s%s: %3.0f %%, %.0f %s/s, %s left%s%s%s", terminal ? "\r" : "", p->what, 100 * done / p->total, rate,
            p->unit, bora_duration(left, time_left), note[0] ? ", " : "", note, terminal ? "\033[K" : "\n");
    fflush(stderr);
}

void bora_progress_end(bora_progress *p) {
    if (isatty(STDERR_FILENO)) fprintf(stderr, "\r\033[K");
    *p = (bora_progress){0};
}
