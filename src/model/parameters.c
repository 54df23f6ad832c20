/* parameters.c: the one table of the transformer's parameters, from which layout, initialisation, checkpoints and tests follow.
 */
#include "model/model.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

const char *const bora_matrix_names[BORA_MATRICES] = {"q", "k", "v", "o", "up", "down"};

int bora_matrix_in(const bora_shape *s, bora_matrix m) { return m == BORA_DOWN ? 4 * s->C : s->C; }
int bora_matrix_out(const bora_shape *s, bora_matrix m) { return m == BORA_UP ? 4 * s->C : s->C; }

/* Append a row; returns its offset. layer < 0: no "h.<l>." before the name. */
static size_t add(bora_parameters *p, int layer, const char *name, const char *kind, int rows, int columns) {
    bora_parameter *row = &p->table[p->n++];
    if (layer < 0) snprintf(row->name, sizeof row->name, "%s%s", name, kind);
    else snprintf(row->name, sizeof row->name, "h.%d.%s%s", layer, name, kind);
    row->offset = p->count;
    row->rows = rows;
    row->columns = columns;
    row->size = columns > 1 ? bora_packed_size(rows, columns) : bora_round16((size_t)rows);
    p->count += row->size;
    return row->offset;
}

int bora_parameters_init(bora_parameters *p, bora_shape shape, bora_error *e) {
    *p = (bora_parameters){.shape = shape};
    int status = bora_calloc(&p->table, (size_t)(4 + 16 * shape.L), sizeof *p->table, "parameter table", e);
    if (!status) status = bora_calloc(&p->layers, (size_t)shape.L, sizeof *p->layers, "parameter table", e);
    if (status) {
        bora_parameters_free(p);
        return status;
    }
    int C = shape.C;
    p->wte = add(p, -1, "wte", "", shape.V, C);
    p->wpe = add(p, -1, "wpe", "", shape.T, C);
    for (int l = 0; l < shape.L; l++) {
        bora_layer_offsets *layer = &p->layers[l];
        layer->ln_1_weight = add(p, l, "ln_1", ".weight", C, 1);
        layer->ln_1_bias = add(p, l, "ln_1", ".bias", C, 1);
        for (bora_matrix m = 0; m < BORA_MATRICES; m++) {
            layer->weight[m] =
                add(p, l, bora_matrix_names[m], ".weight", bora_matrix_out(&shape, m), bora_matrix_in(&shape, m));
            layer->bias[m] = add(p, l, bora_matrix_names[m], ".bias", bora_matrix_out(&shape, m), 1);
        }
        layer->ln_2_weight = add(p, l, "ln_2", ".weight", C, 1);
        layer->ln_2_bias = add(p, l, "ln_2", ".bias", C, 1);
    }
    p->ln_f_weight = add(p, -1, "ln_f", ".weight", C, 1);
    p->ln_f_bias = add(p, -1, "ln_f", ".bias", C, 1);
    return BORA_OK;
}

void bora_parameters_free(bora_parameters *p) {
    free(p->table);
    free(p->layers);
    *p = (bora_parameters){0};
}

size_t bora_parameter_at(const bora_parameter *row, int r, int c) {
    return row->offset + (row->columns > 1 ? bora_packed_at((size_t)row->rows, (size_t)r, (size_t)c) : (size_t)r);
}

void bora_parameters_random(const bora_parameters *p, uint64_t seed, float *weights) {
    double residual = 0.02 / sqrt(2.0 * p->shape.L);
    uint64_t drawn = 0;
    for (int i = 0; i < p->n; i++) {
        const bora_parameter *row = &p->table[i];
        bool bias = strstr(row->name, ".bias"), norm = strstr(row->name, "ln_");
        bool ends_branch = strstr(row->name, ".o.") || strstr(row->name, ".down.");
        for (int r = 0; r < row->rows; r++)
            for (int c = 0; c < row->columns; c++, drawn++)
                weights[bora_parameter_at(row, r, c)] =
                    bias   ? 0
                    : norm ? 1
                           : (float)((ends_branch ? residual : 0.02) * bora_normal(seed, BORA_FOR_INIT, drawn));
    }
}
