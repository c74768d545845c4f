/* SPDX-License-Identifier: Apache-2.0 */
/* Recycle: what the hooks say of a rung. */
#include "recycle.h"

static void ask(world_t *w) {
  w->policy.asks = 1;
  recycle_begin(w, 0, 1, 1);
  assert_int_equal(world_intent(w, 0)->is_question, 1);
}

static void rung_is_asked_about_until_it_is_answered(void **state) {
  world_t *w = *state;
  ask(w);
  const sw_intent_t question = *world_intent(w, 0);
  world_frame(w, SEC);
  assert_memory_equal(world_intent(w, 0), &question, sizeof(question));
  world_answer(w, 0, SW_ANSWER_ALLOW);
  w->samples[0].answered.order += 1; /* an answer to another question */
  world_frame(w, SEC);
  assert_int_equal(world_intent(w, 0)->is_question, 1);
  world_answer(w, 0, SW_ANSWER_PENDING);
  world_frame(w, SEC);
  assert_int_equal(world_intent(w, 0)->is_question, 1);
}

static void rung_that_is_allowed_has_all_its_time_from_then_on(void **state) {
  world_t *w = *state;
  ask(w);
  const uint64_t order = world_intent(w, 0)->order;
  world_answer(w, 0, SW_ANSWER_ALLOW);
  world_frame(w, 4 * SEC);
  assert_int_equal(world_intent(w, 0)->is_question, 0);
  assert_int_equal(world_intent(w, 0)->order, order);
  memset(&w->samples[0].answered, 0, sizeof(sw_answered_t));
  world_run(w, 4 * SEC);
  assert_int_equal(world_intent(w, 0)->is_question, 0);
  world_frame(w, SEC); /* the next rung is another question */
  assert_int_equal(world_rung(w, 0), SW_RUNG_CLIENTS);
  assert_int_equal(world_intent(w, 0)->is_question, 1);
  assert_true(world_intent(w, 0)->order != order);
}

static void rung_that_is_taken_runs_its_time_without_an_intent(void **state) {
  world_t *w = *state;
  ask(w);
  world_answer(w, 0, SW_ANSWER_TAKEN);
  world_frame(w, SEC);
  assert_null(world_intent(w, 0));
  assert_int_equal(world_slot(w, 0)->state, SW_STATE_RECYCLING);
  assert_int_equal(world_alert(w, 302)->outcome, SW_OUTCOME_TAKEN);
  assert_int_equal(w->report->incidents[0].rungs[0].outcome, SW_OUTCOME_TAKEN);
  world_run(w, 4 * SEC);
  assert_null(world_intent(w, 0));
  world_frame(w, SEC);
  assert_int_equal(world_rung(w, 0), SW_RUNG_CLIENTS);
  assert_int_equal(w->report->incidents[0].rungs[0].outcome, SW_OUTCOME_TAKEN);
  assert_int_equal(w->told[302], 1);
}

/* Whoever took it was quicker than the next frame; whoever only allows it has ended nothing. */
static void process_that_ends_under_a_question_is_freed_by_who_took_it(void **state) {
  world_t *w = *state;
  const sw_answer_t answers[] = {SW_ANSWER_TAKEN, SW_ANSWER_ALLOW, SW_ANSWER_PENDING};
  const sw_outcome_t outcomes[] = {SW_OUTCOME_FREED, SW_OUTCOME_CANCELLED, SW_OUTCOME_CANCELLED};
  for (uint32_t at = 0; at < 3; ++at) {
    ask(w);
    const sw_answered_t answered = {world_intent(w, 0)->order, (uint8_t)answers[at]};
    world_end(w, 0);
    w->samples[0].answered = answered;
    world_frame(w, SEC);
    assert_int_equal(w->report->incidents[0].rungs[0].outcome, outcomes[at]);
    assert_int_equal(w->report->counters.recycled_backends, 1);
    assert_int_equal(world_slot(w, 0)->state, SW_STATE_FREE);
  }
}

static void expect_veto(world_t *w) {
  assert_int_equal(world_alert(w, 311)->outcome, SW_OUTCOME_VETOED);
  assert_int_equal(world_alert(w, 311)->rung, SW_RUNG_BACKENDS);
  assert_int_equal(w->report->incidents[0].rungs[0].outcome, SW_OUTCOME_VETOED);
  assert_int_equal(world_slot(w, 0)->state, SW_STATE_STUCK);
  assert_int_equal(world_slot(w, 0)->suppressed, SW_SUPPRESSION_VETO);
  assert_int_equal(w->report->counters.suppressed_veto, 1);
  assert_null(world_intent(w, 0));
}

static void veto_ends_the_recycle_and_is_asked_again_after_a_repeat(void **state) {
  world_t *w = *state;
  ask(w);
  const uint64_t order = world_intent(w, 0)->order;
  world_answer(w, 0, SW_ANSWER_VETO);
  world_frame(w, SEC);
  expect_veto(w);
  world_frame(w, w->policy.alert_repeat - 1);
  assert_null(world_intent(w, 0));
  world_frame(w, 1);
  assert_int_equal(world_intent(w, 0)->is_question, 1);
  assert_true(world_intent(w, 0)->order != order);
}

static void question_without_an_answer_within_the_rungs_time_is_a_veto(void **state) {
  world_t *w = *state;
  ask(w);
  world_frame(w, RECYCLE_SPAN - 1);
  assert_int_equal(world_intent(w, 0)->is_question, 1);
  world_frame(w, 1);
  expect_veto(w);
}

static void question_is_moot_when_there_are_no_hooks_any_more(void **state) {
  world_t *w = *state;
  ask(w);
  w->policy.asks = 0;
  world_frame(w, SEC);
  assert_int_equal(world_intent(w, 0)->is_question, 0);
}

/* A veto against the plan's own reason is none against somebody who asks; that one has his own. */
static void veto_does_not_hold_back_who_asks_but_for_his_own(void **state) {
  world_t *w = *state;
  ask(w);
  world_answer(w, 0, SW_ANSWER_VETO);
  world_frame(w, SEC);
  w->samples[0].is_asked_for = 1;
  world_frame(w, SEC);
  assert_int_equal(world_intent(w, 0)->reason, SW_REASON_REQUEST);
  assert_int_equal(world_intent(w, 0)->is_question, 1);
  world_answer(w, 0, SW_ANSWER_VETO);
  world_run(w, 10 * SEC);
  assert_null(world_intent(w, 0));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      RECYCLE_TEST(rung_is_asked_about_until_it_is_answered),
      RECYCLE_TEST(rung_that_is_allowed_has_all_its_time_from_then_on),
      RECYCLE_TEST(rung_that_is_taken_runs_its_time_without_an_intent),
      RECYCLE_TEST(process_that_ends_under_a_question_is_freed_by_who_took_it),
      RECYCLE_TEST(veto_ends_the_recycle_and_is_asked_again_after_a_repeat),
      RECYCLE_TEST(question_without_an_answer_within_the_rungs_time_is_a_veto),
      RECYCLE_TEST(question_is_moot_when_there_are_no_hooks_any_more),
      RECYCLE_TEST(veto_does_not_hold_back_who_asks_but_for_his_own),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
