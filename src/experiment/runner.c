/* runner.c: an experiment from file to finished runs: the frozen plan, reuse, resume, the lock. */
#include "experiment/experiment.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

/* Everything a command needs to know of an experiment. */
typedef struct {
    bora_experiment x;
    bora_plan plan;
    bora_inputs inputs; /* of run `loaded` and of those that share its data and base model; loaded -1: of none */
    int loaded;
    bool shared;   /* all runs share them */
    char hash[65]; /* of the data of all runs */
    char *folder;  /* results/<tier>/<experiment> */
} session;

static void close_session(session *s) {
    bora_experiment_free(&s->x);
    bora_plan_free(&s->plan);
    bora_inputs_free(&s->inputs);
    free(s->folder);
}

char *bora_tier_path(const char *file, const char *tier) {
    const char *slash = strrchr(file, '/');
    return bora_format("%.*stiers/%s.yaml", slash ? (int)(slash - file + 1) : 0, file, tier);
}

/* Data, tokenizer and base model are the same; how many documents a run draws is its own matter. */
static bool same_inputs(const bora_settings *a, const bora_settings *b) {
    for (bora_setting i = (bora_setting)0; i <= BORA_PRETRAIN_SEED; i++) {
        bool drawn = i >= BORA_DATA_DRAW && i <= BORA_DATA_PADDING;
        if (!drawn && strcmp(a->value[i], b->value[i])) return false;
    }
    return true;
}

/* Read the sources of run i, unless they are those of the run before. */
static int load_inputs(session *s, int i, const char *data, bora_error *e) {
    if (s->loaded >= 0 && same_inputs(&s->plan.runs[s->loaded].settings, &s->plan.runs[i].settings)) return BORA_OK;
    if (s->loaded >= 0) bora_inputs_free(&s->inputs);
    int status = bora_inputs_read(&s->inputs, &s->plan.runs[i].settings, data, e);
    s->loaded = status ? -1 : i;
    return status;
}

/* Name every run, which needs its data's hash. */
static int identify(session *s, const char *data, bora_error *e) {
    char *hashes = bora_format("%s", "");
    int status = BORA_OK;
    s->shared = true;
    for (int i = 0; !status && i < s->plan.n; i++) {
        int before = s->loaded;
        if ((status = load_inputs(s, i, data, e))) break;
        bora_plan_identify(&s->plan.runs[i], s->inputs.hash);
        if (s->loaded == before) continue;
        char *longer = bora_format("%s%s", hashes, s->inputs.hash);
        free(hashes);
        hashes = longer;
        s->shared = i == 0;
    }
    if (s->shared) strcpy(s->hash, s->inputs.hash);
    else bora_hash_bytes(hashes, strlen(hashes), s->hash);
    free(hashes);
    return status;
}

static int open_session(session *s, const char *file, const bora_options *o, bora_error *e) {
    *s = (session){.loaded = -1};
    char *tier = o->tier ? bora_tier_path(file, o->tier) : NULL;
    int status = bora_experiment_load(&s->x, file, tier, e);
    free(tier);
    if (!status) status = bora_plan_expand(&s->plan, &s->x, e);
    if (!status) status = identify(s, o->data, e);
    if (!status) s->folder = bora_format("%s/%s/%s", o->results, o->tier ? o->tier : "custom", s->x.name);
    else close_session(s);
    return status;
}

static int check_index(const session *s, const bora_options *o, bora_error *e) {
    if (o->index < s->plan.n) return BORA_OK;
    return bora_fail(e, BORA_USAGE, "--index %d: the plan has runs 0 to %d", o->index, s->plan.n - 1);
}

static char *run_folder(const session *s, int i) { return bora_format("%s/%s", s->folder, s->plan.runs[i].name); }

static bool finished(const session *s, int i) { return bora_is_finished(s->folder, s->plan.runs[i].name); }

/* ---- the lock ----------------------------------------------------------------------------------------------------------- */

static int lock_folder(const char *folder, int *lock, bora_error *e) {
    char *path = bora_format("%s/.lock", folder), holder[128] = "";
    int status = bora_make_directories(folder, e);
    *lock = status ? -1 : open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (!status && *lock < 0) status = bora_fail_errno(e, "cannot open '%s'", path);
    if (!status && flock(*lock, LOCK_EX | LOCK_NB)) {
        ssize_t n = read(*lock, holder, sizeof holder - 1);
        status = bora_fail(e, BORA_FAILED, "'%s' is in use by %s; wait for it, or use another --results", folder,
                           n > 0 ? holder : "another process");
        close(*lock);
        *lock = -1;
    }
    if (!status) {
        char host[64] = "";
        gethostname(host, sizeof host - 1);
        int n = snprintf(holder, sizeof holder, "process %ld on %s", (long)getpid(), host);
        if (ftruncate(*lock, 0) || pwrite(*lock, holder, (size_t)n, 0) != n)
            status = bora_fail_errno(e, "cannot write '%s'", path);
    }
    free(path);
    return status;
}

/* ---- inputs ------------------------------------------------------------------------------------------------------------- */

/* Those of run i, tokenized, with the base model if `model`. */
static int prepare_inputs(session *s, int i, const bora_options *o, const bora_kernels *k, int threads, bool model,
                          bora_error *e) {
    int status = load_inputs(s, i, o->data, e);
    if (status || s->inputs.base) return status; /* prepared already */
    return bora_inputs_prepare(&s->inputs, &s->plan.runs[i].settings, o->results, k, threads, model, e);
}

/* ---- one run ------------------------------------------------------------------------------------------------------------ */

/* Epochs from the last saved state to the horizon; the state is saved after each, the last too. */
static int train_on(bora_run *run, const char *state, const char *name, double *tokens, bora_error *e) {
    int status = BORA_OK;
    if (bora_exists(state)) {
        status = bora_run_load(run, state, name, e);
        if (status) {
            fprintf(stderr, "%s: starting anew: %s\n", name, e->message);
            return BORA_FAILED;
        }
        fprintf(stderr, "%s: resumed after epoch %.0f\n", name, run->epoch);
    }
    double each = 0;
    for (int d = 0; d < run->data->D; d++) each += run->tokens[0][d];
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

/* The same without the state if that cannot be used. *tokens grows by what was trained on. */
static int train(bora_run *run, const char *state, const char *name, double *tokens, bora_error *e) {
    double before = *tokens;
    int status = train_on(run, state, name, tokens, e);
    if (status != BORA_FAILED || !bora_exists(state) || run->epoch > 0 || *tokens > before) return status;
    unlink(state);
    return train_on(run, state, name, tokens, e);
}

/* *theta_u [P], fresh <- the unified run's best common epoch, where `recipe` begins. It has a state of its own, complete when
 * its run is, and kept until the whole is done. */
static int train_unified(const bora_plan_run *plan, const char *state, const bora_dataset *data, bora_engine *engine,
                         bora_recipe *recipe, float **theta_u, double *tokens, bora_error *e) {
    bora_run run;
    bora_recipe unified = bora_unified_recipe_of(&plan->settings);
    size_t P = engine->lora->P;
    char *name = bora_format("%s, unified", plan->name);
    int status = bora_calloc(theta_u, P, sizeof **theta_u, "the unified adapter", e);
    if (!status) status = bora_run_init(&run, &unified, data, engine, e);
    if (!status) {
        status = train(&run, state, name, tokens, e);
        memcpy(*theta_u, run.theta_best[BORA_COMMON], P * sizeof **theta_u);
        recipe->start = *theta_u;
        recipe->start_epoch = bora_run_checkpoint_epoch(&run, BORA_COMMON, 0);
        bora_run_free(&run);
    }
    free(name);
    return status;
}

static int run_one(const session *s, int i, const bora_kernels *k, int threads, bora_error *e) {
    const bora_plan_run *plan = &s->plan.runs[i];
    const bora_inputs *x = &s->inputs;
    char *folder = run_folder(s, i), *state = bora_format("%s/.%s.state", s->folder, plan->name),
         *state_u = bora_format("%s/.%s.unified.state", s->folder, plan->name);
    bora_selection *selections = NULL;
    bora_dataset data = {0};
    bora_lora lora = {0};
    bora_engine engine = {0};
    bora_run run = {0};
    bora_recipe recipe = bora_recipe_of(&plan->settings);
    float *theta_u = NULL;
    double started = bora_seconds(), tokens = 0;
    int status = bora_calloc(&selections, (size_t)x->corpus.D, sizeof *selections, "selection", e);
    if (!status) status = bora_dataset_of(x, &plan->settings, selections, &data, e);
    if (!status) status = bora_lora_of(&plan->settings, x->model.parameters.shape, &lora, e);
    if (!status) status = bora_engine_init(&engine, k, &x->model, &lora, threads, e);
    if (!status && bora_method_of(&plan->settings)->from_unified)
        status = train_unified(plan, state_u, &data, &engine, &recipe, &theta_u, &tokens, e);
    if (!status) status = bora_run_init(&run, &recipe, &data, &engine, e);
    if (!status) status = train(&run, state, plan->name, &tokens, e);
    if (!status) status = bora_results_write(folder, plan, x, &run, bora_seconds() - started, e);
    if (!status) {
        double seconds = bora_seconds() - started;
        unlink(state);
        unlink(state_u);
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
    if (selections) bora_selections_free(selections, x->corpus.D);
    free(selections);
    free(theta_u);
    free(folder);
    free(state);
    free(state_u);
    return status;
}

/* What goes with the experiment as a whole: whether it is there. */
static bool has_base(const session *s) {
    char *base = bora_format("%s/base.csv", s->folder), *heterogeneity = bora_format("%s/heterogeneity.csv", s->folder);
    bool has = bora_exists(base) && (s->inputs.language.p || bora_exists(heterogeneity));
    free(base);
    free(heterogeneity);
    return has;
}

/* The base model alone on the documents of the first run, and, of real data, how much their tasks differ. */
static int run_base(const session *s, const bora_kernels *k, int threads, bora_error *e) {
    char *base = bora_format("%s/base.csv", s->folder), *heterogeneity = bora_format("%s/heterogeneity.csv", s->folder);
    const bora_inputs *x = &s->inputs;
    bora_selection *selections = NULL;
    bora_dataset data = {0};
    bora_engine engine = {0};
    int status = bora_calloc(&selections, (size_t)x->corpus.D, sizeof *selections, "selection", e);
    if (!status) status = bora_dataset_of(x, &s->plan.runs[0].settings, selections, &data, e);
    if (!status) status = bora_engine_init(&engine, k, &x->model, NULL, threads, e);
    if (!status) status = bora_base_write(base, x, &data, &engine, e);
    if (!status && !x->language.p) status = bora_heterogeneity_write(heterogeneity, x, &data, e);
    bora_engine_free(&engine);
    bora_dataset_free(&data);
    if (selections) bora_selections_free(selections, x->corpus.D);
    free(selections);
    free(base);
    free(heterogeneity);
    return status;
}

/* ---- the plan ----------------------------------------------------------------------------------------------------------- */

/* Why a run is to be done, or `reused`: fresh text. */
static char *reason(const session *s, int i) {
    if (finished(s, i)) return bora_format("reused");
    char *path = bora_format("%s/previous/%s.yaml", s->folder, s->plan.runs[i].slug),
         *text = NULL; /* as last planned under this slug */
    size_t size;
    bora_error ignored;
    bool known = !bora_read_file(path, &text, &size, &ignored);
    char *difference = known ? bora_text_difference(text, s->plan.runs[i].identity) : bora_format("%s", "");
    char *answer = *difference ? bora_format("settings changed: %s", difference) : bora_format("new");
    free(difference);
    free(text);
    free(path);
    return answer;
}

/* Freeze the plan before anything runs: plan.txt, and each run's identity under its slug, for the reasons of later plans. */
static int freeze(const session *s, bora_error *e) {
    char *previous = bora_format("%s/previous", s->folder), *path = bora_format("%s/plan.txt", s->folder);
    bora_writer w;
    int status = bora_make_directories(previous, e);
    FILE *f = status ? NULL : bora_create(&w, path, e);
    if (f) {
        fprintf(f, "# %s: %d runs; data %s; numerics version %d\n", s->x.title ? s->x.title : s->x.name, s->plan.n, s->hash,
                BORA_NUMERICS_VERSION);
        for (int i = 0; i < s->plan.n; i++) fprintf(f, "%s\n", s->plan.runs[i].name);
        for (int i = 0; i < s->x.n_figures; i++) fprintf(f, "figure %s\n", s->x.figures[i]);
        for (int i = 0; i < s->x.n_beside; i++) fprintf(f, "beside %s\n", s->x.beside[i]);
        status = bora_commit(&w, e);
    } else if (!status) status = e->status;
    for (int i = 0; !status && i < s->plan.n; i++) {
        char *file = bora_format("%s/%s.yaml", previous, s->plan.runs[i].slug);
        if ((f = bora_create(&w, file, e))) {
            fputs(s->plan.runs[i].identity, f);
            status = bora_commit(&w, e);
        } else status = e->status;
        free(file);
    }
    free(previous);
    free(path);
    return status;
}

/* ---- commands ----------------------------------------------------------------------------------------------------------- */

static int print_plan(session *s, const bora_options *o, FILE *out, bora_error *e) {
    const bora_kernels *k;
    int status = bora_kernels_choose(&k, e), threads = bora_threads(o->threads);
    char time[24], *last = bora_format("%s", "");
    double rate = status ? 1 : bora_speed(k, threads), flop = 0, bytes = 0, disk = 0;
    if (!status) fprintf(out, "%s: %s\n", s->x.name, s->x.title ? s->x.title : "");
    for (int i = 0; !status && i < s->plan.n; i++) {
        const bora_settings *x = &s->plan.runs[i].settings;
        if ((status = load_inputs(s, i, o->data, e))) break;
        char *base = bora_base_folder(&s->inputs, x, o->results);
        if (strcmp(base, last) && !bora_base_exists(base)) {
            double pretraining = bora_predict_base(x);
            flop += pretraining;
            fprintf(out, "base  %-44s %-8s %8.2g FLOP %7s\n", "pretraining", "new", pretraining,
                    bora_duration(pretraining / rate, time));
        }
        free(last);
        last = base;
        char *why = reason(s, i);
        bora_cost c = bora_predict(x, &s->inputs.source, threads);
        fprintf(out, "%4d  %-44s %-8s %8.2g FLOP %7s\n", i, s->plan.runs[i].name, why, c.flop,
                bora_duration(c.flop / rate, time));
        if (strcmp(why, "reused")) flop += c.flop, disk += c.disk;
        if (c.bytes > bytes) bytes = c.bytes;
        free(why);
    }
    free(last);
    if (!status)
        fprintf(out, "to do: about %s on %d thread%s (kernels %s), %.0f MiB of memory, %.0f MiB of disk in %s\n",
                bora_duration(flop / rate, time), threads, threads > 1 ? "s" : "", k->name, bytes / 1048576 + 60,
                disk / 1048576, s->folder);
    return status;
}

int bora_plan_print(const char *file, const bora_options *o, FILE *out, bora_error *e) {
    session s;
    int status = open_session(&s, file, o, e);
    if (status) return status;
    status = print_plan(&s, o, out, e);
    close_session(&s);
    return status;
}

int bora_run_experiment(const char *file, const bora_options *o, bora_error *e) {
    session s;
    const bora_kernels *k;
    int lock = -1, threads = bora_threads(o->threads), status = bora_kernels_choose(&k, e), left = 0;
    if (!status) status = open_session(&s, file, o, e);
    if (status) return status;
    status = check_index(&s, o, e);
    if (!status && o->index < 0) status = lock_folder(s.folder, &lock, e);
    if (!status) status = print_plan(&s, o, stderr, e);
    if (!status) status = freeze(&s, e);
    for (int i = 0; i < s.plan.n; i++) left += (o->index < 0 || i == o->index) && !finished(&s, i);
    if (!status && s.shared && (left || !has_base(&s))) {
        status = prepare_inputs(&s, 0, o, k, threads, true, e);
        if (!status) status = run_base(&s, k, threads, e);
    }
    for (int i = 0; !status && i < s.plan.n; i++) {
        if ((o->index >= 0 && i != o->index) || finished(&s, i)) continue;
        status = prepare_inputs(&s, i, o, k, threads, true, e);
        if (!status) status = run_one(&s, i, k, threads, e);
    }
    bora_error second;
    int written = s.folder && bora_exists(s.folder) ? bora_index_write(s.folder, &s.x, &s.plan, status ? &second : e) : BORA_OK;
    if (lock >= 0) close(lock);
    close_session(&s);
    return status ? status : written;
}

int bora_documents_print(const char *file, const bora_options *o, FILE *out, bora_error *e) {
    session s;
    int status = open_session(&s, file, o, e), i = o->index < 0 ? 0 : o->index;
    if (status) return status;
    bora_selection *selections = NULL;
    bora_dataset data = {0};
    status = check_index(&s, o, e);
    if (!status) status = prepare_inputs(&s, i, o, NULL, 1, false, e);
    if (!status) status = bora_calloc(&selections, (size_t)s.inputs.corpus.D, sizeof *selections, "selection", e);
    if (!status) status = bora_dataset_of(&s.inputs, &s.plan.runs[i].settings, selections, &data, e);
    if (!status) status = bora_documents_write(&s.inputs.corpus, selections, s.inputs.tokenizer, out, e);
    if (!status && fflush(out)) status = bora_fail_errno(e, "cannot write the documents");
    for (int d = 0; !status && d < s.inputs.corpus.D; d++)
        fprintf(stderr,
                "%-24s %6zu documents; train %zu, validation %zu, test %zu; dropped as repeats: %zu validation, %zu test\n",
                s.inputs.corpus.tasks[d].name, s.inputs.corpus.tasks[d].n, selections[d].n[0], selections[d].n[1],
                selections[d].n[2], s.inputs.corpus.tasks[d].dropped[0], s.inputs.corpus.tasks[d].dropped[1]);
    bora_dataset_free(&data);
    if (selections) bora_selections_free(selections, s.inputs.corpus.D);
    free(selections);
    close_session(&s);
    return status;
}

int bora_pretrain_only(const char *file, const bora_options *o, bora_error *e) {
    session s;
    const bora_kernels *k;
    int status = bora_kernels_choose(&k, e);
    if (!status) status = open_session(&s, file, o, e);
    if (status) return status;
    status = prepare_inputs(&s, 0, o, k, bora_threads(o->threads), true, e);
    if (!status) printf("%s\n", s.inputs.base);
    close_session(&s);
    return status;
}
