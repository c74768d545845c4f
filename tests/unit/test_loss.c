/* SPDX-License-Identifier: Apache-2.0 */
/* Loss: which slots are taken under pressure: least loss first. */
#include "pressure.h"

/* Slots 1 to 4 drain; the one that is expected is slot 3, for the reason that its scene gives. */
typedef void (*scene_t)(world_t *w);
static void ghost_before_stalled(world_t *w) {
  world_letters(w, 3, "....");
}
static void leaked_before_stalled(world_t *w) {
  world_letters(w, 3, "GG..");
  w->samples[3].connections.total = 1;
  w->samples[3].evidence.clients = 0;
}
static void older_generation_of_those_that_progress(world_t *w) {
  w->samples[3].generation = -1;
}
static void fewest_clients_of_one_generation(world_t *w) {
  w->samples[1].evidence.clients = w->samples[2].evidence.clients = 3;
  w->samples[4].evidence.clients = 3;
  w->samples[3].evidence.clients = 2;
  w->samples[3].connections.total = 9;
}
static void fewest_connections_without_agent(world_t *w) {
  for (uint32_t slot = 1; slot < 5; ++slot) {
    w->samples[slot].evidence.is_present = 0;
    w->samples[slot].connections.total = 5;
  }
  w->samples[3].connections.total = 4;
}
static void one_that_is_not_protected(world_t *w) {
  w->samples[1].is_protected = w->samples[2].is_protected = w->samples[4].is_protected = 1;
}
static void one_that_is_identified(world_t *w) {
  w->samples[1].process = SW_PROCESS_FOREIGN;
  w->samples[2].start_time = 0;
  w->samples[4].process = SW_PROCESS_UNKNOWN;
}

static void slot_of_the_least_loss_is_chosen(void **state) {
  static const struct {
    scene_t scene;
    uint32_t still; /* slots without progress */
  } scenes[] = {
      {ghost_before_stalled, 0xff},
      {leaked_before_stalled, 0xff},
      {older_generation_of_those_that_progress, 0},
      {fewest_clients_of_one_generation, 0},
      {fewest_connections_without_agent, 0xff},
      {one_that_is_not_protected, 0},
      {one_that_is_identified, 0},
      {NULL, 1 << 3},
  };
  for (size_t at = 0; at < sizeof(scenes) / sizeof(*scenes); ++at) {
    world_t *w = *state;
    w->policy.mode = SW_MODE_OFF;
    arrange(w, 5, 0);
    world_serve(w, 0, 100, "WWWW");
    if (scenes[at].scene != NULL) {
      scenes[at].scene(w);
    }
    run(w, 10, scenes[at].still);
    w->policy.mode = SW_MODE_ON;
    w->policy.reserve = 1;
    run(w, 1, scenes[at].still);
    assert_int_equal(w->plan.intent_count, 1);
    assert_non_null(world_intent(w, 3));
    world_teardown(state);
    pressure_setup(state);
  }
}

/* Slot 2 stopped first, slot 0 is of an older generation: an agent saw both stop. */
static void slot_that_stalled_longest_comes_before_an_older_generation(void **state) {
  world_t *w = *state;
  w->policy.mode = SW_MODE_OFF;
  arrange(w, 3, 0);
  w->samples[0].generation = -1;
  run(w, 3, 1 << 2);
  run(w, 4, 1 << 2 | 1);
  w->policy.mode = SW_MODE_ON;
  run(w, 1, 1 << 2 | 1);
  assert_non_null(world_intent(w, 0));
  assert_non_null(world_intent(w, 2));
  w->policy.reserve = 1;
  assert_true(world_intent(w, 2)->order < world_intent(w, 0)->order);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      PRESSURE_TEST(slot_of_the_least_loss_is_chosen),
      PRESSURE_TEST(slot_that_stalled_longest_comes_before_an_older_generation),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
