/* plan.c: from an experiment to its runs: the sweep expanded, every run's canonical text and name, and what differs between two texts.
 * It starts nothing. */
#include "experiment/experiment.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

double bora_learning_rate(const bora_settings *s) {
    double tau = bora_real(s, BORA_PRIOR_TAU), rate = bora_real(s, BORA_OPTIMIZER_RATE);
    if (tau == 0) return bora_is(s, BORA_OPTIMIZER_RATE_0, "same") ? rate : bora_real(s, BORA_OPTIMIZER_RATE_0);
    if (isinf(tau)) return bora_is(s, BORA_OPTIMIZER_RATE_INF, "same") ? rate : bora_real(s, BORA_OPTIMIZER_RATE_INF);
    return bora_is(s, BORA_OPTIMIZER_RULE, "proportional") ? rate * tau / 3000 : rate;
}

/* Whether setting i has any effect on a run with these settings. */
static bool matters(const bora_settings *s, int i) {
    bool csv = bora_is(s, BORA_DATA_SOURCE, "csv"), number = bora_is(s, BORA_DATA_DRAW, "number"), sizes = bora_is(s, BORA_DATA_DRAW, "sizes");
    double tau = bora_real(s, BORA_PRIOR_TAU);
    switch (i) {
    case BORA_DATA_PATH:
    case BORA_PRETRAIN_PATH: return false; /* where the data lie does not matter: their hash does */
    case BORA_DATA_TASK_COLUMN:
    case BORA_DATA_TEXT_COLUMN:
    case BORA_DATA_GROUP_COLUMN:
    case BORA_DATA_MIN_CHARACTERS:
    case BORA_DATA_MIN_DOCUMENTS:
    case BORA_DATA_MAX_DOCUMENTS: return csv;
    case BORA_DATA_COUNT: return bora_is(s, BORA_DATA_TASKS, "most-text");
    case BORA_DATA_NAMES: return bora_is(s, BORA_DATA_TASKS, "named");
    case BORA_DATA_FRACTION: return bora_is(s, BORA_DATA_DRAW, "fraction");
    case BORA_DATA_NUMBER: return number;
    case BORA_DATA_SIZES: return sizes;
    case BORA_DATA_SCALE: return number || sizes;
    case BORA_OPTIMIZER_STEP: return tau > 0 && isfinite(tau);
    case BORA_OPTIMIZER_RATE_0:
    case BORA_OPTIMIZER_RATE_INF:
    case BORA_OPTIMIZER_RULE: return false; /* what they decide stands in optimizer.learning_rate */
    default: return true;
    }
}

/* Lines of the settings [from, to] that matter. */
static char *lines(const bora_settings *s, int from, int to) {
    char *text = NULL;
    size_t size;
    FILE *f = open_memstream(&text, &size);
    if (!f) abort();
    for (int i = from; i <= to; i++) {
        if (!matters(s, i)) continue;
        char *rate = i == BORA_OPTIMIZER_RATE ? bora_shortest(bora_learning_rate(s)) : NULL;
        fprintf(f, "%s: %s\n", bora_schema[i].name, rate ? rate : s->value[i]);
        free(rate);
    }
    fclose(f);
    return text;
}

char *bora_run_text(const bora_settings *s) { return lines(s, 0, BORA_SETTING_COUNT - 1); }
char *bora_base_text(const bora_settings *s) { return lines(s, BORA_TOKENIZER_VOCABULARY, BORA_PRETRAIN_SEED); }

/* "tau-3000_seed-2" from the swept keys' last parts. */
static char *slug_of(const bora_experiment *x, const bora_settings *s) {
    char *slug = bora_format("%s", x->n_sweep ? "" : "run");
    for (int i = 0; i < x->n_sweep; i++) {
        const char *name = bora_schema[x->sweep[i].setting].name, *last = strrchr(name, '.') + 1;
        char *longer = bora_format("%s%s%s-%s", slug, i ? "_" : "", last, s->value[x->sweep[i].setting]);
        free(slug);
        slug = longer;
    }
    for (char *c = slug; *c; c++)
        if (strchr(" /[],", *c)) *c = '+';
    return slug;
}

static bool known(const bora_plan *p, const char *text) {
    for (int i = 0; i < p->n; i++)
        if (!strcmp(p->runs[i].text, text)) return true;
    return false;
}

static void free_run(bora_plan_run *run) {
    bora_settings_free(&run->settings);
    free(run->text);
    free(run->slug);
    free(run->name);
    *run = (bora_plan_run){0};
}

/* Point `point` of the sweep; the last key moves fastest. */
static int make_run(bora_plan_run *run, const bora_experiment *x, int point, bora_error *e) {
    bora_settings_copy(&run->settings, &x->settings);
    for (int i = x->n_sweep - 1; i >= 0; point /= x->sweep[i--].n) {
        char **value = &run->settings.value[x->sweep[i].setting];
        free(*value);
        *value = bora_format("%s", x->sweep[i].values[point % x->sweep[i].n]);
    }
    run->text = bora_run_text(&run->settings);
    run->slug = slug_of(x, &run->settings);
    char problems[1024] = "";
    if (!bora_settings_check(&run->settings, problems, sizeof problems)) return BORA_OK;
    return bora_fail(e, BORA_BAD_INPUT, "experiment '%s', run %s: %s", x->name, run->slug, problems);
}

int bora_plan_expand(bora_plan *p, const bora_experiment *x, bora_error *e) {
    *p = (bora_plan){0};
    int total = 1;
    for (int i = 0; i < x->n_sweep; i++) {
        if (total > 100000 / x->sweep[i].n) return bora_fail(e, BORA_BAD_INPUT, "the sweep has more than 100000 runs");
        total *= x->sweep[i].n;
    }
    int status = bora_calloc(&p->runs, (size_t)total, sizeof *p->runs, "plan", e);
    for (int point = 0; !status && point < total; point++) {
        bora_plan_run *run = &p->runs[p->n];
        status = make_run(run, x, point, e);
        if (!status && known(p, run->text)) free_run(run); /* the same as an earlier one */
        else p->n++;
    }
    if (status) bora_plan_free(p);
    return status;
}

void bora_plan_free(bora_plan *p) {
    for (int i = 0; i < p->n; i++) free_run(&p->runs[i]);
    free(p->runs);
    *p = (bora_plan){0};
}

void bora_plan_identify(bora_plan *p, const char *data_hash) {
    for (int i = 0; i < p->n; i++) {
        char hex[65], *all = bora_format("%sdata: %s\nnumerics: %d\n", p->runs[i].text, data_hash, BORA_NUMERICS_VERSION);
        bora_hash_bytes(all, strlen(all), hex);
        free(all);
        free(p->runs[i].name);
        p->runs[i].name = bora_format("%s-%.12s", p->runs[i].slug, hex);
    }
}

/* ---- what differs ----------------------------------------------------------------------------------------------------------------- */

/* The line of a key in a canonical text; NULL: none. */
static const char *line_of(const char *text, const char *key, size_t size) {
    for (; *text; text += strcspn(text, "\n"), text += *text == '\n')
        if (!strncmp(text, key, size) && text[size] == ':') return text;
    return NULL;
}

/* Append to `found` the keys of a whose lines b lacks or, unless only_missing, has otherwise. */
static char *differing(const char *a, const char *b, bool only_missing, char *found) {
    for (const char *line = a; *line; line += strcspn(line, "\n"), line += *line == '\n') {
        size_t key = strcspn(line, ":"), whole = strcspn(line, "\n");
        const char *other = line_of(b, line, key);
        bool differs = !other || (!only_missing && (strncmp(line, other, whole) || strcspn(other, "\n") != whole));
        if (!differs) continue;
        char *longer = bora_format("%s%s%.*s", found, *found ? ", " : "", (int)key, line);
        free(found);
        found = longer;
    }
    return found;
}

char *bora_text_difference(const char *a, const char *b) {
    return differing(b, a, true, differing(a, b, false, bora_format("%s", "")));
}
