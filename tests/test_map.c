/* test_map.c: principal components from distances alone: points in a plane come back up to what distances do not tell. */
#include "stat/summary.h"
#include "test.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static bora_error error;

/* Centred, already along their axes: variance 2 (9 + 0) + ... of x above that of y. */
static const double truth[5][2] = {{3, 0.5}, {-3, 0.5}, {1, -1}, {-2, 1}, {1, -1}};

Test(map, points_in_a_plane_come_back) {
    enum { N = 5 };
    double distance[N * N], points[N * 2], share[2];
    for (int i = 0; i < N * N; i++) distance[i] = hypot(truth[i / N][0] - truth[i % N][0], truth[i / N][1] - truth[i % N][1]);
    cr_assert_ok(bora_principal_map(distance, N, points, share, &error));
    cr_assert_float_eq(share[0] + share[1], 1, 1e-12);
    cr_assert_gt(share[0], share[1]);
    double product = 0;
    for (int i = 0; i < N; i++) product += points[2 * i] * points[2 * i + 1];
    cr_assert_float_eq(product, 0, 1e-12, "components are uncorrelated");
    for (int i = 0; i < N * N; i++) {
        double again = hypot(points[2 * (i / N)] - points[2 * (i % N)], points[2 * (i / N) + 1] - points[2 * (i % N) + 1]);
        cr_assert_float_eq(again, distance[i], 1e-7); /* the root of a difference near 0 */
    }
    for (int c = 0; c < 2; c++) {
        double largest = 0;
        for (int i = 0; i < N; i++)
            if (fabs(points[2 * i + c]) > fabs(largest)) largest = points[2 * i + c];
        cr_assert_gt(largest, 0);
    }
}

Test(map, no_map_of_one_point) {
    double distance[9] = {0}, points[6], share[2];
    cr_assert_eq(bora_principal_map(distance, 2, points, share, &error), BORA_SKIPPED);
    cr_assert_eq(bora_principal_map(distance, 3, points, share, &error), BORA_SKIPPED);
    cr_assert(strstr(error.message, "all adapters are one"), "%s", error.message);
}

/* Three tasks in two runs made in memory, distances on disk; the order along the first component is C, A, B or its reverse. */
Test(map, figures) {
    enum { D = 3 };
    char *folder = scratch_directory();
    static char *names[D] = {"A", "B", "C"};
    static bora_outcome outcomes[BORA_ATS * D];
    for (int i = 0; i < BORA_ATS * D; i++)
        for (int of = 0; of < BORA_OFS; of++) outcomes[i].tokens[of] = outcomes[i].nll[of] = 1;
    bora_finished run = {.name = "r", .method = "bora", .tau = 10, .rank = 8, .outcomes = outcomes};
    bora_summary s = {.directory = folder, .tasks = names, .runs = &run, .D = D, .n = 1};
    char *text;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    cr_assert_eq(bora_adapter_map(&s, out, &error), BORA_SKIPPED);
    cr_assert(strstr(error.message, "run 'r' has no distances.csv"), "%s", error.message);
    shell(bora_format("mkdir '%s/r' && printf 'task,A,B,C\\nA,0,1,2\\nB,1,0,3\\nC,2,3,0\\n' >'%s/r/distances.csv'", folder,
                      folder));
    cr_assert_ok(bora_adapter_distances(&s, out, &error));
    fclose(out);
    cr_assert(strstr(text, "\nA,A,1,1,0\n") && (strstr(text, "\nC,B,2,0,3\n") || strstr(text, "\nC,B,0,2,3\n")), "%s", text);
    free(text);
    remove_directory(folder);
}
