/* SPDX-License-Identifier: Apache-2.0 */
/* Recycle: how it ends, and what may change meanwhile. */
#include "recycle.h"

/* ---- Ends ---- */

static void slot_that_is_freed_is_told_so_before_its_incident_is_over(void **state) {
  world_t *w = *state;
  recycle_begin(w, 0, 1, 2);
  const uint64_t incident = world_slot(w, 0)->incident;
  world_done(w, 0, 2);
  world_frame(w, SEC);
  world_end(w, 0);
  world_frame(w, SEC);
  assert_int_equal(w->plan.alert_count, 2);
  const sw_alert_t *alert = &w->plan.alerts[0];
  assert_int_equal(alert->id, 303);
  assert_int_equal(alert->rung, SW_RUNG_BACKENDS);
  assert_int_equal(alert->outcome, SW_OUTCOME_FREED);
  assert_int_equal(alert->cut, 2);
  assert_int_equal(alert->pid, 100);
  assert_int_equal(alert->incident, incident);
  assert_int_equal(alert->draining, w->policy.stall + 2 * SEC);
  assert_int_equal(alert->open, 2 * SEC);
  assert_int_equal(w->plan.alerts[1].id, 202);
  assert_int_equal(w->report->incidents[0].rungs[0].outcome, SW_OUTCOME_FREED);
  assert_int_equal(w->report->incidents[0].closed, SW_REASON_EXITED);
  assert_int_equal(w->report->counters.connections_cut, 2);
  assert_int_equal(w->report->capacity.recycling, 0);
}

/* It may be gone before its agent was heard again: then what there was to shut is told. */
static void slot_that_is_another_process_is_freed_with_what_there_was_to_cut(void **state) {
  world_t *w = *state;
  recycle_begin(w, 0, 4, 2);
  world_serve(w, 0, 9, "____");
  world_frame(w, SEC);
  assert_int_equal(world_alert(w, 303)->cut, 2);
  assert_int_equal(world_alert(w, 303)->pid, 100);
  assert_int_equal(w->report->counters.connections_cut, 2);
  assert_int_equal(world_slot(w, 0)->state, SW_STATE_SERVING);
  assert_null(world_intent(w, 0));
}

static void zombie_waits_for_its_parent_and_no_rung_is_begun_on_it(void **state) {
  world_t *w = *state;
  recycle_begin(w, 0, 1, 1);
  w->samples[0].process = SW_PROCESS_ZOMBIE;
  world_run(w, 60 * SEC);
  assert_int_equal(world_slot(w, 0)->state, SW_STATE_RECYCLING);
  assert_null(world_intent(w, 0));
  assert_int_equal(w->told[301], 1);
  assert_int_equal(w->plan.wake_at, w->frame.monotonic + SEC / 4);
  world_end(w, 0);
  world_frame(w, SEC);
  assert_int_equal(world_alert(w, 303)->rung, SW_RUNG_BACKENDS);
}

static void slot_that_moves_after_the_cut_has_settled_drains_on(void **state) {
  world_t *w = *state;
  recycle_begin(w, 0, 1, 1);
  world_done(w, 0, 1);
  world_frame(w, SEC);
  world_run(w, 3 * SEC);
  ++w->samples[0].evidence.moved;
  world_run(w, SEC);
  assert_int_equal(world_slot(w, 0)->state, SW_STATE_DRAINING);
  assert_int_equal(world_alert(w, 302)->outcome, SW_OUTCOME_CANCELLED);
  assert_int_equal(w->report->incidents[0].rungs[0].outcome, SW_OUTCOME_CANCELLED);
  assert_null(world_intent(w, 0));
  for (int frame = 0; frame < w->policy.stall / SEC + 3; ++frame) {
    assert_int_equal(w->told[202], 0); /* not calm yet: it is one incident */
    ++w->samples[0].evidence.moved;
    world_frame(w, SEC);
  }
  assert_int_equal(w->told[202], 1);
}

/* Sockets that close and a log line that is written are the cut's own doing. */
static void slot_that_moves_only_as_it_is_cut_is_taken_further(void **state) {
  world_t *w = *state;
  recycle_begin(w, 0, 1, 1);
  world_done(w, 0, 1);
  ++w->samples[0].evidence.moved;
  world_frame(w, SEC);
  ++w->samples[0].accesses;
  world_run(w, SEC);
  assert_int_equal(world_slot(w, 0)->state, SW_STATE_RECYCLING);
  world_run(w, 3 * SEC);
  assert_int_equal(world_rung(w, 0), SW_RUNG_CLIENTS);
  assert_int_equal(w->told[202], 0);
}

static void slot_past_grace_is_taken_further_though_it_moves(void **state) {
  world_t *w = *state;
  w->policy.grace = 60 * SEC;
  world_hold(w, 0, 7);
  world_agent(w, 0, 1, 1);
  for (int frame = 0; frame <= 60; ++frame) {
    ++w->samples[0].evidence.moved;
    world_frame(w, SEC);
  }
  assert_int_equal(world_intent(w, 0)->reason, SW_REASON_GRACE);
  for (int frame = 0; frame < 5; ++frame) {
    ++w->samples[0].evidence.moved;
    world_frame(w, SEC);
  }
  assert_int_equal(world_rung(w, 0), SW_RUNG_CLIENTS);
}

/* Each slot: freed, cleared, and its next process drains and is asked for at once. */
static void burst_of_ends_and_begins_fits_the_plan(void **state) {
  const uint32_t slots = 150;
  world_t *w = *state = world_new(slots, 1);
  w->policy.mode = SW_MODE_ON;
  w->policy.budget = SW_BUDGET_MAX;
  w->policy.has_agents = 1;
  w->policy.reserve = w->policy.min_spare_threads = 0;
  for (int32_t round = 1; round <= 2; ++round) {
    for (uint32_t slot = 0; slot < slots; ++slot) {
      world_hold(w, slot, 1000 * round + (int32_t)slot);
      world_agent(w, slot, 1, 1);
      w->samples[slot].is_asked_for = round == 2;
    }
    world_frame(w, SEC);
    world_frame(w, round == 1 ? w->policy.stall : 0);
    world_run(w, round == 1 ? 4 * SEC : 0); /* until all are told to be stuck */
  }
  assert_int_equal(w->told[303], slots);
  assert_int_equal(w->told[202], slots);
  assert_int_equal(w->told[301], 2 * slots);
}

/* ---- What may change meanwhile ---- */

typedef void (*change_t)(world_t *w);
static void turn_off(world_t *w) {
  w->policy.mode = SW_MODE_OFF;
}
static void turn_to_dry_run(world_t *w) {
  w->policy.mode = SW_MODE_DRYRUN;
}
static void protect(world_t *w) {
  w->samples[0].is_protected = 1;
}
static void serve_again(world_t *w) {
  w->samples[0].quiescing = 0;
}

static void recycle_ends_when_it_would_not_be_begun_any_more(void **state) {
  static const struct {
    change_t change;
    uint8_t state, suppressed;
  } changes[] = {
      {turn_off, SW_STATE_STUCK, SW_SUPPRESSION_OFF},
      {turn_to_dry_run, SW_STATE_STUCK, SW_SUPPRESSION_DRYRUN},
      {protect, SW_STATE_STUCK, SW_SUPPRESSION_PROTECTED},
      {serve_again, SW_STATE_SERVING, SW_SUPPRESSION_NONE},
  };
  for (size_t at = 0; at < sizeof(changes) / sizeof(*changes); ++at) {
    world_t *w = *state;
    recycle_begin(w, 0, 1, 1);
    changes[at].change(w);
    world_frame(w, SEC);
    assert_null(world_intent(w, 0));
    assert_int_equal(world_slot(w, 0)->state, changes[at].state);
    assert_int_equal(world_slot(w, 0)->suppressed, changes[at].suppressed);
    assert_int_equal(world_alert(w, 302)->outcome, SW_OUTCOME_CANCELLED);
    world_teardown(state);
    recycle_setup(state);
  }
}

static void process_that_is_not_identified_is_spared_and_no_further_rung_begun(void **state) {
  static const uint8_t processes[] = {SW_PROCESS_UNKNOWN, SW_PROCESS_FOREIGN, 255};
  for (size_t at = 0; at < sizeof(processes); ++at) {
    world_t *w = *state;
    recycle_begin(w, 0, 1, 1);
    w->samples[0].process = processes[at];
    world_frame(w, SEC);
    assert_null(world_intent(w, 0));
    assert_int_equal(world_slot(w, 0)->state, SW_STATE_RECYCLING);
    world_run(w, 4 * SEC);
    assert_int_equal(world_slot(w, 0)->state, SW_STATE_STUCK);
    assert_int_equal(world_slot(w, 0)->suppressed, SW_SUPPRESSION_IDENTITY);
    assert_int_equal(w->told[301], 1);
    world_teardown(state);
    recycle_setup(state);
  }
}

static void slot_that_the_frame_lacks_is_not_said_to_be_freed(void **state) {
  world_t *w = *state;
  recycle_begin(w, 1, 1, 1);
  w->frame.slot_count = 1;
  world_frame(w, SEC);
  assert_int_equal(world_alert(w, 302)->outcome, SW_OUTCOME_CANCELLED);
  assert_int_equal(w->told[303], 0);
  assert_int_equal(w->plan.intent_count, 0);
}

/* Forged, or not: what served in between is another story. */
static void slot_that_served_in_between_is_told_anew(void **state) {
  world_t *w = *state;
  turn_to_dry_run(w);
  recycle_begin(w, 0, 1, 1);
  serve_again(w);
  world_frame(w, SEC);
  world_drain(w, 0);
  world_frame(w, SEC);
  world_frame(w, w->policy.stall);
  assert_int_equal(w->told[300], 2);
}

/* A reload may bring another ladder: what it has above the rung comes next. */
static void ladder_that_changes_is_gone_on_with_from_the_rung(void **state) {
  world_t *w = *state;
  recycle_begin(w, 0, 1, 1);
  w->policy.ladder = (sw_ladder_t){1, {SW_RUNG_KILL}, {7 * SEC}};
  world_frame(w, SEC);
  assert_int_equal(world_rung(w, 0), SW_RUNG_KILL);
  world_frame(w, 7 * SEC - 1);
  assert_int_equal(world_rung(w, 0), SW_RUNG_KILL);
  world_frame(w, 1);
  assert_int_equal(w->told[304], 1);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      RECYCLE_TEST(slot_that_is_freed_is_told_so_before_its_incident_is_over),
      RECYCLE_TEST(slot_that_is_another_process_is_freed_with_what_there_was_to_cut),
      RECYCLE_TEST(zombie_waits_for_its_parent_and_no_rung_is_begun_on_it),
      RECYCLE_TEST(slot_that_moves_after_the_cut_has_settled_drains_on),
      RECYCLE_TEST(slot_that_moves_only_as_it_is_cut_is_taken_further),
      RECYCLE_TEST(slot_past_grace_is_taken_further_though_it_moves),
      RECYCLE_TEST(recycle_ends_when_it_would_not_be_begun_any_more),
      RECYCLE_TEST(process_that_is_not_identified_is_spared_and_no_further_rung_begun),
      RECYCLE_TEST(slot_that_the_frame_lacks_is_not_said_to_be_freed),
      cmocka_unit_test_teardown(burst_of_ends_and_begins_fits_the_plan, world_teardown),
      RECYCLE_TEST(slot_that_served_in_between_is_told_anew),
      RECYCLE_TEST(ladder_that_changes_is_gone_on_with_from_the_rung),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
