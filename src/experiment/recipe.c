/* recipe.c: a run's settings as what training needs of them: numbers, and the functions that the choices name. */
#include "experiment/experiment.h"

#include <math.h>

/* Of a new task only theta moves, about a Theta that other tasks have taught; at tau = infinity not even that. */
static const bora_step_rule *rule_of(const bora_settings *s) {
    const bora_method *m = bora_method_of(s);
    double tau = bora_tau(s);
    if (m->rule) return m->rule;
    if (bora_has_new_task(s)) return isinf(tau) ? &bora_step_none : &bora_step_ridge;
    return bora_step_rule_for(s->value[BORA_OPTIMIZER_STEP], tau);
}

bora_recipe bora_recipe_of(const bora_settings *s) {
    double tau = bora_tau(s);
    bool mean = bora_is(s, BORA_LIKELIHOOD_WEIGHT, "mean-token"), full = bora_is(s, BORA_PRIOR_SHARE, "full");
    return (bora_recipe){.epochs = bora_integer(s, BORA_RUN_EPOCHS),
                         .batch = bora_integer(s, BORA_RUN_BATCH),
                         .seed = (uint64_t)bora_real(s, BORA_RUN_SEED),
                         .tau = tau,
                         .learning_rate = bora_learning_rate(s),
                         .beta1 = bora_real(s, BORA_OPTIMIZER_BETA1),
                         .beta2 = bora_real(s, BORA_OPTIMIZER_BETA2),
                         .epsilon = bora_real(s, BORA_OPTIMIZER_EPSILON),
                         .spread = bora_real(s, BORA_ADAPTER_SPREAD),
                         .rule = rule_of(s),
                         .schedule = bora_is(s, BORA_OPTIMIZER_SCHEDULE, "decaying") ? bora_decaying : NULL,
                         .weigh = mean && full ? bora_weigh_released
                                  : mean       ? bora_weigh_mean_token
                                  : full       ? bora_weigh_full
                                               : NULL,
                         .norm_prior = bora_matters(s, BORA_PRIOR_FORM) && bora_is(s, BORA_PRIOR_FORM, "norm"),
                         .fixed_order = bora_is(s, BORA_RUN_ORDER, "fixed")};
}

bora_recipe bora_first_recipe_of(const bora_settings *s) {
    bora_settings first;
    bora_first_settings(s, &first);
    bora_recipe r = bora_recipe_of(&first);
    bora_settings_free(&first);
    return r;
}
