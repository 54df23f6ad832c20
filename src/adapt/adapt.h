/* adapt.h: task adapters: the layout of one adapter's parameters, the set of all (theta_d and Theta), the prior's distances.
 *
 * Symbols as in the paper: theta_d all A and B of task d as one vector, Theta their hierarchical mean, tau the prior's
 * precision, P parameters an adapter. Optimizers belong to train/.
 */
#ifndef BORA_ADAPT_H
#define BORA_ADAPT_H

#include "model/model.h"

/* ---- lora.c ------------------------------------------------------------------------------------------------------------- */

/* Where A [r, in] and B [out, r] of each adapted layer lie in an adapter's vector: for each l, then each target in the order q
 * k v o up down: A, B, dense. The vector is filled up with zeros to a multiple of 16. */
typedef struct {
    bora_shape shape;
    int rank;
    int shared;  /* the first rows of every A and columns of every B that all tasks share (an additive adapter); 0 */
    float scale; /* alpha / r */
    bool target[BORA_MATRICES];
    size_t *A, *B;        /* [L * BORA_MATRICES], meaningful where the matrix is a target */
    size_t parameters, P; /* without and with the filling */
} bora_lora;

int bora_lora_init(bora_lora *a, bora_shape shape, int rank, double alpha, const bool target[BORA_MATRICES], bora_error *e);
void bora_lora_free(bora_lora *a);
/* Theta_0: A uniform in +-1/sqrt(in), B = 0, so that the adapted model starts as the base. theta [P]. What is shared starts as
 * an adapter of that rank alone. */
void bora_lora_start(const bora_lora *a, uint64_t seed, float *theta);
/* shared [P] <- whether a coordinate is. */
void bora_lora_shared(const bora_lora *a, bool *shared);
/* The model's view of theta: packed factors in room [bora_lora_room(a)], out [L * BORA_MATRICES]. */
size_t bora_lora_room(const bora_lora *a);
void bora_lora_pack(const bora_lora *a, const float *theta, float *room, bora_low_rank *out);
/* The same places in a gradient vector g [P]. */
void bora_lora_gradient(const bora_lora *a, float *g, bora_low_rank_gradient *out);
/* Tensor names and shapes of one adapter, `prefix`.<l>.<m>.A [r, in] and .B [out, r], into tensors[*n...] (data inside theta;
 * the caller frees the names). 2 L targets tensors. */
void bora_lora_tensors(const bora_lora *a, const char *prefix, float *theta, bora_tensor *tensors, size_t *n);

/* ---- adapters.c --------------------------------------------------------------------------------------------------------- */

/* theta_d of all tasks and Theta. `unified` (tau = infinity) has one adapter that serves every task. */
typedef struct {
    const bora_lora *lora;
    int n;          /* adapters: one a task, or 1 if unified */
    float *theta;   /* [n, P]  */
    float *Theta;   /* [P]     */
    float *Theta_0; /* [P], the random start; bora_adapters_start leaves it as it is */
} bora_adapters;

/* theta_d = Theta_0 + spread * standard normal noise on the parameters (not the filling); Theta = Theta_0. */
int bora_adapters_init(bora_adapters *s, const bora_lora *lora, int D, bool unified, uint64_t seed, double spread,
                       bora_error *e);
/* theta_d and Theta to `start` [P] in place of Theta_0, with the same noise. */
void bora_adapters_start(bora_adapters *s, const float *start, uint64_t seed, double spread);
void bora_adapters_free(bora_adapters *s);
static inline float *bora_theta(const bora_adapters *s, int d) { return s->theta + (s->n == 1 ? 0 : (size_t)d) * s->lora->P; }

/* ---- prior.c ------------------------------------------------------------------------------------------------------------ */

/* ||a - b||_2 over P coordinates, a double sum in order. */
double bora_distance(const float *a, const float *b, size_t P);
/* norm [P] <- at each coordinate the distance ||theta_dm - Theta_m|| of its matrix m, an A or a B; 0 in the filling. */
void bora_matrix_distances(const bora_lora *a, const float *theta_d, const float *Theta, float *norm);

#endif
