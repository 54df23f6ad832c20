/* new_task.c: what runs about a task that is new to the others show: perplexity against the number of its documents, for what
 * was learnt from the others and for what was not. Each seed has another new task, so that the spread over seeds is that over
 * tasks. */
#include "stat/summary.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Of BoRA and its limits `independent` is alone; without documents it is the base. */
static const char *const methods[] = {"base", "independent", "ridge", "unified", "then-task", "frozen", "bora"};
enum { BASE, METHODS = sizeof methods / sizeof *methods };

/* One of the settings, and the one without documents. */
typedef struct {
    bora_summary part, without;
    double documents, position; /* position: log10 of documents; of 0, half a decade before the least */
} point;

static double documents_of(const bora_summary *s, int setting) {
    return strtod(bora_summary_of_setting(s, setting).runs[0].values[0], NULL);
}

static double position(const bora_summary *s, double documents) {
    double least = INFINITY;
    for (int i = 0; i < s->settings; i++)
        if (documents_of(s, i) > 0) least = fmin(least, documents_of(s, i));
    return documents > 0 ? log10(documents) : isfinite(least) ? log10(least) - 0.5 : 0;
}

static const bora_finished *chosen(const bora_summary *s, const char *method, double seed) {
    return s->n ? bora_chosen_run(s, method, 0, 0, seed, BORA_AT_COMMON) : NULL;
}

static double nll(const bora_summary *s, const bora_finished *run) {
    return log(bora_perplexity(s, run, BORA_AT_COMMON, BORA_OF_TEST));
}

/* room: 2 numbers a run. */
static void put_row(const point *p, int method, const bora_finished **seeds, double *room, FILE *out) {
    double *x = room, *ratio = room + p->part.n, least = INFINITY, most = 0;
    int n = 0, pairs = 0;
    for (int i = 0, end = bora_one_a_seed(&p->part, seeds); i < end; i++) {
        const bora_finished *bora = chosen(&p->part, "bora", seeds[i]->seed),
                            *run = method == BASE ? chosen(&p->without, "independent", seeds[i]->seed)
                                                  : chosen(&p->part, methods[method], seeds[i]->seed);
        if (!run) continue;
        x[n++] = nll(&p->part, run);
        least = fmin(least, run->tau), most = fmax(most, run->tau);
        if (bora && bora != run) ratio[pairs++] = nll(&p->part, bora) - x[n - 1];
    }
    if (!n) return;
    bora_spread all = bora_spread_of(x, n),
                pair = pairs ? bora_spread_of(ratio, pairs) : (bora_spread){.mean = NAN, .half = NAN};
    bool prior = method != BASE && least > 0 && isfinite(most);
    fprintf(out, "%g,%s", p->documents, methods[method]);
    bora_end_row(
        out, (const double[]){n, p->position, exp(all.mean), prior ? least : NAN, prior ? most : NAN, pair.mean, pair.half}, 7);
}

int bora_new_task(const bora_summary *s, FILE *out, bora_error *e) {
    bool swept = bora_key_of(s, "data.new") >= 0;
    if (!swept || s->n_keys > 1)
        return bora_fail(e, BORA_SKIPPED, "%s", swept ? "it shows data.new alone, other settings are swept beside it" : "");
    const bora_finished **seeds = NULL;
    double *room = NULL;
    int status = bora_calloc(&seeds, (size_t)s->n, sizeof *seeds, "seeds", e);
    if (!status) status = bora_calloc(&room, 2 * (size_t)s->n, sizeof *room, "seeds", e);
    point p = {.without = {.n = 0}};
    for (int i = 0; i < s->settings; i++)
        if (documents_of(s, i) == 0) p.without = bora_summary_of_setting(s, i);
    fprintf(out, "new_documents,method,seeds,position,perplexity,least_tau,most_tau,log_ratio,log_ratio_half_95\n");
    for (int i = 0; !status && i < s->settings; i++) {
        p.part = bora_summary_of_setting(s, i);
        p.documents = documents_of(s, i);
        p.position = position(s, p.documents);
        for (int m = 0; m < METHODS; m++) put_row(&p, m, seeds, room, out);
    }
    free(seeds);
    free(room);
    return status;
}
