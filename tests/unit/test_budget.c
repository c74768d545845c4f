/* SPDX-License-Identifier: Apache-2.0 */
/* Budget: how many recycles may begin, and what becomes of the next. */
#include "recycle.h"

/* Slot after slot becomes stuck, one a second. */
static void overspend(world_t *w, uint32_t slots) {
  w->policy.reserve = w->policy.min_spare_threads = 0;
  for (uint32_t slot = 0; slot < slots; ++slot) {
    world_hold(w, slot, 100 + (int32_t)slot);
    world_agent(w, slot, 1, 0);
    world_frame(w, SEC);
  }
  world_run(w, w->policy.stall);
}

static void budget_that_is_overspent_latches_to_dry_run_until_no_slot_is_stuck(void **state) {
  world_t *w = *state;
  w->policy.budget = 2;
  overspend(w, 4);
  assert_int_equal(w->report->counters.recycled_trim, 2);
  assert_int_equal(w->told[310], 1);
  assert_int_equal(w->report->is_latched, 1);
  assert_int_equal(world_slot(w, 2)->suppressed, SW_SUPPRESSION_BUDGET);
  assert_int_equal(world_slot(w, 3)->suppressed, SW_SUPPRESSION_BUDGET);
  assert_int_equal(w->told[300], 2);
  world_run(w, w->policy.budget_period); /* time alone does not release it */
  assert_int_equal(w->report->counters.recycled_trim, 2);
  for (uint32_t slot = 0; slot < 3; ++slot) {
    world_end(w, slot);
  }
  world_frame(w, SEC);
  assert_int_equal(w->told[312], 0);
  world_end(w, 3);
  world_frame(w, SEC);
  assert_int_equal(world_alert(w, 312)->slot, -1);
  assert_int_equal(w->report->is_latched, 0);
  recycle_begin(w, 0, 1, 1);
  assert_int_equal(w->report->counters.recycled_trim, 3);
}

static void latch_holds_while_a_slot_is_recycled(void **state) {
  world_t *w = *state;
  w->policy.budget = 1;
  overspend(w, 2);
  world_end(w, 1);
  world_frame(w, SEC);
  assert_int_equal(world_slot(w, 0)->state, SW_STATE_RECYCLING);
  assert_int_equal(w->report->is_latched, 1);
  world_end(w, 0);
  world_frame(w, SEC);
  assert_int_equal(w->report->is_latched, 0);
}

static void budget_that_is_kept_within_its_period_latches_nothing(void **state) {
  world_t *w = *state;
  w->policy.budget = 2;
  w->policy.budget_period = 2 * SEC;
  overspend(w, 6);
  assert_int_equal(w->told[310], 0);
  assert_int_equal(w->report->counters.recycled_trim, 6);
}

static void pressure_and_who_asks_are_not_held_back_by_a_latch(void **state) {
  world_t *w = *state;
  w->policy.budget = 0;
  overspend(w, 4);
  assert_int_equal(w->report->is_latched, 1);
  w->samples[3].is_asked_for = 1;
  world_frame(w, SEC);
  assert_int_equal(world_intent(w, 3)->reason, SW_REASON_REQUEST);
  w->policy.reserve = 6; /* of which 4 slots are free and 1 is on its way */
  world_run(w, 2 * SEC);
  assert_int_equal(w->plan.intent_count, 2);
  assert_int_equal(world_intent(w, 0)->reason, SW_REASON_TIGHT);
  assert_int_equal(w->told[310], 1);
}

static void recycles_for_pressure_are_not_taken_from_the_budget(void **state) {
  world_t *w = *state;
  w->policy.budget = 1;
  w->policy.reserve = 8;
  w->policy.stall = 0;
  for (uint32_t slot = 0; slot < 4; ++slot) {
    world_hold(w, slot, 100 + (int32_t)slot);
    w->samples[slot].generation = 0;
    world_agent(w, slot, 1, 0);
  }
  world_run(w, w->policy.min_drain + 2 * SEC);
  assert_int_equal(w->report->counters.recycled_reload, 4);
  w->policy.reserve = 0;
  w->policy.stall = 30 * SEC;
  recycle_begin(w, 5, 1, 1);
  assert_int_equal(world_intent(w, 5)->reason, SW_REASON_STALL);
  assert_int_equal(w->told[310], 0);
}

/* A slot that is vetoed for good is asked about again and again, and none of that is a recycle. */
static void question_that_is_vetoed_costs_nothing(void **state) {
  world_t *w = *state;
  w->policy.budget = 1;
  w->policy.asks = 1;
  w->policy.alert_repeat = 10 * SEC;
  recycle_begin(w, 0, 1, 1);
  for (int round = 0; round < 3; ++round) {
    world_answer(w, 0, SW_ANSWER_VETO);
    world_frame(w, SEC);
    assert_int_equal(world_slot(w, 0)->suppressed, SW_SUPPRESSION_VETO);
    world_frame(w, w->policy.alert_repeat);
    assert_int_equal(world_intent(w, 0)->is_question, 1);
  }
  assert_int_equal(w->told[310], 0);
  world_answer(w, 0, SW_ANSWER_ALLOW);
  world_frame(w, SEC);
  recycle_begin(w, 1, 1, 1);
  assert_int_equal(w->told[310], 1); /* what was allowed costs */
}

/* More begins than are remembered: the oldest are the ones that do not matter any more. */
static void budget_of_the_greatest_size_is_kept(void **state) {
  world_t *w = *state;
  w->policy.reserve = w->policy.min_spare_threads = 0;
  w->policy.budget = SW_BUDGET_MAX;
  w->policy.stall = 3 * SEC;
  const int32_t last = 3 * SW_BUDGET_MAX / 2;
  for (int32_t round = 0; round <= last; ++round) {
    assert_int_equal(w->told[310], 0);
    w->policy.budget_period = round < last ? SEC : 86400 * SEC;
    world_hold(w, 0, 100 + round);
    world_agent(w, 0, 1, 0);
    world_frame(w, SEC);
    world_frame(w, w->policy.stall);
  }
  assert_int_equal(w->told[310], 1);
  assert_int_equal(w->report->counters.recycled_trim, last);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      RECYCLE_TEST(budget_that_is_overspent_latches_to_dry_run_until_no_slot_is_stuck),
      RECYCLE_TEST(latch_holds_while_a_slot_is_recycled),
      RECYCLE_TEST(budget_that_is_kept_within_its_period_latches_nothing),
      RECYCLE_TEST(pressure_and_who_asks_are_not_held_back_by_a_latch),
      RECYCLE_TEST(recycles_for_pressure_are_not_taken_from_the_budget),
      RECYCLE_TEST(question_that_is_vetoed_costs_nothing),
      RECYCLE_TEST(budget_of_the_greatest_size_is_kept),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
