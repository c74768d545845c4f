// SPDX-License-Identifier: Apache-2.0
// What was begun: rung by rung, until the process is gone or there is no more reason.
#include "recycle.hpp"

#include "budget.hpp"
#include "hindrance.hpp"
#include "history.hpp"
#include "judge.hpp"
#include "ladder.hpp"

namespace slotwatch {

namespace {

// Under pressure: nobody is served meanwhile.
constexpr sw_usec_t hurried_span = SW_USEC_PER_SEC;

// A cut moves the peers too, and an agent tells it with its next look but one.
constexpr sw_usec_t settling_intervals = 3;

[[nodiscard]] sw_rung_outcome_t &last_rung(Recycle &recycle) {
  return recycle.rungs[recycle.rung_count - 1];
}

[[nodiscard]] uint32_t cut_so_far(const Recycle &recycle) {
  uint32_t cut = 0;
  for (const sw_rung_outcome_t &rung : recycle.rungs) {
    cut += rung.cut;
  }
  return cut;
}

[[nodiscard]] uint64_t &count_of(sw_counters_t &counters, sw_rung_t rung) {
  switch (rung) {
    case SW_RUNG_BACKENDS:
      return counters.recycled_backends;
    case SW_RUNG_CLIENTS:
      return counters.recycled_clients;
    default:
      return counters.recycled_kill;
  }
}

[[nodiscard]] sw_answer_t answer_to(const Recycle &recycle, const sw_sample_t &sample,
                                    const sw_policy_t &policy) {
  if (policy.asks == 0) {
    return SW_ANSWER_ALLOW;
  }
  return sample.answered.order == recycle.order ? static_cast<sw_answer_t>(sample.answered.answer)
                                                : SW_ANSWER_PENDING;
}

// A kill is the watcher's: no agent can say that it is done.
[[nodiscard]] bool is_done_now(const Recycle &recycle, const sw_evidence_t &evidence) {
  return recycle.stage == Stage::acting && recycle.is_done == 0 && recycle.rung != SW_RUNG_KILL &&
         evidence.is_present != 0 && evidence.is_done != 0 && evidence.done == recycle.order;
}

}  // namespace

void Recycler::tell(uint32_t slot, const Track &track, uint16_t id) {
  const Recycle &recycle = track.recycle;
  const sw_rung_outcome_t &last = recycle.rungs[recycle.rung_count - 1];
  sw_alert_t about = planner_.about_slot(slot, track);
  about.reason = recycle.reason;
  about.rung = recycle.rung;
  about.outcome = last.outcome;
  about.suppressed = recycle.suppressed;
  about.cut = id == SW_LOG_301 ? recycle.expected : last.cut;
  Incident incident = incident_of(track);
  if (incident.id != recycle.incident) {  // it is over, the recycle is not
    incident = Incident{};
    incident.id = recycle.incident;
    incident.opened = engine_.last;
  }
  planner_.emit(incident, about, id);
}

void Recycler::conclude(Track &track, sw_outcome_t outcome) {
  last_rung(track.recycle).outcome = static_cast<uint8_t>(outcome);
  if (sw_incident_t *record = recall(engine_, track.incident.id)) {
    std::ranges::copy(track.recycle.rungs, record->rungs);
  }
}

// Not before the alert about it would be repeated.
void Recycler::hold(Track &track, sw_suppression_t why) const {
  track.recycle.suppressed = track.recycle.held_by = static_cast<uint8_t>(why);
  track.recycle.retry_at = engine_.last + policy_.alert_repeat;
}

// What was no more than a question ends without a word, but for the answer no.
void Recycler::end(uint32_t slot, Track &track, uint16_t id) {
  if (track.recycle.has_acted != 0 || id == SW_LOG_311) {
    tell(slot, track, id);
  }
  if (track.recycle.has_acted == 0 && is_bounded(track.recycle.reason)) {
    refund(engine_.budget);
  }
  track.recycle.order = 0;
  track.recycle.rung = SW_RUNG_NONE;
  if (track.draining != 0) {
    track.state = static_cast<uint8_t>(state_of(track));
    ++missing_;
  }
}

void Recycler::process_ended(uint32_t slot, Track &track) {
  Recycle &recycle = track.recycle;
  if (recycle.order == 0) {
    return;
  }
  if (recycle.stage == Stage::asking &&
      answer_to(recycle, sample_of(slot), policy_) == SW_ANSWER_TAKEN) {
    act(slot, track);  // whoever took it was quicker than this frame
  }
  if (recycle.stage == Stage::acting && recycle.is_done == 0) {
    // It was gone before its agent could be heard: what there was to shut is the best guess. A kill
    // takes along what the rungs before have shut already.
    const uint32_t before = recycle.rung == SW_RUNG_KILL ? cut_so_far(recycle) : 0;
    const uint32_t cut = recycle.expected - std::min(recycle.expected, before);
    last_rung(recycle).cut = cut;
    engine_.counters.connections_cut += cut;
  }
  conclude(track, recycle.has_acted != 0 ? SW_OUTCOME_FREED : SW_OUTCOME_CANCELLED);
  end(slot, track, SW_LOG_303);
}

void Recycler::forget(uint32_t slot, Track &track) {
  if (track.recycle.order != 0) {
    conclude(track, SW_OUTCOME_CANCELLED);
    end(slot, track, SW_LOG_302);
  }
  track.recycle = Recycle{};
}

void Recycler::begin_rung(uint32_t slot, Track &track, sw_rung_t rung) {
  Recycle &recycle = track.recycle;
  recycle.order = engine_.next_order++;
  recycle.begun = recycle.settled = engine_.last;
  recycle.rung = static_cast<uint8_t>(rung);
  recycle.stage = policy_.asks != 0 ? Stage::asking : Stage::acting;
  recycle.is_done = 0;
  recycle.expected = sockets_of(rung, sample_of(slot));
  recycle.rungs[recycle.rung_count++] = {recycle.rung, SW_OUTCOME_PENDING, 0};
  conclude(track, SW_OUTCOME_PENDING);
  if (recycle.stage == Stage::acting) {
    act(slot, track);
  }
}

// From here on it is more than a question.
void Recycler::act(uint32_t slot, Track &track) {
  Recycle &recycle = track.recycle;
  if (recycle.has_acted == 0) {
    ++(track.trigger == SW_TRIGGER_RELOAD ? engine_.counters.recycled_reload
                                          : engine_.counters.recycled_trim);
  }
  recycle.has_acted = 1;
  ++count_of(engine_.counters, static_cast<sw_rung_t>(recycle.rung));
  tell(slot, track, SW_LOG_301);
}

void Recycler::advance(uint32_t slot, Track &track) {
  Recycle &recycle = track.recycle;
  const sw_sample_t &sample = sample_of(slot);
  if (has_ended(sample)) {
    return;  // until the parent has reaped it
  }
  recycle.suppressed = static_cast<uint8_t>(obstacle(recycle, sample, policy_));
  if (recycle.suppressed != SW_SUPPRESSION_NONE) {
    conclude(track, SW_OUTCOME_CANCELLED);
    end(slot, track, SW_LOG_302);
  } else if (recycle.stage == Stage::asking) {
    listen(slot, track);
  } else {
    watch(slot, track);
  }
}

void Recycler::listen(uint32_t slot, Track &track) {
  Recycle &recycle = track.recycle;
  const sw_answer_t answer = answer_to(recycle, sample_of(slot), policy_);
  if (answer == SW_ANSWER_ALLOW || answer == SW_ANSWER_TAKEN) {
    recycle.begun = recycle.settled = engine_.last;
    recycle.stage = answer == SW_ANSWER_ALLOW ? Stage::acting : Stage::taken;
    act(slot, track);
  } else if (answer == SW_ANSWER_VETO || engine_.last >= deadline_of(track)) {
    conclude(track, SW_OUTCOME_VETOED);
    hold(track, SW_SUPPRESSION_VETO);
    end(slot, track, SW_LOG_311);
  }
  if (answer == SW_ANSWER_TAKEN) {
    conclude(track, SW_OUTCOME_TAKEN);
    tell(slot, track, SW_LOG_302);
  }
}

void Recycler::watch(uint32_t slot, Track &track) {
  Recycle &recycle = track.recycle;
  const sw_evidence_t &evidence = sample_of(slot).evidence;
  if (is_done_now(recycle, evidence)) {
    const uint32_t cut = std::min(evidence.cut, most_sockets);
    recycle.is_done = 1;
    recycle.settled = engine_.last + settling_intervals * policy_.interval;
    last_rung(recycle).cut = cut;
    engine_.counters.connections_cut += cut;
    conclude(track, cut == 0 ? SW_OUTCOME_NOTHING : SW_OUTCOME_PENDING);
    tell(slot, track, SW_LOG_302);
    // One that goes on by itself, such as to its end, has the rung's time for that.
    if (cut == 0 && track.progress_at <= recycle.begun) {
      go_on(slot, track);
      return;
    }
  }
  if (engine_.last >= deadline_of(track)) {
    expire(slot, track);
  }
}

// Whether there is no reason any more to go further up. What its cut set in motion is not the
// slot's own progress.
bool Recycler::is_over(const Track &track) const {
  switch (track.recycle.reason) {
    case SW_REASON_STALL:
      return track.progress_at > track.recycle.settled;
    case SW_REASON_TIGHT:
    case SW_REASON_FULL:
      return missing_ < 0 || frame_.is_stopping != 0;
    default:
      return false;
  }
}

void Recycler::expire(uint32_t slot, Track &track) {
  if (is_over(track)) {
    conclude(track, SW_OUTCOME_CANCELLED);
    end(slot, track, SW_LOG_302);
    return;
  }
  if (last_rung(track.recycle).outcome == SW_OUTCOME_PENDING) {
    conclude(track, SW_OUTCOME_EXPIRED);
  }
  go_on(slot, track);
}

void Recycler::go_on(uint32_t slot, Track &track) {
  const sw_sample_t &sample = sample_of(slot);
  const sw_rung_t next = rung_after(track.recycle.rung, track, sample, policy_);
  if (!is_identified(sample)) {
    track.recycle.suppressed = SW_SUPPRESSION_IDENTITY;
    end(slot, track, SW_LOG_302);
  } else if (next != SW_RUNG_NONE) {
    begin_rung(slot, track, next);
  } else {
    ++engine_.counters.not_freed;
    hold(track, SW_SUPPRESSION_LADDER);
    end(slot, track, SW_LOG_304);
  }
}

// Hooks are given their time even in a hurry: none of them is to be overruled by the clock alone.
sw_usec_t Recycler::deadline_of(const Track &track) const {
  const Recycle &recycle = track.recycle;
  const sw_usec_t span = span_of(recycle.rung, policy_);
  const bool hurries = level_ != SW_VERDICT_OK && recycle.stage != Stage::asking;
  return recycle.begun + (hurries ? std::min(span, hurried_span) : span);
}

}  // namespace slotwatch
