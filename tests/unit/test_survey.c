/* SPDX-License-Identifier: Apache-2.0 */
/* Survey: what all slots together come to. */
#include "world.h"

/* ---- Counts ---- */

static void slots_are_counted_by_state_and_workers_of_serving_slots_only(void **state) {
  world_t *w = *state;
  world_hold(w, 0, 100);
  world_frame(w, SEC);
  world_hold(w, 1, 101);
  world_serve(w, 2, 102, "_WKG");
  world_serve(w, 3, 103, "__S.");
  world_frame(w, w->policy.stall);
  const sw_capacity_t *capacity = &w->report->capacity;
  assert_int_equal(capacity->slots, WORLD_SLOTS);
  assert_int_equal(capacity->stuck, 1);
  assert_int_equal(capacity->draining, 1);
  assert_int_equal(capacity->serving, 2);
  assert_int_equal(capacity->free, 4);
  assert_int_equal(capacity->recycling, 0);
  assert_int_equal(capacity->workers_idle, 3);
  assert_int_equal(capacity->workers_busy, 2);
  assert_int_equal(capacity->reserve, w->policy.reserve);
}

static void idle_workers_of_a_child_that_does_not_accept_are_for_no_one(void **state) {
  world_t *w = *state;
  world_serve(w, 0, 100, "__W_");
  w->samples[0].not_accepting = 1;
  world_frame(w, SEC);
  assert_int_equal(w->report->capacity.workers_idle, 0);
  assert_int_equal(w->report->capacity.workers_busy, 1);
}

/* ---- What fits, and what is short ---- */

typedef struct case_t {
  uint32_t serving, draining, reserve; /* of eight slots; the rest is free */
  const char *letters;                 /* of each serving child; 4 spare threads are wanted */
  uint32_t reloads_left;
  sw_verdict_t verdict;
} case_t;

static const case_t cases[] = {
    /* with no reserve a reload still needs one slot */
    {0, 0, 0, "____", 8, SW_VERDICT_OK},
    {1, 0, 1, "____", 7, SW_VERDICT_OK},
    {2, 0, 1, "____", 3, SW_VERDICT_OK},
    {2, 0, 2, "____", 3, SW_VERDICT_OK},
    {4, 0, 1, "____", 1, SW_VERDICT_OK},
    {7, 0, 1, "____", 1, SW_VERDICT_OK},
    {2, 5, 1, "____", 1, SW_VERDICT_OK},
    {2, 5, 2, "____", 0, SW_VERDICT_TIGHT},
    {3, 4, 3, "____", 0, SW_VERDICT_TIGHT},
    /* no slot is free, and enough idle workers are */
    {2, 6, 1, "____", 0, SW_VERDICT_TIGHT},
    {2, 6, 1, "__WW", 0, SW_VERDICT_TIGHT},
    {2, 6, 1, "_WWW", 0, SW_VERDICT_FULL},
    {2, 6, 1, "WWWW", 0, SW_VERDICT_FULL},
    {2, 6, 0, "WWWW", 0, SW_VERDICT_FULL},
    {0, 8, 1, "", 0, SW_VERDICT_FULL},
    /* busy through and through, but it is no reload's doing */
    {8, 0, 1, "WWWW", 0, SW_VERDICT_OK},
    /* all that is free is wanted, and one slot is free: no worker can be told to be missing */
    {1, 6, 2, "WWWW", 0, SW_VERDICT_TIGHT},
};

static void arrange(world_t *w, const case_t *scene) {
  for (uint32_t slot = 0; slot < WORLD_SLOTS; ++slot) {
    const int32_t pid = 100 + (int32_t)slot;
    if (slot < scene->serving) {
      world_serve(w, slot, pid, scene->letters);
    } else if (slot < scene->serving + scene->draining) {
      world_hold(w, slot, pid);
    } else {
      world_end(w, slot);
    }
  }
  w->policy.reserve = scene->reserve;
}

static void reloads_left_and_verdict_follow_the_slots_and_the_reserve(void **state) {
  (void)state;
  for (size_t at = 0; at < sizeof(cases) / sizeof(*cases); ++at) {
    world_t *w = world_new(WORLD_SLOTS, WORLD_THREADS);
    arrange(w, &cases[at]);
    world_frame(w, SEC);
    world_frame(w, SEC); /* a verdict takes two */
    if (w->report->capacity.reloads_left != cases[at].reloads_left ||
        w->report->capacity.verdict != cases[at].verdict) {
      fail_msg("case %zu: %u left, %s", at, w->report->capacity.reloads_left,
               sw_verdict_name(w->report->capacity.verdict));
    }
    world_free(w);
  }
}

static void stuck_slots_alone_make_short_too(void **state) {
  world_t *w = *state;
  for (uint32_t slot = 0; slot < WORLD_SLOTS; ++slot) {
    world_hold(w, slot, 100 + (int32_t)slot);
  }
  world_frame(w, SEC);
  world_frame(w, w->policy.stall);
  assert_int_equal(w->report->capacity.draining, 0);
  assert_int_equal(w->report->capacity.stuck, WORLD_SLOTS);
  assert_int_equal(w->report->capacity.verdict, SW_VERDICT_FULL);
}

/* ---- Generations ---- */

static void old_generations_are_listed_oldest_first(void **state) {
  world_t *w = *state;
  world_serve(w, 5, 100, "W...");
  world_reload(w);
  world_run(w, 3 * SEC);
  world_serve(w, 0, 101, "W...");
  world_serve(w, 1, 102, "W...");
  world_reload(w);
  world_run(w, 2 * SEC);
  world_serve(w, 2, 103, "____");
  world_hold(w, 3, 104); /* trimmed, but of the running one */
  world_frame(w, SEC);
  assert_int_equal(w->report->generation_count, 2);
  const sw_generation_t *generations = w->report->generations;
  assert_int_equal(generations[0].generation, 1);
  assert_int_equal(generations[0].slots, 1);
  assert_int_equal(generations[0].draining, 5 * SEC);
  assert_int_equal(generations[1].generation, 2);
  assert_int_equal(generations[1].slots, 2);
  assert_int_equal(generations[1].draining, 2 * SEC);
}

/* As a watcher sees them that begins anew: all at once. */
static void generations_first_seen_together_are_listed_oldest_first(void **state) {
  world_t *w = *state;
  world_serve(w, 0, 100, "W...");
  world_serve(w, 1, 101, "W...");
  w->samples[0].generation = 8;
  w->samples[1].generation = 7;
  world_frame(w, SEC);
  assert_int_equal(w->report->generation_count, 2);
  assert_int_equal(w->report->generations[0].generation, 7);
  assert_int_equal(w->report->generations[1].generation, 8);
}

/* One that was trimmed before the reload drains for longer than those behind it. */
static void generation_drains_since_the_first_of_its_slots_did(void **state) {
  world_t *w = *state;
  world_serve(w, 0, 100, "W...");
  world_hold(w, 1, 101);
  world_run(w, 4 * SEC);
  world_reload(w);
  world_run(w, 2 * SEC);
  assert_int_equal(w->report->generations[0].slots, 2);
  assert_int_equal(w->report->generations[0].draining, 5 * SEC);
}

/* Only a forged board has so many. */
static void generations_beyond_the_most_are_counted_as_slots_only(void **state) {
  const uint32_t slots = SW_GENERATIONS_MAX + 10;
  world_t *w = *state = world_new(slots, 1);
  for (uint32_t slot = 0; slot < slots; ++slot) {
    world_serve(w, slot, 100 + (int32_t)slot, "W");
    w->samples[slot].generation = 1000 + (int32_t)slot;
  }
  world_frame(w, SEC);
  assert_int_equal(w->report->generation_count, SW_GENERATIONS_MAX);
  assert_int_equal(w->report->capacity.draining, slots);
  memset(w->samples, 0, slots * sizeof(*w->samples));
  world_frame(w, SEC);
  assert_int_equal(w->told[220], SW_GENERATIONS_MAX);
  assert_int_equal(w->report->generation_count, 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      WORLD_TEST(slots_are_counted_by_state_and_workers_of_serving_slots_only),
      WORLD_TEST(idle_workers_of_a_child_that_does_not_accept_are_for_no_one),
      cmocka_unit_test(reloads_left_and_verdict_follow_the_slots_and_the_reserve),
      WORLD_TEST(stuck_slots_alone_make_short_too),
      WORLD_TEST(old_generations_are_listed_oldest_first),
      WORLD_TEST(generations_first_seen_together_are_listed_oldest_first),
      WORLD_TEST(generation_drains_since_the_first_of_its_slots_did),
      cmocka_unit_test_teardown(generations_beyond_the_most_are_counted_as_slots_only,
                                world_teardown),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
