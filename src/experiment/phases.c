/* phases.c: one run, from its documents to its folder: a first phase if it has one, then the run itself, each resumed from its
 * own state. Which runs there are is the runner's. */
#include "experiment/experiment.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Epochs from the last saved state to the horizon; the state is saved after each, the last too. A state that is not this run's
 * is told and replaced; where it cannot be read for another reason, that is an error and it stays. *tokens grows by what was
 * trained on, *before by the seconds of earlier attempts. */
static int train(bora_run *run, const char *state, const char *name, double *tokens, double *before, bora_error *e) {
    int status = BORA_OK;
    if (bora_exists(state)) {
        status = bora_run_load(run, state, name, e);
        if (!status) fprintf(stderr, "%s: resumed after epoch %.0f\n", name, run->epoch);
        if (status == BORA_BAD_INPUT && !access(state, R_OK)) {
            fprintf(stderr, "%s: starting anew: %s\n", name, e->message);
            status = BORA_OK;
        }
    }
    *before += run->seconds;
    double each = 0;
    for (int d = 0; d < run->data->D; d++) each += run->tokens[BORA_TRAIN][d];
    bora_progress progress;
    bora_progress_begin(&progress, name, each * (run->recipe.epochs - run->epoch), "tokens");
    while (!status && run->epoch < run->recipe.epochs) {
        status = bora_run_epoch(run, &progress, e);
        *tokens += each;
        if (!status) status = bora_run_save(run, state, name, e);
        if (!status && bora_signalled()) status = bora_fail(e, bora_signalled(), "interrupted after epoch %.0f", run->epoch);
    }
    bora_progress_end(&progress);
    return status;
}

void bora_first_phase_free(bora_first_phase *f) {
    free(f->text);
    free(f->Theta);
    *f = (bora_first_phase){0};
}

/* The first phase, whose text this is, into f: its Theta at its best common epoch. Its state is complete when the phase is, and
 * kept until the run is done. */
static int learn_first_phase(bora_first_phase *f, const char *text, const bora_plan_run *plan, const bora_inputs *x,
                             const char *state, bora_engine *engine, double *tokens, double *before, bora_error *e) {
    bora_recipe recipe = bora_first_recipe_of(&plan->settings);
    bora_dataset data = {0};
    bora_run run = {0};
    size_t P = engine->lora->P;
    char *name = bora_format("%s, first phase", plan->name);
    bora_first_phase_free(f);
    int status = bora_calloc(&f->Theta, P, sizeof *f->Theta, "Theta of the first phase", e);
    if (!status) status = bora_dataset_of(x, &plan->settings, true, &data, e);
    if (!status) status = bora_run_init(&run, &recipe, &data, engine, e);
    if (!status) status = train(&run, state, name, tokens, before, e);
    if (!status) {
        memcpy(f->Theta, run.Theta_best, P * sizeof *f->Theta);
        f->epoch = bora_run_checkpoint_epoch(&run, BORA_COMMON, 0);
        f->inputs = x;
        f->text = bora_format("%s", text);
    }
    bora_run_free(&run);
    bora_dataset_free(&data);
    free(name);
    return status;
}

int bora_run_phases(const char *experiment, const bora_plan_run *plan, const bora_inputs *x, bora_first_phase *last,
                    const bora_kernels *k, int threads, bora_error *e) {
    char *folder = bora_format("%s/%s", experiment, plan->name), *state = bora_format("%s/.%s.state", experiment, plan->name),
         *first_state = bora_format("%s/.%s.first.state", experiment, plan->name), *first = bora_first_text(&plan->settings);
    bora_dataset data = {0};
    bora_lora lora = {0};
    bora_engine engine = {0};
    bora_run run = {0};
    bora_recipe recipe = bora_recipe_of(&plan->settings);
    double started = bora_seconds(), tokens = 0, before = 0;
    int status = bora_dataset_of(x, &plan->settings, false, &data, e);
    if (!status) status = bora_lora_of(&plan->settings, x->model.parameters.shape, &lora, e);
    if (!status) status = bora_engine_init(&engine, k, &x->model, &lora, threads, e);
    if (!status && first && (!last->text || last->inputs != x || strcmp(last->text, first)))
        status = learn_first_phase(last, first, plan, x, first_state, &engine, &tokens, &before, e);
    if (first) recipe.start = last->Theta, recipe.start_epoch = last->epoch;
    if (!status) status = bora_run_init(&run, &recipe, &data, &engine, e);
    if (!status) status = train(&run, state, plan->name, &tokens, &before, e);
    if (!status) status = bora_results_write(folder, plan, x, &run, before + bora_seconds() - started, e);
    if (!status) {
        double seconds = bora_seconds() - started;
        fprintf(stderr, "%s: done in %.0f s, %.0f tokens/s, best epoch %.0f, validation perplexity %.2f\n", plan->name, seconds,
                tokens / seconds, run.best_epoch[data.D], exp(run.best_nll[data.D]));
    } else {
        char *inner = bora_format("%s", e->message);
        bora_fail(e, status, "run %s: %s", plan->name, inner);
        free(inner);
    }
    bora_run_free(&run);
    bora_engine_free(&engine);
    bora_lora_free(&lora);
    bora_dataset_free(&data);
    free(folder);
    free(state);
    free(first_state);
    free(first);
    return status;
}
