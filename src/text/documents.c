/* documents.c: what every task trains on, validates on and is tested on, as CSV. */
#include "text/text.h"

#include <stdlib.h>

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
                bora_put_text(out, task->name);
                fprintf(out, ",%s,%zu,", splits[part], document);
                bora_put_text(out, task->groups[x->group]);
                for (int j = 0; j < x->n; j++) fprintf(out, "%c%d", j ? ' ' : ',', (int)c->tokens[x->first + (size_t)j]);
                fputc(',', out);
                bora_put_bytes(out, text, size);
                fputc('\n', out);
                free(text);
                if (ferror(out)) return bora_fail_errno(e, "cannot write the documents");
            }
    return BORA_OK;
}
