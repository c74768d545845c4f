/* SPDX-License-Identifier: Apache-2.0 */
/* Recycle: one slot on its way up the ladder. test_recycle_begin.c: whether; test_recycle_end.c:
 * how it ends. */
#include "recycle.h"

/* ---- The rungs ---- */

static void stuck_slot_is_recycled_with_all_that_the_act_needs(void **state) {
  world_t *w = *state;
  recycle_begin(w, 2, 1, 3);
  assert_int_equal(world_slot(w, 2)->state, SW_STATE_RECYCLING);
  assert_int_equal(world_slot(w, 2)->rung, SW_RUNG_BACKENDS);
  assert_int_equal(w->report->capacity.recycling, 1);
  assert_int_equal(w->report->capacity.stuck, 0);
  assert_int_equal(w->plan.intent_count, 1);
  const sw_intent_t *intent = world_intent(w, 2);
  assert_int_equal(intent->pid, 102);
  assert_int_equal(intent->start_time, 1020);
  assert_true(intent->order > (uint64_t)(WORLD_WALL_BIRTH / SEC) << 24);
  assert_int_equal(intent->incident, world_slot(w, 2)->incident);
  assert_int_equal(intent->rung, SW_RUNG_BACKENDS);
  assert_int_equal(intent->reason, SW_REASON_STALL);
  assert_int_equal(intent->trigger, SW_TRIGGER_TRIM);
  assert_int_equal(intent->is_question, 0);
  const sw_alert_t *alert = world_alert(w, 301);
  assert_int_equal(alert->slot, 2);
  assert_int_equal(alert->rung, SW_RUNG_BACKENDS);
  assert_int_equal(alert->reason, SW_REASON_STALL);
  assert_int_equal(alert->cut, 3);
  assert_int_equal(alert->incident, intent->incident);
  assert_int_equal(w->report->counters.recycled_trim, 1);
  assert_int_equal(w->report->counters.recycled_reload, 0);
  assert_int_equal(w->report->counters.recycled_backends, 1);
}

static void intent_is_the_same_in_each_step_until_its_rung_ends(void **state) {
  world_t *w = *state;
  recycle_begin(w, 0, 1, 1);
  const sw_intent_t first = *world_intent(w, 0);
  for (int frame = 0; frame < 4; ++frame) {
    world_frame(w, SEC);
    assert_memory_equal(world_intent(w, 0), &first, sizeof(first));
  }
  world_frame(w, SEC);
  assert_int_equal(world_rung(w, 0), SW_RUNG_CLIENTS);
  assert_true(world_intent(w, 0)->order != first.order);
  assert_int_equal(w->told[301], 2);
}

static void ladder_is_climbed_to_its_end_and_then_told_not_to_have_freed(void **state) {
  world_t *w = *state;
  const uint32_t rungs[] = {SW_RUNG_BACKENDS, SW_RUNG_CLIENTS, SW_RUNG_KILL};
  recycle_begin(w, 0, 1, 1);
  for (int rung = 0; rung < 3; ++rung) {
    assert_int_equal(world_rung(w, 0), rungs[rung]);
    assert_int_equal(w->report->incidents[0].rungs[rung].rung, rungs[rung]);
    assert_int_equal(w->report->incidents[0].rungs[rung].outcome, SW_OUTCOME_PENDING);
    world_frame(w, RECYCLE_SPAN);
    assert_int_equal(w->report->incidents[0].rungs[rung].outcome, SW_OUTCOME_EXPIRED);
  }
  assert_int_equal(world_alert(w, 304)->rung, SW_RUNG_KILL);
  assert_int_equal(world_alert(w, 304)->outcome, SW_OUTCOME_EXPIRED);
  assert_int_equal(w->report->counters.not_freed, 1);
  assert_int_equal(w->report->counters.recycled_trim, 1);
  assert_int_equal(w->report->counters.recycled_kill, 1);
  assert_null(world_intent(w, 0));
  assert_int_equal(world_slot(w, 0)->state, SW_STATE_STUCK);
  assert_int_equal(world_slot(w, 0)->rung, SW_RUNG_NONE);
  assert_int_equal(world_slot(w, 0)->suppressed, SW_SUPPRESSION_LADDER);
  world_frame(w, w->policy.alert_repeat - 1);
  assert_null(world_intent(w, 0));
  world_frame(w, 1);
  assert_int_equal(world_rung(w, 0), SW_RUNG_BACKENDS);
  assert_int_equal(w->report->counters.suppressed_ladder, 1);
  assert_int_equal(w->report->incidents[0].rungs[1].rung, SW_RUNG_NONE);
}

static void rung_with_nothing_to_shut_is_skipped_at_once(void **state) {
  world_t *w = *state;
  recycle_begin(w, 0, 1, 0);
  assert_int_equal(world_rung(w, 0), SW_RUNG_CLIENTS);
  assert_int_equal(w->report->counters.recycled_backends, 0);
  w->samples[0].evidence.clients = 0;
  world_frame(w, RECYCLE_SPAN);
  assert_int_equal(world_rung(w, 0), SW_RUNG_KILL);
}

static void rung_that_cut_something_is_told_once_and_keeps_its_time(void **state) {
  world_t *w = *state;
  recycle_begin(w, 0, 1, 2);
  world_done(w, 0, 2);
  world_frame(w, SEC);
  assert_int_equal(world_alert(w, 302)->cut, 2);
  assert_int_equal(world_alert(w, 302)->rung, SW_RUNG_BACKENDS);
  assert_int_equal(w->report->counters.connections_cut, 2);
  assert_int_equal(w->report->incidents[0].rungs[0].cut, 2);
  world_run(w, 3 * SEC);
  assert_int_equal(world_rung(w, 0), SW_RUNG_BACKENDS);
  assert_int_equal(w->told[302], 1);
  assert_int_equal(w->report->counters.connections_cut, 2);
  world_frame(w, SEC);
  assert_int_equal(world_rung(w, 0), SW_RUNG_CLIENTS);
}

static void rung_that_cut_nothing_makes_room_for_the_next_in_the_same_step(void **state) {
  world_t *w = *state;
  recycle_begin(w, 0, 1, 1);
  world_done(w, 0, 0);
  world_frame(w, SEC);
  assert_int_equal(world_alert(w, 302)->outcome, SW_OUTCOME_NOTHING);
  assert_int_equal(world_alert(w, 301)->rung, SW_RUNG_CLIENTS);
  assert_int_equal(world_rung(w, 0), SW_RUNG_CLIENTS);
  assert_int_equal(w->report->incidents[0].rungs[0].outcome, SW_OUTCOME_NOTHING);
  world_frame(w, SEC); /* what the agent did before is no answer to this */
  assert_int_equal(world_rung(w, 0), SW_RUNG_CLIENTS);
  assert_int_equal(w->told[302], 1);
}

/* As when the workers ended while the rung was on its way: it is about to exit. */
static void rung_that_cut_nothing_of_a_child_that_goes_on_keeps_its_time(void **state) {
  world_t *w = *state;
  recycle_begin(w, 0, 1, 0);
  assert_int_equal(world_rung(w, 0), SW_RUNG_CLIENTS);
  world_done(w, 0, 0);
  w->samples[0].evidence.clients = 0;
  world_letters(w, 0, "...");
  world_frame(w, SEC);
  assert_int_equal(world_alert(w, 302)->outcome, SW_OUTCOME_NOTHING);
  assert_int_equal(world_rung(w, 0), SW_RUNG_CLIENTS);
  world_frame(w, RECYCLE_SPAN);
  assert_int_equal(world_rung(w, 0), SW_RUNG_KILL);
}

/* A child may write what it likes: another's order, one that it has not done, a count beyond
 * reason. */
static void agent_that_lies_gains_nothing(void **state) {
  world_t *w = *state;
  recycle_begin(w, 0, 1, 1);
  sw_evidence_t *evidence = &w->samples[0].evidence;
  world_done(w, 0, UINT32_MAX);
  ++evidence->done;
  world_frame(w, SEC);
  --evidence->done;
  evidence->is_done = 0;
  world_frame(w, SEC);
  evidence->is_done = 1;
  evidence->is_present = 0;
  world_frame(w, SEC);
  assert_int_equal(w->told[302], 0);
  evidence->is_present = 1;
  world_frame(w, SEC);
  assert_int_equal(w->told[302], 1);
  assert_true(w->report->counters.connections_cut <= 1U << 20);
}

static void ghost_goes_straight_to_kill(void **state) {
  world_t *w = *state;
  world_hold(w, 0, 7);
  world_letters(w, 0, "....");
  world_agent(w, 0, 1, 1);
  world_frame(w, SEC);
  world_frame(w, w->policy.stall);
  assert_int_equal(world_rung(w, 0), SW_RUNG_KILL);
}

static void server_without_agents_has_only_kill(void **state) {
  world_t *w = *state;
  w->policy.has_agents = 0;
  recycle_begin(w, 0, 1, 1);
  assert_int_equal(world_rung(w, 0), SW_RUNG_KILL);
}

/* ---- Time ---- */

static void frames_come_faster_while_a_slot_is_recycled_and_by_its_deadline(void **state) {
  world_t *w = *state;
  recycle_begin(w, 0, 1, 1);
  assert_int_equal(w->plan.wake_at, w->frame.monotonic + SEC / 4);
  world_frame(w, RECYCLE_SPAN - SEC / 5);
  assert_int_equal(w->plan.wake_at, w->frame.monotonic + SEC / 5);
  world_frame(w, SEC / 5);
  assert_int_equal(world_rung(w, 0), SW_RUNG_CLIENTS);
}

/* The watcher was killed: another takes up the block where it was left. */
static void engine_that_is_opened_again_does_nothing_twice(void **state) {
  world_t *w = *state;
  int adopted = 0;
  recycle_begin(w, 0, 1, 1);
  world_done(w, 0, 1);
  world_frame(w, SEC);
  const sw_intent_t before = *world_intent(w, 0);
  void *block = malloc(w->block_size);
  memcpy(block, w->block, w->block_size);
  free(w->block);
  w->block = block;
  assert_int_equal(sw_engine_open(block, w->block_size, WORLD_SLOTS, 0, &w->engine, &adopted),
                   SW_STATUS_OK);
  assert_int_equal(adopted, 1);
  world_frame(w, SEC);
  assert_memory_equal(world_intent(w, 0), &before, sizeof(before));
  assert_int_equal(w->told[302], 1);
  world_frame(w, 3 * SEC);
  assert_int_equal(world_rung(w, 0), SW_RUNG_CLIENTS);
  assert_true(world_intent(w, 0)->order > before.order);
  assert_int_equal(w->told[301], 2);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      RECYCLE_TEST(stuck_slot_is_recycled_with_all_that_the_act_needs),
      RECYCLE_TEST(intent_is_the_same_in_each_step_until_its_rung_ends),
      RECYCLE_TEST(ladder_is_climbed_to_its_end_and_then_told_not_to_have_freed),
      RECYCLE_TEST(rung_with_nothing_to_shut_is_skipped_at_once),
      RECYCLE_TEST(rung_that_cut_something_is_told_once_and_keeps_its_time),
      RECYCLE_TEST(rung_that_cut_nothing_makes_room_for_the_next_in_the_same_step),
      RECYCLE_TEST(rung_that_cut_nothing_of_a_child_that_goes_on_keeps_its_time),
      RECYCLE_TEST(agent_that_lies_gains_nothing),
      RECYCLE_TEST(ghost_goes_straight_to_kill),
      RECYCLE_TEST(server_without_agents_has_only_kill),
      RECYCLE_TEST(frames_come_faster_while_a_slot_is_recycled_and_by_its_deadline),
      RECYCLE_TEST(engine_that_is_opened_again_does_nothing_twice),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
