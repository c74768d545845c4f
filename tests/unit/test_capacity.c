/* SPDX-License-Identifier: Apache-2.0 */
/* Capacity: the incident that is about the server, not about one slot. */
#include "world.h"

/*
 * The world's policy keeps 1 slot and 4 idle workers. Eight slots, of which `held` drain; the rest
 * is served by children whose workers are all busy, or free.
 */
static void arrange(world_t *w, uint32_t held, uint32_t free_slots) {
  w->policy.stall = w->policy.grace = 0; /* nothing is stuck: capacity is a matter of its own */
  for (uint32_t slot = 0; slot < WORLD_SLOTS; ++slot) {
    const int32_t pid = 100 + (int32_t)slot;
    if (slot < held) {
      world_hold(w, slot, pid);
    } else if (slot < WORLD_SLOTS - free_slots) {
      world_serve(w, slot, pid, "WWWW");
    } else {
      world_end(w, slot);
    }
  }
}

static void be_ok(world_t *w) {
  arrange(w, 4, 3);
}

static void be_tight(world_t *w) {
  w->policy.reserve = 3;
  arrange(w, 4, 2);
}

static void be_full(world_t *w) {
  arrange(w, 4, 0);
}

/* ---- Two frames ---- */

static void shortage_of_one_frame_is_not_told(void **state) {
  world_t *w = *state;
  for (int round = 0; round < 5; ++round) {
    be_full(w);
    world_frame(w, SEC);
    assert_int_equal(w->report->capacity.verdict, SW_VERDICT_OK);
    be_ok(w);
    world_frame(w, SEC);
  }
  assert_int_equal(w->told[210] + w->told[211] + w->told[212], 0);
  assert_int_equal(w->report->counters.incidents_opened, 0);
}

static void shortage_of_two_frames_is_told_with_an_incident(void **state) {
  world_t *w = *state;
  be_full(w);
  world_frame(w, SEC);
  world_frame(w, SEC);
  assert_int_equal(w->report->capacity.verdict, SW_VERDICT_FULL);
  const sw_alert_t *alert = world_alert(w, 211);
  assert_int_equal(alert->verdict, SW_VERDICT_FULL);
  assert_int_equal(alert->reason, SW_REASON_CAPACITY);
  assert_int_equal(alert->slot, -1);
  assert_int_equal(alert->incident, w->report->incidents[0].id);
  assert_int_equal(w->report->incidents[0].slot, -1);
  assert_int_equal(w->report->incidents[0].verdict, SW_VERDICT_FULL);
}

/* What both frames agree on is the lesser of the two. */
static void tight_frame_and_full_frame_agree_on_tight(void **state) {
  world_t *w = *state;
  be_tight(w);
  world_frame(w, SEC);
  be_full(w);
  world_frame(w, SEC);
  assert_int_equal(w->report->capacity.verdict, SW_VERDICT_TIGHT);
  assert_int_equal(world_alert(w, 210)->verdict, SW_VERDICT_TIGHT);
  world_frame(w, SEC);
  assert_int_equal(w->report->capacity.verdict, SW_VERDICT_FULL);
}

static void level_ends_at_once(void **state) {
  world_t *w = *state;
  be_full(w);
  world_run(w, 2 * SEC);
  be_tight(w);
  world_frame(w, SEC);
  assert_int_equal(w->report->capacity.verdict, SW_VERDICT_TIGHT);
  be_ok(w);
  w->policy.reserve = 1;
  world_frame(w, SEC);
  assert_int_equal(w->report->capacity.verdict, SW_VERDICT_OK);
}

/* Its workers do not serve yet; a slot given back for them would be one too many. */
static void child_that_starts_is_on_its_way_but_not_for_ever(void **state) {
  world_t *w = *state;
  be_full(w);
  world_serve(w, 0, 900, "..S.");
  world_run(w, 5 * SEC);
  assert_int_not_equal(w->report->capacity.verdict, SW_VERDICT_FULL);
  assert_int_equal(w->report->capacity.workers_idle, 0);
  world_run(w, 2 * SEC);
  assert_int_equal(w->report->capacity.verdict, SW_VERDICT_FULL);
}

/* ---- From tight to full and back ---- */

static void tight_that_becomes_full_is_told_at_once_in_the_same_incident(void **state) {
  world_t *w = *state;
  be_tight(w);
  world_run(w, 500 * SEC); /* told at 0, 60 and 180, next at 420 + 480 */
  assert_int_equal(w->told[210], 4);
  be_full(w);
  world_run(w, 2 * SEC);
  assert_int_equal(w->told[211], 1);
  assert_int_equal(world_alert(w, 211)->incident, w->report->incidents[0].id);
  assert_int_equal(w->report->counters.incidents_opened, 1);
  assert_int_equal(w->report->incidents[0].verdict, SW_VERDICT_FULL);
  world_run(w, w->policy.alert_repeat - SEC); /* a new line repeats as a new line does */
  assert_int_equal(w->told[211], 1);
  world_frame(w, SEC);
  assert_int_equal(w->told[211], 2);
}

static void full_again_after_a_minute_of_tight_is_told_at_once(void **state) {
  world_t *w = *state;
  be_full(w);
  world_run(w, 10 * SEC);
  be_tight(w);
  world_run(w, w->policy.alert_repeat);
  be_full(w);
  world_run(w, 2 * SEC);
  assert_int_equal(w->told[211], 2);
  assert_int_equal(w->report->counters.incidents_opened, 1);
}

static void full_that_wavers_is_told_once(void **state) {
  world_t *w = *state;
  for (int round = 0; round < 5; ++round) {
    be_full(w);
    world_run(w, 5 * SEC);
    be_tight(w);
    world_run(w, 5 * SEC);
  }
  assert_int_equal(w->told[211], 1);
  assert_int_equal(w->told[210], 0);
}

static void shortage_that_stays_is_told_again_at_doubling_distances(void **state) {
  world_t *w = *state;
  be_full(w);
  world_run(w, 2 * SEC);
  world_run(w, 420 * SEC);
  assert_int_equal(w->told[211], 4); /* at 0, 60, 180, 420 */
  assert_int_equal(world_alert(w, 211)->repeat, 3);
  assert_int_equal(world_alert(w, 211)->open, 420 * SEC);
}

static void shortage_is_restored_after_three_calm_intervals(void **state) {
  world_t *w = *state;
  be_full(w);
  world_run(w, 2 * SEC);
  const uint64_t incident = world_alert(w, 211)->incident;
  be_ok(w);
  world_run(w, 2 * SEC);
  assert_int_equal(w->told[212], 0);
  world_frame(w, SEC);
  const sw_alert_t *alert = world_alert(w, 212);
  assert_int_equal(alert->incident, incident);
  assert_int_equal(alert->verdict, SW_VERDICT_OK);
  assert_int_equal(alert->open, 3 * SEC);
  world_run(w, 10 * SEC);
  assert_int_equal(w->told[212], 1);
}

/* ---- Beside slots ---- */

static void burst_of_stuck_slots_does_not_hold_back_the_outage(void **state) {
  const uint32_t slots = 2 * SW_PLAN_ALERTS_MAX;
  world_t *w = *state = world_new(slots, WORLD_THREADS);
  w->policy.stall = 0;
  w->policy.grace = SEC;
  for (uint32_t slot = 0; slot < slots; ++slot) {
    world_hold(w, slot, 100 + (int32_t)slot);
  }
  world_run(w, 2 * SEC);
  assert_int_equal(world_count(w, 200), SW_PLAN_ALERTS_MAX);
  assert_int_equal(world_count(w, 211), 1);
}

/* More open incidents than are remembered push it out of the report, and not out of the state. */
static void outage_after_a_burst_is_told_in_the_incident_that_the_report_forgot(void **state) {
  const uint32_t slots = SW_INCIDENTS_MAX + 10;
  world_t *w = *state = world_new(slots, WORLD_THREADS);
  w->policy.reserve = 3;
  world_run(w, 2 * SEC);
  for (uint32_t slot = 0; slot < slots - 1; ++slot) {
    world_hold(w, slot, 100 + (int32_t)slot);
  }
  world_run(w, 2 * SEC);
  const uint64_t incident = world_alert(w, 210)->incident;
  world_run(w, 40 * SEC); /* all are stuck, and told */
  for (uint32_t at = 0; at < w->report->incident_count; ++at) {
    assert_true(w->report->incidents[at].id != incident);
  }
  world_hold(w, slots - 1, 1000);
  world_run(w, 2 * SEC);
  assert_int_equal(world_alert(w, 211)->incident, incident);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      WORLD_TEST(shortage_of_one_frame_is_not_told),
      WORLD_TEST(shortage_of_two_frames_is_told_with_an_incident),
      WORLD_TEST(tight_frame_and_full_frame_agree_on_tight),
      WORLD_TEST(child_that_starts_is_on_its_way_but_not_for_ever),
      WORLD_TEST(level_ends_at_once),
      WORLD_TEST(tight_that_becomes_full_is_told_at_once_in_the_same_incident),
      WORLD_TEST(full_again_after_a_minute_of_tight_is_told_at_once),
      WORLD_TEST(full_that_wavers_is_told_once),
      WORLD_TEST(shortage_that_stays_is_told_again_at_doubling_distances),
      WORLD_TEST(shortage_is_restored_after_three_calm_intervals),
      cmocka_unit_test_teardown(burst_of_stuck_slots_does_not_hold_back_the_outage, world_teardown),
      cmocka_unit_test_teardown(outage_after_a_burst_is_told_in_the_incident_that_the_report_forgot,
                                world_teardown),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
