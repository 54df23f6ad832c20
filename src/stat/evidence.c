/* evidence.c: the results that a claim is judged by: of an experiment's folder the runs that the claim is about. It measures
 * nothing. */
#include "stat/claims.h"

#include <stdlib.h>
#include <string.h>

/* `tau (plan 0123456789ab)` behind what stands in data. A verdict is not for those to see who can still decide to go on: all
 * runs of the plan, its lines that are none of `# ...`, `figure ...`, `beside ...`, must be there. */
static int read_plan(const bora_summary *s, const char *name, char data[256], bora_error *e) {
    char *path = bora_format("%s/plan.txt", s->directory), *text = NULL, *rest = NULL, hash[65];
    size_t size, used = strlen(data);
    int missing = 0, status = bora_exists(path) ? bora_read_file(path, &text, &size, e)
                                                : bora_fail(e, BORA_SKIPPED, "'%s' has no plan.txt (bora run makes it)", name);
    free(path);
    if (status) return status;
    bora_hash_bytes(text, size, hash);
    snprintf(data + used, 256 - used, "%s%s (plan %.12s)", used ? "; " : "", name, hash);
    for (char *line = strtok_r(text, "\r\n", &rest); line; line = strtok_r(NULL, "\r\n", &rest)) {
        int i = 0;
        if (strchr(line, ' ')) continue;
        while (i < s->n && strcmp(s->runs[i].name, line)) i++;
        missing += i == s->n;
    }
    if (missing) status = bora_fail(e, BORA_SKIPPED, "'%s' is not finished, %d runs are missing", name, missing);
    free(text);
    return status;
}

/* Whether a run is as one `key=value` says. */
static int matches(const bora_summary *s, const bora_finished *run, const char *condition, bool *is, bora_error *e) {
    size_t length = strcspn(condition, "=");
    const char *value = condition + length + (condition[length] == '=');
    if (!strncmp(condition, "tau=", 4)) *is = run->tau == strtod(value, NULL);
    else {
        int k = 0;
        while (k < s->n_keys && (strlen(s->keys[k]) != length || strncmp(s->keys[k], condition, length))) k++;
        if (k == s->n_keys) return bora_fail(e, BORA_BAD_INPUT, "'%.60s': %s varies no such setting", condition, s->directory);
        *is = !strcmp(run->values[k], value);
    }
    return BORA_OK;
}

/* x->s <- the runs of x->all that every condition lets stand, in a fresh array. */
static int select_runs(bora_evidence *x, const char *where, bora_error *e) {
    int status = bora_calloc(&x->s.runs, (size_t)x->all.n, sizeof *x->s.runs, "runs", e);
    bora_finished *runs = x->s.runs;
    x->s = x->all;
    x->s.runs = runs;
    x->s.n = x->s.settings = x->s.made = 0;
    for (int i = 0; !status && i < x->all.n; i++) {
        char *conditions = bora_format("%s", where), *rest = NULL;
        bool all = true, is = true;
        for (char *c = strtok_r(conditions, " ", &rest); !status && c; c = strtok_r(NULL, " ", &rest)) {
            status = matches(&x->all, &x->all.runs[i], c, &is, e);
            all = all && is;
        }
        free(conditions);
        if (!all) continue;
        x->s.settings += x->s.n == 0 || runs[x->s.n - 1].setting != x->all.runs[i].setting;
        runs[x->s.n++] = x->all.runs[i];
        int first = 0;
        while (strcmp(runs[first].name, x->all.runs[i].name)) first++;
        x->s.made += first == x->s.n - 1;
    }
    if (!status && !x->s.n) status = bora_fail(e, BORA_SKIPPED, "%s has no run with %s", x->all.directory, where);
    return status;
}

static int read_blocks(const bora_summary *s, bora_at at, bora_block_sums *b, bora_error *e) {
    int status = bora_blocks_read(s, at, b, e);
    return status == BORA_SKIPPED ? BORA_OK : status; /* not all quantities need them */
}

int bora_evidence_open(const char *results, const char *name, const char *where, bora_evidence *x, char data[256],
                       bora_error *e) {
    char *folder = bora_format("%s/%s", results, name), *index = bora_format("%s/runs.csv", folder);
    int status = BORA_OK;
    *x = (bora_evidence){0};
    if (!bora_exists(index))
        status = bora_fail(e, BORA_SKIPPED, "'%s' has not been run (bora run experiments/%s.yaml --tier full)", name, name);
    if (!status) status = bora_summary_read(&x->all, folder, e);
    if (!status) status = read_plan(&x->all, name, data, e);
    if (!status) status = select_runs(x, where, e);
    if (!status) status = read_blocks(&x->s, BORA_AT_COMMON, &x->common, e);
    if (!status) status = read_blocks(&x->s, BORA_AT_TASK, &x->own, e);
    if (status) bora_evidence_close(x);
    free(folder);
    free(index);
    return status;
}

void bora_evidence_close(bora_evidence *x) {
    bora_blocks_free(&x->common);
    bora_blocks_free(&x->own);
    free(x->s.runs);
    bora_summary_free(&x->all);
    *x = (bora_evidence){0};
}
