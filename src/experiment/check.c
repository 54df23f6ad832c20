/* check.c: what must hold between settings, at every point of the sweep: no combination is impossible, and nothing that a file
 * says is without effect because of what the same file says. Which combinations are impossible is bora_settings_check; here
 * they get their places.
 */
#include "experiment/parse.h"

#include <string.h>

/* A point of the plan, as bora_point gives it. */
typedef struct {
    bora_settings s;
    int chosen[BORA_SWEEP_KEYS], variant;
} point;

/* Who says the value in force at this point: the variant, else the file. */
static const bora_said *said_of(const bora_loader *l, const point *p, int setting) {
    const bora_said *variant = &l->variant_said[p->variant][setting];
    return l->x->n_variants && variant->place.file >= 0 ? variant : &l->said[setting];
}

/* Where the value in force at this point is written; the start of the experiment's file if nowhere. */
static bora_place place_of(const bora_loader *l, const point *p, int setting) {
    int k = bora_find_sweep(l->x, setting);
    if (k >= 0) return l->sweep_places[k][p->chosen[k]];
    bora_place place = said_of(l, p, setting)->place;
    return place.file >= 0 ? place : (bora_place){l->main_file, 1, 1};
}

/* A combination with a value that could not be read is no news; values combine within their section, before the dot. */
static bool has_bad_section(const bora_loader *l, const point *p, const char *key) {
    for (int i = 0; i < BORA_SETTING_COUNT; i++)
        if (said_of(l, p, i)->bad && !strncmp(bora_schema[i].name, key, strcspn(key, ".") + 1)) return true;
    return false;
}

static void check_combinations(const bora_loader *l, const point *p) {
    bora_clash clashes[BORA_CLASHES];
    int n = bora_settings_check(&p->s, clashes);
    for (int i = 0; i < n; i++) {
        bora_setting setting = clashes[i].setting;
        const char *name = bora_schema[setting].name;
        if (!has_bad_section(l, p, name))
            bora_problem_add(l->problems, place_of(l, p, (int)setting), "'%s': %s", name, clashes[i].problem);
    }
}

/* A setting that the same file, or no file at all, makes meaningless is a mistake; one that an overlay or a variant makes
 * so is not. */
static void check_effect(const bora_loader *l, const point *p, bora_setting i) {
    int decider = bora_decider(i);
    if (decider < 0) return;
    const bora_said *said = said_of(l, p, (int)i), *by = said_of(l, p, decider);
    bool swept = bora_find_sweep(l->x, (int)i) >= 0 || bora_find_sweep(l->x, decider) >= 0; /* it may matter elsewhere */
    bool default_holds = said->place.file < 0, by_the_variant = by != &l->said[decider] && said == &l->said[i];
    bool of_the_tier = said->layer > l->last_file, by_another_file = by->place.file >= 0 && by->layer != said->layer;
    if (swept || default_holds || of_the_tier || by_another_file || by_the_variant || by->bad || bora_matters(&p->s, i)) return;
    bora_problem_add(l->problems, said->place, "'%s' has no effect while '%s' is %s", bora_schema[i].name,
                     bora_schema[decider].name, p->s.value[decider]);
}

static void check_set_and_swept(const bora_loader *l) {
    const bora_experiment *x = l->x;
    for (int v = 0; v < x->n_variants; v++)
        for (int k = 0; k < x->n_sweep; k++) {
            int setting = x->sweep[k].setting;
            bora_place place = l->variant_said[v][setting].place;
            if (place.file >= 0) bora_set_and_swept(l->problems, place, setting);
        }
}

void bora_check(bora_loader *l) {
    const bora_experiment *x = l->x;
    size_t points = bora_points(x);
    check_set_and_swept(l);
    if (points > BORA_MOST_RUNS) {
        bora_problem_add(l->problems, (bora_place){l->main_file, 1, 1}, "the sweep has more than %d runs", BORA_MOST_RUNS);
        return;
    }
    for (size_t i = 0; i < points; i++) {
        point p;
        p.variant = bora_point(x, i, &p.s, p.chosen);
        check_combinations(l, &p);
        for (int k = 0; k < BORA_SETTING_COUNT; k++) check_effect(l, &p, (bora_setting)k);
    }
}
