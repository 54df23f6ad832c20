/* example.c: the one run, and the few tasks, that stand for an experiment where its texts are shown. */
#include "stat/summary.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Of the first setting and its lowest seed, the best on validation. */
static const bora_finished *best_run(const bora_summary *s) {
    const bora_summary first = bora_summary_of_setting(s, 0);
    double seed = INFINITY;
    for (int i = 0; i < first.n; i++)
        if (!strcmp(first.runs[i].method, "bora")) seed = fmin(seed, first.runs[i].seed);
    return bora_chosen_run(&first, "bora", 0, 0, seed, BORA_AT_COMMON);
}

/* How many tasks have fewer training documents; of equals the earlier comes first. */
static int place(const bora_summary *s, const bora_finished *run, int d) {
    int fewer = 0;
    for (int other = 0; other < s->D; other++) {
        double more = bora_train_documents(s, run, d) - bora_train_documents(s, run, other);
        fewer += more > 0 || (more == 0 && other < d);
    }
    return fewer;
}

int bora_example_of(const char *directory, bora_example *x, bora_error *e) {
    bora_summary s;
    *x = (bora_example){0};
    int status = bora_summary_read(&s, directory, e);
    if (status) return status;
    const bora_finished *run = best_run(&s);
    for (int wanted = 0; run && wanted < 3; wanted++)
        for (int d = 0; d < s.D; d++) {
            int at = wanted * (s.D - 1) / 2;
            if (wanted && at == (wanted - 1) * (s.D - 1) / 2) continue; /* fewer than three tasks */
            if (place(&s, run, d) == at) x->tasks[x->n++] = bora_format("%s", s.tasks[d]);
        }
    if (run) x->run = bora_format("%s", run->name);
    bora_summary_free(&s);
    return BORA_OK;
}

void bora_example_free(bora_example *x) {
    for (int i = 0; i < x->n; i++) free(x->tasks[i]);
    free(x->run);
    *x = (bora_example){0};
}
