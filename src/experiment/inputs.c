/* inputs.c: what a set of settings needs before a run: sources, tokenizer, corpus, base model (cached by the hash of its
 * settings and text), and the documents of one run. */
#include "experiment/experiment.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The synthetic language that the settings describe. */
static int make_language(bora_language *language, const bora_settings *x, bora_error *e) {
    bora_language_options o = {.low_rank = bora_is(x, BORA_LANGUAGE_KIND, "low-rank"),
                               .symbols = bora_integer(x, BORA_LANGUAGE_SYMBOLS),
                               .successors = bora_integer(x, BORA_LANGUAGE_SUCCESSORS),
                               .tasks = bora_integer(x, BORA_LANGUAGE_TASKS),
                               .documents = bora_integer(x, BORA_LANGUAGE_DOCUMENTS),
                               .length = bora_integer(x, BORA_LANGUAGE_LENGTH),
                               .kappa = bora_real(x, BORA_LANGUAGE_KAPPA),
                               .sigma = bora_real(x, BORA_LANGUAGE_SIGMA),
                               .rank = bora_integer(x, BORA_LANGUAGE_RANK),
                               .clusters = bora_integer(x, BORA_LANGUAGE_CLUSTERS),
                               .outlier = bora_is(x, BORA_LANGUAGE_OUTLIER, "yes"),
                               .seed = (uint64_t)bora_real(x, BORA_LANGUAGE_SEED)};
    return bora_language_init(language, &o, e);
}

static int read_source(bora_source *s, const bora_settings *x, bora_setting source, bora_setting path, const char *data,
                       bora_error *e) {
    bool sotu = bora_is(x, source, "sotu"), brown = bora_is(x, source, "brown");
    char *place = *x->value[path] ? bora_format("%s", x->value[path]) : bora_format("%s/%s", data, x->value[source]);
    bora_csv_options csv = {.path = place,
                            .task_column = x->value[BORA_DATA_TASK_COLUMN],
                            .text_column = x->value[BORA_DATA_TEXT_COLUMN],
                            .group_column = x->value[BORA_DATA_GROUP_COLUMN],
                            .min_characters = (size_t)bora_real(x, BORA_DATA_MIN_CHARACTERS),
                            .min_documents = (size_t)bora_real(x, BORA_DATA_MIN_DOCUMENTS),
                            .max_documents = (size_t)bora_real(x, BORA_DATA_MAX_DOCUMENTS)};
    int status = sotu ? bora_source_sotu(s, place, e) : brown ? bora_source_brown(s, place, e) : bora_source_csv(s, &csv, e);
    free(place);
    return status;
}

/* The hash of all passages: task, group and text, NUL-separated. */
static void hash_source(const bora_source *s, char hex[65]) {
    char *text = NULL;
    size_t size;
    FILE *f = open_memstream(&text, &size);
    if (!f) abort();
    for (size_t i = 0; i < s->n; i++) {
        const bora_passage *x = &s->passages[i];
        fprintf(f, "%s%c%s%c", x->task, 0, x->group, 0);
        fwrite(x->text, 1, x->size + 1, f);
    }
    if (fclose(f)) abort();
    bora_hash_bytes(text, size, hex);
    free(text);
}

/* results/base/<hash of what the base follows from>: fresh text. */
static char *base_folder(const bora_inputs *x, const bora_settings *s, const char *results) {
    char hex[65], *text = bora_base_text(s),
                  *all = bora_format("%sdata: %s\nnumerics: %d\n", text, x->pretraining_hash, BORA_NUMERICS_VERSION);
    bora_hash_bytes(all, strlen(all), hex);
    free(all);
    free(text);
    return bora_format("%s/base/%.12s", results, hex);
}

int bora_inputs_read(bora_inputs *x, const bora_settings *s, const char *data, const char *results, bora_error *e) {
    *x = (bora_inputs){0};
    int status = BORA_OK;
    if (bora_is(s, BORA_DATA_SOURCE, "synthetic")) {
        status = make_language(&x->language, s, e);
        if (!status) status = bora_source_language(&x->source, &x->language, e);
    } else status = read_source(&x->source, s, BORA_DATA_SOURCE, BORA_DATA_PATH, data, e);
    if (!status && bora_is(s, BORA_PRETRAIN_SOURCE, "synthetic"))
        status = bora_source_language_base(&x->pretraining, &x->language, bora_integer(s, BORA_LANGUAGE_BASE), e);
    else if (!status) status = read_source(&x->pretraining, s, BORA_PRETRAIN_SOURCE, BORA_PRETRAIN_PATH, data, e);
    if (status) {
        bora_inputs_free(x);
        return status;
    }
    char hex[65], *both;
    hash_source(&x->source, hex);
    hash_source(&x->pretraining, x->pretraining_hash);
    both = bora_format("%s %s", hex, x->pretraining_hash);
    bora_hash_bytes(both, strlen(both), x->hash);
    free(both);
    x->base = base_folder(x, s, results);
    return BORA_OK;
}

void bora_inputs_free(bora_inputs *x) {
    bora_source_free(&x->source);
    bora_source_free(&x->pretraining);
    bora_language_free(&x->language);
    bora_tokenizer_free(x->tokenizer);
    bora_corpus_free(&x->corpus);
    bora_model_free(&x->model);
    free(x->base);
    *x = (bora_inputs){0};
}

int bora_lora_of(const bora_settings *s, bora_shape shape, bora_lora *lora, bora_error *e) {
    bool target[BORA_MATRICES] = {false};
    char **names;
    int n = bora_texts(s, BORA_ADAPTER_TARGETS, &names);
    for (int i = 0; i < n; i++)
        for (int m = 0; m < BORA_MATRICES; m++)
            if (!strcmp(names[i], bora_matrix_names[m])) target[m] = true;
    bora_texts_free(names, n);
    int adapters = bora_method_of(s)->adapters; /* of two side by side: alpha / r as of one */
    int r = bora_integer(s, BORA_ADAPTER_RANK),
        status = bora_lora_init(lora, shape, adapters * r, adapters * bora_real(s, BORA_ADAPTER_ALPHA), target, e);
    if (!status && adapters > 1) lora->shared = r;
    return status;
}

bora_shape bora_shape_of(const bora_settings *s, const bora_tokenizer *t) {
    return (bora_shape){.V = t ? bora_tokenizer_vocabulary(t) : bora_integer(s, BORA_TOKENIZER_VOCABULARY),
                        .C = bora_integer(s, BORA_MODEL_WIDTH),
                        .L = bora_integer(s, BORA_MODEL_LAYERS),
                        .H = bora_integer(s, BORA_MODEL_HEADS),
                        .T = bora_integer(s, BORA_MODEL_CONTEXT)};
}

/* Train the tokenizer and leave it in the base model's folder. */
static int make_tokenizer(const bora_inputs *x, const bora_settings *s, const char *vocabulary, const char *merges,
                          bora_error *e) {
    size_t n = x->pretraining.n, *sizes = NULL;
    const char **texts = NULL;
    bora_tokenizer *t = NULL;
    int status = bora_calloc(&sizes, n, sizeof *sizes, "texts", e);
    if (!status) status = bora_calloc(&texts, n, sizeof *texts, "texts", e);
    for (size_t i = 0; !status && i < n; i++)
        texts[i] = x->pretraining.passages[i].text, sizes[i] = x->pretraining.passages[i].size;
    if (!status) status = bora_tokenizer_train(&t, texts, sizes, n, bora_integer(s, BORA_TOKENIZER_VOCABULARY), e);
    if (!status) status = bora_make_directories(x->base, e);
    if (!status) status = bora_tokenizer_save(t, vocabulary, merges, e);
    bora_tokenizer_free(t);
    free(sizes);
    free(texts);
    return status;
}

/* Pretrain on all documents of the pretraining text but a twentieth, kept for validation. */
static int train_base(bora_inputs *x, const bora_settings *s, const bora_kernels *k, int threads, double *validation,
                      bora_error *e) {
    bora_corpus corpus;
    bora_pretraining recipe = {.tokens = bora_real(s, BORA_PRETRAIN_TOKENS),
                               .learning_rate = bora_real(s, BORA_PRETRAIN_RATE),
                               .warmup = bora_real(s, BORA_PRETRAIN_WARMUP),
                               .weight_decay = bora_real(s, BORA_PRETRAIN_DECAY),
                               .clip = bora_real(s, BORA_PRETRAIN_CLIP),
                               .batch = bora_integer(s, BORA_PRETRAIN_BATCH),
                               .seed = (uint64_t)bora_real(s, BORA_PRETRAIN_SEED)};
    int status = bora_corpus_build(&corpus, &x->pretraining, x->tokenizer, bora_integer(s, BORA_MODEL_CONTEXT), BORA_TASKS_ALL,
                                   0, NULL, 0, e);
    if (status) return status;
    status = bora_corpus_split(&corpus, 0.05, 0, 8, 0, e);
    bora_dataset data = {.D = 1, .first = bora_tokenizer_end_of_text(x->tokenizer)};
    for (int part = BORA_TRAIN; !status && part <= BORA_VALIDATION; part++) {
        size_t most = 0;
        for (int d = 0; d < corpus.D; d++) most += corpus.tasks[d].n;
        status = bora_calloc(&data.samples[part], most, sizeof *data.samples[part], "documents", e);
        for (int d = 0; !status && d < corpus.D; d++)
            for (size_t i = 0; i < corpus.tasks[d].n; i++) {
                const bora_document *document = &corpus.tasks[d].documents[i];
                if ((int)document->part == part)
                    data.samples[part][data.n[part]++] =
                        (bora_sample){.n = document->n, .tokens = corpus.tokens + document->first};
            }
    }
    if (!status) status = bora_pretrain(&x->model, k, &recipe, &data, threads, validation, e);
    bora_dataset_free(&data);
    bora_corpus_free(&corpus);
    return status;
}

/* Train the base model and leave it in its folder. */
static int make_model(bora_inputs *x, const bora_settings *s, const char *path, const bora_kernels *k, int threads,
                      bora_error *e) {
    char *text = bora_base_text(s);
    double validation = 0;
    int status = bora_model_init(&x->model, bora_shape_of(s, x->tokenizer), e);
    if (!status) status = train_base(x, s, k, threads, &validation, e);
    if (!status) status = bora_model_save(&x->model, path, text, e);
    if (!status && isnan(validation)) fprintf(stderr, "base model: no text was left to hold out; kept in %s\n", x->base);
    else if (!status)
        fprintf(stderr, "base model: validation perplexity %.2f on held-out text of its own domain; kept in %s\n",
                exp(validation), x->base);
    free(text);
    return status;
}

/* Files of the base model's folder; the model's comes last and completes it. */
typedef struct {
    char *vocabulary, *merges, *model;
} base_files;

static base_files files_of(const char *folder) {
    return (base_files){bora_format("%s/vocab.json", folder), bora_format("%s/merges.txt", folder),
                        bora_format("%s/model.safetensors", folder)};
}

static void free_files(base_files *f) {
    free(f->vocabulary);
    free(f->merges);
    free(f->model);
}

bool bora_base_exists(const char *folder) {
    base_files f = files_of(folder);
    bool exists = bora_exists(f.model);
    free_files(&f);
    return exists;
}

int bora_base_load(const char *folder, const bora_settings *s, bora_tokenizer **t, bora_model *m, bora_error *e) {
    base_files f = files_of(folder);
    int status = bora_tokenizer_load(t, f.vocabulary, f.merges, e);
    if (!status && m) status = bora_model_load(m, bora_shape_of(s, *t), f.model, e);
    free_files(&f);
    return status;
}

/* What the folder lacks is made, the rest loaded. */
static int base_model(bora_inputs *x, const bora_settings *s, const bora_kernels *k, int threads, bool model, bora_error *e) {
    base_files f = files_of(x->base);
    bool made = bora_exists(f.model);
    int status = bora_exists(f.merges) ? BORA_OK : make_tokenizer(x, s, f.vocabulary, f.merges, e);
    if (!status) status = bora_base_load(x->base, s, &x->tokenizer, model && made ? &x->model : NULL, e);
    if (!status && model && !made) status = make_model(x, s, f.model, k, threads, e);
    free_files(&f);
    return status;
}

int bora_inputs_prepare(bora_inputs *x, const bora_settings *s, const bora_kernels *k, int threads, bool model, bora_error *e) {
    int status = base_model(x, s, k, threads, model, e);
    if (status) return status;
    char **names;
    int n = bora_texts(s, BORA_DATA_NAMES, &names);
    bora_task_choice choice = (bora_task_choice)bora_choice_number(s, BORA_DATA_TASKS);
    status = bora_corpus_build(&x->corpus, &x->source, x->tokenizer, bora_integer(s, BORA_MODEL_CONTEXT), choice,
                               bora_integer(s, BORA_DATA_COUNT), (const char *const *)names, n, e);
    bora_texts_free(names, n);
    if (!status)
        status = bora_corpus_split(&x->corpus, bora_real(s, BORA_DATA_VALIDATION), bora_real(s, BORA_DATA_TEST),
                                   bora_integer(s, BORA_DATA_BLOCK), bora_integer(s, BORA_DATA_OVERLAP), e);
    if (!status && bora_is(s, BORA_DATA_SHUFFLE, "yes")) status = bora_corpus_shuffle(&x->corpus, e);
    return status;
}

/* Which of D tasks is new to the others; -1: none. */
static int new_task(const bora_settings *s, int D) {
    return bora_has_new_task(s) ? (int)fmod(bora_real(s, BORA_RUN_SEED), D) : -1;
}

int bora_select_documents(const bora_inputs *x, const bora_settings *s, bora_selection **selections, bora_error *e) {
    double *sizes;
    *selections = NULL;
    bora_draw draw = {.rule = (bora_draw_rule)bora_choice_number(s, BORA_DATA_DRAW),
                      .fraction = bora_real(s, BORA_DATA_FRACTION),
                      .number = (size_t)bora_real(s, BORA_DATA_NUMBER),
                      .scale = bora_real(s, BORA_DATA_SCALE),
                      .least = bora_real(s, BORA_DATA_LEAST),
                      .most = bora_real(s, BORA_DATA_MOST), /* 0 of the word */
                      .has_new = bora_has_new_task(s),
                      .new_task = new_task(s, x->corpus.D),
                      .new_documents = (size_t)bora_real(s, BORA_DATA_NEW),
                      .validation_cap = (size_t)bora_real(s, BORA_DATA_VALIDATION_CAP),
                      .test_cap = (size_t)bora_real(s, BORA_DATA_TEST_CAP)};
    draw.n_sizes = bora_reals(s, BORA_DATA_SIZES, &sizes);
    draw.sizes = sizes;
    int status = bora_calloc(selections, (size_t)x->corpus.D, sizeof **selections, "selection", e);
    if (!status) status = bora_draw_documents(&x->corpus, &draw, (uint64_t)bora_real(s, BORA_RUN_SEED), *selections, e);
    free(sizes);
    if (status) free(*selections);
    return status;
}

/* Every document filled up with <|endoftext|> to n tokens. */
static int pad(bora_dataset *data, int n, bora_error *e) {
    size_t documents = data->n[BORA_TRAIN] + data->n[BORA_VALIDATION] + data->n[BORA_TEST];
    int status = bora_calloc(&data->padded, documents * (size_t)n, sizeof *data->padded, "padded documents", e);
    int32_t *to = data->padded;
    for (int part = 0; !status && part < BORA_SAMPLES; part++)
        for (size_t i = 0; i < data->n[part]; i++, to += n) {
            bora_sample *s = &data->samples[part][i];
            for (int t = 0; t < n; t++) to[t] = t < s->n ? s->tokens[t] : data->first;
            s->tokens = to;
            s->n = n;
        }
    return status;
}

int bora_dataset_of(const bora_inputs *x, const bora_settings *s, bool first_phase, bora_dataset *data, bora_error *e) {
    const bora_corpus *c = &x->corpus;
    int new = new_task(s, c->D), from = new >= 0 && !first_phase ? new : 0, end = new >= 0 && !first_phase ? new + 1 : c->D;
    bora_selection *selections;
    *data = (bora_dataset){.first = bora_tokenizer_end_of_text(x->tokenizer), .origin = from};
    if (new >= 0 && c->D < 2)
        return bora_fail(e, BORA_BAD_INPUT, "data.new: expected another task than the new one, '%s', to learn from",
                         c->tasks[0].name);
    int status = bora_select_documents(x, s, &selections, e);
    if (status) return status;
    status = bora_calloc(&data->names, (size_t)(end - from), sizeof *data->names, "names of tasks", e);
    for (int part = 0; !status && part < BORA_SAMPLES; part++) {
        size_t n = 0;
        for (int d = from; d < end; d++) n += selections[d].n[part];
        status = bora_calloc(&data->samples[part], n, sizeof *data->samples[part], "documents", e);
        data->D = 0;
        for (int d = from; !status && d < end; d++) {
            if (first_phase && d == new) continue;
            for (size_t i = 0; i < selections[d].n[part]; i++) {
                size_t document = selections[d].documents[part][i];
                const bora_document *at = &c->tasks[d].documents[document];
                data->samples[part][data->n[part]++] =
                    (bora_sample){.task = data->D, .document = (int)document, .n = at->n, .tokens = c->tokens + at->first};
            }
            data->names[data->D++] = c->tasks[d].name;
        }
    }
    bora_selections_free(selections, c->D);
    free(selections);
    if (!status && bora_is(s, BORA_DATA_PADDING, "scored")) status = pad(data, bora_integer(s, BORA_MODEL_CONTEXT), e);
    if (status) bora_dataset_free(data);
    return status;
}

void bora_dataset_free(bora_dataset *data) {
    for (int part = 0; part < BORA_SAMPLES; part++) free(data->samples[part]);
    free(data->padded);
    free(data->names);
    *data = (bora_dataset){0};
}
