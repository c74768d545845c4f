/* SPDX-License-Identifier: Apache-2.0 */
/* How long it takes at most until something is told: docs/timing.md.
 * test_timing_freed.c: until something is done. */
#include "timing.h"

/* A child drains since before the event, and moves for the last time with it. */
static void move_last_at_event(timing_t *timing) {
  world_hold(timing->world, 0, 7);
  timing_before(timing, timing->event);
  ++timing->world->samples[0].bytes;
}

/* ---- Stuck ---- */

static sw_usec_t begins_to_drain(timing_t *timing) {
  timing_before(timing, timing->event);
  world_hold(timing->world, 0, 7);
  timing_frame(timing);
  assert_int_equal(world_slot(timing->world, 0)->state, SW_STATE_DRAINING);
  return timing_now(timing);
}

static void draining_shows_within_an_interval(void **state) {
  (void)state;
  timing_expect(world_setup, begins_to_drain, INTERVAL);
}

static sw_usec_t stalls(timing_t *timing) {
  move_last_at_event(timing);
  return timing_until(timing, 200);
}

static void stall_is_told_within_interval_and_stall(void **state) {
  (void)state;
  timing_expect(world_setup, stalls, INTERVAL + STALL + INTERVAL / 10);
}

/* Its agent looks four times an interval, and says when it saw something move. */
static sw_usec_t stalls_before_its_agent(timing_t *timing) {
  sw_sample_t *sample = &timing->world->samples[0];
  const sw_usec_t looked = timing->event + INTERVAL / 4;
  world_hold(timing->world, 0, 7);
  world_agent(timing->world, 0, 1, 0);
  timing_before(timing, looked);
  ++sample->evidence.moved;
  sample->evidence.moved_at = looked;
  return timing_until(timing, 200);
}

static void stall_that_an_agent_saw_is_told_within_a_look_and_stall(void **state) {
  (void)state;
  timing_expect(world_setup, stalls_before_its_agent, INTERVAL / 4 + STALL + INTERVAL / 10);
}

static sw_usec_t ages(timing_t *timing) {
  timing_before(timing, timing->event);
  world_hold(timing->world, 0, 7);
  do {
    ++timing->world->samples[0].bytes;
    timing_frame(timing);
  } while (world_count(timing->world, 200) == 0);
  assert_int_equal(world_alert(timing->world, 200)->reason, SW_REASON_GRACE);
  return timing_now(timing);
}

static void grace_is_told_within_interval_and_grace(void **state) {
  (void)state;
  timing_expect(world_setup, ages, INTERVAL + GRACE + INTERVAL / 10);
}

/* ---- Repeats, and the end ---- */

static sw_usec_t repeats(timing_t *timing, int times) {
  timing->event = stalls(timing);
  for (int time = 1; time < times; ++time) {
    timing->event = timing_until(timing, 201);
  }
  return timing_until(timing, 201);
}

static sw_usec_t repeats_once(timing_t *timing) {
  return repeats(timing, 1);
}

static sw_usec_t repeats_twice(timing_t *timing) {
  return repeats(timing, 2);
}

static void repeat_comes_within_its_distance_and_interval(void **state) {
  (void)state;
  timing_expect(world_setup, repeats_once, REPEAT + INTERVAL);
  timing_expect(world_setup, repeats_twice, 2 * REPEAT + INTERVAL);
}

static sw_usec_t exits(timing_t *timing) {
  world_reload(timing->world);
  world_hold(timing->world, 0, 7);
  timing->world->samples[0].generation = 1;
  timing->event += timing_until(timing, 200) - WORLD_BIRTH;
  timing_before(timing, timing->event);
  world_end(timing->world, 0);
  timing_frame(timing);
  assert_int_equal(world_count(timing->world, 202), 1);
  assert_int_equal(world_count(timing->world, 220), 1);
  return timing_now(timing);
}

static void exit_is_told_within_an_interval(void **state) {
  (void)state;
  timing_expect(world_setup, exits, INTERVAL);
}

/* Moves from the event on. The last look but one comes just too early. */
static sw_usec_t moves_again(timing_t *timing) {
  timing->event += stalls(timing) - WORLD_BIRTH;
  timing_before(timing, timing->event);
  const sw_usec_t calm = timing_now(timing) + STALL + 3 * INTERVAL;
  while (timing->world->plan.wake_at < calm) {
    ++timing->world->samples[0].bytes;
    timing_frame(timing);
  }
  ++timing->world->samples[0].bytes;
  timing_frame_at(timing, calm - TICK);
  ++timing->world->samples[0].bytes;
  return timing_until(timing, 202);
}

static void progress_is_told_within_stall_and_4_intervals(void **state) {
  (void)state;
  timing_expect(world_setup, moves_again, STALL + 4 * INTERVAL);
}

/* ---- Capacity ---- */

/* Nothing of it is stuck, nor recycled. */
static int capacity_setup(void **state) {
  pressure_setup(state);
  world_t *w = *state;
  w->policy.mode = SW_MODE_OFF;
  return 0;
}

static sw_usec_t runs_full(timing_t *timing) {
  timing_before(timing, timing->event);
  arrange(timing->world, 6, 0);
  return timing_until(timing, 211);
}

static sw_usec_t runs_tight(timing_t *timing) {
  timing_before(timing, timing->event);
  arrange(timing->world, 6, 1);
  return timing_until(timing, 210);
}

static void pressure_is_told_within_an_interval_and_a_quarter(void **state) {
  (void)state;
  timing_expect(capacity_setup, runs_full, INTERVAL + INTERVAL / 4);
  timing_expect(capacity_setup, runs_tight, INTERVAL + INTERVAL / 4);
}

static sw_usec_t runs_full_from_tight(timing_t *timing) {
  timing->event += runs_tight(timing) - WORLD_BIRTH;
  timing_before(timing, timing->event);
  arrange(timing->world, 6, 0);
  return timing_until(timing, 211);
}

static void full_after_tight_is_told_within_half_an_interval(void **state) {
  (void)state;
  timing_expect(capacity_setup, runs_full_from_tight, INTERVAL / 2);
}

static sw_usec_t is_restored(timing_t *timing) {
  timing->event += runs_full(timing) - WORLD_BIRTH;
  timing_before(timing, timing->event);
  const sw_usec_t calm = timing_now(timing) + 3 * INTERVAL;
  arrange(timing->world, 0, 4);
  timing_before(timing, calm);
  timing_frame_at(timing, calm - TICK);
  return timing_until(timing, 212);
}

static void restored_is_told_within_4_intervals(void **state) {
  (void)state;
  timing_expect(capacity_setup, is_restored, 4 * INTERVAL);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      TIMING_TEST(draining_shows_within_an_interval),
      TIMING_TEST(stall_is_told_within_interval_and_stall),
      TIMING_TEST(stall_that_an_agent_saw_is_told_within_a_look_and_stall),
      TIMING_TEST(grace_is_told_within_interval_and_grace),
      TIMING_TEST(repeat_comes_within_its_distance_and_interval),
      TIMING_TEST(exit_is_told_within_an_interval),
      TIMING_TEST(progress_is_told_within_stall_and_4_intervals),
      TIMING_TEST(pressure_is_told_within_an_interval_and_a_quarter),
      TIMING_TEST(full_after_tight_is_told_within_half_an_interval),
      TIMING_TEST(restored_is_told_within_4_intervals),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
