/* plan.c: an experiment's sweep as runs, each with its settings resolved, its canonical text and its identity; and what the results of
 * earlier plans say about it. It knows nothing of cost and starts nothing.
 */
#include "experiment/parse.h"

#include <dirent.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- points of the sweep ------------------------------------------------------------------------------------------------------ */

size_t bora_experiment_points(const bora_experiment *x) {
    size_t points = 1;
    for (int a = 0; a < x->n_axes; a++)
        if (points <= BORA_MAX_RUNS) points *= (size_t)x->axes[a].n; /* beyond that, only "too many" matters */
    return points;
}

void bora_experiment_point(const bora_experiment *x, size_t point, bora_settings *s, int index[BORA_MAX_AXES]) {
    *s = x->settings;
    for (int a = x->n_axes - 1; a >= 0; a--) { /* the last key runs fastest */
        index[a] = (int)(point % (size_t)x->axes[a].n);
        point /= (size_t)x->axes[a].n;
        bora_setting_copy(x->axes[a].row, s, &x->axes[a].values[index[a]]);
    }
}

/* ---- canonical text ----------------------------------------------------------------------------------------------------------- */

double bora_settings_learning_rate(const bora_settings *s) {
    double tau = s->prior.tau, at = BORA_SAME;
    if (tau <= 0) at = s->optimizer.learning_rate_at_0;
    else if (isinf(tau)) at = s->optimizer.learning_rate_at_inf;
    else if (s->optimizer.rule == BORA_RULE_PROPORTIONAL) return s->optimizer.learning_rate * tau / 3000;
    return at < 0 ? s->optimizer.learning_rate : at;
}

/* The rate in effect in the place of the rules that gave it, so that resolving again changes nothing. */
static void resolve(bora_settings *s) {
    s->optimizer.learning_rate = bora_settings_learning_rate(s);
    s->optimizer.learning_rate_at_0 = s->optimizer.learning_rate_at_inf = BORA_SAME;
    s->optimizer.rule = BORA_RULE_CONSTANT;
}

/* Lines `key: value` of the rows that matter and whose name starts with one of the prefixes. */
static char *canonical_text(const bora_settings *s, const char *const *prefixes, size_t n) {
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    if (!out) abort();
    for (size_t i = 0; i < bora_schema_rows; i++) {
        const bora_row *row = &bora_schema[i];
        bool wanted = false;
        for (size_t p = 0; p < n; p++) wanted = wanted || strncmp(row->name, prefixes[p], strlen(prefixes[p])) == 0;
        if (!wanted || row->left_out || !bora_schema_matters(row, s)) continue;
        char *value = bora_setting_text(row, s);
        fprintf(out, "%s: %s\n", row->name, value);
        free(value);
    }
    if (fclose(out) != 0 || !text) abort();
    return text;
}

static const char *const everything[] = {""};
static const char *const of_base[] = {"tokenizer.", "model.", "pretrain."};

char *bora_base_text(const bora_settings *s) { return canonical_text(s, of_base, 3); }

static void hash_with_data(const char *text, const char *data_hash, char hex[65]) {
    char *all = bora_format("%sdata: %s\nnumerics: %d\n", text, data_hash, BORA_NUMERICS_VERSION);
    bora_hash_bytes(all, strlen(all), hex);
    free(all);
}

void bora_base_hash(const bora_settings *s, const char *data_hash, char hex[65]) {
    char *text = bora_base_text(s);
    hash_with_data(text, data_hash, hex);
    free(text);
}

/* ---- slug and identity -------------------------------------------------------------------------------------------------------- */

static const char *last_part(const char *name) { return strrchr(name, '.') + 1; }

static void append(char slug[BORA_SLUG_SIZE], const char *text, size_t most) {
    static const char kept[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.+-";
    size_t n = strlen(slug), start = n;
    for (; *text && n - start < most && n + 1 < BORA_SLUG_SIZE; text++) {
        if (strchr(kept, *text)) slug[n++] = *text;
        else if (n > start && slug[n - 1] != '-') slug[n++] = '-';
    }
    while (n > start && slug[n - 1] == '-') n--;
    slug[n] = 0;
}

/* A value's share of a file name: without brackets and quotes, at most 32 bytes; the identity's digits tell apart what this leaves equal. */
static void name_value(char slug[BORA_SLUG_SIZE], const bora_row *row, const bora_settings *s) {
    char *value = bora_setting_text(row, s);
    append(slug, value, 32);
    free(value);
}

static void make_slug(char slug[BORA_SLUG_SIZE], const bora_experiment *x, const bora_settings *s) {
    slug[0] = 0;
    for (int a = 0; a < x->n_axes; a++) {
        const bora_row *row = x->axes[a].row;
        const char *name = last_part(row->name);
        for (int b = 0; b < x->n_axes; b++) /* run.seed beside pretrain.seed: both in full */
            if (b != a && strcmp(last_part(x->axes[b].row->name), last_part(row->name)) == 0) name = row->name;
        size_t n = strlen(slug);
        if (n + 64 >= BORA_SLUG_SIZE) break;
        snprintf(slug + n, BORA_SLUG_SIZE - n, "%s%s-", a ? "_" : "", name);
        name_value(slug, row, s);
    }
    if (!slug[0]) strcpy(slug, "run");
}

void bora_planned_identify(bora_planned *r, const char *data_hash) {
    char hex[65];
    hash_with_data(r->canonical, data_hash, hex);
    snprintf(r->identity, sizeof r->identity, "%s-%.12s", r->slug, hex);
}

/* ---- the plan ----------------------------------------------------------------------------------------------------------------- */

static bool is_planned(const bora_plan *p, const char *canonical) {
    for (size_t i = 0; i < p->n; i++)
        if (strcmp(p->runs[i].canonical, canonical) == 0) return true;
    return false;
}

int bora_plan_expand(bora_plan *p, const bora_experiment *x, bora_error *e) {
    size_t points = bora_experiment_points(x);
    *p = (bora_plan){0};
    int status = bora_calloc(&p->runs, points, sizeof *p->runs, "a plan", e);
    for (size_t i = 0; !status && i < points; i++) {
        bora_planned *r = &p->runs[p->n];
        int index[BORA_MAX_AXES];
        bora_experiment_point(x, i, &r->settings, index);
        make_slug(r->slug, x, &r->settings); /* of what the file says, before rules are resolved */
        resolve(&r->settings);
        r->canonical = canonical_text(&r->settings, everything, 1);
        if (is_planned(p, r->canonical)) {
            free(r->canonical);
            r->canonical = NULL;
            p->merged++;
        } else {
            p->n++;
        }
    }
    return status;
}

void bora_plan_free(bora_plan *p) {
    for (size_t i = 0; i < p->n; i++) free(p->runs[i].canonical);
    free(p->runs);
    *p = (bora_plan){0};
}

/* ---- against earlier results -------------------------------------------------------------------------------------------------- */

static size_t line_length(const char *text) { return strcspn(text, "\n"); }

static bool has_line(const char *text, const char *line, size_t length) {
    for (; *text; text += line_length(text), text += *text == '\n')
        if (line_length(text) == length && strncmp(text, line, length) == 0) return true;
    return false;
}

static bool has_key(const char *text, const char *line, size_t length) { /* key: `line` up to and with its colon */
    for (; *text; text += line_length(text), text += *text == '\n')
        if (strncmp(text, line, length) == 0) return true;
    return false;
}

/* Append to `list` the keys whose lines differ from `from` to `to`, and count them; keys only in `from` too. */
static int changed_keys(const char *from, const char *to, char list[512]) {
    int count = 0;
    list[0] = 0;
    for (int side = 0; side < 2; side++) {
        const char *other = side ? to : from;
        for (const char *line = side ? from : to; *line; line += line_length(line), line += *line == '\n') {
            size_t length = line_length(line), key = strcspn(line, ":\n"), used = strlen(list);
            if (!key || has_line(other, line, length) || (side && has_key(other, line, key + 1))) continue;
            if (used + key + 8 < 512) snprintf(list + used, 512 - used, "%s%.*s", count ? ", " : "", (int)key, line);
            else if (used + 5 < 512 && list[used - 1] != '.') strcpy(list + used, " ...");
            count++;
        }
    }
    return count;
}

static bool is_finished_run(const char *name, const char *slug) {
    size_t n = strlen(slug);
    return strncmp(name, slug, n) == 0 && name[n] == '-' && strlen(name + n + 1) == 12 &&
           strspn(name + n + 1, "0123456789abcdef") == 12;
}

bool bora_planned_reason(const bora_planned *r, const char *folder, char reason[512]) {
    struct dirent *entry;
    int fewest = -1;
    DIR *directory = opendir(folder);
    strcpy(reason, "new");
    while (directory && (entry = readdir(directory))) {
        if (!is_finished_run(entry->d_name, r->slug)) continue;
        char *path = bora_format("%s/%s/settings.yaml", folder, entry->d_name), *text = NULL, list[512];
        size_t size;
        bora_error e;
        if (bora_read_file(path, &text, &size, &e) == BORA_OK) {
            int changed = changed_keys(text, r->canonical, list);
            if (strcmp(entry->d_name, r->identity) == 0) changed = -2; /* nothing is fewer */
            if (fewest == -1 || changed < fewest || (changed == fewest && strcmp(list, strchr(reason, ':') + 2) < 0)) {
                fewest = changed;
                if (changed > 0) snprintf(reason, 512, "settings changed: %.490s", list);
                else strcpy(reason, changed ? "reused" : "data or numerics version changed");
            }
        }
        free(text);
        free(path);
        if (fewest == -2) break;
    }
    if (directory) closedir(directory);
    return fewest == -2;
}
