/* method.c: the methods to compare: what each one's tau, step, start and rank are; which step is BoRA's. How runs of them are
 * put together from phases is the runner's. */
#include "train/train.h"

#include <math.h>
#include <string.h>

static const bora_method methods[] = {
    {"bora", NAN, NULL, false, 1},
    {"independent", 0, NULL, false, 1},
    {"unified", INFINITY, NULL, false, 1},
    {"ridge", NAN, &bora_step_ridge, false, 1},       /* theta_d about Theta_0 */
    {"frozen", NAN, &bora_step_ridge, true, 1},       /* theta_d about theta_u (L2-SP: Li et al. 2018) */
    {"then-task", 0, &bora_step_ridge, true, 1},      /* theta_d from theta_u on by Adam */
    {"additive", NAN, &bora_step_additive, false, 2}, /* shared adapter + task adapter about 0 */
};

const bora_method *bora_method_named(const char *name, double tau) {
    if (!strcmp(name, "bora") && tau == 0) name = "independent";
    if (!strcmp(name, "bora") && isinf(tau)) name = "unified";
    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++)
        if (!strcmp(name, methods[i].name)) return &methods[i];
    return NULL;
}

const bora_step_rule *bora_step_rule_for(const char *name, double tau) {
    const bora_step_rule *const rules[] = {&bora_step_pooled, &bora_step_centred, &bora_step_shifted};
    if (!strcmp(name, bora_step_plain.name)) return &bora_step_plain;
    if (tau == 0 || isinf(tau)) return &bora_step_adam;
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++)
        if (!strcmp(name, rules[i]->name)) return rules[i];
    return NULL;
}
