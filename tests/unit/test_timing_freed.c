/* SPDX-License-Identifier: Apache-2.0 */
/* How long it takes at most until something is done about a slot: docs/timing.md. test_timing.c:
 * until something is told. */
#include "timing.h"

/* ---- The ladder ---- */

/* A child with a client and a backend that moves for the last time with the event, as its agent
 * sees. @return when the ladder is begun */
static sw_usec_t stalls(timing_t *timing) {
  sw_sample_t *sample = &timing->world->samples[0];
  world_hold(timing->world, 0, 7);
  world_agent(timing->world, 0, 1, 1);
  timing_before(timing, timing->event);
  ++sample->evidence.moved;
  sample->evidence.moved_at = timing->event;
  return timing_until(timing, 301);
}

static void ladder_begins_within_stall_of_what_the_agent_saw(void **state) {
  (void)state;
  timing_expect(recycle_setup, stalls, STALL + LATE);
}

static sw_usec_t is_killed(timing_t *timing) {
  timing->event = stalls(timing);
  while (world_rung(timing->world, 0) != SW_RUNG_KILL) {
    timing_frame(timing);
  }
  return timing_now(timing);
}

static void kill_comes_within_the_rungs_before_it(void **state) {
  (void)state;
  timing_expect(recycle_setup, is_killed, RUNG(0) + RUNG(1) + 2 * LATE);
}

static sw_usec_t is_not_freed(timing_t *timing) {
  timing->event = stalls(timing);
  return timing_until(timing, 304);
}

static void ladder_ends_within_the_sum_of_its_rungs(void **state) {
  (void)state;
  timing_expect(recycle_setup, is_not_freed, RUNG(0) + RUNG(1) + RUNG(2) + 3 * LATE);
}

static sw_usec_t is_tried_again(timing_t *timing) {
  timing->event = is_not_freed(timing);
  return timing_until(timing, 301);
}

static void next_try_comes_within_the_repeat_and_interval(void **state) {
  (void)state;
  timing_expect(recycle_setup, is_tried_again, REPEAT + INTERVAL);
}

static sw_usec_t is_freed(timing_t *timing) {
  timing->event += stalls(timing) - WORLD_BIRTH;
  timing_before(timing, timing->event);
  world_end(timing->world, 0);
  timing_frame(timing);
  assert_int_equal(world_count(timing->world, 303), 1);
  return timing_now(timing);
}

static void freed_is_told_within_a_quarter_of_an_interval(void **state) {
  (void)state;
  timing_expect(recycle_setup, is_freed, INTERVAL / 4);
}

/* ---- Asking ---- */

static int asking_setup(void **state) {
  recycle_setup(state);
  ((world_t *)*state)->policy.asks = 1;
  return 0;
}

/* Until it is asked about. */
static void is_asked(timing_t *timing) {
  world_hold(timing->world, 0, 7);
  world_agent(timing->world, 0, 1, 1);
  while (world_intent(timing->world, 0) == NULL) {
    timing_frame(timing);
  }
  timing->event = timing_now(timing);
}

static sw_usec_t is_not_answered(timing_t *timing) {
  is_asked(timing);
  return timing_until(timing, 311);
}

static void silence_is_a_veto_within_the_rungs_time(void **state) {
  (void)state;
  timing_expect(asking_setup, is_not_answered, RUNG(0) + LATE);
}

/* Allows each rung in the last frame in which it can. */
static sw_usec_t is_answered_late(timing_t *timing) {
  world_t *w = timing->world;
  is_asked(timing);
  for (int rung = 0; rung < 3; ++rung) {
    assert_int_equal(world_intent(w, 0)->is_question, 1);
    const sw_usec_t last = timing_now(timing) + RUNG(rung) - TICK;
    timing_before(timing, last);
    world_answer(w, 0, SW_ANSWER_ALLOW);
    timing_frame_at(timing, last);
    assert_int_equal(world_intent(w, 0)->is_question, 0);
    const uint64_t order = world_intent(w, 0)->order;
    while (world_intent(w, 0) != NULL && world_intent(w, 0)->order == order) {
      timing_frame(timing);
    }
  }
  assert_int_equal(world_count(w, 304), 1);
  return timing_now(timing);
}

static void ladder_that_is_asked_about_takes_twice_its_time(void **state) {
  (void)state;
  timing_expect(asking_setup, is_answered_late, 2 * (RUNG(0) + RUNG(1) + RUNG(2)) + 3 * LATE);
}

/* ---- Pressure ---- */

/* Six of eight slots drain and progress, each with an agent; nothing is stuck. */
static sw_usec_t runs_full(timing_t *timing) {
  timing_before(timing, timing->event);
  arrange(timing->world, 6, 0);
  return timing_until(timing, 301);
}

static void full_server_gets_slots_back_within_an_interval_and_a_quarter(void **state) {
  (void)state;
  timing_expect(pressure_setup, runs_full, INTERVAL + INTERVAL / 4);
}

/* They have backends as well, and nothing helps but the kill. */
static sw_usec_t is_killed_under_pressure(timing_t *timing) {
  world_t *w = timing->world;
  timing_before(timing, timing->event);
  arrange(w, 6, 0);
  for (uint32_t slot = 0; slot < 6; ++slot) {
    world_agent(w, slot, 1, 1);
  }
  timing->event = timing_until(timing, 301);
  uint32_t slot = 0;
  while (world_rung(w, slot) == SW_RUNG_NONE) {
    ++slot;
  }
  while (world_rung(w, slot) != SW_RUNG_KILL) {
    timing_frame(timing);
  }
  return timing_now(timing);
}

static void kill_under_pressure_comes_within_a_second_a_rung(void **state) {
  (void)state;
  timing_expect(pressure_setup, is_killed_under_pressure, HURRIED(0) + HURRIED(1) + 2 * LATE);
}

/* No agent appears. What drains, drains since the event. */
static sw_usec_t runs_full_without_agents(timing_t *timing) {
  timing_before(timing, timing->event);
  arrange(timing->world, 6, 0);
  for (uint32_t slot = 0; slot < 6; ++slot) {
    timing->world->samples[slot].evidence.is_present = 0;
  }
  return timing_until(timing, 301);
}

static void agents_are_waited_for_3_intervals_under_pressure(void **state) {
  (void)state;
  timing_expect(pressure_setup, runs_full_without_agents, 4 * INTERVAL + INTERVAL / 4);
}

static sw_usec_t runs_tight(timing_t *timing) {
  timing_before(timing, timing->event);
  arrange(timing->world, 6, 1);
  do {
    for (uint32_t slot = 0; slot < 6; ++slot) {
      move(timing->world, slot);
    }
    timing_frame(timing);
  } while (world_count(timing->world, 301) == 0);
  return timing_now(timing);
}

static void tight_server_waits_for_min_drain(void **state) {
  (void)state;
  timing_expect(pressure_setup, runs_tight, INTERVAL + MIN_DRAIN + INTERVAL / 4);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      TIMING_TEST(ladder_begins_within_stall_of_what_the_agent_saw),
      TIMING_TEST(kill_comes_within_the_rungs_before_it),
      TIMING_TEST(ladder_ends_within_the_sum_of_its_rungs),
      TIMING_TEST(next_try_comes_within_the_repeat_and_interval),
      TIMING_TEST(freed_is_told_within_a_quarter_of_an_interval),
      TIMING_TEST(silence_is_a_veto_within_the_rungs_time),
      TIMING_TEST(ladder_that_is_asked_about_takes_twice_its_time),
      TIMING_TEST(full_server_gets_slots_back_within_an_interval_and_a_quarter),
      TIMING_TEST(kill_under_pressure_comes_within_a_second_a_rung),
      TIMING_TEST(agents_are_waited_for_3_intervals_under_pressure),
      TIMING_TEST(tight_server_waits_for_min_drain),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
