/* bpe.c: byte-pair encoding (Sennrich et al. 2016): learning the merges, and applying them. */
#include "text/internal.h"

#include <stdlib.h>
#include <string.h>

static int no_memory(bora_error *e) { return bora_fail(e, BORA_FAILED, "out of memory in the tokenizer"); }

int bora_tokenizer_index(bora_tokenizer *t, bora_error *e) {
    for (int i = 0; i < t->merges; i++) {
        bora_entry *x = bora_map_put(&t->ranks, t->merge[i], 2 * sizeof(bora_token));
        if (!x) return no_memory(e);
        x->value = i;
    }
    return BORA_OK;
}

/* ---- learning ----------------------------------------------------------------------------------------------------------- */

typedef struct { /* a distinct piece of the texts, as tokens so far */
    bora_token *ids;
    size_t n;
    int64_t count;
} word;

typedef struct {
    word *words;
    size_t n;
    bora_map pairs; /* (left, right) -> how often it stands in the texts */
} learner;

static bool count_pair(learner *l, bora_token left, bora_token right, int64_t count) {
    bora_token key[2] = {left, right};
    bora_entry *x = bora_map_put(&l->pairs, key, sizeof key);
    if (x) x->value += count;
    return x;
}

static int count_pieces(bora_map *pieces, const char *const *texts, const size_t *sizes, size_t n, bora_error *e) {
    for (size_t i = 0; i < n; i++)
        for (size_t at = 0, length; at < sizes[i]; at += length) {
            length = bora_next_piece(texts[i] + at, sizes[i] - at);
            bora_entry *x = bora_map_put(pieces, texts[i] + at, length);
            if (!x) return no_memory(e);
            x->value++;
        }
    return BORA_OK;
}

static int begin(learner *l, const bora_tokenizer *t, const bora_map *pieces, bora_error *e) {
    int status = bora_calloc(&l->words, pieces->n, sizeof *l->words, "words of the tokenizer", e);
    for (; !status && l->n < pieces->n; l->n++) {
        const bora_entry *piece = &pieces->entries[l->n];
        word *w = &l->words[l->n];
        *w = (word){NULL, piece->size, piece->value};
        status = bora_calloc(&w->ids, piece->size, sizeof *w->ids, "words of the tokenizer", e);
        for (size_t i = 0; !status && i < w->n; i++) {
            w->ids[i] = t->byte[(unsigned char)piece->key[i]];
            if (i && !count_pair(l, w->ids[i - 1], w->ids[i], w->count)) status = no_memory(e);
        }
    }
    return status;
}

/* The most frequent pair; ties: the smaller ids. A total order, so the map's order does not matter. */
static bool best_pair(const learner *l, bora_token best[2]) {
    int64_t most = 0;
    for (size_t i = 0; i < l->pairs.n; i++) {
        const bora_entry *x = &l->pairs.entries[i];
        bora_token pair[2];
        memcpy(pair, x->key, sizeof pair);
        bool before = pair[0] != best[0] ? pair[0] < best[0] : pair[1] < best[1];
        if (x->value > most || (x->value == most && most && before)) {
            most = x->value;
            memcpy(best, pair, sizeof pair);
        }
    }
    return most > 0;
}

/* Replace the pair in one word, left to right, keeping the counts of its neighbours true. */
static bool merge_word(learner *l, word *w, const bora_token pair[2], bora_token result) {
    size_t to = 0;
    for (size_t i = 0; i < w->n; i++) {
        if (i + 1 == w->n || w->ids[i] != pair[0] || w->ids[i + 1] != pair[1]) {
            w->ids[to++] = w->ids[i];
            continue;
        }
        if (to && !(count_pair(l, w->ids[to - 1], pair[0], -w->count) && count_pair(l, w->ids[to - 1], result, w->count)))
            return false;
        if (i + 2 < w->n &&
            !(count_pair(l, pair[1], w->ids[i + 2], -w->count) && count_pair(l, result, w->ids[i + 2], w->count)))
            return false;
        if (!count_pair(l, pair[0], pair[1], -w->count)) return false;
        w->ids[to++] = result;
        i++;
    }
    w->n = to;
    return true;
}

static bool contains(const word *w, const bora_token pair[2]) {
    for (size_t i = 1; i < w->n; i++)
        if (w->ids[i - 1] == pair[0] && w->ids[i] == pair[1]) return true;
    return false;
}

/* No two merges give the same bytes: where no token reaches over either end of a stretch of text, how it is cut inside follows
 * from the stretch alone (a run aaa pairs up from its left end, and an odd number before the stretch would have reached in). */
static int learn(learner *l, bora_tokenizer *t, bora_error *e) {
    for (int wanted = t->vocabulary - 257; t->merges < wanted; t->merges++) {
        bora_token pair[2] = {0, 0}, result = 256 + t->merges;
        if (!best_pair(l, pair))
            return bora_fail(e, BORA_BAD_INPUT, "tokenizer.vocabulary %d is too large: the text has only %d pairs to merge",
                             t->vocabulary, t->merges);
        for (size_t i = 0; i < l->n; i++)
            if (contains(&l->words[i], pair) && !merge_word(l, &l->words[i], pair, result)) return no_memory(e);
        memcpy(t->merge[t->merges], (bora_token[3]){pair[0], pair[1], result}, sizeof *t->merge);
        size_t left = t->sizes[pair[0]], right = t->sizes[pair[1]];
        char *bytes = malloc(left + right);
        if (!bytes) return no_memory(e);
        memcpy(bytes, t->bytes[pair[0]], left);
        memcpy(bytes + left, t->bytes[pair[1]], right);
        int status = bora_tokenizer_set(t, result, bytes, left + right, e);
        free(bytes);
        if (status) return status;
    }
    return BORA_OK;
}

int bora_tokenizer_train(bora_tokenizer **out, const char *const *texts, const size_t *sizes, size_t n, int vocabulary,
                         bora_error *e) {
    bora_tokenizer *t = NULL;
    bora_map pieces = {0};
    learner l = {0};
    int status = bora_tokenizer_new(&t, vocabulary, e);
    if (!status) status = count_pieces(&pieces, texts, sizes, n, e);
    if (!status) status = begin(&l, t, &pieces, e);
    if (!status) status = learn(&l, t, e);
    if (!status) status = bora_tokenizer_index(t, e);
    for (size_t i = 0; i < pieces.n && l.words; i++) free(l.words[i].ids);
    free(l.words);
    bora_map_free(&l.pairs);
    bora_map_free(&pieces);
    if (status) bora_tokenizer_free(t);
    else *out = t;
    return status;
}

/* ---- applying ----------------------------------------------------------------------------------------------------------- */

/* A piece is a linked list of tokens; a heap holds the pairs that could merge, the lowest rank first, then the leftmost.
 * Entries whose tokens have changed since are passed over. n log n, also on a megabyte without a space. */
typedef struct {
    bora_token id; /* -1: merged away */
    int32_t previous, next;
} node;
typedef struct {
    int32_t rank, at;
    bora_token left, right;
} candidate;
typedef struct {
    node *nodes;
    candidate *heap;
    size_t n;
} merger;

static bool before(const candidate *a, const candidate *b) { return a->rank != b->rank ? a->rank < b->rank : a->at < b->at; }

static void swap(candidate *a, candidate *b) {
    candidate c = *a;
    *a = *b;
    *b = c;
}

static void push(const bora_tokenizer *t, merger *m, int32_t at) {
    int32_t next = at < 0 ? -1 : m->nodes[at].next;
    if (next < 0) return;
    bora_token pair[2] = {m->nodes[at].id, m->nodes[next].id};
    const bora_entry *x = bora_map_get(&t->ranks, pair, sizeof pair);
    if (!x) return;
    size_t i = m->n++;
    m->heap[i] = (candidate){(int32_t)x->value, at, pair[0], pair[1]};
    for (; i && before(&m->heap[i], &m->heap[(i - 1) / 2]); i = (i - 1) / 2) swap(&m->heap[i], &m->heap[(i - 1) / 2]);
}

static candidate pop(merger *m) {
    candidate top = m->heap[0];
    m->heap[0] = m->heap[--m->n];
    for (size_t i = 0, child; (child = 2 * i + 1) < m->n; i = child) {
        if (child + 1 < m->n && before(&m->heap[child + 1], &m->heap[child])) child++;
        if (!before(&m->heap[child], &m->heap[i])) break;
        swap(&m->heap[child], &m->heap[i]);
    }
    return top;
}

static int merge_piece(const bora_tokenizer *t, const char *text, size_t size, bora_token *out, size_t *n, bora_error *e) {
    if (size > INT32_MAX) return bora_fail(e, BORA_BAD_INPUT, "a piece of text of %zu bytes without a break is too long", size);
    /* The heap: a pair of neighbours each to begin with; a merge takes one out and puts at most two in. */
    merger m = {malloc(size * sizeof(node)), malloc(2 * size * sizeof(candidate)), 0};
    if (!m.nodes || !m.heap) {
        free(m.nodes);
        free(m.heap);
        return no_memory(e);
    }
    for (size_t i = 0; i < size; i++)
        m.nodes[i] = (node){t->byte[(unsigned char)text[i]], (int32_t)i - 1, i + 1 < size ? (int32_t)i + 1 : -1};
    for (size_t i = 0; i + 1 < size; i++) push(t, &m, (int32_t)i);
    while (m.n) {
        candidate c = pop(&m);
        node *left = &m.nodes[c.at];
        if (left->id != c.left || left->next < 0 || m.nodes[left->next].id != c.right) continue;
        node *right = &m.nodes[left->next];
        left->id = t->merge[c.rank][2];
        right->id = -1;
        left->next = right->next;
        if (left->next >= 0) m.nodes[left->next].previous = c.at;
        push(t, &m, left->previous);
        push(t, &m, c.at);
    }
    *n = 0;
    for (int32_t i = 0; i >= 0; i = m.nodes[i].next) out[(*n)++] = m.nodes[i].id;
    free(m.nodes);
    free(m.heap);
    return BORA_OK;
}

static int reserve(bora_token **tokens, size_t n, size_t *capacity, bora_error *e) {
    if (n <= *capacity) return BORA_OK;
    size_t wanted = n + n / 2 + 1024;
    int status = bora_realloc(tokens, wanted, sizeof **tokens, "tokens", e);
    if (!status) *capacity = wanted;
    return status;
}

enum { CACHED_PIECE = 64, CACHED_PIECES = 1 << 20 }; /* longer pieces are rare, more of them are noise: not worth keeping */

int bora_encode(bora_tokenizer *t, const char *text, size_t size, bora_token **tokens, size_t *n, size_t *capacity,
                bora_error *e) {
    for (size_t at = 0, length; at < size; at += length) {
        length = bora_next_piece(text + at, size - at);
        int status = reserve(tokens, *n + length, capacity, e);
        if (status) return status;
        bora_entry *x = NULL;
        if (length <= CACHED_PIECE && t->cache.n < CACHED_PIECES) x = bora_map_put(&t->cache, text + at, length);
        else if (length <= CACHED_PIECE) x = bora_map_get(&t->cache, text + at, length);
        if (x && x->value) {
            const bora_token *kept = t->cached + x->value;
            memcpy(*tokens + *n, kept, (size_t)kept[-1] * sizeof **tokens);
            *n += (size_t)kept[-1];
            continue;
        }
        size_t count = 0;
        status = merge_piece(t, text + at, length, *tokens + *n, &count, e);
        if (!status && x) status = reserve(&t->cached, t->n_cached + count + 1, &t->cached_capacity, e);
        if (status) return status;
        if (x) {
            t->cached[t->n_cached++] = (bora_token)count;
            memcpy(t->cached + t->n_cached, *tokens + *n, count * sizeof **tokens);
            x->value = (int64_t)t->n_cached;
            t->n_cached += count;
        }
        *n += count;
    }
    return BORA_OK;
}
