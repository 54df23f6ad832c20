/* base.h: what every layer stands on: errors with a place, an arena, counter-based random numbers, whole files,
 * checksums, fields of CSV, progress and signals. It knows nothing of models or experiments, and of data the names of their
 * parts alone.
 *
 * Conventions of the whole program
 *   - A function that can fail takes a `bora_error *e` last, returns BORA_OK or a status, and has filled `e` in the second
 *     case. Only main prints an error and exits, with the status as exit code.
 *   - `X_init`/`X_free` pair up for structs the caller holds; a freed struct is zeroed and may be freed again.
 *   - Sizes and counts are `size_t`; small indices (layers, tasks, tokens) are `int`.
 */
#ifndef BORA_BASE_H
#define BORA_BASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* A number in the source, raised whenever a result under the numerics contract may change; part of a run's identity. */
#define BORA_NUMERICS_VERSION 2

/* The size of a block of work, which decides speed and memory and never a result; `make check-bits` shrinks all of them. */
#ifndef BORA_SHRINK
#define BORA_SHRINK 1
#endif
#define BORA_BLOCK(usual) (((usual) + BORA_SHRINK - 1) / BORA_SHRINK)

/* Parts of the documents, by which text/ splits them and train/ sees them: what the split dropped belongs to no run. */
typedef enum { BORA_TRAIN, BORA_VALIDATION, BORA_TEST, BORA_DROPPED, BORA_PARTS } bora_part;
enum { BORA_SAMPLES = BORA_DROPPED };

/* ---- error.c ------------------------------------------------------------------------------------------------------------ */

enum {
    BORA_OK = 0,
    BORA_FAILED = 1,
    BORA_USAGE = 2,
    BORA_BAD_INPUT = 3,
    BORA_DIVERGED = 4, /* a run's loss is not finite, of which other runs know nothing */
    BORA_INTERRUPTED = 130,
    BORA_TERMINATED = 143
};

typedef struct {
    int status;         /* one of the above; the exit code of the program                              */
    char message[2048]; /* the problem first, lower case, the subject quoted, `file:line:column:` before it if there is one */
} bora_error;

/* Fill `e` (replacing what it held) and return `status`, so that a failing function can `return bora_fail(...)`. */
int bora_fail(bora_error *e, int status, const char *format, ...) __attribute__((format(printf, 3, 4)));
/* The same for a failed system call: appends ": " and strerror(errno). */
int bora_fail_errno(bora_error *e, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* calloc/realloc with an error too; on failure *out is NULL, *inout untouched. `what` names the thing, for the message. */
int bora_calloc(void *out, size_t count, size_t size, const char *what, bora_error *e);
int bora_realloc(void *inout, size_t count, size_t size, const char *what, bora_error *e);

/* ---- arena.c ------------------------------------------------------------------------------------------------------------ */

/* A block of memory handed out from front to back, in pieces aligned to 64 bytes. A layout function that takes an arena is
 * first run on a measuring arena ({0}): pointers come back NULL and `used` is the size needed, then on a real one. */
typedef struct {
    char *block, *base; /* as allocated, and from where it is aligned */
    size_t size, used;
} bora_arena;

enum { BORA_ALIGN = 64 };
int bora_arena_init(bora_arena *a, size_t size, const char *what, bora_error *e); /* zero-filled */
void *bora_arena_take(bora_arena *a, size_t count, size_t size);                  /* NULL while measuring */
void bora_arena_free(bora_arena *a);

/* ---- random.c ----------------------------------------------------------------------------------------------------------- */

/* Counter-based (Philox4x32-10, Salmon et al. 2011): every draw is a pure function of (seed, purpose, index), so no draw
 * depends on another, on threads or on order. Two purposes never share numbers. */
typedef enum {
    BORA_FOR_INIT = 1,   /* pretraining: initial weights                  */
    BORA_FOR_BATCHES,    /* order of documents in an epoch                */
    BORA_FOR_ADAPTER,    /* Theta_0 and the spread of theta_d             */
    BORA_FOR_DRAW,       /* training documents drawn from a training part */
    BORA_FOR_SIZES,      /* training sizes assigned to tasks              */
    BORA_FOR_SPLIT,      /* blocks of documents to train/validation/test  */
    BORA_FOR_STATISTICS, /* permutations and resampling                   */
    BORA_FOR_LANGUAGES,  /* synthetic: probabilities of a language        */
    BORA_FOR_SENTENCES,  /* synthetic: its documents                      */
    BORA_FOR_TESTS,
    BORA_FOR_MIXING, /* documents exchanged between tasks */
    BORA_FOR_TEXT    /* generated tokens                  */
} bora_purpose;

uint64_t bora_random(uint64_t seed, bora_purpose purpose, uint64_t index);
/* [0, 1), the top 53 bits. */
double bora_uniform(uint64_t seed, bora_purpose purpose, uint64_t index);
/* Standard normal by Box and Muller, on the contract's own log and cosine: of the uniforms 2 index and 2 index + 1. */
double bora_normal(uint64_t seed, bora_purpose purpose, uint64_t index);
/* Gamma of this shape, scale 1 (Marsaglia and Tsang 2000); takes some numbers from *index on and moves it past them. */
double bora_gamma(double shape, uint64_t seed, bora_purpose purpose, uint64_t *index);
/* An integer in [0, n), n >= 1: the high word of the 128-bit product random * n (bias below n / 2^64). */
uint64_t bora_below(uint64_t n, uint64_t seed, bora_purpose purpose, uint64_t index);
/* Fisher-Yates on `order[0..n)`; draws indices first, first + 1, ... first + n - 2. */
void bora_shuffle(size_t *order, size_t n, uint64_t seed, bora_purpose purpose, uint64_t first);

/* ---- scalar.c: the contract's own functions (double), from +, *, / and fma alone ---------------------------------------- */

double bora_log(double x);    /* natural logarithm, within 1 ulp            */
double bora_exp(double x);    /* within 1 ulp                               */
double bora_cos2pi(double x); /* cosine of x turns, 0 <= x <= 1, within 2 ulp */

/* ---- file.c ------------------------------------------------------------------------------------------------------------- */

/* The whole file, NUL added after its `*size` bytes; the caller frees *data. */
int bora_read_file(const char *path, char **data, size_t *size, bora_error *e);
/* A file that appears whole or not at all: written beside `path`, flushed, then renamed over it. Use as
 *   FILE *f = bora_create(&w, path, e); fprintf(f, ...); return bora_commit(&w, e);   or bora_abandon(&w). */
typedef struct {
    FILE *stream;
    char *path, *temporary;
} bora_writer;
FILE *bora_create(bora_writer *w, const char *path, bora_error *e); /* NULL on failure */
int bora_commit(bora_writer *w, bora_error *e); /* also reports an earlier write error such as a full disk */
void bora_abandon(bora_writer *w);
/* bora_commit if status is 0, else bora_abandon, and status back. */
int bora_finish(bora_writer *w, int status, bora_error *e);
int bora_make_directories(const char *path, bora_error *e); /* like mkdir -p */
bool bora_exists(const char *path);
/* Files of the folder whose names match a pattern of the shell; folders stay. For what killed processes left; none is fine. */
void bora_remove_files(const char *folder, const char *pattern);
/* printf into a fresh string; aborts on out of memory only (a few hundred bytes). The caller frees it. */
char *bora_format(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* SHA-256 as 64 hexadecimal digits (libmd). */
void bora_hash_bytes(const void *data, size_t size, char hex[65]);

/* ---- csv.c -------------------------------------------------------------------------------------------------------------- */

/* One CSV field, quoted where RFC 4180 needs it (libcsv). */
void bora_put_text(FILE *out, const char *text);
void bora_put_bytes(FILE *out, const char *bytes, size_t size);

/* ---- signals.c ---------------------------------------------------------------------------------------------------------- */

/* After SIGINT, SIGTERM or SIGHUP: BORA_INTERRUPTED or BORA_TERMINATED, before: 0. Long work polls it between steps, saves its
 * state and returns that status. A second signal ends the program at once. For commands that poll: others end at the first. */
void bora_catch_signals(void);
int bora_signalled(void);

/* ---- progress.c --------------------------------------------------------------------------------------------------------- */

/* One line with rate and time left, redrawn on a terminal, else a plain line at most every 30 seconds; to standard error. */
typedef struct {
    const char *what, *unit;
    double done, total, started, printed;
} bora_progress;
void bora_progress_begin(bora_progress *p, const char *what, double total, const char *unit);
void bora_progress_step(bora_progress *p, double done, const char *note_format, ...) __attribute__((format(printf, 3, 4)));
void bora_progress_end(bora_progress *p);
double bora_seconds(void); /* a monotonic clock */
/* Into text, and returned: `95 s`, `12 min`, `4.5 h`. */
const char *bora_duration(double seconds, char text[24]);

#endif
