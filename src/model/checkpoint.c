/* checkpoint.c: safetensors files: a length, a JSON header, the tensors' bytes. Only F32 and F64, only what this program needs;
 * a file that breaks any rule of the format is refused with its reason. */
#include "model/model.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

/* The format is little-endian, and so are all machines this program knows. */
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "safetensors files are little-endian; this machine is not"
#endif

enum { HEADER_LIMIT = 100000000 };

static size_t element(const bora_tensor *t) { return t->is_double ? sizeof(double) : sizeof(float); }
static size_t bytes(const bora_tensor *t) { return t->rows * (t->columns ? t->columns : 1) * element(t); }

/* NULL where a text is not UTF-8, or out of memory. */
static json_t *header_of(const bora_tensor *tensors, size_t n, const char *const (*metadata)[2], size_t n_metadata) {
    json_t *header = json_object(), *about = json_object();
    json_object_set_new(about, "format", json_string("pt")); /* several readers fail without it */
    for (size_t i = 0; i < n_metadata; i++) json_object_set_new(about, metadata[i][0], json_string(metadata[i][1]));
    bool whole = json_object_size(about) == n_metadata + 1;
    json_object_set_new(header, "__metadata__", about);
    size_t at = 0;
    for (size_t i = 0; i < n; i++) {
        const bora_tensor *t = &tensors[i];
        json_t *shape = t->columns ? json_pack("[I,I]", (json_int_t)t->rows, (json_int_t)t->columns)
                                   : json_pack("[I]", (json_int_t)t->rows);
        json_object_set_new(header, t->name,
                            json_pack("{s:s, s:o, s:[I,I]}", "dtype", t->is_double ? "F64" : "F32", "shape", shape,
                                      "data_offsets", (json_int_t)at, (json_int_t)(at + bytes(t))));
        at += bytes(t);
    }
    if (whole && json_object_size(header) == n + 1) return header;
    json_decref(header);
    return NULL;
}

int bora_tensors_write(const char *path, const bora_tensor *tensors, size_t n, const char *const (*metadata)[2],
                       size_t n_metadata, bora_error *e) {
    json_t *header = header_of(tensors, n, metadata, n_metadata);
    char *text = header ? json_dumps(header, JSON_COMPACT) : NULL;
    json_decref(header);
    if (!text) return bora_fail(e, BORA_FAILED, "'%s': cannot make its header (not UTF-8, or out of memory)", path);
    bora_writer w;
    FILE *f = bora_create(&w, path, e);
    if (!f) {
        free(text);
        return e->status;
    }
    size_t used = strlen(text), padded = (used + 7) / 8 * 8;
    uint64_t length = padded;
    fwrite(&length, sizeof length, 1, f);
    fprintf(f, "%s%*s", text, (int)(padded - used), "");
    free(text);
    for (size_t i = 0; i < n; i++) fwrite(tensors[i].data, 1, bytes(&tensors[i]), f);
    return bora_commit(&w, e);
}

/* ---- reading ------------------------------------------------------------------------------------------------------------ */

typedef struct {
    size_t begin, end;
} extent;

static int broken(const char *path, const char *what, const char *name, bora_error *e) {
    return bora_fail(e, BORA_BAD_INPUT, "'%s' is not a sound safetensors file: %s%s%s%s", path, what, name ? " ('" : "",
                     name ? name : "", name ? "')" : "");
}

/* One entry of the header; offsets are checked for order by the caller. */
static int read_entry(const char *path, const char *name, json_t *entry, bora_tensor *t, extent *x, bora_error *e) {
    const char *dtype;
    json_t *shape;
    json_int_t begin, end;
    if (json_unpack(entry, "{s:s, s:o, s:[I,I!]}", "dtype", &dtype, "shape", &shape, "data_offsets", &begin, &end) ||
        !json_is_array(shape))
        return broken(path, "an entry lacks dtype, shape or data_offsets", name, e);
    if (strcmp(dtype, "F32") && strcmp(dtype, "F64")) return broken(path, "only F32 and F64 are read here", name, e);
    size_t dimensions = json_array_size(shape);
    if (dimensions < 1 || dimensions > 2) return broken(path, "only vectors and matrices are read here", name, e);
    size_t size[2] = {0, 0};
    for (size_t i = 0; i < dimensions; i++) {
        json_int_t value = json_integer_value(json_array_get(shape, i));
        if (!json_is_integer(json_array_get(shape, i)) || value < (json_int_t)i || value > 1 << 30)
            return broken(path, "a dimension is no count", name, e);
        size[i] = (size_t)value;
    }
    *t = (bora_tensor){.is_double = !strcmp(dtype, "F64"), .rows = size[0], .columns = size[1]};
    if (begin < 0 || end < begin || (size_t)(end - begin) != bytes(t))
        return broken(path, "offsets do not fit the shape", name, e);
    *x = (extent){(size_t)begin, (size_t)end};
    return BORA_OK;
}

static int by_offset(const void *a, const void *b) {
    const extent *x = a, *y = b;
    return x->begin != y->begin ? (x->begin < y->begin ? -1 : 1) : x->end < y->end ? -1 : x->end > y->end;
}

static int read_entries(bora_tensors *t, const char *path, json_t *header, char *data, size_t size, bora_error *e) {
    size_t count = json_object_size(header);
    extent *extents = NULL;
    int status = bora_calloc(&t->tensors, count, sizeof *t->tensors, "tensor table", e);
    if (!status) status = bora_calloc(&extents, count, sizeof *extents, "tensor table", e);
    const char *name;
    json_t *entry;
    if (!status) json_object_foreach(header, name, entry) {
            if (!strcmp(name, "__metadata__")) continue;
            status = read_entry(path, name, entry, &t->tensors[t->n], &extents[t->n], e);
            if (status) break;
            if (extents[t->n].end <= size) t->tensors[t->n].data = data + extents[t->n].begin; /* else refused below */
            t->tensors[t->n].name = bora_format("%s", name);
            t->n++;
        }
    if (!status) qsort(extents, t->n, sizeof *extents, by_offset);
    size_t at = 0;
    for (size_t i = 0; !status && i < t->n; at = extents[i++].end)
        if (extents[i].begin != at) status = broken(path, "its tensors overlap or leave a hole", NULL, e);
    if (!status && at != size) status = broken(path, "it is longer or shorter than its header says", NULL, e);
    free(extents);
    return status;
}

/* The format allows texts alone. */
static int check_metadata(const char *path, const json_t *header, bora_error *e) {
    json_t *metadata = json_object_get(header, "__metadata__"), *value;
    const char *key;
    if (metadata && !json_is_object(metadata)) return broken(path, "its metadata are no object", NULL, e);
    json_object_foreach(metadata, key, value) {
        if (!json_is_string(value)) return broken(path, "metadata that are no text", key, e);
    }
    return BORA_OK;
}

int bora_tensors_read(bora_tensors *t, const char *path, bora_error *e) {
    *t = (bora_tensors){0};
    size_t size;
    uint64_t length;
    int status = bora_read_file(path, &t->file, &size, e);
    if (status) return status;
    json_t *header = NULL;
    json_error_t problem;
    if (size < sizeof length) status = broken(path, "shorter than the length of its header", NULL, e);
    if (!status) memcpy(&length, t->file, sizeof length);
    if (!status && (length > HEADER_LIMIT || length > size - sizeof length))
        status = broken(path, "its header does not fit", NULL, e);
    if (!status) header = json_loadb(t->file + sizeof length, length, JSON_REJECT_DUPLICATES, &problem);
    if (!status && !json_is_object(header)) status = broken(path, header ? "its header is no object" : problem.text, NULL, e);
    if (!status) status = check_metadata(path, header, e);
    if (!status) status = read_entries(t, path, header, t->file + sizeof length + length, size - sizeof length - length, e);
    if (!status) t->metadata = json_incref(json_object_get(header, "__metadata__"));
    json_decref(header);
    if (status) bora_tensors_free(t);
    return status;
}

const bora_tensor *bora_tensors_find(const bora_tensors *t, const char *name) {
    for (size_t i = 0; i < t->n; i++)
        if (!strcmp(t->tensors[i].name, name)) return &t->tensors[i];
    return NULL;
}

const char *bora_tensors_metadata(const bora_tensors *t, const char *key) {
    return json_string_value(json_object_get(t->metadata, key));
}

void bora_tensors_free(bora_tensors *t) {
    for (size_t i = 0; i < t->n; i++) free(t->tensors[i].name);
    free(t->tensors);
    free(t->file);
    json_decref(t->metadata);
    *t = (bora_tensors){0};
}

/* ---- the model ---------------------------------------------------------------------------------------------------------- */

/* In a file matrices are dense and row-major; in memory they are packed. */
static float *dense(const bora_parameter *row, const float *weights, float *to) {
    for (int r = 0; r < row->rows; r++)
        for (int c = 0; c < row->columns; c++) *to++ = weights[bora_parameter_at(row, r, c)];
    return to;
}

static void pack(const bora_parameter *row, const char *from, float *weights) { /* a header may leave it unaligned */
    for (int r = 0; r < row->rows; r++)
        for (int c = 0; c < row->columns; c++, from += sizeof *weights)
            memcpy(&weights[bora_parameter_at(row, r, c)], from, sizeof *weights);
}

int bora_model_save(const bora_model *m, const char *path, const char *settings, bora_error *e) {
    const bora_parameters *p = &m->parameters;
    bora_tensor *tensors = NULL;
    float *room = NULL;
    int status = bora_calloc(&tensors, (size_t)p->n, sizeof *tensors, "tensor table", e);
    if (!status) status = bora_calloc(&room, p->count, sizeof *room, "a copy of the weights", e);
    float *at = room;
    for (int i = 0; !status && i < p->n; i++) {
        bora_parameter *row = &p->table[i];
        tensors[i] = (bora_tensor){
            .name = row->name, .rows = (size_t)row->rows, .data = at, .columns = row->columns > 1 ? (size_t)row->columns : 0};
        at = dense(row, m->weights, at);
    }
    const char *const metadata[][2] = {{"settings", settings}};
    if (!status) status = bora_tensors_write(path, tensors, (size_t)p->n, metadata, 1, e);
    free(tensors);
    free(room);
    return status;
}

int bora_model_load(bora_model *m, bora_shape shape, const char *path, bora_error *e) {
    bora_tensors file;
    int status = bora_model_init(m, shape, e);
    if (status) return status;
    status = bora_tensors_read(&file, path, e);
    for (int i = 0; !status && i < m->parameters.n; i++) {
        const bora_parameter *row = &m->parameters.table[i];
        const bora_tensor *t = bora_tensors_find(&file, row->name);
        size_t columns = row->columns > 1 ? (size_t)row->columns : 0;
        if (!t || t->is_double || t->rows != (size_t)row->rows || t->columns != columns)
            status = bora_fail(e, BORA_BAD_INPUT, "'%s' has no F32 tensor '%s' of %d x %d", path, row->name, row->rows,
                               row->columns);
        else pack(row, t->data, m->weights);
    }
    bora_tensors_free(&file);
    if (status) bora_model_free(m);
    return status;
}
