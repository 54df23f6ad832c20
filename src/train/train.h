/* train.h: gradients of batches by threads, optimizers, pretraining, and one run of task adapters from start to last epoch.
 *
 * Results do not depend on the number of threads: threads share out documents, coordinates or output rows, never a sum.
 */
#ifndef BORA_TRAIN_H
#define BORA_TRAIN_H

#include "adapt/adapt.h"

/* One document as training sees it. tokens [n]; `document` names it in results. */
typedef struct {
    int task, document, n;
    const int32_t *tokens;
} bora_sample;

typedef struct {
    bora_sample *samples[BORA_SAMPLES]; /* of each part, by task, then document, ascending */
    size_t n[BORA_SAMPLES];
    const char **names; /* [D] of the tasks, in the corpus; the array is owned; NULL: they have none */
    int D, origin;      /* origin: which task of the corpus is the first here */
    int32_t first;      /* <|endoftext|> */
    int32_t *padded;    /* owned: the samples' tokens where these are not the corpus's; else NULL */
} bora_dataset;

/* ---- engine.c: documents on threads ------------------------------------------------------------------------------------- */

enum { BORA_RING = BORA_BLOCK(16) }; /* documents whose gradients wait to be added in the batch's order */

typedef struct {
    bora_arena arena;
    bora_activations activations;
    bora_low_rank *adapter;         /* [L * BORA_MATRICES], the packed adapter `packed` of step `version` */
    bora_low_rank_gradient *places; /* [L * BORA_MATRICES] in the slot of a document */
    float *room;
    const float *packed;
    uint64_t version;
} bora_worker;

typedef struct {
    const bora_kernels *kernels;
    const bora_model *model;
    const bora_lora *lora; /* NULL: no adapters (the base itself) */
    int threads;
    bora_worker *workers; /* [threads] */
    float *ring;          /* [BORA_RING, P] */
    uint64_t version;     /* raised whenever adapters change, so that workers pack them again */
} bora_engine;

int bora_engine_init(bora_engine *g, const bora_kernels *kernels, const bora_model *model, const bora_lora *lora, int threads,
                     bora_error *e);
void bora_engine_free(bora_engine *g);
size_t bora_engine_bytes(const bora_shape *s, const bora_lora *lora, int threads);
/* How many threads: `wanted`, or OMP_NUM_THREADS / the processors if 0; 1 without OpenMP. */
int bora_threads(int wanted);

/* gradient [s->n, P] <- for each adapter the sum over the batch's documents of its task of weight d NLL / d theta, added in the
 * batch's order, divided by n; nll [n] the documents' NLL; weight [n], or NULL: all 1. samples: pointers, so that a batch is an
 * order over a set. */
void bora_batch_gradient(bora_engine *g, const bora_adapters *s, int32_t first, const bora_sample *const *samples, size_t n,
                         const float *weight, float *gradient, double *nll);
/* nll [n] of documents under their tasks' adapters; theta(d) = theta + (shared ? 0 : d) P; theta NULL: the base alone. */
void bora_evaluate(bora_engine *g, const float *theta, bool shared, int32_t first, const bora_sample *samples, size_t n,
                   double *nll);

/* ---- flop.c: nominal FLOP a token: products and attention as if no query skipped the keys that it may not see ------------ */

double bora_flop_evaluation(const bora_shape *s, const bora_lora *lora);   /* lora NULL: without adapters */
double bora_flop_adapter_step(const bora_shape *s, const bora_lora *lora); /* no gradients of frozen weights */
double bora_flop_full_step(const bora_shape *s);                           /* pretraining */

/* ---- step rules: step_<name>.c ------------------------------------------------------------------------------------------ */

/* What one step needs (its derivation: step_pooled.c). n adapters, P coordinates; m, v [n + 1, P]: Adam's moments
 * of each adapter's gradient and, last, of the rule's common quantity. */
typedef struct {
    float lr, beta1, beta2, epsilon;
    float correction1, correction2; /* 1 - beta^step */
    float tau, N, B;                /* precision; training documents; nominal batch */
    int n;
    size_t P;
    const float *g;
    float *theta, *Theta, *m, *v;
    const float *norm;  /* [n, P] ||theta_dm - Theta_m|| of each coordinate's matrix m; NULL: the prior is Gaussian */
    const bool *shared; /* [P] of additive: which coordinates all tasks share */
} bora_step;

typedef struct {
    const char *name;
    void (*step)(const bora_step *s, size_t from, size_t to); /* coordinates [from, to), multiples of 16 */
} bora_step_rule;

extern const bora_step_rule bora_step_adam;                  /* each adapter alone: tau = 0 and tau = infinity */
extern const bora_step_rule bora_step_plain;                 /* the same, coded by itself, to compare with */
extern const bora_step_rule bora_step_pooled;                /* the default between */
extern const bora_step_rule bora_step_centred;               /* the paper's AdamW, the prior in Adam's gradient */
extern const bora_step_rule bora_step_shifted;               /* Adam on Theta and theta_d - Theta */
extern const bora_step_rule bora_step_ridge, bora_step_none; /* Theta held fixed; and all theta_d with it */
extern const bora_step_rule bora_step_additive;              /* Theta held fixed but for what tasks share */

/* ---- method.c, schedule.c, weigh.c: what is compared -------------------------------------------------------------------- */

typedef struct {
    const char *name;
    double tau;                 /* what defines the method; NAN: a setting */
    const bora_step_rule *rule; /* NULL: BoRA and its limits, see bora_step_rule_for */
    bool from_unified;          /* Theta and theta_d begin at theta_u, the best common epoch of a unified run before this one */
    int adapters;               /* in one: its rank is so many times r; of two, the first is shared by all tasks */
} bora_method;
/* bora at tau 0 and infinity is independent and unified. NULL: no such method. */
const bora_method *bora_method_named(const char *name, double tau);
/* The rule of BoRA and its limits: by name of the setting (pooled, centred, shifted; plain), tau deciding between them and
 * adam; NULL: no such rule. */
const bora_step_rule *bora_step_rule_for(const char *name, double tau);

typedef struct bora_run bora_run;
/* The share of the full learning rate when a share `done` in [0, 1) of a run's steps is done. */
typedef double bora_schedule(double done);
bora_schedule bora_decaying; /* half a cosine, from 1 to 0 */
/* weight [n] of a batch's documents in the gradient. */
typedef void bora_weigh(const bora_run *r, const bora_sample *const *samples, size_t n, float *weight);
bora_weigh bora_weigh_mean_token, bora_weigh_full, bora_weigh_released;

/* ---- run.c: one run ----------------------------------------------------------------------------------------------------- */

typedef struct {
    int epochs, batch;
    uint64_t seed;
    double tau; /* 0 independent, INFINITY unified */
    double learning_rate, beta1, beta2, epsilon, spread;
    const bora_step_rule *rule;
    const float *start; /* [P] where Theta and theta_d begin, from epoch start_epoch of an earlier run; NULL: Theta_0 */
    double start_epoch;
    bora_schedule *schedule; /* NULL: constant */
    bora_weigh *weigh;       /* NULL: the likelihood as it is */
    bool norm_prior;         /* tau sum_dm ||theta_dm - Theta_m|| in place of the Gaussian; rule centred or shifted */
    bool fixed_order;        /* the first epoch's batches in all epochs */
} bora_recipe;

typedef enum { BORA_LAST, BORA_COMMON, BORA_TASK, BORA_CHECKPOINTS } bora_checkpoint; /* named beforehand; see run.c */
extern const char *const bora_checkpoint_names[BORA_CHECKPOINTS];

enum { BORA_TRAIN_NLL, BORA_VALIDATION_NLL, BORA_DISTANCE, BORA_CURVE };

struct bora_run {
    bora_recipe recipe;
    const bora_dataset *data;
    bora_engine *engine;
    bora_adapters adapters;
    bora_arena room; /* of all that follows */
    float *m, *v, *g;
    double epoch, step, beta1_power, beta2_power; /* doubles, so that one table of floats and doubles holds all state */
    double seconds;                               /* that its epochs took, over all attempts */
    double *curve;                                /* [epochs + 1, D, BORA_CURVE] */
    float *theta_best[BORA_CHECKPOINTS];          /* BORA_COMMON [n, P], BORA_TASK [D, P]; BORA_LAST is adapters.theta */
    float *Theta_best;                            /* [P] at BORA_COMMON */
    double *best_epoch, *best_nll;                /* [D + 1]: of each task, and last of all in common */
    double *documents, *tokens[BORA_SAMPLES];     /* [D] of each task: training documents; tokens */
    double *nll;                                  /* room, [max documents] */
    float *weight, *norm;                         /* [batch]; [n, P], see bora_step; NULL where the recipe needs none */
    bool *shared;                                 /* [P], likewise */
    const bora_sample **order;
};

int bora_run_init(bora_run *r, const bora_recipe *recipe, const bora_dataset *data, bora_engine *engine, bora_error *e);
void bora_run_free(bora_run *r);
/* One step on a batch: its gradient, then the rule. nll [n]: the documents' NLL before it. */
void bora_run_step(bora_run *r, const bora_sample *const *samples, size_t n, double *nll);
/* Train one epoch and validate. Returns BORA_OK, an interruption (state as at the epoch's start is what was saved), or
 * BORA_DIVERGED when a loss is not finite. `progress` may be NULL. */
int bora_run_epoch(bora_run *r, bora_progress *progress, bora_error *e);
/* Row [BORA_CURVE] of an epoch (0: before training) and task. */
double *bora_run_curve(const bora_run *r, int epoch, int d);
/* All resumable state, written as one table and read by the same. */
int bora_run_save(const bora_run *r, const char *path, const char *identity, bora_error *e);
int bora_run_load(bora_run *r, const char *path, const char *identity, bora_error *e);
/* theta of a checkpoint; task d's adapter is at theta + (shared ? 0 : d) P. */
const float *bora_run_theta(const bora_run *r, bora_checkpoint c, bool *shared);
double bora_run_checkpoint_epoch(const bora_run *r, bora_checkpoint c, int d);

/* ---- pretrain.c --------------------------------------------------------------------------------------------------------- */

typedef struct {
    double tokens, learning_rate, warmup, weight_decay, clip; /* warmup: share of the steps */
    int batch;                                                /* documents a step */
    uint64_t seed;
} bora_pretraining;

enum { BORA_WAVE = BORA_BLOCK(16) }; /* documents whose activations are kept at once */

/* One training of all weights: the optimizer's state, and room for a wave. */
typedef struct {
    bora_model *model;
    const bora_kernels *kernels;
    const bora_pretraining *recipe;
    int32_t first; /* <|endoftext|> */
    int threads;
    bora_arena arena[BORA_WAVE];
    bora_activations activations[BORA_WAVE];
    bora_arena state;
    float *gradient, *m, *v, *dx; /* dx [batch, T, stride]: gradients at the embedding */
    double beta1_power, beta2_power;
} bora_pretrainer;

/* The model gets the recipe's random weights. */
int bora_pretrainer_init(bora_pretrainer *p, bora_model *m, const bora_kernels *kernels, const bora_pretraining *recipe,
                         int32_t first, int threads, bora_error *e);
void bora_pretrainer_free(bora_pretrainer *p);
/* One step of AdamW on n <= recipe->batch documents; returns their NLL before it, *tokens: how many they have. */
double bora_pretrainer_step(bora_pretrainer *p, const bora_sample *const *samples, size_t n, double learning_rate,
                            double *tokens);
/* AdamW with warm-up and cosine decay to a tenth, clipping by the global norm, on data's training samples; the final NLL per
 * token on the validation samples in *validation. m: initialised here. */
int bora_pretrain(bora_model *m, const bora_kernels *kernels, const bora_pretraining *recipe, const bora_dataset *data,
                  int threads, double *validation, bora_error *e);

#endif
