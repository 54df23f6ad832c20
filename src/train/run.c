/* run.c: one run of task adapters, from the start to a fixed number of epochs, with the state that survives an interruption.
 *
 * Checkpoints named beforehand: `last`, the last epoch; `common`, the epoch with the lowest mean over tasks of validation NLL
 * per token (the headline, one rule for every method); `task`, each task's own epoch of lowest validation NLL. The first of
 * equals wins. Test documents are never looked at here. */
#include "train/train.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

const char *const bora_checkpoint_names[BORA_CHECKPOINTS] = {"last", "common", "task"};

static bool unified(const bora_run *r) { return isinf(r->recipe.tau); }

static void layout(bora_run *r, bora_arena *arena) {
    size_t P = r->engine->lora->P, n = (size_t)r->adapters.n, D = (size_t)r->data->D, most = 1;
    for (int part = 0; part < BORA_SAMPLES; part++) {
        if (r->data->n[part] > most) most = r->data->n[part];
        r->tokens[part] = bora_arena_take(arena, D, sizeof(double));
    }
    r->m = bora_arena_take(arena, (n + 1) * P, sizeof(float));
    r->v = bora_arena_take(arena, (n + 1) * P, sizeof(float));
    r->g = bora_arena_take(arena, n * P, sizeof(float));
    r->theta_best[BORA_COMMON] = bora_arena_take(arena, n * P, sizeof(float));
    r->theta_best[BORA_TASK] = bora_arena_take(arena, D * P, sizeof(float));
    r->Theta_best = bora_arena_take(arena, P, sizeof(float));
    r->curve = bora_arena_take(arena, (size_t)(r->recipe.epochs + 1) * D * BORA_CURVE, sizeof(double));
    r->best_epoch = bora_arena_take(arena, D + 1, sizeof(double));
    r->best_nll = bora_arena_take(arena, D + 1, sizeof(double));
    r->documents = bora_arena_take(arena, D, sizeof(double));
    r->nll = bora_arena_take(arena, most, sizeof(double));
    r->order = bora_arena_take(arena, most, sizeof *r->order);
    if (r->recipe.weigh) r->weight = bora_arena_take(arena, (size_t)r->recipe.batch, sizeof(float));
    if (r->recipe.norm_prior) r->norm = bora_arena_take(arena, n * P, sizeof(float));
    if (r->engine->lora->shared) r->shared = bora_arena_take(arena, P, sizeof(bool));
}

double *bora_run_curve(const bora_run *r, int epoch, int d) {
    return r->curve + ((size_t)epoch * (size_t)r->data->D + (size_t)d) * BORA_CURVE;
}

/* Fill a row of the curve and note the best epochs. NLLs are summed by documents ascending within each task. */
static void validate(bora_run *r, int epoch) {
    const bora_dataset *data = r->data;
    size_t n = data->n[BORA_VALIDATION], P = r->engine->lora->P;
    bora_evaluate(r->engine, r->adapters.theta, unified(r), data->first, data->samples[BORA_VALIDATION], n, r->nll);
    for (size_t i = 0; i < n; i++)
        bora_run_curve(r, epoch, data->samples[BORA_VALIDATION][i].task)[BORA_VALIDATION_NLL] += r->nll[i];
    double mean = 0;
    for (int d = 0; d < data->D; d++) {
        double *row = bora_run_curve(r, epoch, d), nll = row[BORA_VALIDATION_NLL];
        row[BORA_DISTANCE] = unified(r) ? 0 : bora_distance(bora_theta(&r->adapters, d), r->adapters.Theta, P);
        mean += nll / r->tokens[BORA_VALIDATION][d] / data->D;
        if (epoch > 0 && (r->best_epoch[d] == 0 || nll < r->best_nll[d])) {
            r->best_epoch[d] = epoch;
            r->best_nll[d] = nll;
            memcpy(r->theta_best[BORA_TASK] + (size_t)d * P, bora_theta(&r->adapters, d), P * sizeof(float));
        }
    }
    int all = data->D;
    if (epoch > 0 && (r->best_epoch[all] == 0 || mean < r->best_nll[all])) {
        r->best_epoch[all] = epoch;
        r->best_nll[all] = mean;
        memcpy(r->theta_best[BORA_COMMON], r->adapters.theta, (size_t)r->adapters.n * P * sizeof(float));
        memcpy(r->Theta_best, r->adapters.Theta, P * sizeof(float));
    }
}

/* Where the recipe begins elsewhere than at Theta_0, and what tasks share. */
static void start(bora_run *r) {
    const bora_recipe *recipe = &r->recipe;
    bora_adapters *s = &r->adapters;
    size_t P = s->lora->P;
    if (recipe->start) bora_adapters_start(s, recipe->start, recipe->seed, recipe->spread);
    if (!r->shared) return;
    bora_lora_shared(s->lora, r->shared);
    for (int d = 0; d < s->n; d++)
        for (size_t j = 0; j < P; j++)
            if (r->shared[j]) bora_theta(s, d)[j] = s->Theta[j];
}

int bora_run_init(bora_run *r, const bora_recipe *recipe, const bora_dataset *data, bora_engine *engine, bora_error *e) {
    *r = (bora_run){.recipe = *recipe, .data = data, .engine = engine, .beta1_power = 1, .beta2_power = 1};
    int status = bora_adapters_init(&r->adapters, engine->lora, data->D, isinf(recipe->tau), recipe->seed, recipe->spread, e);
    if (!status) {
        bora_arena measure = {0};
        layout(r, &measure);
        status = bora_arena_init(&r->room, measure.used, "optimizer state and checkpoints", e);
    }
    if (status) {
        bora_run_free(r);
        return status;
    }
    layout(r, &r->room);
    for (int part = 0; part < BORA_SAMPLES; part++)
        for (size_t i = 0; i < data->n[part]; i++) r->tokens[part][data->samples[part][i].task] += data->samples[part][i].n;
    for (size_t i = 0; i < data->n[BORA_TRAIN]; i++) r->documents[data->samples[BORA_TRAIN][i].task]++;
    start(r);
    r->theta_best[BORA_LAST] = r->adapters.theta;
    engine->version++;
    validate(r, 0);
    return BORA_OK;
}

void bora_run_free(bora_run *r) {
    bora_arena_free(&r->room);
    bora_adapters_free(&r->adapters);
    *r = (bora_run){0};
}

static double learning_rate(const bora_run *r) {
    const bora_recipe *recipe = &r->recipe;
    double batches = ceil((double)r->data->n[BORA_TRAIN] / recipe->batch), steps = batches * recipe->epochs;
    return recipe->schedule ? recipe->learning_rate * recipe->schedule((r->step - 1) / steps) : recipe->learning_rate;
}

/* One optimizer step on a batch whose gradient is in r->g. */
static void update(bora_run *r) {
    const bora_recipe *recipe = &r->recipe;
    size_t P = r->engine->lora->P;
    r->step++;
    r->beta1_power *= recipe->beta1;
    r->beta2_power *= recipe->beta2;
    bora_step s = {.lr = (float)learning_rate(r),
                   .beta1 = (float)recipe->beta1,
                   .beta2 = (float)recipe->beta2,
                   .epsilon = (float)recipe->epsilon,
                   .correction1 = (float)(1 - r->beta1_power),
                   .correction2 = (float)(1 - r->beta2_power),
                   .tau = unified(r) ? 0 : (float)recipe->tau,
                   .N = (float)r->data->n[BORA_TRAIN],
                   .B = (float)recipe->batch,
                   .n = r->adapters.n,
                   .P = P,
                   .g = r->g,
                   .theta = r->adapters.theta,
                   .Theta = r->adapters.Theta,
                   .m = r->m,
                   .v = r->v,
                   .norm = r->norm,
                   .shared = r->shared};
    size_t blocks = P / 16;
#pragma omp parallel for schedule(static) num_threads(r->engine->threads)
    for (int d = 0; d < (r->norm ? s.n : 0); d++)
        bora_matrix_distances(r->engine->lora, s.theta + (size_t)d * P, s.Theta, r->norm + (size_t)d * P);
#pragma omp parallel for schedule(static) num_threads(r->engine->threads)
    for (size_t block = 0; block < blocks; block++) recipe->rule->step(&s, block * 16, block * 16 + 16);
    r->engine->version++;
}

void bora_run_step(bora_run *r, const bora_sample *const *samples, size_t n, double *nll) {
    if (r->weight) r->recipe.weigh(r, samples, n, r->weight);
    bora_batch_gradient(r->engine, &r->adapters, r->data->first, samples, n, r->weight, r->g, nll);
    update(r);
}

/* The order of training documents in an epoch: a permutation drawn from (seed, epoch), or always the first epoch's. */
static int shuffle(bora_run *r, int epoch, bora_error *e) {
    size_t n = r->data->n[BORA_TRAIN], *order = NULL;
    int status = bora_calloc(&order, n, sizeof *order, "order of documents", e);
    if (status) return status;
    for (size_t i = 0; i < n; i++) order[i] = i;
    bora_shuffle(order, n, r->recipe.seed, BORA_FOR_BATCHES, (uint64_t)(r->recipe.fixed_order ? 1 : epoch) * n);
    for (size_t i = 0; i < n; i++) r->order[i] = &r->data->samples[BORA_TRAIN][order[i]];
    free(order);
    return BORA_OK;
}

/* Task d has, in the epoch after those that are done. */
static int diverged(const bora_run *r, const char *what, int d, bora_error *e) {
    const char *name = r->data->names ? r->data->names[d] : "?";
    return bora_fail(e, BORA_DIVERGED,
                     "the %s of task '%s' is not finite in epoch %.0f, step %.0f: lower optimizer.learning_rate", what, name,
                     r->epoch + 1, r->step);
}

int bora_run_epoch(bora_run *r, bora_progress *progress, bora_error *e) {
    double started = bora_seconds();
    int epoch = (int)r->epoch + 1, status = shuffle(r, epoch, e);
    if (status) return status;
    size_t n = r->data->n[BORA_TRAIN], batch = (size_t)r->recipe.batch;
    double *nll = r->nll, tokens = progress ? progress->done : 0;
    for (size_t from = 0; from < n; from += batch) {
        size_t count = n - from < batch ? n - from : batch;
        bora_run_step(r, r->order + from, count, nll + from);
        for (size_t i = from; i < from + count; i++) {
            if (!isfinite(nll[i])) return diverged(r, "loss", r->order[i]->task, e);
            bora_run_curve(r, epoch, r->order[i]->task)[BORA_TRAIN_NLL] += nll[i];
            tokens += r->order[i]->n;
        }
        if (progress) bora_progress_step(progress, tokens, "epoch %d of %d", epoch, r->recipe.epochs);
        if (bora_signalled()) return bora_fail(e, bora_signalled(), "interrupted in epoch %d", epoch);
    }
    validate(r, epoch);
    for (int d = 0; d < r->data->D; d++)
        if (!isfinite(bora_run_curve(r, epoch, d)[BORA_VALIDATION_NLL])) return diverged(r, "validation loss", d, e);
    r->epoch = epoch;
    r->seconds += bora_seconds() - started;
    return BORA_OK;
}

const float *bora_run_theta(const bora_run *r, bora_checkpoint c, bool *shared) {
    *shared = c != BORA_TASK && unified(r);
    return r->theta_best[c];
}

double bora_run_checkpoint_epoch(const bora_run *r, bora_checkpoint c, int d) {
    return c == BORA_LAST ? r->epoch : r->best_epoch[c == BORA_COMMON ? r->data->D : d];
}

/* ---- state -------------------------------------------------------------------------------------------------------------- */

enum { STATE_ROWS = 15 };

/* Everything that an epoch changes; the same table writes and reads. */
static size_t state_table(const bora_run *r, bora_tensor t[STATE_ROWS]) {
    size_t P = r->engine->lora->P, n = (size_t)r->adapters.n, D = (size_t)r->data->D, i = 0;
    t[i++] = (bora_tensor){"theta", false, n, P, r->adapters.theta};
    t[i++] = (bora_tensor){"Theta", false, P, 0, r->adapters.Theta};
    t[i++] = (bora_tensor){"m", false, n + 1, P, r->m};
    t[i++] = (bora_tensor){"v", false, n + 1, P, r->v};
    t[i++] = (bora_tensor){"theta_common", false, n, P, r->theta_best[BORA_COMMON]};
    t[i++] = (bora_tensor){"theta_task", false, D, P, r->theta_best[BORA_TASK]};
    t[i++] = (bora_tensor){"Theta_common", false, P, 0, r->Theta_best};
    t[i++] = (bora_tensor){"curve", true, (size_t)(r->recipe.epochs + 1) * D, BORA_CURVE, r->curve};
    t[i++] = (bora_tensor){"best_epoch", true, D + 1, 0, r->best_epoch};
    t[i++] = (bora_tensor){"best_nll", true, D + 1, 0, r->best_nll};
    t[i++] = (bora_tensor){"epoch", true, 1, 0, (void *)(uintptr_t)&r->epoch};
    t[i++] = (bora_tensor){"step", true, 1, 0, (void *)(uintptr_t)&r->step};
    t[i++] = (bora_tensor){"beta1_power", true, 1, 0, (void *)(uintptr_t)&r->beta1_power};
    t[i++] = (bora_tensor){"beta2_power", true, 1, 0, (void *)(uintptr_t)&r->beta2_power};
    t[i++] = (bora_tensor){"seconds", true, 1, 0, (void *)(uintptr_t)&r->seconds};
    return i;
}

int bora_run_save(const bora_run *r, const char *path, const char *identity, bora_error *e) {
    bora_tensor table[STATE_ROWS];
    size_t n = state_table(r, table);
    const char *const metadata[][2] = {{"identity", identity}};
    return bora_tensors_write(path, table, n, metadata, 1, e);
}

/* Whether the numbers that say how far the run has come can be those of a run like this one. */
static bool plausible(const bora_run *r, const bora_tensors *file) {
    static const char *const names[] = {"epoch", "step", "beta1_power", "beta2_power", "seconds", "best_epoch"};
    enum { EPOCH, STEP, BETA1, BETA2, SECONDS, BEST, NAMES };
    const double *x[NAMES];
    for (int i = 0; i < NAMES; i++) x[i] = bora_tensors_find(file, names[i])->data;
    double epoch = *x[EPOCH];
    size_t batch = (size_t)r->recipe.batch, batches = (r->data->n[BORA_TRAIN] + batch - 1) / batch;
    bool sound = epoch >= 0 && epoch <= r->recipe.epochs && epoch == floor(epoch) && *x[STEP] == epoch * (double)batches;
    for (int i = BETA1; i <= BETA2; i++) sound = sound && *x[i] >= 0 && *x[i] <= 1;
    sound = sound && *x[SECONDS] >= 0 && isfinite(*x[SECONDS]);
    for (int d = 0; d <= r->data->D; d++)
        sound = sound && x[BEST][d] >= (epoch > 0) && x[BEST][d] <= epoch && x[BEST][d] == floor(x[BEST][d]);
    return sound;
}

int bora_run_load(bora_run *r, const char *path, const char *identity, bora_error *e) {
    bora_tensor table[STATE_ROWS];
    size_t n = state_table(r, table);
    bora_tensors file;
    int status = bora_tensors_read(&file, path, e);
    if (status) return status;
    const char *theirs = bora_tensors_metadata(&file, "identity");
    if (!theirs || strcmp(theirs, identity)) status = bora_fail(e, BORA_BAD_INPUT, "'%s' is the state of another run", path);
    for (int copy = 0; !status && copy < 2; copy++) { /* check all, then take all: a bad file changes nothing */
        for (size_t i = 0; !status && i < n; i++) {
            const bora_tensor *t = bora_tensors_find(&file, table[i].name);
            if (!t || t->is_double != table[i].is_double || t->rows != table[i].rows || t->columns != table[i].columns)
                status = bora_fail(e, BORA_BAD_INPUT, "'%s' lacks '%s' in the size of this run", path, table[i].name);
            else if (copy) memcpy(table[i].data, t->data, t->rows * (t->columns ? t->columns : 1) * (t->is_double ? 8 : 4));
        }
        if (!status && !copy && !plausible(r, &file))
            status = bora_fail(e, BORA_BAD_INPUT, "'%s' counts epochs or steps that this run cannot have", path);
    }
    bora_tensors_free(&file);
    if (!status) r->engine->version++;
    return status;
}
