/* where_it_helps.c: the map of BoRA's gain over heterogeneity and training size on synthetic languages, with real domains
 * placed on it. Gains are those of contrast.c; theory and places come from counts alone (truth.csv, heterogeneity.csv). It
 * trains nothing and fits nothing.
 *
 * What a domain's place means: both axes are in observations of a context. kappa is how many the centre is worth; the other one
 * is how many a task has, by its share in the posterior mean of a bigram (bora_observations), which documents of the languages
 * are in proportion to. So a place tells on which side of the crossover the tasks lie for a learner of bigrams, not how large a
 * gain is: that also depends on how much there is to learn of a context, and on what the network shares between contexts. */
#include "stat/summary.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Nats a token, and the better limit; NaN and "" where they cannot be had. */
typedef struct {
    double mean, half;
    const char *better;
} gain;

typedef struct {
    double mean, least, most;
} column;

typedef struct {
    double kappa, documents, estimated, observations, crossover; /* estimated: kappa, of the first run */
    gain gain;
} cell;

static int gain_of(const bora_summary *s, gain *g, bora_error *e) {
    bora_block_sums blocks;
    bora_pairs p;
    bora_estimate ratio;
    *g = (gain){NAN, NAN, ""};
    int status = bora_blocks_read(s, BORA_AT_COMMON, &blocks, e);
    if (status) return status == BORA_SKIPPED ? BORA_OK : status;
    const bora_option bora = {s, &blocks, "bora", BORA_AT_COMMON, 0, 0},
                      limits[] = {{s, &blocks, "independent", BORA_AT_COMMON, 0, 0},
                                  {s, &blocks, "unified", BORA_AT_COMMON, 0, 0}};
    status = bora_pairs_of((bora_side){&bora, 1}, (bora_side){limits, 2}, &p, e);
    if (!status) {
        status = bora_pairs_ratio(&p, &ratio, NULL, e);
        if (!status) *g = (gain){-ratio.estimate, bora_half_width(&ratio, 0.95), p.b[0].option->method};
        for (int i = 1; !status && i < p.S; i++)
            if (p.b[i].option != p.b[0].option) g->better = "either"; /* seeds disagree */
        bora_pairs_free(&p);
    }
    bora_blocks_free(&blocks);
    return status == BORA_SKIPPED ? BORA_OK : status;
}

static int column_of(const bora_table *t, const char *name, column *x, bora_error *e) {
    size_t at;
    double value;
    int status = bora_table_column(t, name, &at, e);
    *x = (column){0, INFINITY, 0};
    for (size_t row = 1; !status && row < t->rows; row++) {
        status = bora_table_number(t, row, at, 0, INFINITY, &value, e);
        x->mean += value / (double)(t->rows - 1);
        x->least = fmin(x->least, value), x->most = fmax(x->most, value);
    }
    return status;
}

static int read_cell(const bora_summary *s, int kappa, cell *c, bora_error *e) {
    const bora_finished *run = &s->runs[0];
    bora_table t;
    column estimated, observations, crossover;
    int status = bora_truth_read(s, run, &t, e);
    if (status) return status;
    status = column_of(&t, "kappa", &estimated, e);
    if (!status) status = column_of(&t, "observations", &observations, e);
    if (!status) status = column_of(&t, "crossover", &crossover, e);
    bora_table_free(&t);
    if (status) return status;
    *c = (cell){.kappa = strtod(run->values[kappa], NULL),
                .documents = bora_train_documents(s, run, 0),
                .estimated = estimated.mean,
                .observations = observations.mean,
                .crossover = crossover.mean};
    return gain_of(s, &c->gain, e);
}

/* ---- rows --------------------------------------------------------------------------------------------------------------- */

static void put_row(FILE *out, const char *layer, const char *name, const double x[6], double observations, double estimated,
                    const gain *g) {
    fprintf(out, "%s,", layer);
    if (*name) bora_put_text(out, name);
    bora_put_numbers(out, x, 6);
    bora_end_row(out, (const double[]){observations, estimated, g->mean, g->half}, 4);
}

/* The edge of a cell at x towards its neighbour on one side: half way in logarithm; without one, as far as on the other side.
 */
static double edge(const cell *cells, int n, bool kappa, double x, bool upper) {
    double below = 0, above = INFINITY;
    for (int i = 0; i < n; i++) {
        double other = kappa ? cells[i].kappa : cells[i].documents;
        if (other < x) below = fmax(below, other);
        if (other > x) above = fmin(above, other);
    }
    if (below == 0 && isinf(above)) below = x / 2;
    if (below == 0) below = x / above * x;
    if (isinf(above)) above = x / below * x;
    return sqrt(x * (upper ? above : below));
}

static void put_cell(FILE *out, const cell *cells, int n, const cell *c) {
    const double x[] = {c->kappa,     edge(cells, n, true, c->kappa, false),      edge(cells, n, true, c->kappa, true),
                        c->documents, edge(cells, n, false, c->documents, false), edge(cells, n, false, c->documents, true)};
    put_row(out, "cell", c->gain.better, x, c->observations, c->estimated, &c->gain);
}

static int by_kappa(const void *a, const void *b) {
    const cell *x = a, *y = b;
    if (x->kappa != y->kappa) return x->kappa < y->kappa ? -1 : 1;
    return (x->documents > y->documents) - (x->documents < y->documents);
}

/* The domain of an experiment beside, if its data are real; documents: of the languages, an observation of a context. */
static int put_domain(const bora_summary *domain, double documents, FILE *out, bora_error *e) {
    char *path = bora_format("%s/heterogeneity.csv", domain->directory);
    bora_table t = {0};
    column kappa, fewer, fewest, observations;
    gain g;
    int status = BORA_OK;
    if (bora_exists(path)) {
        status = bora_table_read(&t, path, e);
        if (!status) status = column_of(&t, "kappa", &kappa, e);
        if (!status) status = column_of(&t, "kappa_32", &fewer, e);
        if (!status) status = column_of(&t, "kappa_16", &fewest, e);
        if (!status) status = column_of(&t, "observations", &observations, e);
        if (!status) status = gain_of(domain, &g, e);
        if (!status) {
            const double x[] = {kappa.mean,
                                fmin(kappa.mean, fmin(fewer.mean, fewest.mean)),
                                fmax(kappa.mean, fmax(fewer.mean, fewest.mean)),
                                documents * observations.mean,
                                documents * observations.least,
                                documents * observations.most};
            put_row(out, "domain", bora_experiment_name(domain), x, observations.mean, kappa.mean, &g);
        }
    }
    bora_table_free(&t);
    free(path);
    return status;
}

/* ---- the map ------------------------------------------------------------------------------------------------------------ */

int bora_where_it_helps(const bora_summary *s, FILE *out, bora_error *e) {
    static const gain none = {NAN, NAN, ""};
    cell *cells;
    int n = s->settings, kappa = bora_key_of(s, "language.kappa");
    double documents = 0;
    if (s->n_keys != 2 || kappa < 0 || bora_key_of(s, "data.number") < 0)
        return bora_fail(e, BORA_SKIPPED, "of the data language.kappa and data.number must be swept, and nothing else");
    int status = bora_calloc(&cells, (size_t)n, sizeof *cells, "a map", e);
    if (status) return status;
    for (int i = 0; !status && i < n; i++) {
        bora_summary part = bora_summary_of_setting(s, i);
        status = read_cell(&part, kappa, &cells[i], e);
    }
    if (!status) qsort(cells, (size_t)n, sizeof *cells, by_kappa);
    fprintf(out, "layer,name,kappa,least_kappa,most_kappa,documents,least_documents,most_documents,observations,"
                 "estimated_kappa,gain,half_95\n");
    for (int i = 0; !status && i < n; i++) {
        put_cell(out, cells, n, &cells[i]);
        documents += cells[i].documents / cells[i].observations / n;
    }
    for (int i = 0; !status && i < n; i++)
        if ((i == 0 || cells[i].kappa != cells[i - 1].kappa) && isfinite(cells[i].crossover))
            put_row(out, "crossover", "", (const double[]){cells[i].kappa, NAN, NAN, cells[i].crossover, NAN, NAN},
                    cells[i].crossover / documents, NAN, &none);
    for (int i = 0; !status && i < s->n_beside; i++) status = put_domain(&s->beside[i], documents, out, e);
    free(cells);
    return status;
}
