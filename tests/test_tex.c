/* test_tex.c: TeX made from the rows of a CSV table, character for character. */
#include "stat/summary.h"
#include "test.h"

#include <stdlib.h>
#include <string.h>

static bora_error error;

static void made(const char *csv, int status, const char *expected) {
    char *folder = scratch_directory(), *from = bora_format("%s/x.csv", folder), *to = bora_format("%s/x.tex", folder),
         *text = NULL;
    size_t size;
    FILE *f = fopen(from, "w");
    fputs(csv, f);
    fclose(f);
    cr_assert_eq(bora_tex_write(from, to, &error), status, "%s", error.message);
    if (status) cr_assert(strstr(error.message, expected) && !bora_exists(to), "%s", error.message);
    else {
        cr_assert_ok(bora_read_file(to, &text, &size, &error));
        cr_assert_str_eq(text, expected);
        remove(to);
    }
    free(text);
    remove(from);
    cr_assert_eq(remove(folder), 0);
    free(folder);
    free(from);
    free(to);
}

Test(tex, numbers_names_and_columns) {
    made(
        "method,tau,rank,learning_rate,perplexity,sd,least,p\nbora,30000,8,1e-05,31.456,,30,0.25\nunified,inf,8,0.002,32,0.125,"
        "30,1e-9\n",
        BORA_OK,
        "% made from x.csv; needs \\usepackage{booktabs}\n"
        "\\begin{tabular}{lrrrrr}\n\\toprule\n"
        "method & $\\tau$ & learning rate & perplexity & sd & $p$ \\\\\n\\midrule\n" /* the rank is the same in all rows; least
                                                                                  is for CSV alone */
        "bora & 30{,}000 & $1 \\cdot 10^{-5}$ & 31.46 &  & 0.250 \\\\\n"
        "unified & $\\infty$ & 0.002 & 32.00 & 0.12 & $<$0.001 \\\\\n"
        "\\bottomrule\n\\end{tabular}\n");
}

Test(tex, wide_tables_and_escaped_names) {
    made("task,train_documents,tau_0,tau_3000,tau_1000000,tau_inf\n\"a_b, 50% & #1 {x} ~ ^ \\ $\",110.4,1.005,3,4,2\n", BORA_OK,
         "% made from x.csv; needs \\usepackage{booktabs}\n"
         "\\begin{tabular}{lrrrrr}\n\\toprule\n"
         "task & documents & $\\tau = 0$ & $\\tau = 3000$ & $\\tau = 1{,}000{,}000$ & $\\tau = \\infty$ \\\\\n\\midrule\n"
         "a\\_b, 50\\% \\& \\#1 \\{x\\} \\~{} \\^{} \\textbackslash{} \\$ & 110 & 1.00 & 3.00 & 4.00 & 2.00 \\\\\n"
         "\\bottomrule\n\\end{tabular}\n");
}

/* Of seeds that agree one number; what arithmetic leaves in the last digit is not printed. */
Test(tex, lists_and_rounded_numbers) {
    made("method,learning_rate,taus,taus_against\nbora,9.9999999999999991e-05,300 10000 300,inf inf inf\nunified,0.002,,0\n",
         BORA_OK,
         "% made from x.csv; needs \\usepackage{booktabs}\n"
         "\\begin{tabular}{lrrr}\n\\toprule\n"
         "method & learning rate & $\\tau$ & $\\tau$ there \\\\\n\\midrule\n"
         "bora & 0.0001 & 300; 10{,}000 & $\\infty$ \\\\\n"
         "unified & 0.002 &  & 0 \\\\\n"
         "\\bottomrule\n\\end{tabular}\n");
}

/* A setting may be a word where others are numbers. */
Test(tex, words_among_numbers) {
    made("data.new,seeds\nnone,a_1e5\n1e3,2.5e-07\n", BORA_OK,
         "% made from x.csv; needs \\usepackage{booktabs}\n"
         "\\begin{tabular}{rr}\n\\toprule\n"
         "documents & seeds \\\\\n\\midrule\n"
         "none & a\\_1e5 \\\\\n"
         "1000 & $2.5 \\cdot 10^{-7}$ \\\\\n"
         "\\bottomrule\n\\end{tabular}\n");
}

Test(tex, what_is_no_number) { made("task,tau_0\nA,x\n", BORA_BAD_INPUT, "x.csv:2: 'x' in column 'tau_0'"); }

Test(tex, texts_are_paragraphs_and_what_fonts_lack_is_marked) {
    made("run,speaker,text\na,Theta,\"One.\n\nTwo \xef\xbf\xbd\"\n", BORA_OK,
         "% made from x.csv; needs \\usepackage{booktabs}\n"
         "\\begin{tabular}{p{0.2\\linewidth}p{0.7\\linewidth}}\n\\toprule\n"
         "continued by & text \\\\\n\\midrule\n"
         "Theta & One.\n\nTwo ? \\\\\n"
         "\\bottomrule\n\\end{tabular}\n");
}
