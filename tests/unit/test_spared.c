/* SPDX-License-Identifier: Apache-2.0 */
/* Pressure: whom it spares, though slots are missing. */
#include "pressure.h"

/* ---- Tight ---- */

/* As children do that have taken MaxConnectionsPerChild: there was no reload, and may be none. */
static void tight_server_takes_no_trim_that_is_not_stuck(void **state) {
  world_t *w = *state;
  w->policy.stall = 20 * SEC;
  w->policy.reserve = WORLD_SLOTS;
  world_hold(w, 0, 100);
  world_agent(w, 0, 1, 0);
  world_run(w, w->policy.stall);
  assert_int_equal(w->report->capacity.verdict, SW_VERDICT_TIGHT);
  assert_int_equal(world_slot(w, 0)->suppressed, SW_SUPPRESSION_MIN_DRAIN);
  assert_int_equal(w->plan.intent_count, 0);
  world_frame(w, SEC);
  assert_int_equal(world_intent(w, 0)->reason, SW_REASON_STALL);
}

static void tight_server_leaves_what_progresses_alone_until_min_drain(void **state) {
  world_t *w = *state;
  arrange(w, 6, 1);
  run(w, 5, 1 << 4); /* stalled, not stuck: it is left alone as well */
  assert_int_equal(w->report->capacity.verdict, SW_VERDICT_TIGHT);
  assert_int_equal(w->plan.intent_count, 0);
  assert_int_equal(world_slot(w, 4)->suppressed, SW_SUPPRESSION_MIN_DRAIN);
  assert_int_equal(w->report->counters.suppressed_min_drain, 6);
  run(w, 1, 1 << 4);
  assert_int_equal(w->plan.intent_count, 1);
  assert_int_equal(world_intent(w, 4)->reason, SW_REASON_TIGHT);
}

static void tight_server_does_not_wait_for_what_is_empty_or_stuck(void **state) {
  world_t *w = *state;
  w->policy.min_drain = 3600 * SEC;
  w->policy.budget = 0;
  w->policy.stall = 3 * SEC;
  w->policy.reserve = 8;
  arrange(w, 6, 1);
  world_letters(w, 2, "....");
  run(w, 4, 1 << 2 | 1 << 1);
  assert_int_equal(w->report->counters.recycled_kill, 1);
  assert_int_equal(world_intent(w, 1)->reason, SW_REASON_TIGHT);
  assert_int_equal(w->plan.intent_count, 1);
}

static void protected_slots_are_spared_however_many_are_missing(void **state) {
  world_t *w = *state;
  arrange(w, 6, 0);
  for (uint32_t slot = 0; slot < 6; ++slot) {
    w->samples[slot].is_protected = 1;
  }
  run(w, 30, 0xff);
  assert_int_equal(w->told[301], 0);
  assert_int_equal(w->report->counters.suppressed_protected, 6);
}

/* They are passed over only where one of them would have been taken. */
static void protected_slots_that_nobody_misses_are_not_passed_over(void **state) {
  world_t *w = *state;
  w->policy.reserve = 1;
  arrange(w, 3, 0);
  w->samples[1].evidence.clients = w->samples[2].evidence.clients = 2;
  w->samples[1].is_protected = w->samples[2].is_protected = 1;
  run(w, 2, 0);
  world_frame(w, SEC / 2);
  assert_int_equal(world_rung(w, 0), SW_RUNG_CLIENTS);
  assert_int_equal(w->report->counters.suppressed_protected, 0);
  w->policy.reserve = 2; /* one is not enough */
  world_frame(w, SEC / 4);
  assert_int_equal(w->report->counters.suppressed_protected, 2);
}

static void protected_slots_after_the_last_to_take_are_passed_over_too(void **state) {
  world_t *w = *state;
  arrange(w, 2, 0);
  w->samples[1].evidence.clients = 2;
  w->samples[1].is_protected = 1;
  run(w, 2, 0);
  assert_int_equal(world_rung(w, 0), SW_RUNG_CLIENTS);
  assert_int_equal(world_slot(w, 1)->suppressed, SW_SUPPRESSION_PROTECTED);
}

/* An agent that is about to be heard of cuts less than a kill. */
static void slot_whose_agent_may_come_yet_is_not_killed(void **state) {
  world_t *w = *state;
  arrange(w, 6, 0);
  for (uint32_t slot = 0; slot < 6; ++slot) {
    w->samples[slot].evidence.is_present = 0;
  }
  run(w, 3, 0);
  assert_int_equal(w->plan.intent_count, 0);
  assert_int_equal(world_slot(w, 0)->suppressed, SW_SUPPRESSION_EVIDENCE);
  world_agent(w, 4, 1, 0);
  run(w, 1, 0);
  assert_int_equal(world_rung(w, 4), SW_RUNG_CLIENTS);
  assert_int_equal(w->plan.intent_count, 2);
  assert_int_equal(world_rung(w, 0), SW_RUNG_KILL); /* it did not come */
}

static void server_that_has_no_agents_waits_for_none(void **state) {
  world_t *w = *state;
  w->policy.has_agents = 0;
  arrange(w, 6, 0);
  for (uint32_t slot = 0; slot < 6; ++slot) {
    w->samples[slot].evidence.is_present = 0;
  }
  run(w, 2, 0);
  assert_int_equal(w->plan.intent_count, 2);
  assert_int_equal(world_rung(w, 0), SW_RUNG_KILL);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      PRESSURE_TEST(tight_server_takes_no_trim_that_is_not_stuck),
      PRESSURE_TEST(tight_server_leaves_what_progresses_alone_until_min_drain),
      PRESSURE_TEST(tight_server_does_not_wait_for_what_is_empty_or_stuck),
      PRESSURE_TEST(protected_slots_are_spared_however_many_are_missing),
      PRESSURE_TEST(protected_slots_that_nobody_misses_are_not_passed_over),
      PRESSURE_TEST(protected_slots_after_the_last_to_take_are_passed_over_too),
      PRESSURE_TEST(slot_whose_agent_may_come_yet_is_not_killed),
      PRESSURE_TEST(server_that_has_no_agents_waits_for_none),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
