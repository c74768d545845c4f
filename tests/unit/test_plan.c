/* SPDX-License-Identifier: Apache-2.0 */
/* Plan: what is told of a stuck slot and of a generation, and when. test_capacity.c has the rest.
 */
#include "world.h"

/* One slot that has just been told to be stuck. @return its incident */
static uint64_t make_stuck(world_t *w, uint32_t slot, int32_t pid) {
  world_hold(w, slot, pid);
  world_frame(w, SEC);
  world_frame(w, w->policy.stall);
  return world_alert(w, 200)->incident;
}

/* ---- Opening and repeating ---- */

static void stuck_slot_is_told_once_with_what_is_known_of_it(void **state) {
  world_t *w = *state;
  world_serve(w, 5, 77, "W...");
  world_reload(w);
  world_frame(w, SEC);
  world_frame(w, w->policy.stall);
  assert_int_equal(w->plan.alert_count, 1);
  const sw_alert_t *alert = world_alert(w, 200);
  assert_int_equal(alert->slot, 5);
  assert_int_equal(alert->pid, 77);
  assert_int_equal(alert->generation, 1);
  assert_int_equal(alert->phase, SW_PHASE_REQUESTS);
  assert_int_equal(alert->trigger, SW_TRIGGER_RELOAD);
  assert_int_equal(alert->reason, SW_REASON_STALL);
  assert_int_equal(alert->stalled, w->policy.stall);
  assert_int_equal(alert->draining, w->policy.stall);
  assert_int_equal(alert->open, 0);
  assert_int_equal(alert->repeat, 0);
  assert_true(alert->incident != 0);
  assert_int_equal(alert->incident, world_slot(w, 5)->incident);
  world_run(w, w->policy.alert_repeat - SEC);
  assert_int_equal(w->told[200] + w->told[201], 1);
}

static void stuck_slot_is_told_again_at_doubling_distances_up_to_an_hour(void **state) {
  world_t *w = *state;
  w->policy.alert_repeat = 300 * SEC;
  const sw_usec_t gaps[] = {300, 600, 1200, 2400, 3600, 3600};
  const uint64_t incident = make_stuck(w, 0, 7);
  sw_usec_t open = 0;
  for (uint32_t at = 0; at < sizeof(gaps) / sizeof(*gaps); ++at) {
    world_run(w, (gaps[at] - 1) * SEC);
    assert_int_equal(w->told[201], at);
    world_frame(w, SEC);
    open += gaps[at] * SEC;
    const sw_alert_t *alert = world_alert(w, 201);
    assert_int_equal(alert->repeat, at + 1);
    assert_int_equal(alert->incident, incident);
    assert_int_equal(alert->open, open);
    assert_int_equal(w->report->incidents[0].repeats, at + 1);
  }
}

static void incident_ids_differ_and_go_on_from_the_time_of_birth(void **state) {
  world_t *w = *state;
  const uint64_t first = make_stuck(w, 0, 7);
  assert_true(first > (uint64_t)(WORLD_WALL_BIRTH / SEC) << 24);
  assert_true(make_stuck(w, 1, 8) > first);
}

/* ---- Clearing ---- */

static void stuck_slot_whose_process_ended_is_cleared_at_once(void **state) {
  world_t *w = *state;
  const uint64_t incident = make_stuck(w, 0, 7);
  world_end(w, 0);
  world_frame(w, SEC);
  const sw_alert_t *alert = world_alert(w, 202);
  assert_int_equal(alert->reason, SW_REASON_EXITED);
  assert_int_equal(alert->incident, incident);
  assert_int_equal(alert->pid, 7);
  assert_int_equal(alert->phase, SW_PHASE_REQUESTS);
  assert_int_equal(alert->trigger, SW_TRIGGER_TRIM);
  assert_int_equal(alert->open, SEC);
  assert_int_equal(alert->draining, w->policy.stall + SEC);
  assert_int_equal(w->report->counters.incidents_closed, 1);
}

static void stuck_slot_with_a_new_process_is_cleared_as_exited(void **state) {
  world_t *w = *state;
  make_stuck(w, 0, 7);
  world_serve(w, 0, 8, "____");
  world_frame(w, SEC);
  assert_int_equal(world_alert(w, 202)->reason, SW_REASON_EXITED);
  assert_int_equal(world_alert(w, 202)->pid, 7);
  assert_int_equal(world_slot(w, 0)->state, SW_STATE_SERVING);
}

static void stuck_slot_that_moves_is_cleared_after_stall_and_three_intervals(void **state) {
  world_t *w = *state;
  const uint64_t incident = make_stuck(w, 0, 7);
  for (int frame = 1; frame < w->policy.stall / SEC + 3; ++frame) {
    ++w->samples[0].bytes;
    world_frame(w, SEC);
    assert_int_equal(world_slot(w, 0)->state, SW_STATE_DRAINING);
    assert_int_equal(world_slot(w, 0)->incident, incident);
    assert_int_equal(w->told[202], 0);
  }
  world_frame(w, SEC);
  assert_int_equal(world_alert(w, 202)->reason, SW_REASON_PROGRESS);
  assert_int_equal(world_alert(w, 202)->incident, incident);
  assert_int_equal(world_slot(w, 0)->incident, 0);
}

/* Grace made it stuck, a policy change on reload takes it back and again: one incident. */
static void slot_that_is_stuck_again_before_it_was_calm_is_one_incident(void **state) {
  world_t *w = *state;
  const uint64_t incident = make_stuck(w, 0, 7);
  const sw_usec_t stall = w->policy.stall;
  w->policy.stall = 100 * SEC;
  world_run(w, 2 * SEC);
  w->policy.stall = stall;
  world_frame(w, SEC);
  assert_int_equal(world_slot(w, 0)->state, SW_STATE_STUCK);
  assert_int_equal(world_slot(w, 0)->incident, incident);
  world_run(w, 2 * SEC);
  assert_int_equal(w->told[200] + w->told[201] + w->told[202], 1);
}

/* ---- Bursts ---- */

static void burst_of_stuck_slots_is_spread_over_frames(void **state) {
  const uint32_t slots = 2 * SW_PLAN_ALERTS_MAX + 5;
  world_t *w = *state = world_new(slots, WORLD_THREADS);
  for (uint32_t slot = 0; slot < slots; ++slot) {
    world_hold(w, slot, 100 + (int32_t)slot);
  }
  world_frame(w, SEC);
  world_frame(w, w->policy.stall);
  assert_int_equal(world_count(w, 200), SW_PLAN_ALERTS_MAX);
  assert_int_equal(w->report->counters.alerts_deferred, slots - SW_PLAN_ALERTS_MAX);
  assert_int_equal(w->report->counters.incidents_opened, slots + 1); /* and one about capacity */
  world_frame(w, SEC);
  assert_int_equal(world_count(w, 200), SW_PLAN_ALERTS_MAX);
  world_frame(w, SEC);
  assert_int_equal(world_count(w, 200), 5);
  world_frame(w, SEC);
  assert_int_equal(w->told[200], slots);
}

static void incident_that_was_not_told_yet_ends_without_a_word(void **state) {
  const uint32_t slots = SW_PLAN_ALERTS_MAX + 3;
  world_t *w = *state = world_new(slots, WORLD_THREADS);
  for (uint32_t slot = 0; slot < slots; ++slot) {
    world_hold(w, slot, 100 + (int32_t)slot);
  }
  world_frame(w, SEC);
  world_frame(w, w->policy.stall);
  memset(w->samples, 0, slots * sizeof(*w->samples));
  world_frame(w, SEC);
  assert_int_equal(world_count(w, 202), SW_PLAN_ALERTS_MAX);
  assert_int_equal(w->report->counters.incidents_closed, slots);
}

/* ---- Generations ---- */

static void generation_that_has_drained_is_told_once_with_the_most_it_held(void **state) {
  world_t *w = *state;
  world_serve(w, 0, 7, "W...");
  world_serve(w, 1, 8, "W...");
  world_reload(w);
  world_run(w, 2 * SEC);
  world_end(w, 0);
  world_run(w, 3 * SEC);
  assert_int_equal(w->told[220], 0);
  world_end(w, 1);
  world_frame(w, SEC);
  const sw_alert_t *alert = world_alert(w, 220);
  assert_int_equal(alert->generation, 1);
  assert_int_equal(alert->slots, 2);
  assert_int_equal(alert->draining, 5 * SEC);
  assert_int_equal(alert->slot, -1);
  assert_int_equal(alert->incident, 0);
  assert_int_equal(alert->open, 0);
  world_run(w, 5 * SEC);
  assert_int_equal(w->told[220], 1);
  assert_int_equal(w->report->counters.generations_drained, 1);
}

static void trim_within_its_generation_drains_no_generation(void **state) {
  world_t *w = *state;
  world_hold(w, 0, 7);
  world_frame(w, SEC);
  world_end(w, 0);
  world_run(w, 2 * SEC);
  assert_int_equal(w->told[220], 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      WORLD_TEST(stuck_slot_is_told_once_with_what_is_known_of_it),
      WORLD_TEST(stuck_slot_is_told_again_at_doubling_distances_up_to_an_hour),
      WORLD_TEST(incident_ids_differ_and_go_on_from_the_time_of_birth),
      WORLD_TEST(stuck_slot_whose_process_ended_is_cleared_at_once),
      WORLD_TEST(stuck_slot_with_a_new_process_is_cleared_as_exited),
      WORLD_TEST(stuck_slot_that_moves_is_cleared_after_stall_and_three_intervals),
      WORLD_TEST(slot_that_is_stuck_again_before_it_was_calm_is_one_incident),
      cmocka_unit_test_teardown(burst_of_stuck_slots_is_spread_over_frames, world_teardown),
      cmocka_unit_test_teardown(incident_that_was_not_told_yet_ends_without_a_word, world_teardown),
      WORLD_TEST(generation_that_has_drained_is_told_once_with_the_most_it_held),
      WORLD_TEST(trim_within_its_generation_drains_no_generation),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
