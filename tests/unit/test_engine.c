/* SPDX-License-Identifier: Apache-2.0 */
/* Engine: its block, its arguments, its clock, and any number of slots. */
#include "world.h"

#define MOST_SLOTS 20000 /* httpd's own bound on ServerLimit */

/* ---- The block ---- */

static void engine_size_grows_with_slots_and_has_a_bound(void **state) {
  (void)state;
  size_t one = 0;
  size_t two = 0;
  size_t kept = 42;
  assert_int_equal(sw_engine_size(1, &one), SW_STATUS_OK);
  assert_int_equal(sw_engine_size(2, &two), SW_STATUS_OK);
  assert_true(two > one);
  assert_int_equal(sw_engine_size(1000000, &two), SW_STATUS_OK);
  assert_int_equal(sw_engine_size(1000001, &kept), SW_STATUS_RANGE);
  assert_int_equal(sw_engine_size(UINT32_MAX, &kept), SW_STATUS_RANGE);
  assert_int_equal(sw_engine_size(0, &kept), SW_STATUS_ARGUMENT);
  assert_int_equal(sw_engine_size(1, NULL), SW_STATUS_ARGUMENT);
  assert_int_equal(kept, 42);
}

/* ---- The arguments of a step ---- */

static void step_without_an_argument_changes_nothing(void **state) {
  world_t *w = *state;
  sw_plan_t *plan = &w->plan;
  plan->alert_count = 5;
  assert_int_equal(sw_engine_step(NULL, &w->frame, &w->policy, plan), SW_STATUS_ARGUMENT);
  assert_int_equal(sw_engine_step(w->engine, NULL, &w->policy, plan), SW_STATUS_ARGUMENT);
  assert_int_equal(sw_engine_step(w->engine, &w->frame, NULL, plan), SW_STATUS_ARGUMENT);
  assert_int_equal(sw_engine_step(w->engine, &w->frame, &w->policy, NULL), SW_STATUS_ARGUMENT);
  sw_plan_t bare = *plan;
  bare.alerts = NULL;
  assert_int_equal(sw_engine_step(w->engine, &w->frame, &w->policy, &bare), SW_STATUS_ARGUMENT);
  bare = *plan;
  bare.intents = NULL;
  assert_int_equal(sw_engine_step(w->engine, &w->frame, &w->policy, &bare), SW_STATUS_ARGUMENT);
  assert_int_equal(plan->alert_count, 5);
  world_frame(w, SEC);
  assert_int_equal(w->report->counters.frames, 1);
}

static void step_with_a_frame_that_makes_no_sense_is_refused(void **state) {
  world_t *w = *state;
  sw_frame_t bad[9];
  for (size_t at = 0; at < 9; ++at) {
    bad[at] = w->frame;
  }
  bad[0].slot_count = 0;
  bad[1].worker_stride = 0;
  bad[2].samples = NULL;
  bad[3].workers = NULL;
  bad[4].slot_count = WORLD_SLOTS + 1;
  bad[5].requests = NULL;
  bad[5].request_count = 1;
  bad[6].monotonic = INT64_MAX;
  bad[7].sockets = NULL;
  bad[7].socket_count = 1;
  bad[8].threads = NULL;
  bad[8].thread_count = 1;
  for (size_t at = 0; at < 9; ++at) {
    assert_int_equal(sw_engine_step(w->engine, &bad[at], &w->policy, &w->plan), SW_STATUS_ARGUMENT);
  }
  sw_policy_t policy = w->policy;
  policy.interval = 0;
  assert_int_equal(sw_engine_step(w->engine, &w->frame, &policy, &w->plan), SW_STATUS_ARGUMENT);
}

static void step_with_a_small_plan_has_no_space(void **state) {
  world_t *w = *state;
  w->plan.alert_capacity = sw_plan_capacity(WORLD_SLOTS) - 1;
  assert_int_equal(sw_engine_step(w->engine, &w->frame, &w->policy, &w->plan), SW_STATUS_SPACE);
  w->plan.alert_capacity += 1;
  w->plan.intent_capacity = WORLD_SLOTS - 1;
  assert_int_equal(sw_engine_step(w->engine, &w->frame, &w->policy, &w->plan), SW_STATUS_SPACE);
  w->plan.intent_capacity += 1;
  world_frame(w, SEC);
  assert_int_equal(w->report->counters.frames, 1);
}

/* ---- Time ---- */

static void frame_from_the_past_counts_as_one_at_the_last_instant(void **state) {
  world_t *w = *state;
  world_hold(w, 0, 7);
  world_run(w, 11 * SEC);
  w->frame.monotonic -= 500 * SEC;
  world_frame(w, 0);
  assert_int_equal(world_slot(w, 0)->draining, 10 * SEC);
  assert_int_equal(w->report->monotonic, WORLD_BIRTH + 11 * SEC);
  assert_int_equal(w->plan.wake_at, WORLD_BIRTH + 12 * SEC);
  w->frame.monotonic += 500 * SEC;
  world_frame(w, SEC);
  assert_int_equal(world_slot(w, 0)->draining, 11 * SEC);
}

static void gap_between_frames_counts_as_time(void **state) {
  world_t *w = *state;
  world_hold(w, 0, 7);
  world_frame(w, SEC);
  world_frame(w, w->policy.stall);
  assert_int_equal(world_slot(w, 0)->state, SW_STATE_STUCK);
  assert_int_equal(world_alert(w, 200)->stalled, w->policy.stall);
}

static void wall_clock_that_jumps_changes_no_duration(void **state) {
  world_t *w = *state;
  world_hold(w, 0, 7);
  world_run(w, 5 * SEC);
  w->frame.wall -= DAY;
  world_frame(w, SEC);
  assert_int_equal(world_slot(w, 0)->draining, 5 * SEC);
  assert_int_equal(w->report->wall, WORLD_WALL_BIRTH + 6 * SEC - DAY);
}

static void wake_at_is_an_interval_away_or_when_a_slot_becomes_stuck(void **state) {
  world_t *w = *state;
  w->policy.stall = 10 * SEC + 400 * SW_USEC_PER_MSEC;
  world_hold(w, 0, 7);
  world_frame(w, SEC);
  assert_int_equal(w->plan.wake_at, w->frame.monotonic + SEC);
  world_run(w, 10 * SEC);
  assert_int_equal(w->plan.wake_at, w->frame.monotonic + 400 * SW_USEC_PER_MSEC);
  world_frame(w, 399 * SW_USEC_PER_MSEC); /* never closer than a tenth of the interval */
  assert_int_equal(w->plan.wake_at, w->frame.monotonic + 100 * SW_USEC_PER_MSEC);
  world_frame(w, 100 * SW_USEC_PER_MSEC);
  assert_int_equal(world_slot(w, 0)->state, SW_STATE_STUCK);
  assert_int_equal(w->plan.wake_at, w->frame.monotonic + SEC);
}

/* ---- Slots ---- */

static void slots_that_a_smaller_frame_no_longer_has_are_free(void **state) {
  world_t *w = *state;
  world_hold(w, 0, 7);
  world_hold(w, WORLD_SLOTS - 1, 8);
  world_run(w, w->policy.stall + SEC);
  assert_int_equal(w->told[200], 2);
  w->frame.slot_count = 1;
  world_frame(w, SEC);
  assert_int_equal(world_alert(w, 202)->slot, WORLD_SLOTS - 1);
  assert_int_equal(world_alert(w, 202)->reason, SW_REASON_EXITED);
  assert_int_equal(w->report->capacity.slots, 1);
  assert_int_equal(w->report->capacity.stuck, 1);
  w->frame.slot_count = WORLD_SLOTS;
  world_frame(w, SEC);
  assert_int_equal(world_slot(w, WORLD_SLOTS - 1)->draining, 0);
}

static void twenty_thousand_slots_that_are_stuck_are_all_told_and_all_cleared(void **state) {
  world_t *w = *state = world_new(MOST_SLOTS, 1);
  for (uint32_t slot = 0; slot < MOST_SLOTS; ++slot) {
    world_serve(w, slot, (int32_t)slot + 100, "W");
    world_drain(w, slot);
  }
  w->policy.alert_repeat = 3600 * SEC;
  world_frame(w, SEC);
  world_frame(w, w->policy.stall);
  assert_int_equal(w->report->capacity.stuck, MOST_SLOTS);
  world_run(w, (MOST_SLOTS / SW_PLAN_ALERTS_MAX) * SEC);
  assert_int_equal(w->told[200], MOST_SLOTS);
  memset(w->samples, 0, MOST_SLOTS * sizeof(*w->samples));
  world_frame(w, SEC);
  assert_int_equal(w->told[202], MOST_SLOTS);
  assert_int_equal(w->report->capacity.free, MOST_SLOTS);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(engine_size_grows_with_slots_and_has_a_bound),
      WORLD_TEST(step_without_an_argument_changes_nothing),
      WORLD_TEST(step_with_a_frame_that_makes_no_sense_is_refused),
      WORLD_TEST(step_with_a_small_plan_has_no_space),
      WORLD_TEST(frame_from_the_past_counts_as_one_at_the_last_instant),
      WORLD_TEST(gap_between_frames_counts_as_time),
      WORLD_TEST(wall_clock_that_jumps_changes_no_duration),
      WORLD_TEST(wake_at_is_an_interval_away_or_when_a_slot_becomes_stuck),
      WORLD_TEST(slots_that_a_smaller_frame_no_longer_has_are_free),
      cmocka_unit_test_teardown(twenty_thousand_slots_that_are_stuck_are_all_told_and_all_cleared,
                                world_teardown),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
