// SPDX-License-Identifier: Apache-2.0
#include "plan.hpp"

#include <algorithm>

#include "history.hpp"

namespace slotwatch {

namespace {

// What is over for a moment is not over: as many quiet intervals as make the shortest Stall.
constexpr sw_usec_t calm_intervals = 3;

[[nodiscard]] sw_incident_t record_of(const Incident &incident, const sw_alert_t &about,
                                      sw_usec_t wall) {
  sw_incident_t record{};
  record.id = incident.id;
  record.opened_wall = wall;
  record.slot = about.slot;
  record.pid = about.pid;
  record.generation = about.generation;
  record.verdict = about.verdict;
  record.phase = about.phase;
  record.trigger = about.trigger;
  record.reason = about.reason;
  return record;
}

[[nodiscard]] uint16_t capacity_alert(uint32_t verdict) {
  return verdict == SW_VERDICT_FULL ? SW_LOG_211 : SW_LOG_210;
}

}  // namespace

void Planner::emit(const Incident &incident, sw_alert_t alert, uint16_t id) {
  alert.id = id;
  alert.incident = incident.id;
  alert.repeat = incident.repeats;
  alert.open = incident.id != 0 ? now_ - incident.opened : 0;
  plan_.alerts[plan_.alert_count++] = alert;
  ++engine_.counters.alerts;
}

bool Planner::has_room() {
  const bool room = told_++ < SW_PLAN_ALERTS_MAX;
  engine_.counters.alerts_deferred += room ? 0 : 1;
  return room;
}

void Planner::open(Incident &incident, const sw_alert_t &about) {
  incident = Incident{};
  incident.id = engine_.next_incident++;
  incident.opened = now_;
  incident.alert_gap = policy_.alert_repeat;
  ++engine_.counters.incidents_opened;
  remember(engine_, record_of(incident, about, frame_.wall));
}

// The first time, and then at doubling distances. An alert for which this step has no room is due
// on the next. The one about capacity never waits: no burst of slots may hide the outage.
void Planner::tell(Incident &incident, const sw_alert_t &about, uint16_t first, uint16_t again) {
  const bool announced = incident.announced != 0;
  if (announced && now_ < incident.next_alert) {
    return;
  }
  if (about.slot >= 0 && !has_room()) {
    return;
  }
  if (announced) {
    ++incident.repeats;
    incident.alert_gap = std::min(incident.alert_gap * 2, longest_gap);
  }
  incident.announced = 1;
  incident.next_alert = now_ + incident.alert_gap;
  if (sw_incident_t *record = recall(engine_, incident.id)) {
    record->repeats = incident.repeats;
  }
  emit(incident, about, announced ? again : first);
}

void Planner::close(Incident &incident, const sw_alert_t &about, uint16_t id) {
  if (sw_incident_t *record = recall(engine_, incident.id)) {
    record->closed_wall = std::max(frame_.wall, sw_usec_t{1});
    record->closed = about.reason;
  }
  ++engine_.counters.incidents_closed;
  if (incident.announced != 0) {
    emit(incident, about, id);
  }
  incident = Incident{};
}

bool Planner::is_calm(const Incident &incident, sw_usec_t span) const {
  return now_ - incident.last_bad >= calm_intervals * policy_.interval + span;
}

sw_alert_t Planner::about_slot(uint32_t slot, const Track &track) const {
  sw_alert_t about{};
  about.slot = static_cast<int32_t>(slot);
  about.pid = track.pid;
  about.generation = track.generation;
  about.phase = track.phase;
  about.trigger = track.trigger;
  about.reason = track.reason;
  about.draining = track.draining != 0 ? now_ - track.draining_since : 0;
  about.stalled = track.draining != 0 ? now_ - track.progress_at : 0;
  return about;
}

void Planner::process_ended(uint32_t slot, Track &track) {
  if (track.incident.id == 0) {
    return;
  }
  sw_alert_t about = about_slot(slot, track);
  about.reason = SW_REASON_EXITED;
  close(track.incident, about, SW_LOG_202);
}

void Planner::slot_judged(uint32_t slot, Track &track) {
  Incident &incident = track.incident;
  sw_alert_t about = about_slot(slot, track);
  if (track.reason != SW_REASON_NONE) {
    if (incident.id == 0) {
      open(incident, about);
    }
    incident.last_bad = now_;
    tell(incident, about, SW_LOG_200, SW_LOG_201);
  } else if (track.state == SW_STATE_RECYCLING) {
    incident.last_bad = now_;  // what moves may be the cut's doing
  } else if (incident.id != 0 && is_calm(incident, policy_.stall)) {
    // Stall later it could have been stuck again: one that moves now and then is one incident.
    about.reason = SW_REASON_PROGRESS;
    close(incident, about, SW_LOG_202);
  }
}

void Planner::generations_counted() {
  const std::span known{engine_.generations, engine_.generation_count};
  for (const Generation &drained : known) {
    if (drained.slots != 0) {
      continue;
    }
    sw_alert_t about{};
    about.slot = -1;
    about.generation = drained.generation;
    about.slots = drained.most_slots;
    about.draining = now_ - drained.since;
    emit(Incident{}, about, SW_LOG_220);
    ++engine_.counters.generations_drained;
  }
  const auto kept = std::remove_if(known.begin(), known.end(),
                                   [](const Generation &one) { return one.slots == 0; });
  engine_.generation_count = static_cast<uint32_t>(kept - known.begin());
}

// Worse than what was told is news, not a repeat; so is the same again after it was better for as
// long as lies before a first repeat.
void Planner::set_level(Incident &incident, uint8_t verdict) {
  if (verdict < incident.level && now_ - incident.last_level < policy_.alert_repeat) {
    return;
  }
  if (verdict > incident.level) {
    incident.announced = 0;
    incident.alert_gap = policy_.alert_repeat;
    sw_incident_t *record = recall(engine_, incident.id);
    if (record != nullptr && verdict > record->verdict) {
      record->verdict = verdict;
    }
  }
  incident.level = verdict;
  incident.last_level = now_;
}

void Planner::capacity_surveyed(sw_capacity_t &capacity) {
  Incident &incident = engine_.pressure;
  const uint32_t seen = capacity.verdict;
  // Up only when two frames agree, down at once.
  capacity.verdict = std::min(seen, engine_.pending_verdict);
  engine_.pending_verdict = seen;

  sw_alert_t about{};
  about.slot = -1;
  about.verdict = static_cast<uint8_t>(capacity.verdict);
  about.reason = SW_REASON_CAPACITY;
  if (capacity.verdict != SW_VERDICT_OK) {
    if (incident.id == 0) {
      open(incident, about);
    }
    incident.last_bad = now_;
    set_level(incident, about.verdict);
    const uint16_t id = capacity_alert(capacity.verdict);
    tell(incident, about, id, id);
  } else if (incident.id != 0 && is_calm(incident, 0)) {
    close(incident, about, SW_LOG_212);
  }
}

}  // namespace slotwatch
