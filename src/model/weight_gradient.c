/* weight_gradient.c: gradients of all weights from the kept activations of a wave of documents (pretraining only). */
#include "model/model.h"

static int pieces(int rows) { return (rows + BORA_JOB_ROWS - 1) / BORA_JOB_ROWS; }

/* Jobs in order: pieces of the head, then for each layer the pieces of its matrices and one job for its norms, last ln_f. */
int bora_weight_jobs(const bora_model *m) {
    const bora_shape *s = &m->parameters.shape;
    int layer = 1;
    for (bora_matrix i = 0; i < BORA_MATRICES; i++) layer += pieces(bora_matrix_out(s, i));
    return pieces(s->V) + s->L * layer + 1;
}

static const float *input_of(const bora_activations *a, int l, bora_matrix m) {
    const bora_layer_activations *y = &a->layers[l];
    return m == BORA_O ? y->a : m == BORA_UP ? y->n_2 : m == BORA_DOWN ? y->g : y->n_1;
}

void bora_weight_gradient(const bora_kernels *k, const bora_model *m, int job, int n, const bora_activations *a,
                          const int *lengths, float *gradient) {
    const bora_parameters *p = &m->parameters;
    int C = p->shape.C, V = p->shape.V;
    if (job < pieces(V)) {
        int from = job * BORA_JOB_ROWS, to = from + BORA_JOB_ROWS < V ? from + BORA_JOB_ROWS : V;
        for (int i = 0; i < n; i++)
            bora_linear_weight_gradient(k, lengths[i], C, V, from, to, a[i].n_f, a[i].logits, gradient + p->wte, NULL);
        return;
    }
    job -= pieces(V);
    for (int l = 0; l < p->shape.L; l++) {
        const bora_layer_offsets *at = &p->layers[l];
        for (bora_matrix x = 0; x < BORA_MATRICES; x++) {
            int in = bora_matrix_in(&p->shape, x), out = bora_matrix_out(&p->shape, x);
            if (job < pieces(out)) {
                int from = job * BORA_JOB_ROWS, to = from + BORA_JOB_ROWS < out ? from + BORA_JOB_ROWS : out;
                for (int i = 0; i < n; i++)
                    bora_linear_weight_gradient(k, lengths[i], in, out, from, to, input_of(&a[i], l, x), a[i].layers[l].dy[x],
                                                gradient + at->weight[x], gradient + at->bias[x]);
                return;
            }
            job -= pieces(out);
        }
        if (job-- == 0) {
            for (int i = 0; i < n; i++) {
                const bora_layer_activations *y = &a[i].layers[l];
                bora_layernorm_weight_gradient(lengths[i], C, y->dn_1, y->xhat_1, gradient + at->ln_1_weight,
                                               gradient + at->ln_1_bias);
                bora_layernorm_weight_gradient(lengths[i], C, y->dn_2, y->xhat_2, gradient + at->ln_2_weight,
                                               gradient + at->ln_2_bias);
            }
            return;
        }
    }
    for (int i = 0; i < n; i++)
        bora_layernorm_weight_gradient(lengths[i], C, a[i].dn_f, a[i].xhat_f, gradient + p->ln_f_weight,
                                       gradient + p->ln_f_bias);
}
