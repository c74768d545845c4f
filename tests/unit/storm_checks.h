/* SPDX-License-Identifier: Apache-2.0 */
/* What must hold after each frame of a storm. */
#ifndef STORM_CHECKS_H
#define STORM_CHECKS_H

#include "storm.h"

static inline void expect_counts_add_up(const world_t *w) {
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
  assert_int_equal(c->recycling, by_state[SW_STATE_RECYCLING]);
  assert_int_equal(c->free + c->serving + c->draining + c->stuck + c->recycling, c->slots);
  assert_true(old <= c->draining + c->stuck + c->recycling);
  assert_true(c->workers_idle + c->workers_busy <= c->serving * THREADS);
  assert_true(c->reloads_left <= c->free);
}

static inline void expect_slot_makes_sense(const world_t *w, const sw_slot_t *slot) {
  const int recycles = slot->state == SW_STATE_RECYCLING;
  const int drains = slot->state == SW_STATE_DRAINING || slot->state == SW_STATE_STUCK || recycles;
  assert_int_equal(slot->pid == 0, slot->state == SW_STATE_FREE);
  assert_true(slot->pid >= 0);
  assert_int_equal(slot->trigger != SW_TRIGGER_NONE, drains);
  assert_true(drains || (slot->phase == SW_PHASE_NONE && slot->incident == 0));
  assert_true(slot->phase < SW_PHASE_COUNT);
  assert_true(slot->draining >= slot->stalled && slot->stalled >= 0);
  assert_true(slot->worker_count <= THREADS);
  assert_true((uint64_t)slot->request_first + slot->request_count <= w->frame.request_count);
  assert_true(slot->state != SW_STATE_STUCK || slot->incident != 0);
  assert_true((uint64_t)slot->socket_first + slot->socket_count <= w->frame.socket_count);
  assert_true((uint64_t)slot->thread_first + slot->thread_count <= w->frame.thread_count);
  assert_int_equal(slot->rung != SW_RUNG_NONE, recycles);
  assert_true(slot->suppressed < SW_SUPPRESSION_COUNT);
  assert_true(slot->suppressed == SW_SUPPRESSION_NONE || (drains && !recycles));
}

static inline size_t find_opened(const storm_t *storm, uint64_t incident) {
  size_t at = 0;
  while (at < storm->opened_count && storm->opened[at] != incident) {
    ++at;
  }
  return at;
}

static inline void expect_alert_is_paired(storm_t *storm, const sw_alert_t *alert) {
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
    case 310:
    case 312: /* one after the other */
      assert_int_equal(storm->is_latched, alert->id == 312);
      storm->is_latched = alert->id == 310;
      break;
    default:
      assert_true(alert->id == 220 || (alert->id >= 300 && alert->id <= 311));
  }
}

static inline void expect_alert_is_about_what_is(const world_t *w, const sw_alert_t *alert) {
  assert_true(alert->draining >= 0 && alert->stalled >= 0 && alert->open >= 0);
  if (alert->id == 200 || alert->id == 201) {
    const sw_slot_t *slot = world_slot(w, (uint32_t)alert->slot);
    assert_true(slot->state == SW_STATE_STUCK || slot->state == SW_STATE_RECYCLING);
    assert_int_equal(slot->incident, alert->incident);
    assert_int_equal(slot->pid, alert->pid);
  }
}

/* ---- Recycling ---- */

static inline void note_begin(storm_t *storm, const sw_alert_t *alert) {
  const sw_policy_t *policy = &storm->world->policy;
  const sw_usec_t now = storm->world->report->monotonic;
  const int was_asked = storm->intents[alert->slot].is_question; /* and begun before this frame */
  if (!was_asked && (alert->reason == SW_REASON_STALL || alert->reason == SW_REASON_GRACE)) {
    storm->begun[storm->begun_count++] = now;
    assert_true(storm->begun_count <= policy->budget ||
                now - storm->begun[storm->begun_count - 1 - policy->budget] >=
                    policy->budget_period);
  }
}

/* What begins, ends, and nothing ends that did not begin. */
static inline void expect_recycle_is_paired(storm_t *storm, const sw_alert_t *alert) {
  if (alert->id < 301 || alert->id > 311 || alert->id == 310) {
    return;
  }
  uint8_t *is_on = &storm->is_on[alert->slot];
  if (alert->id == 301 && !*is_on) {
    note_begin(storm, alert);
  } else {
    assert_true(*is_on || alert->id == 311);
  }
  const int is_end =
      alert->id != 301 && (alert->id != 302 || alert->outcome == SW_OUTCOME_CANCELLED ||
                           alert->suppressed == SW_SUPPRESSION_IDENTITY);
  *is_on = (uint8_t)!is_end;
}

static inline void expect_intent_is_allowed(const world_t *w, const sw_intent_t *intent) {
  const sw_sample_t *sample = &w->samples[intent->slot];
  assert_in_range(intent->slot, 0, w->report->slot_count - 1);
  assert_int_equal(world_slot(w, (uint32_t)intent->slot)->state, SW_STATE_RECYCLING);
  assert_int_equal(world_slot(w, (uint32_t)intent->slot)->rung, intent->rung);
  assert_true(sw_sample_is_draining(sample, w->frame.generation));
  assert_int_equal(sample->process, SW_PROCESS_ALIVE);
  assert_true(sample->start_time != 0 && sample->start_time == intent->start_time);
  assert_int_equal(sample->pid, intent->pid);
  assert_in_range(intent->rung, SW_RUNG_BACKENDS, SW_RUNG_KILL);
  const int is_asked_for = intent->reason == SW_REASON_REQUEST;
  assert_true(!sample->is_protected || is_asked_for || intent->reason == SW_REASON_GRACE);
  assert_true(w->policy.mode == SW_MODE_ON || (w->policy.mode == SW_MODE_DRYRUN && is_asked_for));
}

/* A new order was never used; an old one is what it was, and no question again. */
static inline void expect_order_is_used_once(storm_t *storm, const sw_intent_t *intent) {
  sw_intent_t *last = &storm->intents[intent->slot];
  uint8_t *is_used = &storm->is_used[intent->order % ORDERS];
  if (intent->order == last->order) {
    assert_int_equal(intent->pid, last->pid);
    assert_int_equal(intent->start_time, last->start_time);
    assert_int_equal(intent->rung, last->rung);
    assert_true(last->is_question || !intent->is_question);
  } else {
    assert_false(*is_used);
  }
  *is_used = 1;
  *last = *intent;
}

static inline void expect_intents_are_allowed(storm_t *storm) {
  const world_t *w = storm->world;
  assert_true(w->plan.intent_count <= w->report->slot_count);
  for (size_t at = 0; at < w->plan.intent_count; ++at) {
    const sw_intent_t *intent = &w->plan.intents[at];
    assert_ptr_equal(world_intent(w, (uint32_t)intent->slot), intent); /* its slot's only one */
    expect_intent_is_allowed(w, intent);
    expect_order_is_used_once(storm, intent);
  }
  for (uint32_t slot = 0; slot < SLOTS; ++slot) {
    const int recycles =
        slot < w->report->slot_count && world_slot(w, slot)->state == SW_STATE_RECYCLING;
    assert_true(recycles || !storm->is_on[slot]); /* before SW301 the hooks are asked */
  }
  assert_int_equal(w->report->is_latched, storm->is_latched);
}

static inline void expect_incidents_add_up(const world_t *w) {
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

/** One frame further, after which all must add up. */
static inline void storm_frame(storm_t *storm) {
  world_t *w = storm->world;
  change_weather(storm);
  world_frame(w, next_step(storm));
  assert_int_equal(sw_report_check(w->report, w->report_size), SW_STATUS_OK);
  assert_in_range(w->plan.wake_at - w->report->monotonic, SEC / 10, SEC);
  expect_counts_add_up(w);
  expect_incidents_add_up(w);
  for (uint32_t slot = 0; slot < w->report->slot_count; ++slot) {
    expect_slot_makes_sense(w, world_slot(w, slot));
  }
  for (size_t at = 0; at < w->plan.alert_count; ++at) {
    expect_alert_is_paired(storm, &w->plan.alerts[at]);
    expect_alert_is_about_what_is(w, &w->plan.alerts[at]);
    expect_recycle_is_paired(storm, &w->plan.alerts[at]);
  }
  expect_intents_are_allowed(storm);
}

/** A world for it in which slots are recycled. */
static inline void storm_open(storm_t *storm) {
  world_t *w = storm->world = world_new(SLOTS, THREADS);
  w->policy.mode = SW_MODE_ON;
  w->policy.has_agents = 1;
  w->policy.budget = 3;
}

#endif
