/* tex.c: a tabular for booktabs from the rows of a CSV table; it needs no other package and looks at no other source of
 * numbers. */
#include "stat/summary.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* How columns are printed, by name. Others stay in the CSV file alone. */
typedef struct {
    const char *name, *heading;
    int decimals; /* TEXT: as it is, PARAGRAPH, WIDE: in lines of its own; SHORT: a number in its shortest form, EACH: several
                     between spaces, equal ones once; PROBABILITY: three decimals, or below 0.001 */
    bool only_varying; /* left out where all rows that have it agree */
} style;
enum { SHORT = -1, EACH = -2, PROBABILITY = -3, TEXT = -4, PARAGRAPH = -5, WIDE = -6 };

static const style styles[] = {{"variant", "variant", TEXT, false},
                               {"method", "method", TEXT, false},
                               {"id", "", TEXT, false},
                               {"claim", "claim", PARAGRAPH, false},
                               {"paper", "paper", PARAGRAPH, false},
                               {"ours", "ours", TEXT, false},
                               {"part", "part", TEXT, false},
                               {"verdict", "verdict", TEXT, false},
                               {"test", "test", TEXT, false},
                               {"margin", "margin", SHORT, false},
                               {"p_holm", "$p$ (Holm)", PROBABILITY, false},
                               {"data", "data", PARAGRAPH, false},
                               {"what", "", TEXT, false},
                               {"value", "value", 3, false},
                               {"low_95", "from", 3, false},
                               {"high_95", "to", 3, false},
                               {"task", "task", TEXT, false},
                               {"speaker", "continued by", PARAGRAPH, false},
                               {"text", "text", WIDE, false},
                               {"tau", "$\\tau$", SHORT, false},
                               {"checkpoint", "checkpoint", TEXT, false},
                               {"against", "against", TEXT, false},
                               {"rank", "rank", SHORT, true},
                               {"learning_rate", "learning rate", SHORT, true},
                               {"language.kappa", "$\\kappa$", SHORT, false},
                               {"new_documents", "documents", SHORT, false},
                               {"data.new", "documents", SHORT, false},
                               {"data.number", "documents a task", SHORT, false},
                               {"least_tau", "least $\\tau$", SHORT, false},
                               {"most_tau", "most $\\tau$", SHORT, false},
                               {"regret", "regret", 4, false},
                               {"regret_half_95", "$\\pm$", 4, false},
                               {"crossover_counts", "from counts", 0, false},
                               {"crossover_trained", "trained", 0, false},
                               {"seeds", "seeds", SHORT, false},
                               {"train_documents", "documents", 0, false},
                               {"perplexity", "perplexity", 2, false},
                               {"sd", "sd", 2, false},
                               {"half_95", "$\\pm$", 2, false},
                               {"perplexity_last", "last", 2, false},
                               {"perplexity_task", "own epoch", 2, false},
                               {"micro", "by token", 2, false},
                               {"validation", "validation", 2, false},
                               {"chosen", "chosen", TEXT, false},
                               {"edge", "at the edge", TEXT, false},
                               {"log_ratio", "log ratio", 4, false},
                               {"log_ratio_half_95", "$\\pm$", 4, false},
                               {"coverage", "covers", 3, false},
                               {"p", "$p$", PROBABILITY, false},
                               {"taus", "$\\tau$", EACH, false},
                               {"taus_against", "$\\tau$ there", EACH, false},
                               {"objective", "objective", 0, false},
                               {"epochs", "epochs", 1, false},
                               {"optimizer.step", "step", TEXT, false},
                               {"optimizer.rule", "rate", TEXT, false},
                               {"optimizer.schedule", "schedule", TEXT, false},
                               {"p_wilcoxon", "Wilcoxon", PROBABILITY, false},
                               {"tasks_better", "better", SHORT, false},
                               {"tasks", "of", SHORT, false},
                               {"slope", "slope", 4, false},
                               {"slope_half_95", "$\\pm$", 4, false}};

static bool varies(const bora_table *t, size_t column) {
    const char *first = "";
    for (size_t row = 1; row < t->rows; row++) {
        const char *text = bora_table_cell(t, row, column);
        if (*first && *text && strcmp(text, first)) return true;
        if (*text) first = text;
    }
    return false;
}

/* The style of a column; NULL: it is not shown. Columns tau_<value> share one, but for the heading. */
static const style *style_of(const bora_table *t, size_t column) {
    static const style of_tau = {"tau_", "", 2, false};
    const char *name = bora_table_cell(t, 0, column);
    for (size_t i = 0; i < sizeof styles / sizeof *styles; i++)
        if (!strcmp(styles[i].name, name)) return styles[i].only_varying && !varies(t, column) ? NULL : &styles[i];
    return strncmp(name, of_tau.name, strlen(of_tau.name)) ? NULL : &of_tau;
}

void bora_tex_text(FILE *out, const char *text) {
    for (; *text; text++) {
        if (strchr("&%$#_{}", *text)) fprintf(out, "\\%c", *text);
        else if (strchr("~^", *text)) fprintf(out, "\\%c{}", *text);
        else if (*text == '\\') fputs("\\textbackslash{}", out);
        else if (!strncmp(text, "\xef\xbf\xbd", 3)) fputc('?', out), text += 2; /* U+FFFD, which fonts lack */
        else fputc(*text, out);
    }
}

/* Five digits and more in groups of three; a comma in braces is no separator in formulas. */
static void put_grouped(FILE *out, const char *text) {
    size_t digits = strspn(text, "0123456789");
    for (size_t i = 0; i < digits; i++) {
        if (i && digits > 4 && (digits - i) % 3 == 0) fputs("{,}", out);
        fputc(text[i], out);
    }
    fputs(text + digits, out);
}

void bora_tex_short(FILE *out, const char *text) {
    char *end, digits[32];
    snprintf(digits, sizeof digits, "%.10g", strtod(text, &end)); /* 0.0001 for 9.9999999999999991e-05 */
    const char *exponent = strchr(digits, 'e');
    if (!strcmp(text, "inf")) fputs("$\\infty$", out);
    else if (end == text || *end) bora_tex_text(out, text);
    else if (exponent) fprintf(out, "$%.*s \\cdot 10^{%ld}$", (int)(exponent - digits), digits, strtol(exponent + 1, NULL, 10));
    else put_grouped(out, digits);
}

/* The numbers of a list, in its order. */
static void put_each(FILE *out, const char *list) {
    char *words = bora_format("%s", list), *seen = bora_format(" ");
    for (char *word = strtok(words, " "); word; word = strtok(NULL, " ")) {
        char *whole = bora_format(" %s ", word), *longer = bora_format("%s%s ", seen, word);
        if (!strstr(seen, whole)) {
            fputs(seen[1] ? "; " : "", out);
            bora_tex_short(out, word);
        }
        free(whole);
        free(seen);
        seen = longer;
    }
    free(seen);
    free(words);
}

static void put_heading(FILE *out, const style *s, const char *name) {
    if (strncmp(name, "tau_", 4)) fputs(s->heading, out);
    else {
        fputs("$\\tau = ", out);
        put_grouped(out, strcmp(name + 4, "inf") ? name + 4 : "\\infty");
        fputc('$', out);
    }
}

static int put_cell(FILE *out, const style *s, const bora_table *t, size_t row, size_t column, bora_error *e) {
    const char *text = bora_table_cell(t, row, column);
    double value;
    if (s->decimals <= TEXT) return bora_tex_text(out, text), BORA_OK;
    if (s->decimals == SHORT) return bora_tex_short(out, text), BORA_OK;
    if (s->decimals == EACH) return put_each(out, text), BORA_OK;
    if (!*text) return BORA_OK; /* no spread of a single seed */
    int status = bora_table_number(t, row, column, -DBL_MAX, INFINITY, &value, e);
    bool probability = s->decimals == PROBABILITY;
    if (!status && probability && value < 0.001) fputs("$<$0.001", out);
    else if (!status) fprintf(out, "%.*f", probability ? 3 : s->decimals, value);
    return status;
}

static int put_tabular(FILE *out, const bora_table *t, const char *csv, bora_error *e) {
    const char *slash = strrchr(csv, '/');
    int status = BORA_OK;
    fprintf(out, "%% made from %s; needs \\usepackage{booktabs}\n\\begin{tabular}{", slash ? slash + 1 : csv);
    for (size_t c = 0; c < t->columns; c++)
        if (style_of(t, c)) {
            int decimals = style_of(t, c)->decimals;
            fputs(decimals == TEXT        ? "l"
                  : decimals == PARAGRAPH ? "p{0.2\\linewidth}"
                  : decimals == WIDE      ? "p{0.7\\linewidth}"
                                          : "r",
                  out);
        }
    fputs("}\n\\toprule\n", out);
    for (size_t row = 0; !status && row < t->rows; row++) {
        const char *between = "";
        for (size_t c = 0; !status && c < t->columns; c++) {
            const style *s = style_of(t, c);
            if (!s) continue;
            fputs(between, out);
            between = " & ";
            if (row) status = put_cell(out, s, t, row, c, e);
            else put_heading(out, s, bora_table_cell(t, 0, c));
        }
        fputs(row ? " \\\\\n" : " \\\\\n\\midrule\n", out);
    }
    fputs("\\bottomrule\n\\end{tabular}\n", out);
    return status;
}

int bora_tex_write(const char *csv, const char *tex, bora_error *e) {
    bora_table t;
    bora_writer w;
    int status = bora_table_read(&t, csv, e);
    if (status) return status;
    FILE *out = bora_create(&w, tex, e);
    status = out ? bora_finish(&w, put_tabular(out, &t, csv, e), e) : e->status;
    bora_table_free(&t);
    return status;
}
