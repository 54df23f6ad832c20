/* documents.c: what every task trains on, validates on and is tested on, as CSV. */
#include "text/text.h"

#include <csv.h>
#include <stdlib.h>
#include <string.h>

void bora_csv_field(FILE *out, const char *bytes, size_t size) {
    bool plain = size > 0 && !strchr(" \t", bytes[0]) && !strchr(" \t", bytes[size - 1]); /* readers strip blanks */
    for (size_t i = 0; i < size && plain; i++)
        plain = !(bytes[i] == ',' || bytes[i] == '"' || bytes[i] == '\n' || bytes[i] == '\r');
    if (plain) fwrite(bytes, 1, size, out);
    else csv_fwrite(out, bytes, size);
}

int bora_documents_write(const bora_corpus *c, const bora_selection *selections, const bora_tokenizer *t, FILE *out,
                         bora_error *e) {
    static const char *const splits[] = {"train", "validation", "test"};
    fprintf(out, "task,split,document,group,tokens,text\n");
    for (int d = 0; d < c->D; d++)
        for (bora_part part = BORA_TRAIN; part <= BORA_TEST; part++)
            for (size_t i = 0; i < selections[d].n[part]; i++) {
                const bora_task *task = &c->tasks[d];
                size_t document = selections[d].documents[part][i], size;
                const bora_document *x = &task->documents[document];
                char *text;
                int status = bora_decode(t, c->tokens + x->first, (size_t)x->n, &text, &size, e);
                if (status) return status;
                bora_csv_field(out, task->name, strlen(task->name));
                fprintf(out, ",%s,%zu,", splits[part], document);
                bora_csv_field(out, task->groups[x->group], strlen(task->groups[x->group]));
                for (int j = 0; j < x->n; j++) fprintf(out, "%c%d", j ? ' ' : ',', (int)c->tokens[x->first + (size_t)j]);
                fputc(',', out);
                bora_csv_field(out, text, size);
                fputc('\n', out);
                free(text);
                if (ferror(out)) return bora_fail_errno(e, "cannot write the documents");
            }
    return BORA_OK;
}
