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

/* Documents of a checkpoint, summed while task and block stay the same. */
static int sum_documents(const bora_summary *s, bora_at at, const bora_table *t, run_blocks *r, bora_error *e) {
    static const char *const names[] = {"checkpoint", "task", "block", "tokens", "nll"};
    size_t column[5];
    int status = bora_calloc(&r->blocks, t->rows, sizeof *r->blocks, "blocks of documents", e), d = 0;
    for (int i = 0; !status && i < 5; i++) status = bora_table_column(t, names[i], &column[i], e);
    for (size_t row = 1; !status && row < t->rows; row++) {
        block x = {.documents = 1};
        if (strcmp(bora_table_cell(t, row, column[0]), bora_at_names[at])) continue;
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

static int compare(const void *a, const void *b) {
    const block *x = a, *y = b;
    const double p[] = {x->task, x->block, x->documents, x->tokens}, q[] = {y->task, y->block, y->documents, y->tokens};
    for (int i = 0; i < 4; i++)
        if (p[i] != q[i]) return p[i] < q[i] ? -1 : 1;
    return 0;
}

/* A run of several settings has one column. */
static bool is_repeated(const bora_summary *s, int i) {
    for (int j = 0; j < i; j++)
        if (!strcmp(s->runs[j].name, s->runs[i].name)) return true;
    return false;
}

/* rows, fresh: the blocks of all runs, each once. Runs of one test have the same ones; where padding is scored, say, a block
 * has more tokens and is another. */
static int unite(const bora_summary *s, run_blocks *r, run_blocks *rows, bora_error *e) {
    size_t all = 0, kept = 0;
    for (int i = 0; i < s->n; i++) all += r[i].n;
    int status = bora_calloc(&rows->blocks, all, sizeof *rows->blocks, "blocks of documents", e);
    if (status) return status;
    for (int i = 0; i < s->n; i++) {
        qsort(r[i].blocks, r[i].n, sizeof *r[i].blocks, compare);
        memcpy(rows->blocks + rows->n, r[i].blocks, r[i].n * sizeof *rows->blocks);
        rows->n += r[i].n;
    }
    qsort(rows->blocks, rows->n, sizeof *rows->blocks, compare);
    for (size_t j = 0; j < rows->n; j++)
        if (kept == 0 || compare(&rows->blocks[kept - 1], &rows->blocks[j])) rows->blocks[kept++] = rows->blocks[j];
    rows->n = kept;
    return BORA_OK;
}

/* NLL to nine digits, finer than any number made of it is shown: these files are kept, and so have half the size. */
static void print(const bora_summary *s, const run_blocks *r, const run_blocks *rows, size_t *at, FILE *out) {
    fprintf(out, "task,block,documents,tokens");
    for (int i = 0; i < s->n; i++) {
        if (is_repeated(s, i)) continue;
        fputc(',', out);
        bora_put_text(out, s->runs[i].name);
    }
    fputc('\n', out);
    for (size_t j = 0; j < rows->n; j++) {
        const block *x = &rows->blocks[j];
        bora_put_text(out, s->tasks[x->task]);
        fprintf(out, ",%.0f,%.0f,%.0f", x->block, x->documents, x->tokens);
        for (int i = 0; i < s->n; i++) {
            if (is_repeated(s, i)) continue;
            bool has = at[i] < r[i].n && !compare(x, &r[i].blocks[at[i]]);
            fputc(',', out);
            if (has) fprintf(out, "%.9g", r[i].blocks[at[i]++].nll);
        }
        fputc('\n', out);
    }
}

static int write(const bora_summary *s, bora_at at, FILE *out, bora_error *e) {
    run_blocks *r, rows = {0};
    size_t *next = NULL;
    int status = bora_calloc(&r, (size_t)s->n, sizeof *r, "blocks of documents", e);
    if (status) return status;
    status = bora_calloc(&next, (size_t)s->n, sizeof *next, "blocks of documents", e);
    for (int i = 0; !status && i < s->n; i++) status = read_run(s, at, &s->runs[i], &r[i], e);
    if (!status) status = unite(s, r, &rows, e);
    if (!status) print(s, r, &rows, next, out);
    for (int i = 0; i < s->n; i++) free(r[i].blocks);
    free(rows.blocks);
    free(next);
    free(r);
    return status;
}

int bora_blocks(const bora_summary *s, FILE *out, bora_error *e) { return write(s, BORA_AT_COMMON, out, e); }
int bora_blocks_task(const bora_summary *s, FILE *out, bora_error *e) { return write(s, BORA_AT_TASK, out, e); }

/* ---- reading ------------------------------------------------------------------------------------------------------------ */

/* Rows of the file without a run's numbers are of other documents. */
static int read_column(const bora_summary *s, const bora_table *t, const char *name, bora_tested *run, bora_error *e) {
    static const char *const names[] = {"task", "block", "documents", "tokens"};
    size_t column[5], n = t->rows - 1;
    int status = bora_table_column(t, name, &column[4], e), d = 0;
    for (int i = 0; !status && i < 4; i++) status = bora_table_column(t, names[i], &column[i], e);
    if (!status) status = bora_calloc(&run->task, n, sizeof *run->task, "blocks of documents", e);
    if (!status) status = bora_calloc(&run->block, 4 * n, sizeof *run->block, "blocks of documents", e);
    run->documents = run->block + n, run->size = run->documents + n, run->nll = run->size + n;
    for (size_t row = 1; !status && row < t->rows; row++) {
        int u = run->units;
        if (!*bora_table_cell(t, row, column[4])) continue;
        status = task_of(s, t, row, column[0], &d, e);
        if (!status) status = bora_table_number(t, row, column[1], 0, DBL_MAX, &run->block[u], e);
        if (!status) status = bora_table_number(t, row, column[2], 1, DBL_MAX, &run->documents[u], e);
        if (!status) status = bora_table_number(t, row, column[3], 1, DBL_MAX, &run->size[u], e);
        if (!status) status = bora_table_number(t, row, column[4], 0, DBL_MAX, &run->nll[u], e);
        run->task[u] = d;
        run->units++;
    }
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
    status = bora_calloc(&b->runs, (size_t)s->n, sizeof *b->runs, "blocks of documents", e);
    while (!status && b->n < s->n) {
        status = read_column(s, &t, s->runs[b->n].name, &b->runs[b->n], e);
        b->n++;
    }
    bora_table_free(&t);
    if (status) bora_blocks_free(b);
    return status;
}

void bora_blocks_free(bora_block_sums *b) {
    for (int i = 0; i < b->n; i++) {
        free(b->runs[i].task);
        free(b->runs[i].block);
    }
    free(b->runs);
    *b = (bora_block_sums){0};
}
