/* plan.c: an experiment's sweep as runs, each with its settings, its canonical text, its slug and its name; and the difference
 * of two canonical texts. It knows nothing of cost and starts nothing.
 */
#include "experiment/experiment.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { SLUG_VALUE = 32 };

/* ---- canonical text ----------------------------------------------------------------------------------------------------- */

static double unless_same(const bora_settings *s, bora_setting i, double otherwise) {
    return bora_is(s, i, "same") ? otherwise : bora_real(s, i);
}

static double rate_at(const bora_settings *s, double tau) {
    double rate = bora_real(s, BORA_OPTIMIZER_RATE);
    if (tau > 0 && !isinf(tau)) return bora_is(s, BORA_OPTIMIZER_RULE, "proportional") ? rate * tau / 3000 : rate;
    return unless_same(s, isinf(tau) ? BORA_OPTIMIZER_RATE_INF : BORA_OPTIMIZER_RATE_0, rate);
}

double bora_learning_rate(const bora_settings *s) {
    double rate = rate_at(s, bora_tau(s));
    return bora_matters(s, BORA_OPTIMIZER_RATE_THEN) ? unless_same(s, BORA_OPTIMIZER_RATE_THEN, rate) : rate;
}

/* A first phase at a tau of its own, whose rate the rules make too. */
static bool has_first_tau(const bora_settings *s) {
    return bora_matters(s, BORA_PRIOR_FIRST_TAU) && !bora_is(s, BORA_PRIOR_FIRST_TAU, "same");
}

/* What stands for these is said elsewhere. Where data lie changes no result: the identity has their hash. The rates at the
 * limits and of then-task and the rule come to the one rate in the line of optimizer.learning_rate; they have lines of their
 * own only where they decide that of a first phase too, which has no line. */
static bool is_left_out(const bora_settings *s, bora_setting i) {
    return i == BORA_DATA_PATH || i == BORA_PRETRAIN_PATH || i == BORA_OPTIMIZER_RATE_THEN ||
           ((i == BORA_OPTIMIZER_RATE_0 || i == BORA_OPTIMIZER_RULE) && !has_first_tau(s)) ||
           (i == BORA_OPTIMIZER_RATE_INF && !bora_method_of(s)->from_unified);
}

/* Results that exist know nothing of these: at its default a setting of them is left out, so that identities stay. */
static bool is_young_default(const bora_settings *s, bora_setting i) {
    static const bora_setting young[] = {BORA_DATA_SHUFFLE,     BORA_DATA_NEW,          BORA_DATA_PADDING,
                                         BORA_METHOD_KIND,      BORA_PRIOR_FIRST_TAU,   BORA_PRIOR_FORM,
                                         BORA_PRIOR_SHARE,      BORA_LIKELIHOOD_WEIGHT, BORA_OPTIMIZER_SCHEDULE,
                                         BORA_RUN_FIRST_EPOCHS, BORA_RUN_ORDER};
    for (size_t k = 0; k < sizeof young / sizeof *young; k++)
        if (young[k] == i) return bora_is(s, i, bora_schema[i].standard);
    return false;
}

/* Fresh text of a setting as it takes effect. */
static char *effective(const bora_settings *s, bora_setting i) {
    if (i == BORA_OPTIMIZER_RATE) return bora_shortest(bora_learning_rate(s));
    if (i == BORA_OPTIMIZER_RATE_INF) return bora_shortest(rate_at(s, INFINITY));
    if (i == BORA_PRIOR_TAU && isinf(bora_tau(s))) return bora_format("inf");
    if (i == BORA_PRIOR_TAU) return bora_shortest(bora_tau(s));
    if (bora_schema[i].type == BORA_TEXT)
        return bora_canonical_item(BORA_DATA_NAMES, s->value[i], (char[256]){0}); /* quoted if need be */
    return bora_format("%s", s->value[i]);
}

/* Lines `key: value` in the schema's order of the settings from `first` to `last` that can make a difference. */
static char *text_of(const bora_settings *s, bora_setting first, bora_setting last) {
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    if (!out) abort();
    for (bora_setting i = first; i <= last; i++) {
        if (is_left_out(s, i) || is_young_default(s, i) || !bora_matters(s, i)) continue;
        char *value = effective(s, i);
        fprintf(out, "%s: %s\n", bora_schema[i].name, value);
        free(value);
    }
    if (fclose(out) || !text) abort();
    return text;
}

char *bora_base_text(const bora_settings *s) { return text_of(s, BORA_TOKENIZER_VOCABULARY, BORA_PRETRAIN_SEED); }
static char *run_text(const bora_settings *s) { return text_of(s, (bora_setting)0, BORA_RUN_SEED); }

/* ---- slugs and names ---------------------------------------------------------------------------------------------------- */

static const char *last_part(int setting) { return strrchr(bora_schema[setting].name, '.') + 1; }

/* run.seed beside pretrain.seed: both in full. */
static const char *slug_key(const bora_experiment *x, int k) {
    for (int other = 0; other < x->n_sweep; other++)
        if (other != k && !strcmp(last_part(x->sweep[other].setting), last_part(x->sweep[k].setting)))
            return bora_schema[x->sweep[k].setting].name;
    return last_part(x->sweep[k].setting);
}

/* What a file name may hold of a value, at most SLUG_VALUE bytes; the name's digits tell apart what this leaves equal. */
static void slug_value(const char *value, char out[SLUG_VALUE + 1]) {
    size_t n = 0;
    for (; *value && n < SLUG_VALUE; value++) {
        if (strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.+-", *value)) out[n++] = *value;
        else if (n && out[n - 1] != '-') out[n++] = '-';
    }
    while (n && out[n - 1] == '-') n--;
    out[n] = 0;
}

static char *slug_of(const bora_experiment *x, const bora_settings *s, const char *variant) {
    char *slug = *variant ? bora_format("%s", variant) : NULL, value[SLUG_VALUE + 1];
    for (int k = 0; k < x->n_sweep; k++) {
        slug_value(s->value[x->sweep[k].setting], value);
        char *longer = bora_format("%s%s%s-%s", slug ? slug : "", slug ? "_" : "", slug_key(x, k), value);
        free(slug);
        slug = longer;
    }
    return slug ? slug : bora_format("run");
}

void bora_plan_identify(bora_plan_run *r, const char *data_hash) {
    char hex[65];
    free(r->identity);
    free(r->name);
    r->identity = bora_format("%sdata: %s\nnumerics: %d\n", r->text, data_hash, BORA_NUMERICS_VERSION);
    bora_hash_bytes(r->identity, strlen(r->identity), hex);
    r->name = bora_format("%s-%.12s", r->slug, hex);
}

/* ---- the plan ----------------------------------------------------------------------------------------------------------- */

static void replace(bora_settings *s, int setting, const char *value) {
    free(s->value[setting]);
    s->value[setting] = bora_format("%s", value);
}

size_t bora_points(const bora_experiment *x) {
    size_t points = x->n_variants ? (size_t)x->n_variants : 1;
    for (int k = 0; k < x->n_sweep && points <= BORA_MOST_RUNS; k++) points *= (size_t)x->sweep[k].n;
    return points;
}

int bora_point(const bora_experiment *x, size_t i, bora_settings *s, int *chosen) {
    *s = x->settings;
    for (int k = x->n_sweep - 1; k >= 0; k--) {
        chosen[k] = (int)(i % (size_t)x->sweep[k].n);
        i /= (size_t)x->sweep[k].n;
        s->value[x->sweep[k].setting] = x->sweep[k].values[chosen[k]];
    }
    for (int k = 0; x->n_variants && k < BORA_SETTING_COUNT; k++)
        if (x->variants[i].settings.value[k]) s->value[k] = x->variants[i].settings.value[k];
    return (int)i;
}

void bora_first_settings(const bora_settings *s, bora_settings *first) {
    bora_settings_copy(first, s);
    if (bora_method_of(s)->from_unified) replace(first, BORA_METHOD_KIND, "unified");
    if (has_first_tau(s)) replace(first, BORA_PRIOR_TAU, s->value[BORA_PRIOR_FIRST_TAU]);
    if (!bora_is(s, BORA_RUN_FIRST_EPOCHS, "same")) replace(first, BORA_RUN_EPOCHS, s->value[BORA_RUN_FIRST_EPOCHS]);
    replace(first, BORA_PRIOR_FIRST_TAU, "same");
    replace(first, BORA_RUN_FIRST_EPOCHS, "same");
    replace(first, BORA_DATA_NEW, "none");
}

char *bora_first_text(const bora_settings *s) {
    bora_settings first;
    if (!bora_has_first_phase(s)) return NULL;
    bora_first_settings(s, &first);
    char *run = run_text(&first), *text = bora_format("%s%s", run, bora_has_new_task(s) ? "without the new task\n" : "");
    bora_settings_free(&first);
    free(run);
    return text;
}

static void free_run(bora_plan_run *r) {
    bora_settings_free(&r->settings);
    free(r->text);
    free(r->slug);
    free(r->identity);
    free(r->name);
    *r = (bora_plan_run){0};
}

void bora_plan_free(bora_plan *p) {
    for (int i = 0; i < p->n; i++) free_run(&p->runs[i]);
    for (int i = 0; i < p->n_points; i++) {
        bora_settings_free(&p->points[i].settings);
        free(p->points[i].variant);
    }
    free(p->runs);
    free(p->points);
    *p = (bora_plan){0};
}

/* Points that come to the same text are one run; the first is kept. */
static int find_run(const bora_plan *p, const char *text) {
    int i = 0;
    while (i < p->n && strcmp(p->runs[i].text, text)) i++;
    return i;
}

static void add_point(bora_plan *p, const bora_experiment *x, size_t i) {
    bora_plan_run *r = &p->runs[p->n];
    bora_plan_point *at = &p->points[p->n_points++];
    bora_settings settings;
    int chosen[BORA_SWEEP_KEYS], variant = bora_point(x, i, &settings, chosen);
    bora_settings_copy(&r->settings, &settings);
    bora_settings_copy(&at->settings, &settings);
    at->variant = bora_format("%s", x->n_variants ? x->variants[variant].name : "");
    r->slug = slug_of(x, &r->settings, at->variant);
    r->text = run_text(&r->settings);
    at->run = find_run(p, r->text);
    if (at->run < p->n) free_run(r);
    else p->n++;
}

int bora_plan_expand(bora_plan *p, const bora_experiment *x, bora_error *e) {
    size_t points = bora_points(x);
    *p = (bora_plan){0};
    int status = bora_calloc(&p->runs, points, sizeof *p->runs, "a plan", e);
    if (!status) status = bora_calloc(&p->points, points, sizeof *p->points, "a plan", e);
    for (size_t i = 0; !status && i < points; i++) add_point(p, x, i);
    if (status) bora_plan_free(p);
    return status;
}

/* ---- differences -------------------------------------------------------------------------------------------------------- */

/* The line of `text` that starts with the same key, or NULL. */
static const char *line_of(const char *text, const char *key, size_t size) {
    for (; *text; text += strcspn(text, "\n"), text += *text == '\n')
        if (!strncmp(text, key, size)) return text;
    return NULL;
}

/* Append the keys of `from` that `to` lacks or, with `changed`, has otherwise. */
static void add_keys(FILE *out, bool *first, const char *from, const char *to, bool changed) {
    for (; *from; from += strcspn(from, "\n"), from += *from == '\n') {
        size_t key = strcspn(from, ":\n"), line = strcspn(from, "\n");
        const char *other = line_of(to, from, key + (from[key] == ':'));
        if (!key || (other && (!changed || (strcspn(other, "\n") == line && !strncmp(other, from, line))))) continue;
        fprintf(out, "%s%.*s", *first ? "" : ", ", (int)key, from);
        *first = false;
    }
}

char *bora_text_difference(const char *a, const char *b) {
    char *text = NULL;
    size_t size;
    bool first = true;
    FILE *out = open_memstream(&text, &size);
    if (!out) abort();
    add_keys(out, &first, a, b, true);
    add_keys(out, &first, b, a, false);
    if (fclose(out) || !text) abort();
    return text;
}
