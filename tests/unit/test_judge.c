/* SPDX-License-Identifier: Apache-2.0 */
/* Judge: from when on a draining slot is stuck. test_phase.c has what it is called. */
#include "world.h"

/* ---- Stall ---- */

static void slot_without_progress_is_stuck_at_the_stall_and_not_before(void **state) {
  world_t *w = *state;
  world_hold(w, 0, 7);
  world_frame(w, SEC);
  world_frame(w, w->policy.stall - 1);
  assert_int_equal(world_slot(w, 0)->state, SW_STATE_DRAINING);
  world_frame(w, 1);
  assert_int_equal(world_slot(w, 0)->state, SW_STATE_STUCK);
  assert_int_equal(world_alert(w, 200)->reason, SW_REASON_STALL);
}

static void move_bytes(sw_sample_t *sample) {
  ++sample->bytes;
}
static void move_accesses(sw_sample_t *sample) {
  ++sample->accesses;
}
static void move_total(sw_sample_t *sample) {
  ++sample->connections.total;
}
static void move_writing(sw_sample_t *sample) {
  ++sample->connections.write_completion;
}
static void move_lingering(sw_sample_t *sample) {
  ++sample->connections.lingering_close;
}
static void move_keep_alive(sw_sample_t *sample) {
  ++sample->connections.keep_alive;
}
static void move_suspended(sw_sample_t *sample) {
  ++sample->connections.suspended;
}
static void move_wait_io(sw_sample_t *sample) {
  ++sample->connections.wait_io;
}
static void move_accepting(sw_sample_t *sample) {
  sample->not_accepting ^= 1;
}

static void anything_that_moves_is_progress(void **state) {
  world_t *w = *state;
  void (*const moves[])(sw_sample_t *) = {move_bytes,     move_accesses,  move_total,
                                          move_writing,   move_lingering, move_keep_alive,
                                          move_suspended, move_wait_io,   move_accepting};
  world_hold(w, 0, 7);
  world_frame(w, SEC);
  for (size_t at = 0; at < sizeof(moves) / sizeof(*moves); ++at) {
    world_run(w, 5 * SEC);
    assert_int_equal(world_slot(w, 0)->stalled, 5 * SEC);
    moves[at](&w->samples[0]);
    world_frame(w, SEC);
    assert_int_equal(world_slot(w, 0)->stalled, 0);
  }
  world_letters(w, 0, "C...");
  world_frame(w, SEC);
  assert_int_equal(world_slot(w, 0)->stalled, 0);
  assert_int_equal(world_slot(w, 0)->draining, 55 * SEC);
}

/* event.c turns quiescing from 1 to 2 when the parent has seen it. */
static void flag_that_was_set_and_is_set_is_no_progress(void **state) {
  world_t *w = *state;
  world_hold(w, 0, 7);
  world_frame(w, SEC);
  w->samples[0].quiescing = 2;
  w->samples[0].not_accepting = 2;
  world_frame(w, SEC);
  assert_int_equal(world_slot(w, 0)->stalled, SEC);
}

static void another_process_in_the_slot_is_another_track(void **state) {
  world_t *w = *state;
  world_hold(w, 0, 7);
  world_run(w, 6 * SEC);
  world_hold(w, 0, 8);
  world_frame(w, SEC);
  assert_int_equal(world_slot(w, 0)->draining, 0);
  world_run(w, 5 * SEC);
  ++w->samples[0].start_time; /* the same pid, used again */
  world_frame(w, SEC);
  assert_int_equal(world_slot(w, 0)->draining, 0);
}

static void start_time_that_is_not_known_is_no_other_process(void **state) {
  world_t *w = *state;
  world_hold(w, 0, 7);
  for (int frame = 0; frame < 6; ++frame) {
    w->samples[0].start_time = frame % 2 == 0 ? 70 : 0;
    world_frame(w, SEC);
  }
  assert_int_equal(world_slot(w, 0)->draining, 5 * SEC);
  w->samples[0].start_time = 71; /* one that is remembered counts, though the last was unknown */
  world_frame(w, SEC);
  assert_int_equal(world_slot(w, 0)->draining, 0);
}

static void stall_of_zero_never_makes_stuck(void **state) {
  world_t *w = *state;
  w->policy.stall = 0;
  world_hold(w, 0, 7);
  world_frame(w, SEC);
  world_frame(w, w->policy.grace - 1);
  assert_int_equal(world_slot(w, 0)->state, SW_STATE_DRAINING);
  world_frame(w, 1);
  assert_int_equal(world_alert(w, 200)->reason, SW_REASON_GRACE);
}

/* ---- Grace ---- */

static void slot_that_progresses_is_stuck_at_the_grace_and_not_before(void **state) {
  world_t *w = *state;
  world_hold(w, 0, 7);
  world_frame(w, SEC);
  for (int second = 1; second < 600; ++second) {
    ++w->samples[0].bytes;
    world_frame(w, SEC);
    assert_int_equal(world_slot(w, 0)->state, SW_STATE_DRAINING);
  }
  ++w->samples[0].bytes;
  world_frame(w, SEC);
  assert_int_equal(world_slot(w, 0)->state, SW_STATE_STUCK);
  assert_int_equal(world_alert(w, 200)->reason, SW_REASON_GRACE);
  assert_int_equal(world_alert(w, 200)->stalled, 0);
  assert_int_equal(world_alert(w, 200)->draining, 600 * SEC);
}

static void stall_and_grace_of_zero_never_make_stuck(void **state) {
  world_t *w = *state;
  w->policy.stall = w->policy.grace = 0;
  world_hold(w, 0, 7);
  world_frame(w, SEC);
  world_frame(w, 365 * DAY);
  assert_int_equal(world_slot(w, 0)->state, SW_STATE_DRAINING);
  assert_int_equal(w->plan.wake_at, w->frame.monotonic + SEC);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      WORLD_TEST(slot_without_progress_is_stuck_at_the_stall_and_not_before),
      WORLD_TEST(anything_that_moves_is_progress),
      WORLD_TEST(flag_that_was_set_and_is_set_is_no_progress),
      WORLD_TEST(another_process_in_the_slot_is_another_track),
      WORLD_TEST(start_time_that_is_not_known_is_no_other_process),
      WORLD_TEST(stall_of_zero_never_makes_stuck),
      WORLD_TEST(slot_that_progresses_is_stuck_at_the_grace_and_not_before),
      WORLD_TEST(stall_and_grace_of_zero_never_make_stuck),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
