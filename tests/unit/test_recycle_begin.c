/* SPDX-License-Identifier: Apache-2.0 */
/* Recycle: which slots are taken, which are not, and why. test_pressure.c: those in the way. */
#include "recycle.h"

/* ---- What stands against it ---- */

typedef void (*change_t)(world_t *w);

static void nothing(world_t *w) {
  (void)w;
}
static void lose_start(world_t *w) {
  w->samples[0].start_time = 0;
}
static void be_foreign(world_t *w) {
  w->samples[0].process = SW_PROCESS_FOREIGN;
}
static void be_unknown(world_t *w) {
  w->samples[0].process = SW_PROCESS_UNKNOWN;
}
static void be_gone(world_t *w) {
  w->samples[0].process = SW_PROCESS_GONE;
}
static void lose_agent(world_t *w) {
  w->samples[0].evidence.is_present = 0;
}
static void lose_agent_as_ghost(world_t *w) {
  lose_agent(w);
  world_letters(w, 0, "....");
}
static void lose_agent_as_leaked(world_t *w) {
  lose_agent(w);
  world_letters(w, 0, "GG..");
  w->samples[0].connections.total = w->samples[0].connections.suspended = 1;
}
static void lose_agent_and_be_old(world_t *w) {
  lose_agent(w);
  w->policy.grace = w->policy.stall;
}
static void be_protected(world_t *w) {
  w->samples[0].is_protected = 1;
}
static void be_protected_and_old(world_t *w) {
  be_protected(w);
  w->policy.grace = w->policy.stall;
}
static void have_no_rung(world_t *w) {
  w->policy.ladder.count = 1;
  w->samples[0].evidence.backends = 0;
}
static void be_off(world_t *w) {
  w->policy.mode = SW_MODE_OFF;
}
static void be_no_mode(world_t *w) {
  w->policy.mode = SW_MODE_COUNT;
}
static void be_dry(world_t *w) {
  w->policy.mode = SW_MODE_DRYRUN;
}
static void be_broke(world_t *w) {
  w->policy.budget = 0;
}
/* the order of the conditions */
static void lack_identity_and_evidence(world_t *w) {
  be_foreign(w);
  lose_agent(w);
}
static void lack_evidence_and_be_protected(world_t *w) {
  lose_agent(w);
  be_protected(w);
}
static void be_protected_without_rung(world_t *w) {
  be_protected(w);
  have_no_rung(w);
}
static void have_no_rung_and_be_off(world_t *w) {
  have_no_rung(w);
  be_off(w);
}

#define COUNTER(name) offsetof(sw_counters_t, suppressed_##name)
static const struct {
  change_t change;
  sw_suppression_t suppressed;
  size_t counter;
} scenes[] = {
    {nothing, SW_SUPPRESSION_NONE, 0},
    {lose_start, SW_SUPPRESSION_IDENTITY, COUNTER(identity)},
    {be_foreign, SW_SUPPRESSION_IDENTITY, COUNTER(identity)},
    {be_unknown, SW_SUPPRESSION_IDENTITY, COUNTER(identity)},
    {lose_agent, SW_SUPPRESSION_EVIDENCE, COUNTER(evidence)},
    {lose_agent_as_ghost, SW_SUPPRESSION_NONE, 0},
    {lose_agent_as_leaked, SW_SUPPRESSION_NONE, 0},
    {lose_agent_and_be_old, SW_SUPPRESSION_NONE, 0},
    {be_protected, SW_SUPPRESSION_PROTECTED, COUNTER(protected)},
    {be_protected_and_old, SW_SUPPRESSION_NONE, 0},
    {have_no_rung, SW_SUPPRESSION_LADDER, COUNTER(ladder)},
    {be_off, SW_SUPPRESSION_OFF, COUNTER(off)},
    {be_no_mode, SW_SUPPRESSION_OFF, COUNTER(off)},
    {be_dry, SW_SUPPRESSION_DRYRUN, COUNTER(dryrun)},
    {be_broke, SW_SUPPRESSION_BUDGET, COUNTER(budget)},
    {lack_identity_and_evidence, SW_SUPPRESSION_IDENTITY, COUNTER(identity)},
    {lack_evidence_and_be_protected, SW_SUPPRESSION_EVIDENCE, COUNTER(evidence)},
    {be_protected_without_rung, SW_SUPPRESSION_PROTECTED, COUNTER(protected)},
    {have_no_rung_and_be_off, SW_SUPPRESSION_LADDER, COUNTER(ladder)},
};

static uint64_t counter_at(const world_t *w, size_t offset) {
  return *(const uint64_t *)((const char *)&w->report->counters + offset);
}

static uint64_t suppressed_in_all(const world_t *w) {
  uint64_t sum = 0;
  for (size_t at = COUNTER(off); at <= COUNTER(ladder); at += sizeof(uint64_t)) {
    sum += counter_at(w, at);
  }
  return sum;
}

static void stuck_slot_is_recycled_unless_something_stands_against_it(void **state) {
  for (size_t at = 0; at < sizeof(scenes) / sizeof(*scenes); ++at) {
    world_t *w = *state;
    const int is_taken = scenes[at].suppressed == SW_SUPPRESSION_NONE;
    world_hold(w, 0, 7);
    world_agent(w, 0, 1, 1);
    scenes[at].change(w);
    world_frame(w, SEC);
    world_frame(w, w->policy.stall);
    assert_int_equal(w->plan.intent_count, is_taken);
    assert_int_equal(world_slot(w, 0)->state, is_taken ? SW_STATE_RECYCLING : SW_STATE_STUCK);
    assert_int_equal(world_slot(w, 0)->suppressed, scenes[at].suppressed);
    if (!is_taken) { /* counted once, however long it holds */
      world_run(w, 3 * SEC);
      assert_int_equal(counter_at(w, scenes[at].counter), 1);
    }
    assert_int_equal(suppressed_in_all(w), !is_taken);
    world_teardown(state);
    recycle_setup(state);
  }
}

static void slot_whose_process_has_ended_is_nothing_to_act_on_or_to_count(void **state) {
  world_t *w = *state;
  world_hold(w, 0, 7);
  world_frame(w, SEC);
  be_gone(w);
  world_frame(w, w->policy.stall);
  assert_int_equal(w->plan.intent_count, 0);
  assert_int_equal(suppressed_in_all(w), 0);
}

static void slot_that_serves_is_left_alone_whoever_asks(void **state) {
  world_t *w = *state;
  world_serve(w, 0, 7, "W...");
  w->samples[0].process = SW_PROCESS_ALIVE;
  w->samples[0].start_time = 70;
  w->samples[0].is_asked_for = 1;
  world_agent(w, 0, 1, 1);
  world_frame(w, SEC);
  world_run(w, 40 * SEC);
  assert_int_equal(w->plan.intent_count + w->told[300] + w->told[301], 0);
}

static void change_of_what_stands_against_it_counts_again(void **state) {
  world_t *w = *state;
  be_off(w);
  recycle_begin(w, 0, 1, 1);
  be_protected(w);
  world_run(w, 2 * SEC);
  w->samples[0].is_protected = 0;
  world_run(w, 2 * SEC);
  assert_int_equal(w->report->counters.suppressed_off, 2);
  assert_int_equal(w->report->counters.suppressed_protected, 1);
}

static void slot_that_moves_again_is_not_held_back_by_anything(void **state) {
  world_t *w = *state;
  be_off(w);
  recycle_begin(w, 0, 1, 1);
  assert_int_equal(world_slot(w, 0)->suppressed, SW_SUPPRESSION_OFF);
  ++w->samples[0].bytes;
  world_frame(w, SEC);
  assert_int_equal(world_slot(w, 0)->suppressed, SW_SUPPRESSION_NONE);
}

/* ---- Dry run ---- */

static void dry_run_tells_once_for_each_reason_what_it_would_do(void **state) {
  world_t *w = *state;
  be_dry(w);
  w->policy.grace = 60 * SEC;
  recycle_begin(w, 0, 4, 3);
  const sw_alert_t *alert = world_alert(w, 300);
  assert_int_equal(alert->rung, SW_RUNG_BACKENDS);
  assert_int_equal(alert->cut, 3);
  assert_int_equal(alert->reason, SW_REASON_STALL);
  assert_int_equal(alert->suppressed, SW_SUPPRESSION_DRYRUN);
  assert_int_equal(alert->incident, world_slot(w, 0)->incident);
  world_run(w, 29 * SEC);
  assert_int_equal(w->told[300], 1);
  world_frame(w, SEC);
  assert_int_equal(world_alert(w, 300)->reason, SW_REASON_GRACE);
  world_run(w, 60 * SEC);
  assert_int_equal(w->told[300], 2);
  assert_int_equal(w->told[301], 0);
  assert_int_equal(w->report->counters.recycled_trim, 0);
}

static void burst_of_what_would_be_done_is_spread_over_frames(void **state) {
  const uint32_t slots = SW_PLAN_ALERTS_MAX + 3;
  world_t *w = *state = world_new(slots, WORLD_THREADS);
  be_dry(w);
  w->policy.has_agents = 1;
  w->policy.reserve = w->policy.min_spare_threads = 0;
  for (uint32_t slot = 0; slot < slots; ++slot) {
    world_hold(w, slot, 100 + (int32_t)slot);
    world_agent(w, slot, 1, 0);
  }
  world_frame(w, SEC);
  world_frame(w, w->policy.stall);
  assert_int_equal(world_count(w, 200) + world_count(w, 300), SW_PLAN_ALERTS_MAX);
  world_run(w, 3 * SEC);
  assert_int_equal(w->told[300], slots);
}

/* ---- Asked for ---- */

static void slot_that_is_asked_for_is_recycled_at_once_in_any_mode_but_off(void **state) {
  for (uint32_t mode = SW_MODE_OFF; mode < SW_MODE_COUNT; ++mode) {
    world_t *w = *state;
    w->policy.mode = (uint8_t)mode;
    w->policy.budget = 0;
    world_hold(w, 0, 7);
    world_agent(w, 0, 1, 1);
    be_protected(w);
    world_frame(w, SEC);
    w->samples[0].is_asked_for = 1;
    world_frame(w, SEC);
    w->samples[0].is_asked_for = 0;
    assert_int_equal(world_rung(w, 0), mode == SW_MODE_OFF ? SW_RUNG_NONE : SW_RUNG_BACKENDS);
    world_frame(w, SEC); /* and goes on */
    assert_int_equal(w->plan.intent_count, mode != SW_MODE_OFF);
    assert_int_equal(w->told[310], 0);
    if (mode != SW_MODE_OFF) {
      assert_int_equal(world_intent(w, 0)->reason, SW_REASON_REQUEST);
    }
    world_teardown(state);
    recycle_setup(state);
  }
}

static void slot_that_is_asked_for_waits_for_no_agent(void **state) {
  world_t *w = *state;
  world_hold(w, 0, 7);
  w->samples[0].is_asked_for = 1;
  world_frame(w, SEC);
  assert_int_equal(world_rung(w, 0), SW_RUNG_KILL);
}

static void slot_that_is_asked_for_and_not_identified_is_spared(void **state) {
  world_t *w = *state;
  world_hold(w, 0, 7);
  be_foreign(w);
  w->samples[0].is_asked_for = 1;
  world_frame(w, SEC);
  assert_int_equal(w->plan.intent_count, 0);
  assert_int_equal(world_slot(w, 0)->suppressed, SW_SUPPRESSION_IDENTITY);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      RECYCLE_TEST(stuck_slot_is_recycled_unless_something_stands_against_it),
      RECYCLE_TEST(slot_whose_process_has_ended_is_nothing_to_act_on_or_to_count),
      RECYCLE_TEST(slot_that_serves_is_left_alone_whoever_asks),
      RECYCLE_TEST(change_of_what_stands_against_it_counts_again),
      RECYCLE_TEST(dry_run_tells_once_for_each_reason_what_it_would_do),
      cmocka_unit_test_teardown(burst_of_what_would_be_done_is_spread_over_frames, world_teardown),
      RECYCLE_TEST(slot_that_is_asked_for_is_recycled_at_once_in_any_mode_but_off),
      RECYCLE_TEST(slot_that_moves_again_is_not_held_back_by_anything),
      RECYCLE_TEST(slot_that_is_asked_for_waits_for_no_agent),
      RECYCLE_TEST(slot_that_is_asked_for_and_not_identified_is_spared),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
