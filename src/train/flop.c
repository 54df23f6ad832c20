/* flop.c: what one token costs by count, for predicted times and for speeds in FLOP/s. It measures nothing. */
#include "train/train.h"

/* Forward, a token: products with the weights of the layers (12 C^2 each) and of the head, whose gradients an adapter step
 * leaves out; scores and weighted sums of T keys; the low-rank products. */
static double products(const bora_shape *s) { return 24.0 * s->L * s->C * s->C + 2.0 * s->C * s->V; }
static double attention(const bora_shape *s) { return 4.0 * s->L * s->T * s->C; }
static double low_rank(const bora_lora *lora) { return lora ? 2 * (double)lora->parameters : 0; }

double bora_flop_evaluation(const bora_shape *s, const bora_lora *lora) { return products(s) + attention(s) + low_rank(lora); }
double bora_flop_adapter_step(const bora_shape *s, const bora_lora *lora) {
    return 2 * products(s) + 3 * (attention(s) + low_rank(lora));
}
double bora_flop_full_step(const bora_shape *s) { return 3 * (products(s) + attention(s)); }
