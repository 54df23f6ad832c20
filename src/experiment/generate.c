/* generate.c: text from a finished run: a prompt continued by a task's adapter, by Theta or by the base model alone, at the
 * headline checkpoint; and the table of such texts that stands for an experiment. The same text on every machine: the numerics
 * contract covers all that decides a token. The context is computed anew for each token, which is plain and slow.
 */
#include "experiment/experiment.h"
#include "stat/stat.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

/* A run's folder in memory. */
typedef struct {
    const char *run;
    bora_settings settings;
    const bora_kernels *kernels;
    bora_tokenizer *tokenizer;
    bora_model model;
    bora_lora lora;
    bora_tensors file; /* of the adapters; tensors NULL until one is wanted */
    json_t *tasks;     /* their names */
    float *theta, *room;
    bora_low_rank *adapter;
    bora_arena arena;
    bora_activations activations;
    bora_candidate *candidates;
} speaker;

/* Lines `key: value` over the defaults, which they leave out. */
static int read_settings(speaker *x, bora_error *e) {
    char *path = bora_format("%s/settings.yaml", x->run), *text = NULL, expected[256];
    size_t size;
    int status = bora_exists(path) ? bora_read_file(path, &text, &size, e)
                                   : bora_fail(e, BORA_BAD_INPUT,
                                               "'%s' holds no settings.yaml: expected the folder of a finished run, "
                                               "results/<tier>/<experiment>/<run>",
                                               x->run);
    bora_settings_default(&x->settings);
    for (char *line = text ? strtok(text, "\n") : NULL; !status && line; line = strtok(NULL, "\n")) {
        char *colon = strstr(line, ": "), *value = NULL;
        if (colon) *colon = 0;
        int i = bora_find_setting(line);
        if (colon && i >= 0) value = bora_canonical((bora_setting)i, colon + 2, expected);
        if (!value) status = bora_fail(e, BORA_BAD_INPUT, "'%s': '%.60s' is no setting with its value", path, line);
        else {
            free(x->settings.value[i]);
            x->settings.value[i] = value;
        }
    }
    free(text);
    free(path);
    return status;
}

/* The base model of which provenance.json tells lies beside the tiers: results/base/<hash>. */
static int load_base(speaker *x, bora_error *e) {
    char *path = bora_format("%s/provenance.json", x->run);
    json_t *provenance = json_load_file(path, JSON_REJECT_DUPLICATES, NULL);
    const char *hash = json_string_value(json_object_get(provenance, "base"));
    char *folder = bora_format("%s/../../../base/%s", x->run, hash ? hash : "");
    int status = BORA_OK;
    if (!hash) status = bora_fail(e, BORA_BAD_INPUT, "'%s' does not name the base model: expected a finished run", path);
    else if (!bora_base_exists(folder))
        status =
            bora_fail(e, BORA_BAD_INPUT, "no base model in '%s': `bora pretrain` of the experiment's file makes it", folder);
    if (!status) status = bora_base_load(folder, &x->settings, &x->tokenizer, &x->model, e);
    free(folder);
    free(path);
    json_decref(provenance);
    return status;
}

static int speaker_init(speaker *x, const char *run, bora_error *e) {
    *x = (speaker){.run = run};
    int status = bora_kernels_choose(&x->kernels, e);
    if (!status) status = read_settings(x, e);
    if (!status) status = load_base(x, e);
    const bora_shape *s = &x->model.parameters.shape;
    if (!status) status = bora_lora_of(&x->settings, *s, &x->lora, e);
    if (!status) status = bora_arena_init(&x->arena, bora_activations_bytes(s, x->lora.rank, x->lora.target), "activations", e);
    if (!status) status = bora_calloc(&x->theta, x->lora.P, sizeof *x->theta, "an adapter", e);
    if (!status) status = bora_calloc(&x->room, bora_lora_room(&x->lora), sizeof *x->room, "an adapter", e);
    if (!status) status = bora_calloc(&x->adapter, (size_t)(s->L * BORA_MATRICES), sizeof *x->adapter, "an adapter", e);
    if (!status) status = bora_calloc(&x->candidates, (size_t)s->V, sizeof *x->candidates, "candidates", e);
    if (!status) bora_activations_init(&x->activations, &x->arena, s, x->lora.rank, x->lora.target);
    return status;
}

static void speaker_free(speaker *x) {
    bora_settings_free(&x->settings);
    bora_tokenizer_free(x->tokenizer);
    bora_model_free(&x->model);
    bora_lora_free(&x->lora);
    bora_tensors_free(&x->file);
    bora_arena_free(&x->arena);
    json_decref(x->tasks);
    free(x->theta);
    free(x->room);
    free(x->adapter);
    free(x->candidates);
}

/* ---- adapters ----------------------------------------------------------------------------------------------------------- */

static char *adapters_path(const char *run) { return bora_format("%s/adapters-common.safetensors", run); }

static int open_adapters(speaker *x, bora_error *e) {
    if (x->file.tensors) return BORA_OK;
    char *path = adapters_path(x->run);
    int status = bora_exists(path)
                     ? bora_tensors_read(&x->file, path, e)
                     : bora_fail(e, BORA_BAD_INPUT,
                                 "'%s' is not there: copies such as results/reference hold no adapters; `bora run` of the "
                                 "experiment's file makes the run anew (--task base needs none)",
                                 path);
    const char *names = status ? NULL : bora_tensors_metadata(&x->file, "tasks");
    if (names) x->tasks = json_loads(names, JSON_REJECT_DUPLICATES, NULL);
    bool named = json_is_array(x->tasks);
    for (size_t d = 0; named && d < json_array_size(x->tasks); d++) named = json_is_string(json_array_get(x->tasks, d));
    if (!status && !named)
        status = bora_fail(e, BORA_BAD_INPUT, "'%s' does not name its tasks: expected adapters that `bora run` wrote", path);
    free(path);
    return status;
}

static int no_such_task(const speaker *x, const char *who, bora_error *e) {
    size_t n = json_array_size(x->tasks);
    const char **names;
    int status = bora_calloc(&names, n + 2, sizeof *names, "names of tasks", e);
    if (status) return status;
    for (size_t d = 0; d < n; d++) names[d] = json_string_value(json_array_get(x->tasks, d));
    names[n] = "Theta", names[n + 1] = "base";
    status = bora_fail(e, BORA_USAGE, "no task '%s' among the %zu of '%s'; the nearest is '%s'", who, n, x->run,
                       bora_nearest(who, names, n + 2));
    free(names);
    return status;
}

/* The tensors' prefix. Where one adapter serves all tasks, only Theta is in the file. */
static int prefix_of(const speaker *x, const char *who, char **prefix, bora_error *e) {
    size_t d = 0, n = json_array_size(x->tasks);
    while (d < n && strcmp(who, json_string_value(json_array_get(x->tasks, d)))) d++;
    if (d == n && strcmp(who, "Theta")) return no_such_task(x, who, e);
    bool shared = true;
    for (size_t i = 0; i < x->file.n; i++) shared = shared && strncmp(x->file.tensors[i].name, "theta.", strlen("theta."));
    *prefix = d == n || shared ? bora_format("Theta") : bora_format("theta.%zu", d);
    return BORA_OK;
}

static int read_theta(speaker *x, const char *prefix, bora_error *e) {
    bora_tensor *tensors;
    size_t n = 0;
    int status = bora_calloc(&tensors, (size_t)(2 * x->lora.shape.L * BORA_MATRICES), sizeof *tensors, "tensor table", e);
    if (status) return status;
    bora_lora_tensors(&x->lora, prefix, x->theta, tensors, &n);
    for (size_t i = 0; i < n; i++) {
        const bora_tensor *t = &tensors[i], *found = bora_tensors_find(&x->file, t->name);
        if (found && !found->is_double && found->rows == t->rows && found->columns == t->columns)
            memcpy(t->data, found->data, t->rows * t->columns * sizeof(float));
        else if (!status)
            status = bora_fail(e, BORA_BAD_INPUT, "the adapters of '%s' have no F32 tensor '%s' of %zu x %zu", x->run, t->name,
                               t->rows, t->columns);
        free(tensors[i].name);
    }
    free(tensors);
    return status;
}

/* *adapter <- of `who`; NULL: the base model alone. */
static int load_adapter(speaker *x, const char *who, const bora_low_rank **adapter, bora_error *e) {
    *adapter = NULL;
    if (!strcmp(who, "base")) return BORA_OK;
    char *prefix = NULL;
    int status = open_adapters(x, e);
    if (!status) status = prefix_of(x, who, &prefix, e);
    if (!status) status = read_theta(x, prefix, e);
    free(prefix);
    if (status) return status;
    bora_lora_pack(&x->lora, x->theta, x->room, x->adapter);
    *adapter = x->adapter;
    return BORA_OK;
}

/* ---- text --------------------------------------------------------------------------------------------------------------- */

/* Tokens are bytes, and a model may break a character or leave the last one unfinished: what is no whole character of UTF-8,
 * and control characters, come out as U+FFFD. */
static void put_readable(FILE *out, const char *text, size_t size) {
    for (size_t at = 0, n; at < size; at += n) {
        bool whole = false,
             control = ((unsigned char)text[at] < ' ' && text[at] != '\t' && text[at] != '\n') || text[at] == 127;
        for (n = 1; n <= 4 && n <= size - at && !control; n++) {
            json_t *character = json_stringn(text + at, n);
            whole = character != NULL;
            json_decref(character);
            if (whole) break;
        }
        if (whole) fwrite(text + at, 1, n, out);
        else fputs("\xef\xbf\xbd", out), n = 1;
    }
}

/* The i-th token takes the i-th random number of the seed, whoever speaks. When the context is full it slides: the model sees
 * the last T - 1 tokens as if a document began there. */
static int go_on(speaker *x, const bora_low_rank *adapter, const bora_generation *g, bora_token *tokens, size_t *n,
                 bora_error *e) {
    const bora_shape *s = &x->model.parameters.shape;
    bora_token first = bora_tokenizer_end_of_text(x->tokenizer);
    for (int i = 0; i < g->tokens; i++) {
        if (bora_signalled()) return bora_fail(e, bora_signalled(), "interrupted after %d tokens", i);
        int context = *n < (size_t)s->T - 1 ? (int)*n : s->T - 1;
        const float *p = bora_next_token(x->kernels, &x->model, adapter, first, tokens + *n - context, context, g->temperature,
                                         &x->activations);
        bora_token t = bora_draw_token(p, s->V, g->top_p, bora_uniform(g->seed, BORA_FOR_TEXT, (uint64_t)i), x->candidates);
        if (t == first) break; /* which only runs on padded documents learn to say */
        tokens[(*n)++] = t;
    }
    return BORA_OK;
}

static int speak(speaker *x, const char *who, const bora_generation *g, FILE *out, bora_error *e) {
    const bora_low_rank *adapter;
    bora_token *tokens = NULL;
    char *text = NULL;
    size_t n = 0, capacity = 0, size;
    int status = load_adapter(x, who, &adapter, e);
    if (!status) status = bora_encode(x->tokenizer, g->prompt, strlen(g->prompt), &tokens, &n, &capacity, e);
    if (!status) status = bora_realloc(&tokens, n + (size_t)g->tokens + 1, sizeof *tokens, "text", e);
    if (!status) status = go_on(x, adapter, g, tokens, &n, e);
    if (!status) status = bora_decode(x->tokenizer, tokens, n, &text, &size, e);
    if (!status) put_readable(out, text, size);
    free(tokens);
    free(text);
    return status;
}

int bora_generate(const char *run, const bora_generation *g, FILE *out, bora_error *e) {
    speaker x;
    int status = speaker_init(&x, run, e);
    if (!status) status = speak(&x, g->task, g, out, e);
    if (!status) fputc('\n', out);
    speaker_free(&x);
    return status;
}

/* ---- the table of an experiment ----------------------------------------------------------------------------------------- */

static int put_sample(speaker *x, const char *name, const char *who, const bora_generation *g, FILE *out, bora_error *e) {
    char *text = NULL;
    size_t size;
    FILE *f = open_memstream(&text, &size);
    if (!f) abort();
    int status = speak(x, who, g, f, e);
    if (fclose(f) || !text) abort();
    if (!status) {
        fprintf(out, "%s,%.15g,%.15g,%.15g,", name, g->temperature, g->top_p, (double)g->seed);
        bora_put_text(out, g->prompt);
        fputc(',', out);
        bora_put_text(out, who);
        fputc(',', out);
        bora_put_bytes(out, text, size);
        fputc('\n', out);
    }
    free(text);
    return status;
}

static int write_samples(const char *folder, const bora_example *example, const bora_generation *g, bora_error *e) {
    char *run = bora_format("%s/%s", folder, example->run), *csv = bora_format("%s/tables/samples.csv", folder),
         *tex = bora_format("%s/tables/samples.tex", folder);
    speaker x;
    bora_writer w;
    int status = speaker_init(&x, run, e);
    FILE *out = status ? NULL : bora_create(&w, csv, e);
    if (!status && !out) status = e->status;
    if (out) {
        fprintf(out, "run,temperature,top_p,seed,prompt,speaker,text\n");
        status = put_sample(&x, example->run, "base", g, out, e);
        if (!status) status = put_sample(&x, example->run, "Theta", g, out, e);
        for (int i = 0; !status && i < example->n; i++) status = put_sample(&x, example->run, example->tasks[i], g, out, e);
        status = bora_finish(&w, status, e);
    }
    if (!status) status = bora_tex_write(csv, tex, e);
    if (!status) printf("%s: %d continuations of '%s'\n", csv, example->n + 2, g->prompt);
    speaker_free(&x);
    free(run);
    free(csv);
    free(tex);
    return status;
}

/* NULL, or why an experiment has no samples. */
static const char *lacking(const char *folder, const bora_example *example) {
    if (!example->run) return "no run of BoRA between the limits of tau";
    char *run = bora_format("%s/%s", folder, example->run), *path = adapters_path(run);
    bool there = bora_exists(path);
    free(path);
    free(run);
    return there ? NULL : "a copy of results, without adapters";
}

int bora_samples(const char *folder, const bora_generation *g, bora_error *e) {
    bora_example example;
    int status = bora_example_of(folder, &example, e);
    if (status) return status;
    const char *why = lacking(folder, &example);
    if (why) printf("%s: no samples: %s\n", folder, why);
    else status = write_samples(folder, &example, g, e);
    bora_example_free(&example);
    return status;
}
