/* corpus.c: the chosen tasks of a source as documents of tokens. */
#include "text/internal.h"

#include <stdlib.h>
#include <string.h>

/* ---- which tasks -------------------------------------------------------------------------------------------------------- */

typedef struct {
    const char *name;
    size_t bytes;
} candidate;

static int by_name(const void *a, const void *b) { return strcmp(((const candidate *)a)->name, ((const candidate *)b)->name); }
static int by_text(const void *a, const void *b) {
    const candidate *x = a, *y = b;
    return x->bytes != y->bytes ? (x->bytes < y->bytes ? 1 : -1) : strcmp(x->name, y->name);
}

/* All tasks of the source with their bytes of text; the caller frees. */
static int all_tasks(const bora_source *s, candidate **tasks, size_t *n, bora_error *e) {
    bora_map bytes = {0};
    for (size_t i = 0; i < s->n; i++) {
        bora_entry *x = bora_map_put(&bytes, s->passages[i].task, strlen(s->passages[i].task));
        if (!x) {
            bora_map_free(&bytes);
            return bora_fail(e, BORA_FAILED, "out of memory in the list of tasks");
        }
        x->value += (int64_t)s->passages[i].size;
    }
    int status = bora_calloc(tasks, bytes.n, sizeof **tasks, "list of tasks", e);
    *n = status ? 0 : bytes.n;
    for (size_t i = 0, j; i < *n; i++) {
        for (j = 0; strcmp(s->passages[j].task, bytes.entries[i].key); j++) {
        } /* the map's copy goes, the source's stays */
        (*tasks)[i] = (candidate){s->passages[j].task, (size_t)bytes.entries[i].value};
    }
    bora_map_free(&bytes);
    return status;
}

/* The fewest letters to change so that `name` stands somewhere in `task`: a surname is as near as it is spelt (Sellers 1980).
 */
static size_t distance(const char *name, const char *task) {
    enum { MOST = 63 };
    size_t n = strlen(name), row[MOST + 1];
    if (n > MOST) n = MOST;
    for (size_t i = 0; i <= n; i++) row[i] = i;
    size_t least = row[n];
    for (; *task; task++) {
        size_t diagonal = 0; /* row[0] stays 0: the match may begin anywhere */
        for (size_t i = 1; i <= n; i++) {
            size_t changed = diagonal + (name[i - 1] != *task), fewest = row[i] < row[i - 1] ? row[i] + 1 : row[i - 1] + 1;
            diagonal = row[i];
            row[i] = changed < fewest ? changed : fewest;
        }
        if (row[n] < least) least = row[n];
    }
    return least;
}

static const char *nearest(const candidate *tasks, size_t n, const char *name) {
    size_t best = 0;
    for (size_t i = 1; i < n; i++)
        if (distance(name, tasks[i].name) < distance(name, tasks[best].name)) best = i;
    return tasks[best].name;
}

static int named_tasks(candidate *tasks, size_t *n, const char *const *names, int n_names, bora_error *e) {
    size_t kept = 0;
    for (int i = 0; i < n_names; i++) {
        size_t j = kept;
        while (j < *n && strcmp(tasks[j].name, names[i])) j++;
        if (j == *n)
            return bora_fail(e, BORA_BAD_INPUT, "no task '%s' among the %zu of the data (data.names); the nearest is '%s'",
                             names[i], *n, nearest(tasks, *n, names[i]));
        candidate found = tasks[j];
        tasks[j] = tasks[kept];
        tasks[kept++] = found;
    }
    *n = kept;
    return BORA_OK;
}

static int choose(candidate *tasks, size_t *n, bora_task_choice choice, int count, const char *const *names, int n_names,
                  bora_error *e) {
    int status = BORA_OK;
    if (choice == BORA_TASKS_NAMED) status = named_tasks(tasks, n, names, n_names, e);
    if (choice == BORA_TASKS_MOST_TEXT) {
        if ((size_t)count > *n)
            return bora_fail(e, BORA_BAD_INPUT, "data.count asks for %d tasks, the data have %zu", count, *n);
        qsort(tasks, *n, sizeof *tasks, by_text);
        *n = (size_t)count;
    }
    if (!status) qsort(tasks, *n, sizeof *tasks, by_name);
    return status;
}

/* ---- cutting ------------------------------------------------------------------------------------------------------------ */

/* The length of the first sentence: after . ! or ? and closing quotes or brackets, before white space or the end. */
static size_t sentence(const char *text, size_t size) {
    for (size_t i = 0; i < size; i++) {
        if (!strchr(".!?", text[i]) || !text[i]) continue;
        size_t end = i + 1;
        for (;;) {
            if (end < size && text[end] && strchr("\"')]", text[end])) end++;
            else if (end + 3 <= size && (!memcmp(text + end, "\xe2\x80\x99", 3) || !memcmp(text + end, "\xe2\x80\x9d", 3)))
                end += 3;
            else break;
        }
        if (end == size || strchr(" \t\r\n", text[end])) return end;
    }
    return size;
}

typedef struct {
    bora_corpus *c;
    bora_task *task;
    size_t tokens_capacity, documents_capacity;
    int open; /* tokens of the document that may still grow; -1: none */
} cutter;

static int begin_document(cutter *k, int group, bora_error *e) {
    bora_task *t = k->task;
    if (t->n == k->documents_capacity) {
        size_t wanted = t->n ? 2 * t->n : 256;
        int status = bora_realloc(&t->documents, wanted, sizeof *t->documents, "documents", e);
        if (status) return status;
        k->documents_capacity = wanted;
    }
    t->documents[t->n++] = (bora_document){.group = group};
    k->open = 0;
    return BORA_OK;
}

/* Cut one passage: whole sentences while they fit into T; a longer one starts a document of its own and is cut every T tokens,
 * and what follows may fill up its last piece. */
static int cut(cutter *k, bora_tokenizer *tokenizer, const bora_passage *x, int group, bora_error *e) {
    bora_corpus *c = k->c;
    int status = BORA_OK;
    k->open = -1;
    for (size_t at = 0, length; !status && at < x->size; at += length) {
        length = sentence(x->text + at, x->size - at);
        size_t first = c->n_tokens;
        status = bora_encode(tokenizer, x->text + at, length, &c->tokens, &c->n_tokens, &k->tokens_capacity, e);
        size_t left = c->n_tokens - first;
        if (!status && (k->open < 0 || k->open + (ptrdiff_t)left > c->T)) status = begin_document(k, group, e);
        while (!status && left) {
            bora_document *document = &k->task->documents[k->task->n - 1];
            if (document->n == 0) document->first = c->n_tokens - left;
            size_t room = (size_t)(c->T - document->n), taken = left < room ? left : room;
            document->n += (int)taken;
            k->open = document->n;
            left -= taken;
            if (left) status = begin_document(k, group, e);
        }
    }
    return status;
}

static int group_of(bora_task *t, const char *name, int *group, bora_error *e) {
    *group = t->n_groups - 1; /* passages of one group follow each other, or are groups of their own */
    if (*group >= 0 && !strcmp(t->groups[*group], name)) return BORA_OK;
    int status = bora_realloc(&t->groups, (size_t)t->n_groups + 1, sizeof *t->groups, "groups", e);
    if (status) return status;
    *group = t->n_groups;
    t->groups[t->n_groups++] = bora_format("%s", name);
    return BORA_OK;
}

int bora_corpus_build(bora_corpus *c, const bora_source *s, bora_tokenizer *t, int T, bora_task_choice choice, int count,
                      const char *const *names, int n_names, bora_error *e) {
    *c = (bora_corpus){.T = T};
    candidate *tasks = NULL;
    size_t n = 0;
    int status = all_tasks(s, &tasks, &n, e);
    if (!status) status = choose(tasks, &n, choice, count, names, n_names, e);
    if (!status) status = bora_calloc(&c->tasks, n, sizeof *c->tasks, "tasks", e);
    cutter k = {.c = c};
    for (size_t d = 0; !status && d < n; d++) {
        bora_task *task = k.task = &c->tasks[c->D++];
        *task = (bora_task){.name = bora_format("%s", tasks[d].name), .bytes = tasks[d].bytes};
        k.documents_capacity = 0;
        for (size_t i = 0; !status && i < s->n; i++) {
            int group;
            if (strcmp(s->passages[i].task, task->name)) continue;
            status = group_of(task, s->passages[i].group, &group, e);
            if (!status) status = cut(&k, t, &s->passages[i], group, e);
        }
    }
    free(tasks);
    if (status) bora_corpus_free(c);
    return status;
}

void bora_corpus_free(bora_corpus *c) {
    for (int d = 0; d < c->D; d++) {
        for (int g = 0; g < c->tasks[d].n_groups; g++) free(c->tasks[d].groups[g]);
        free(c->tasks[d].groups);
        free(c->tasks[d].documents);
        free(c->tasks[d].name);
    }
    free(c->tasks);
    free(c->tokens);
    *c = (bora_corpus){0};
}
