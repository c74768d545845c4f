/* SPDX-License-Identifier: Apache-2.0 */
/* Pressure: as many slots as are missing, and when. test_loss.c: which; test_spared.c: which not.
 */
#include "pressure.h"

/* ---- How many ---- */

static void full_server_gets_back_what_it_misses_at_once_and_no_more(void **state) {
  world_t *w = *state;
  arrange(w, 6, 0);
  run(w, 1, 0);
  assert_int_equal(w->plan.intent_count, 0); /* a level needs two frames */
  run(w, 1, 0);
  assert_int_equal(w->plan.intent_count, 2);
  assert_int_equal(world_intent(w, 0)->reason, SW_REASON_FULL);
  assert_int_not_equal(world_intent(w, 0)->incident, 0); /* the one about the capacity */
  assert_int_equal(world_slot(w, 0)->state, SW_STATE_RECYCLING);
  assert_int_equal(w->told[301], 2);
  world_frame(w, SEC / 2); /* those on their way are not missing */
  assert_int_equal(w->plan.intent_count, 2);
  world_end(w, 0);
  world_end(w, 1);
  run(w, 20, 0);
  assert_int_equal(w->told[303], 2);
  assert_int_equal(w->told[301], 2);
}

static void full_server_without_reserve_misses_one(void **state) {
  world_t *w = *state;
  w->policy.reserve = 0;
  arrange(w, 6, 0);
  run(w, 2, 0);
  assert_int_equal(w->plan.intent_count, 1);
}

static void slots_that_somebody_asked_for_count_as_well(void **state) {
  world_t *w = *state;
  w->policy.min_drain = 0;
  arrange(w, 6, 1);
  run(w, 1, 0);
  w->samples[5].is_asked_for = 1;
  run(w, 1, 0);
  assert_int_equal(w->report->capacity.verdict, SW_VERDICT_TIGHT);
  assert_int_equal(w->plan.intent_count, 1);
  assert_int_equal(world_intent(w, 5)->reason, SW_REASON_REQUEST);
}

/* Each child is a ghost for a moment, and a zombie for another. */
static void slots_that_leave_by_themselves_count_as_well(void **state) {
  world_t *w = *state;
  arrange(w, 6, 0);
  run(w, 1, 0);
  world_letters(w, 3, "....");
  w->samples[4].process = SW_PROCESS_ZOMBIE;
  run(w, 1, 1 << 3);
  assert_int_equal(w->report->capacity.verdict, SW_VERDICT_FULL);
  assert_int_equal(w->plan.intent_count, 0);
  run(w, 1, 1 << 3); /* but a ghost that stays does not leave */
  assert_int_equal(w->plan.intent_count, 1);
  assert_int_equal(world_rung(w, 3), SW_RUNG_KILL);
}

static void server_that_is_short_of_nothing_is_left_alone(void **state) {
  world_t *w = *state;
  arrange(w, 4, 2);
  run(w, 20, 0xff);
  assert_int_equal(w->told[301], 0);
}

/* What served again was never on its way: one more is missing, not two. */
static void slot_that_serves_again_is_missing_once(void **state) {
  world_t *w = *state;
  w->policy.reserve = 1;
  arrange(w, 6, 0);
  run(w, 2, 0);
  assert_non_null(world_intent(w, 0));
  w->samples[0].quiescing = 0;
  w->samples[0].generation = w->frame.generation;
  world_frame(w, SEC / 4);
  assert_int_equal(w->plan.intent_count, 1);
  assert_non_null(world_intent(w, 1));
}

/* ---- How long ---- */

static void rung_under_pressure_has_a_second_at_most(void **state) {
  world_t *w = *state;
  w->policy.ladder = (sw_ladder_t){
      3, {SW_RUNG_BACKENDS, SW_RUNG_CLIENTS, SW_RUNG_KILL}, {60 * SEC, SEC / 2, 60 * SEC}};
  arrange(w, 1, 0);
  world_agent(w, 0, 1, 1);
  run(w, 2, 0);
  assert_int_equal(world_rung(w, 0), SW_RUNG_BACKENDS);
  world_frame(w, SEC - 1);
  assert_int_equal(world_rung(w, 0), SW_RUNG_BACKENDS);
  world_frame(w, 1);
  assert_int_equal(world_rung(w, 0), SW_RUNG_CLIENTS);
  world_frame(w, SEC / 2);
  assert_int_equal(world_rung(w, 0), SW_RUNG_KILL);
  world_frame(w, SEC);
  assert_int_equal(w->told[304], 1);
}

static void recycle_goes_no_further_once_nothing_is_missing(void **state) {
  world_t *w = *state;
  arrange(w, 6, 0);
  run(w, 2, 0);
  world_end(w, 6); /* others went by themselves */
  world_end(w, 7);
  world_frame(w, SEC / 2);
  assert_int_equal(w->plan.intent_count, 2);
  w->policy.ladder.spans[1] = SEC; /* clients */
  world_frame(w, SEC / 2);
  assert_int_equal(w->plan.intent_count, 0);
  assert_int_equal(world_count(w, 302), 2);
  assert_int_equal(world_alert(w, 302)->outcome, SW_OUTCOME_CANCELLED);
  assert_int_equal(world_slot(w, 0)->state, SW_STATE_DRAINING);
}

/* Two are on their way and one is missing: one of them is let go. */
static void recycle_of_more_than_is_missing_goes_no_further(void **state) {
  world_t *w = *state;
  arrange(w, 6, 0);
  run(w, 2, 0);
  world_end(w, 7);
  world_frame(w, SEC);
  assert_int_equal(w->report->capacity.verdict, SW_VERDICT_TIGHT);
  assert_int_equal(w->plan.intent_count, 1);
  assert_int_equal(world_rung(w, 1), SW_RUNG_KILL);
}

static void frames_come_four_times_as_often_under_pressure(void **state) {
  world_t *w = *state;
  w->policy.mode = SW_MODE_OFF;
  arrange(w, 4, 2);
  run(w, 1, 0);
  assert_int_equal(w->plan.wake_at, w->frame.monotonic + SEC);
  arrange(w, 4, 0);
  run(w, 1, 0); /* seen once: the frame that is to agree comes soon */
  assert_int_equal(w->plan.wake_at, w->frame.monotonic + SEC / 4);
  run(w, 1, 0);
  assert_int_equal(w->plan.wake_at, w->frame.monotonic + SEC / 4);
}

/* The hooks have theirs even in a hurry. */
static void question_under_pressure_has_the_rungs_whole_time(void **state) {
  world_t *w = *state;
  w->policy.asks = 1;
  arrange(w, 1, 0);
  run(w, 2, 0);
  world_frame(w, 5 * SEC - 1);
  assert_int_equal(world_intent(w, 0)->is_question, 1);
  world_answer(w, 0, SW_ANSWER_ALLOW);
  world_frame(w, 0);
  world_frame(w, SEC);
  assert_int_equal(world_rung(w, 0), SW_RUNG_KILL);
}

/* ---- Modes ---- */

static void dry_run_tells_what_it_would_cut_for_pressure(void **state) {
  world_t *w = *state;
  w->policy.mode = SW_MODE_DRYRUN;
  arrange(w, 6, 0);
  run(w, 10, 0);
  assert_int_equal(w->told[300], 2);
  assert_int_equal(w->told[301], 0);
  assert_int_equal(w->report->counters.suppressed_dryrun, 2);
  assert_int_equal(world_slot(w, 0)->suppressed, SW_SUPPRESSION_DRYRUN);
  assert_int_equal(world_slot(w, 2)->suppressed, SW_SUPPRESSION_NONE);
}

static void server_that_is_off_is_left_as_it_is(void **state) {
  world_t *w = *state;
  w->policy.mode = SW_MODE_OFF;
  arrange(w, 6, 0);
  run(w, 10, 0);
  assert_int_equal(w->told[300] + w->told[301], 0);
  assert_int_equal(world_slot(w, 0)->suppressed, SW_SUPPRESSION_OFF);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      PRESSURE_TEST(full_server_gets_back_what_it_misses_at_once_and_no_more),
      PRESSURE_TEST(full_server_without_reserve_misses_one),
      PRESSURE_TEST(slots_that_somebody_asked_for_count_as_well),
      PRESSURE_TEST(slots_that_leave_by_themselves_count_as_well),
      PRESSURE_TEST(slot_that_serves_again_is_missing_once),
      PRESSURE_TEST(server_that_is_short_of_nothing_is_left_alone),
      PRESSURE_TEST(question_under_pressure_has_the_rungs_whole_time),
      PRESSURE_TEST(rung_under_pressure_has_a_second_at_most),
      PRESSURE_TEST(recycle_goes_no_further_once_nothing_is_missing),
      PRESSURE_TEST(recycle_of_more_than_is_missing_goes_no_further),
      PRESSURE_TEST(frames_come_four_times_as_often_under_pressure),
      PRESSURE_TEST(dry_run_tells_what_it_would_cut_for_pressure),
      PRESSURE_TEST(server_that_is_off_is_left_as_it_is),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
