/* language.c: synthetic languages of which the truth is known: every task is a chain in which the next symbol depends on the
 * last one, and its probabilities vary about a centre that the tasks share. It makes probabilities, documents and exact NLLs;
 * what can be learnt from counts is the business of stat/. */
#include "text/source.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+-"; /* no mark ends a sentence */
enum { MOST_SYMBOLS = sizeof alphabet - 1 };

/* Independent streams of numbers: of the supports, of each centre (the last is the base model's), of each task. */
enum { STREAM_SHIFT = 32 };
static uint64_t stream(uint64_t number) { return number << STREAM_SHIFT; }
static uint64_t stream_of_centre(int centre) { return stream(1 + (uint64_t)centre); }
static uint64_t stream_of_task(const bora_language *x, int d) { return stream(1 + (uint64_t)(x->centres + d)); }

/* The successors of context c, the first of a shuffle, the same for all centres and tasks. */
static void support_of(const bora_language *x, int c, size_t *order) {
    for (int v = 0; v < x->o.symbols; v++) order[v] = (size_t)v;
    bora_shuffle(order, (size_t)x->o.symbols, x->o.seed, BORA_FOR_LANGUAGES, (uint64_t)(c * x->o.symbols));
}

static void normalise(double *p, int n) {
    double sum = 0;
    for (int v = 0; v < n; v++) sum += p[v];
    for (int v = 0; v < n; v++) p[v] /= sum;
}

/* m_c ~ Dirichlet(1, ..., 1) on its support. */
static void make_centre(const bora_language *x, int centre, double *m) {
    uint64_t at = stream_of_centre(centre);
    int V = x->o.symbols;
    for (int c = 0; c < V; c++) {
        size_t order[MOST_SYMBOLS];
        support_of(x, c, order);
        for (int i = 0; i < x->o.successors; i++) m[c * V + (int)order[i]] = bora_gamma(1, x->o.seed, BORA_FOR_LANGUAGES, &at);
        normalise(m + c * V, V);
    }
}

/* P_d(. | c) ~ Dirichlet(kappa m_c). */
static void vary_dirichlet(const bora_language *x, const double *m, uint64_t at, double *p) {
    /* [eq:dirichlet] */
    int V = x->o.symbols;
    for (int c = 0; c < V; c++) {
        for (int v = 0; v < V; v++)
            if (m[c * V + v] > 0) p[c * V + v] = bora_gamma(x->o.kappa * m[c * V + v], x->o.seed, BORA_FOR_LANGUAGES, &at);
        normalise(p + c * V, V);
    }
    /* [/eq:dirichlet] */
}

/* log P_d(v | c) = log m_c(v) + sigma / sqrt(rank) sum_k U_ck W_vk + constant, U and W standard normal. */
static void vary_logistic(const bora_language *x, const double *m, uint64_t at, double *p) {
    /* [eq:logistic] */
    int V = x->o.symbols, r = x->o.rank;
    for (int c = 0; c < V; c++) {
        for (int v = 0; v < V; v++) {
            double sum = 0;
            for (int k = 0; k < r; k++)
                sum += bora_normal(x->o.seed, BORA_FOR_LANGUAGES, at + (uint64_t)(c * r + k)) *
                       bora_normal(x->o.seed, BORA_FOR_LANGUAGES, at + (uint64_t)((V + v) * r + k));
            if (m[c * V + v] > 0) p[c * V + v] = m[c * V + v] * bora_exp(x->o.sigma / sqrt(r) * sum);
        }
        normalise(p + c * V, V);
    }
    /* [/eq:logistic] */
}

/* Tasks take the clusters' centres in turn; the outlier, the last task, has one of its own. */
int bora_language_centre(const bora_language *x, int d) {
    return x->o.outlier && d == x->o.tasks - 1 ? x->o.clusters : d % x->o.clusters;
}

int bora_language_init(bora_language *x, const bora_language_options *o, bora_error *e) {
    *x = (bora_language){.o = *o, .centres = o->clusters + o->outlier + 1};
    if (o->symbols > MOST_SYMBOLS || o->successors > o->symbols)
        return bora_fail(e, BORA_BAD_INPUT,
                         "a language of %d symbols with %d successors each: at most %d symbols, and no more successors",
                         o->symbols, o->successors, MOST_SYMBOLS);
    size_t square = (size_t)o->symbols * (size_t)o->symbols;
    int status = bora_calloc(&x->centre, (size_t)x->centres * square, sizeof *x->centre, "a language", e);
    if (!status) status = bora_calloc(&x->p, (size_t)o->tasks * square, sizeof *x->p, "a language", e);
    for (int i = 0; !status && i < x->centres; i++) make_centre(x, i, x->centre + (size_t)i * square);
    for (int d = 0; !status && d < o->tasks; d++)
        (o->low_rank ? vary_logistic : vary_dirichlet)(x, x->centre + (size_t)bora_language_centre(x, d) * square,
                                                       stream_of_task(x, d), x->p + (size_t)d * square);
    if (status) bora_language_free(x);
    return status;
}

void bora_language_free(bora_language *x) {
    free(x->centre);
    free(x->p);
    *x = (bora_language){0};
}

/* ---- documents ---------------------------------------------------------------------------------------------------------- */

/* The symbol that a uniform number decides on, after context c; the first one, c < 0, is uniform itself. */
static int next_symbol(const bora_language *x, const double *p, int c, double u) {
    int v = 0, last = 0;
    if (c < 0) return (int)(u * x->o.symbols);
    p += c * x->o.symbols;
    for (double sum = 0; v < x->o.symbols; v++) {
        if (p[v] == 0) continue;
        last = v, sum += p[v];
        if (u < sum) break;
    }
    return last; /* the last one if the sum falls short of 1 by rounding */
}

/* `n` documents of a chain, each in a group of its own. */
static int add_documents(const bora_language *x, bora_source *s, size_t *capacity, const char *task, const double *p,
                         uint64_t at, int n, bora_error *e) {
    int L = x->o.length;
    char *text = NULL;
    int status = bora_calloc(&text, (size_t)L, 1, "a document", e);
    for (int i = 0; !status && i < n; i++) {
        char group[16];
        snprintf(group, sizeof group, "%d", i);
        for (int t = 0, v = -1; t < L; t++)
            text[t] = alphabet[v = next_symbol(x, p, v, bora_uniform(x->o.seed, BORA_FOR_SENTENCES, at++))];
        status = bora_source_add(s, capacity, task, group, text, (size_t)L, e);
    }
    free(text);
    return status;
}

int bora_source_language(bora_source *s, const bora_language *x, bora_error *e) {
    size_t capacity = 0, square = (size_t)x->o.symbols * (size_t)x->o.symbols;
    int status = BORA_OK;
    *s = (bora_source){0};
    for (int d = 0; !status && d < x->o.tasks; d++) {
        char name[32];
        /* ordered by name they are in the order of the language */
        snprintf(name, sizeof name, "task %04d%s", d + 1, x->o.outlier && d == x->o.tasks - 1 ? " outlier" : "");
        status = add_documents(x, s, &capacity, name, x->p + (size_t)d * square, stream_of_task(x, d), x->o.documents, e);
    }
    if (status) bora_source_free(s);
    return status;
}

int bora_source_language_base(bora_source *s, const bora_language *x, int documents, bora_error *e) {
    size_t capacity = 0, square = (size_t)x->o.symbols * (size_t)x->o.symbols;
    *s = (bora_source){0};
    int base = x->centres - 1, status = add_documents(x, s, &capacity, "base", x->centre + (size_t)base * square,
                                                      stream_of_centre(base), documents, e);
    if (status) bora_source_free(s);
    return status;
}

/* ---- truth -------------------------------------------------------------------------------------------------------------- */

static int symbol_of(char letter) { return (int)(strchr(alphabet, letter) - alphabet); }

void bora_language_count(const bora_language *x, const char *text, size_t size, double *counts) {
    for (size_t t = 1; t < size; t++) counts[symbol_of(text[t - 1]) * x->o.symbols + symbol_of(text[t])]++;
}

void bora_language_count_documents(const bora_language *x, int d, int from, int to, double *counts) {
    int V = x->o.symbols, L = x->o.length;
    const double *p = x->p + (size_t)d * (size_t)(V * V);
    uint64_t at = stream_of_task(x, d) + (uint64_t)from * (uint64_t)L;
    for (int i = from; i < to; i++)
        for (int t = 0, c = -1, v; t < L; t++, c = v) {
            v = next_symbol(x, p, c, bora_uniform(x->o.seed, BORA_FOR_SENTENCES, at++));
            if (c >= 0) counts[c * V + v]++;
        }
}

double bora_language_nll(const bora_language *x, const double *p, const char *text, size_t size) {
    double nll = size ? bora_log(x->o.symbols) : 0;
    for (size_t t = 1; t < size; t++) nll -= bora_log(p[symbol_of(text[t - 1]) * x->o.symbols + symbol_of(text[t])]);
    return nll;
}

/* (1/L) [log V + sum over t of sum over c of (p0 P^t)_c H(P(. | c), q(. | c))], p0 uniform, H the cross-entropy. */
double bora_language_expected_nll(const bora_language *x, int d, const double *q) {
    /* [eq:entropy] */
    int V = x->o.symbols;
    const double *p = x->p + (size_t)d * (size_t)(V * V);
    double nll[MOST_SYMBOLS] = {0}, now[MOST_SYMBOLS], next[MOST_SYMBOLS], sum = bora_log(V);
    for (int c = 0; c < V; c++) {
        now[c] = 1.0 / V;
        for (int v = 0; v < V; v++)
            if (p[c * V + v] > 0) nll[c] -= p[c * V + v] * bora_log(q[c * V + v]);
    }
    for (int t = 1; t < x->o.length; t++) {
        memset(next, 0, sizeof next);
        for (int c = 0; c < V; c++) {
            sum += now[c] * nll[c];
            for (int v = 0; v < V; v++) next[v] += now[c] * p[c * V + v];
        }
        memcpy(now, next, sizeof now);
    }
    return sum / x->o.length;
    /* [/eq:entropy] */
}

double bora_language_entropy(const bora_language *x, int d) {
    return bora_language_expected_nll(x, d, x->p + (size_t)d * (size_t)(x->o.symbols * x->o.symbols));
}
