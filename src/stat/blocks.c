/* blocks.c: NLL summed over blocks of neighbouring test documents at the headline checkpoint, a column a run: all that paired
 * statistics need of the runs' documents.csv, and small enough to be kept; the same at each task's own checkpoint. It draws no
 * conclusions. */
#include "stat/summary.h"

#include <float.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    int task;
    double block, documents, tokens, nll;
} block;

typedef struct {
    block *blocks;
    size_t n;
} run_blocks;

/* Number of the task of a row, from d on: rows are ordered by task. */
static int task_of(const bora_summary *s, const bora_table *t, size_t row, size_t column, int *d, bora_error *e) {
    const char *name = bora_table_cell(t, row, column);
    while (*d < s->D && strcmp(s->tasks[*d], name)) ++*d;
    if (*d < s->D) return BORA_OK;
    return bora_fail(e, BORA_BAD_INPUT, "%s:%zu: task '%.60s' is unknown or out of order", t->path, t->lines[row], name);
}

const char *const bora_blocks_files[BORA_ATS] = {NULL, "blocks.csv", "blocks-task.csv"};
static const char *const checkpoints[BORA_ATS] = {"last", "common", "task"};

/* Documents of a checkpoint, summed while task and block stay the same. */
static int sum_documents(const bora_summary *s, bora_at at, const bora_table *t, run_blocks *r, bora_error *e) {
    static const char *const names[] = {"checkpoint", "task", "block", "tokens", "nll"};
    size_t column[5];
    int status = bora_calloc(&r->blocks, t->rows, sizeof *r->blocks, "blocks of documents", e), d = 0;
    for (int i = 0; !status && i < 5; i++) status = bora_table_column(t, names[i], &column[i], e);
    for (size_t row = 1; !status && row < t->rows; row++) {
        block x = {.documents = 1};
        if (strcmp(bora_table_cell(t, row, column[0]), checkpoints[at])) continue;
        status = task_of(s, t, row, column[1], &d, e);
        if (!status) status = bora_table_number(t, row, column[2], 0, DBL_MAX, &x.block, e);
        if (!status) status = bora_table_number(t, row, column[3], 1, DBL_MAX, &x.tokens, e);
        if (!status) status = bora_table_number(t, row, column[4], 0, DBL_MAX, &x.nll, e);
        x.task = d;
        block *last = r->n ? &r->blocks[r->n - 1] : NULL;
        if (status || !last || last->task != d || last->block != x.block) r->blocks[r->n++] = x;
        else last->documents++, last->tokens += x.tokens, last->nll += x.nll;
    }
    return status;
}

static int read_run(const bora_summary *s, bora_at at, const bora_finished *run, run_blocks *r, bora_error *e) {
    char *path = bora_format("%s/%s/documents.csv", s->directory, run->name);
    bora_table t;
    int status = bora_table_read(&t, path, e);
    free(path);
    if (status) return status;
    status = sum_documents(s, at, &t, r, e);
    bora_table_free(&t);
    return status;
}

static bool same_documents(const run_blocks *a, const run_blocks *b) {
    bool same = a->n == b->n;
    for (size_t i = 0; same && i < a->n; i++) {
        const block *x = &a->blocks[i], *y = &b->blocks[i];
        same = x->task == y->task && x->block == y->block && x->documents == y->documents && x->tokens == y->tokens;
    }
    return same;
}

static void print(const bora_summary *s, const run_blocks *r, FILE *out) {
    fprintf(out, "task,block,documents,tokens");
    for (int i = 0; i < s->n; i++) {
        fputc(',', out);
        bora_put_text(out, s->runs[i].name);
    }
    fputc('\n', out);
    for (size_t j = 0; j < r[0].n; j++) {
        const block *x = &r[0].blocks[j];
        bora_put_text(out, s->tasks[x->task]);
        fprintf(out, ",%.0f,%.0f,%.0f", x->block, x->documents, x->tokens);
        for (int i = 0; i < s->n; i++) {
            fputc(',', out);
            bora_put_number(out, r[i].blocks[j].nll);
        }
        fputc('\n', out);
    }
}

static int write(const bora_summary *s, bora_at at, FILE *out, bora_error *e) {
    run_blocks *r;
    int status = bora_calloc(&r, (size_t)s->n, sizeof *r, "blocks of documents", e);
    if (status) return status;
    for (int i = 0; !status && i < s->n; i++) {
        status = read_run(s, at, &s->runs[i], &r[i], e);
        if (!status && !same_documents(&r[0], &r[i]))
            status =
                bora_fail(e, BORA_SKIPPED, "%s and %s were tested on different documents", s->runs[0].name, s->runs[i].name);
    }
    if (!status) print(s, r, out);
    for (int i = 0; i < s->n; i++) free(r[i].blocks);
    free(r);
    return status;
}

int bora_blocks(const bora_summary *s, FILE *out, bora_error *e) { return write(s, BORA_AT_COMMON, out, e); }
int bora_blocks_task(const bora_summary *s, FILE *out, bora_error *e) { return write(s, BORA_AT_TASK, out, e); }

/* ---- reading ------------------------------------------------------------------------------------------------------------ */

static int read_units(const bora_summary *s, const bora_table *t, bora_block_sums *b, bora_error *e) {
    size_t task, tokens, n = t->rows - 1;
    int status = bora_table_column(t, "task", &task, e), d = 0;
    if (!status) status = bora_table_column(t, "tokens", &tokens, e);
    if (!status) status = bora_calloc(&b->task, n, sizeof *b->task, "blocks of documents", e);
    if (!status) status = bora_calloc(&b->size, n, sizeof *b->size, "blocks of documents", e);
    if (!status) status = bora_calloc(&b->nll, n * (size_t)s->n, sizeof *b->nll, "blocks of documents", e);
    for (size_t u = 0; !status && u < n; u++) {
        status = task_of(s, t, u + 1, task, &d, e);
        if (!status) status = bora_table_number(t, u + 1, tokens, 1, DBL_MAX, &b->size[u], e);
        b->task[u] = d;
    }
    b->units = (int)n;
    return status;
}

int bora_blocks_read(const bora_summary *s, bora_at at, bora_block_sums *b, bora_error *e) {
    bora_table t;
    *b = (bora_block_sums){0};
    char *path = bora_format("%s/%s", s->directory, bora_blocks_files[at]);
    int status = bora_exists(path) ? bora_table_read(&t, path, e)
                                   : bora_fail(e, BORA_SKIPPED, "no %s, NLL by block of test documents", bora_blocks_files[at]);
    free(path);
    if (status) return status;
    status = read_units(s, &t, b, e);
    for (int i = 0; !status && i < s->n; i++) {
        size_t column;
        status = bora_table_column(&t, s->runs[i].name, &column, e);
        for (int u = 0; !status && u < b->units; u++)
            status = bora_table_number(&t, (size_t)u + 1, column, 0, DBL_MAX, &b->nll[i * b->units + u], e);
    }
    bora_table_free(&t);
    if (status) bora_blocks_free(b);
    return status;
}

void bora_blocks_free(bora_block_sums *b) {
    free(b->task);
    free(b->size);
    free(b->nll);
    *b = (bora_block_sums){0};
}
