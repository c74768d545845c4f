/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Storm: a bounded, pseudo-random run of frames, hostile bytes included, after each of which all
 * must add up. The seed is fixed: a frame that fails, fails again.
 */
#include "world.h"

#define FRAMES 20000
#define SLOTS 12
#define THREADS 3

typedef struct storm_t {
  world_t *world;
  uint64_t seed;
  uint64_t opened[WORLD_REQUESTS * 4]; /* incidents that were told and are not over */
  size_t opened_count;
} storm_t;

/* Knuth's MMIX: the high bits are good enough for weather. */
static uint32_t roll(storm_t *storm, uint32_t sides) {
  storm->seed = storm->seed * 6364136223846793005U + 1442695040888963407U;
  return (uint32_t)(storm->seed >> 33) % sides;
}

static int one_in(storm_t *storm, uint32_t sides) {
  return roll(storm, sides) == 0;
}

/* ---- Weather ---- */

static void change_slot(storm_t *storm, uint32_t slot) {
  world_t *w = storm->world;
  sw_sample_t *sample = &w->samples[slot];
  switch (roll(storm, 20)) {
    case 0:
      world_end(w, slot);
      break;
    case 1: /* a child that overruns its own part of the scoreboard */
      for (size_t at = 0; at < sizeof(*sample); ++at) {
        ((uint8_t *)sample)[at] = (uint8_t)roll(storm, 256);
      }
      break;
    case 2:
      sample->generation += (int32_t)roll(storm, 3) - 1;
      break;
    case 3:
      sample->process = (uint8_t)roll(storm, 256);
      break;
    case 4:
      w->workers[slot * THREADS + roll(storm, THREADS)] = (uint8_t)roll(storm, 256);
      break;
    case 5:
    case 6:
      ++sample->bytes;
      break;
    case 7:
    case 8:
      world_serve(w, slot, 100 + (int32_t)roll(storm, 20), "_W_");
      break;
    default:
      world_hold(w, slot, 100 + (int32_t)roll(storm, 20));
  }
}

static void change_weather(storm_t *storm) {
  world_t *w = storm->world;
  if (one_in(storm, 3)) {
    change_slot(storm, roll(storm, SLOTS));
  }
  if (one_in(storm, 50)) {
    world_reload(w);
  }
  if (one_in(storm, 100)) { /* all at once */
    for (uint32_t slot = 0; slot < SLOTS; ++slot) {
      change_slot(storm, slot);
    }
  }
  w->frame.slot_count = one_in(storm, 40) ? 1 + roll(storm, SLOTS) : SLOTS;
  w->frame.flags_kept = (uint8_t)!one_in(storm, 20);
  w->frame.request_count = roll(storm, WORLD_REQUESTS + 1);
  w->policy.stall = one_in(storm, 200) ? roll(storm, 60) * SEC : w->policy.stall;
  w->policy.grace = one_in(storm, 200) ? roll(storm, 600) * SEC : w->policy.grace;
  w->policy.reserve = one_in(storm, 200) ? roll(storm, 4) : w->policy.reserve;
}

static sw_usec_t next_step(storm_t *storm) {
  if (one_in(storm, 30)) {
    return roll(storm, 200) * SEC; /* a gap */
  }
  return one_in(storm, 30) ? -(sw_usec_t)roll(storm, 20) * SEC : SEC;
}

/* ---- What must hold ---- */

static void expect_counts_add_up(const world_t *w) {
  uint32_t by_state[SW_STATE_COUNT] = {0};
  const sw_capacity_t *c = &w->report->capacity;
  uint32_t old = 0;
  for (uint32_t slot = 0; slot < w->report->slot_count; ++slot) {
    ++by_state[world_slot(w, slot)->state];
  }
  for (uint32_t at = 0; at < w->report->generation_count; ++at) {
    assert_true(w->report->generations[at].slots > 0);
    old += w->report->generations[at].slots;
  }
  assert_int_equal(c->slots, w->frame.slot_count);
  assert_int_equal(c->free, by_state[SW_STATE_FREE]);
  assert_int_equal(c->serving, by_state[SW_STATE_SERVING]);
  assert_int_equal(c->draining, by_state[SW_STATE_DRAINING]);
  assert_int_equal(c->stuck, by_state[SW_STATE_STUCK]);
  assert_int_equal(c->recycling, 0);
  assert_true(old <= c->draining + c->stuck);
  assert_true(c->workers_idle + c->workers_busy <= c->serving * THREADS);
  assert_true(c->reloads_left <= c->free);
}

static void expect_slot_makes_sense(const world_t *w, const sw_slot_t *slot) {
  const int drains = slot->state == SW_STATE_DRAINING || slot->state == SW_STATE_STUCK;
  assert_int_equal(slot->pid == 0, slot->state == SW_STATE_FREE);
  assert_true(slot->pid >= 0);
  assert_int_equal(slot->trigger != SW_TRIGGER_NONE, drains);
  assert_true(drains || (slot->phase == SW_PHASE_NONE && slot->incident == 0));
  assert_true(slot->phase < SW_PHASE_COUNT);
  assert_true(slot->draining >= slot->stalled && slot->stalled >= 0);
  assert_true(slot->worker_count <= THREADS);
  assert_true((uint64_t)slot->request_first + slot->request_count <= w->frame.request_count);
  assert_true(slot->state != SW_STATE_STUCK || slot->incident != 0);
}

static size_t find_opened(const storm_t *storm, uint64_t incident) {
  size_t at = 0;
  while (at < storm->opened_count && storm->opened[at] != incident) {
    ++at;
  }
  return at;
}

static void expect_alert_is_paired(storm_t *storm, const sw_alert_t *alert) {
  const size_t at = find_opened(storm, alert->incident);
  const int is_known = at < storm->opened_count;
  switch (alert->id) {
    case 200:
      assert_false(is_known);
      storm->opened[storm->opened_count++] = alert->incident;
      break;
    case 201:
      assert_true(is_known);
      break;
    case 210:
    case 211: /* either may come first, and again */
      if (!is_known) {
        storm->opened[storm->opened_count++] = alert->incident;
      }
      break;
    case 202:
    case 212:
      assert_true(is_known);
      storm->opened[at] = storm->opened[--storm->opened_count];
      break;
    default:
      assert_int_equal(alert->id, 220);
  }
}

static void expect_alert_is_about_what_is(const world_t *w, const sw_alert_t *alert) {
  assert_true(alert->draining >= 0 && alert->stalled >= 0 && alert->open >= 0);
  if (alert->id == 200 || alert->id == 201) {
    const sw_slot_t *slot = world_slot(w, (uint32_t)alert->slot);
    assert_int_equal(slot->state, SW_STATE_STUCK);
    assert_int_equal(slot->incident, alert->incident);
    assert_int_equal(slot->pid, alert->pid);
  }
}

static void expect_incidents_add_up(const world_t *w) {
  uint64_t told = 0;
  uint64_t open = 0;
  uint64_t of_slots = 0;
  for (uint32_t at = 0; at < w->report->incident_count; ++at) {
    open += w->report->incidents[at].closed_wall == 0;
  }
  for (uint32_t slot = 0; slot < w->report->slot_count; ++slot) {
    of_slots += world_slot(w, slot)->incident != 0;
  }
  assert_int_equal(open,
                   w->report->counters.incidents_opened - w->report->counters.incidents_closed);
  assert_true(of_slots <= open);
  for (size_t id = 0; id < SW_LOG_LAST; ++id) {
    told += w->told[id];
  }
  assert_int_equal(told, w->report->counters.alerts);
}

static void storm_of_frames_adds_up_after_each_of_them(void **state) {
  storm_t storm = {.world = world_new(SLOTS, THREADS), .seed = 20261124};
  world_t *w = *state = storm.world;
  for (int frame = 0; frame < FRAMES; ++frame) {
    change_weather(&storm);
    world_frame(w, next_step(&storm));
    assert_int_equal(sw_report_check(w->report, w->report_size), SW_STATUS_OK);
    assert_in_range(w->plan.wake_at - w->report->monotonic, SEC / 10, SEC);
    expect_counts_add_up(w);
    expect_incidents_add_up(w);
    for (uint32_t slot = 0; slot < w->report->slot_count; ++slot) {
      expect_slot_makes_sense(w, world_slot(w, slot));
    }
    for (size_t at = 0; at < w->plan.alert_count; ++at) {
      expect_alert_is_paired(&storm, &w->plan.alerts[at]);
      expect_alert_is_about_what_is(w, &w->plan.alerts[at]);
    }
  }
  /* a storm that provokes nothing proves nothing */
  const uint16_t ids[] = {200, 201, 202, 210, 211, 212, 220};
  for (size_t at = 0; at < sizeof(ids) / sizeof(*ids); ++at) {
    assert_in_range(w->told[ids[at]], 20, FRAMES);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_teardown(storm_of_frames_adds_up_after_each_of_them, world_teardown),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
