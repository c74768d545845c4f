// SPDX-License-Identifier: Apache-2.0
// What is to begin, and what is to be done now.
#include <array>

#include "budget.hpp"
#include "hindrance.hpp"
#include "judge.hpp"
#include "ladder.hpp"
#include "recycle.hpp"

namespace slotwatch {

namespace {

constexpr auto suppressed_counters = std::to_array<uint64_t sw_counters_t::*>(
    {nullptr, &sw_counters_t::suppressed_off, &sw_counters_t::suppressed_dryrun,
     &sw_counters_t::suppressed_budget, &sw_counters_t::suppressed_veto,
     &sw_counters_t::suppressed_protected, &sw_counters_t::suppressed_min_drain,
     &sw_counters_t::suppressed_identity, &sw_counters_t::suppressed_evidence,
     &sw_counters_t::suppressed_ladder});
static_assert(suppressed_counters.size() == SW_SUPPRESSION_COUNT);

// A change of reason counts, not each frame on which it holds.
void count_suppression(sw_counters_t &counters, Recycle &recycle) {
  const uint8_t why = recycle.suppressed;
  if (why != recycle.counted && why != SW_SUPPRESSION_NONE) {
    ++(counters.*suppressed_counters[why]);
  }
  recycle.counted = why;
}

[[nodiscard]] sw_intent_t intent_of(uint32_t slot, const Track &track, const sw_sample_t &sample) {
  sw_intent_t intent{};
  intent.slot = static_cast<int32_t>(slot);
  intent.pid = track.pid;
  intent.start_time = sample.start_time;
  intent.order = track.recycle.order;
  intent.incident = track.recycle.incident;
  intent.rung = track.recycle.rung;
  intent.reason = track.recycle.reason;
  intent.trigger = track.trigger;
  intent.is_question = track.recycle.stage == Stage::asking ? 1 : 0;
  return intent;
}

}  // namespace

void Recycler::decide(sw_capacity_t &capacity) {
  level_ = capacity.verdict;
  missing_ = missing_slots(engine_, frame_, policy_, capacity);
  for (uint32_t slot = 0; slot < frame_.slot_count; ++slot) {
    Track &track = engine_.tracks()[slot];
    if (track.draining == 0) {
      forget(slot, track);
      continue;
    }
    track.recycle.suppressed = SW_SUPPRESSION_NONE;
    if (track.recycle.order != 0) {
      advance(slot, track);
    } else {
      attend(slot, track);
    }
  }
  relieve();
  for (uint32_t slot = 0; slot < frame_.slot_count; ++slot) {
    settle(slot, engine_.tracks()[slot]);
  }
  count_states(capacity, engine_);
  release_latch(capacity);
}

void Recycler::attend(uint32_t slot, Track &track) {
  const sw_sample_t &sample = sample_of(slot);
  const sw_reason_t reason = cause_of(track, sample, policy_, engine_.last);
  if (reason == SW_REASON_NONE || has_ended(sample)) {
    return;
  }
  const sw_suppression_t why = hindrance(track, sample, policy_, reason, engine_.last);
  if (why == SW_SUPPRESSION_NONE) {
    consider(slot, track, reason);
  } else {
    track.recycle.suppressed = static_cast<uint8_t>(why);
  }
}

// Nothing stands against it: is it to be done, or to be told?
void Recycler::consider(uint32_t slot, Track &track, sw_reason_t reason) {
  if (policy_.mode != SW_MODE_ON && reason != SW_REASON_REQUEST) {
    would(slot, track, reason, SW_SUPPRESSION_DRYRUN);
  } else if (!admits(reason)) {
    would(slot, track, reason, SW_SUPPRESSION_BUDGET);
  } else {
    begin(slot, track, reason);
  }
}

bool Recycler::admits(sw_reason_t reason) {
  const bool was_latched = engine_.budget.is_latched != 0;
  if (!is_bounded(reason) || spend(engine_.budget, policy_, engine_.last)) {
    return true;
  }
  if (!was_latched) {
    sw_alert_t about{};
    about.slot = -1;
    about.suppressed = SW_SUPPRESSION_BUDGET;
    planner_.emit(Incident{}, about, SW_LOG_310);
  }
  return false;
}

void Recycler::release_latch(const sw_capacity_t &capacity) {
  if (engine_.budget.is_latched == 0 || capacity.stuck + capacity.recycling > 0) {
    return;
  }
  engine_.budget.is_latched = 0;
  sw_alert_t about{};
  about.slot = -1;
  planner_.emit(Incident{}, about, SW_LOG_312);
}

// The slot's own, or the one about capacity, which is why a slot that is not stuck is taken.
const Incident &Recycler::incident_of(const Track &track) const {
  return track.incident.id != 0 ? track.incident : engine_.pressure;
}

void Recycler::would(uint32_t slot, Track &track, sw_reason_t reason, sw_suppression_t why) {
  Recycle &recycle = track.recycle;
  recycle.suppressed = static_cast<uint8_t>(why);
  const auto bit = static_cast<uint16_t>(1U << reason);
  if ((recycle.told & bit) != 0 || !planner_.has_room()) {
    return;
  }
  recycle.told |= bit;
  const sw_rung_t rung = rung_after(SW_RUNG_NONE, track, sample_of(slot), policy_);
  sw_alert_t about = planner_.about_slot(slot, track);
  about.reason = static_cast<uint8_t>(reason);
  about.rung = static_cast<uint8_t>(rung);
  about.suppressed = recycle.suppressed;
  about.cut = sockets_of(rung, sample_of(slot));
  planner_.emit(incident_of(track), about, SW_LOG_300);
}

void Recycler::begin(uint32_t slot, Track &track, sw_reason_t reason) {
  Recycle &recycle = track.recycle;
  recycle.incident = incident_of(track).id;
  recycle.reason = static_cast<uint8_t>(reason);
  recycle.suppressed = SW_SUPPRESSION_NONE;
  recycle.rung_count = 0;
  recycle.has_acted = 0;
  std::ranges::fill(recycle.rungs, sw_rung_outcome_t{});
  begin_rung(slot, track, rung_after(SW_RUNG_NONE, track, sample_of(slot), policy_));
  track.state = state_of(track);
  --missing_;
}

// As many as are missing, least loss first.
void Recycler::relieve() {
  if (level_ == SW_VERDICT_OK || missing_ <= 0) {
    return;
  }
  const sw_reason_t reason = level_ == SW_VERDICT_FULL ? SW_REASON_FULL : SW_REASON_TIGHT;
  std::optional<Loss> last;
  for (int64_t wanted = missing_; wanted > 0; --wanted) {
    const std::optional<Loss> next = least_loss(reason, last);
    if (!next) {
      last.reset();
      break;
    }
    consider(next->slot, engine_.tracks()[next->slot], reason);
    last = next;
  }
  note_hindered(reason, last);
}

// The slot to recycle after the one whose loss was `last`, of those against which nothing stands.
std::optional<Loss> Recycler::least_loss(sw_reason_t reason,
                                         const std::optional<Loss> &last) const {
  std::optional<Loss> least;
  for (uint32_t slot = 0; slot < frame_.slot_count; ++slot) {
    const std::optional<Loss> loss = loss_of(engine_, frame_, slot, policy_);
    const bool comes_next = loss && (!last || *last < *loss) && (!least || *loss < *least);
    if (comes_next && hindrance(engine_.tracks()[slot], sample_of(slot), policy_, reason,
                                engine_.last) == SW_SUPPRESSION_NONE) {
      least = loss;
    }
  }
  return least;
}

// Those that were passed over: they would have been the lesser loss, or there were not enough.
void Recycler::note_hindered(sw_reason_t reason, const std::optional<Loss> &last) {
  for (uint32_t slot = 0; slot < frame_.slot_count; ++slot) {
    Track &track = engine_.tracks()[slot];
    const std::optional<Loss> loss = loss_of(engine_, frame_, slot, policy_);
    if (!loss || (last && *last < *loss)) {
      continue;
    }
    const sw_suppression_t why = hindrance(track, sample_of(slot), policy_, reason, engine_.last);
    if (why != SW_SUPPRESSION_NONE) {
      track.recycle.suppressed = static_cast<uint8_t>(why);
    }
  }
}

void Recycler::settle(uint32_t slot, Track &track) {
  Recycle &recycle = track.recycle;
  const sw_sample_t &sample = sample_of(slot);
  if (recycle.order != 0) {
    recycle.deadline = has_ended(sample) ? never : deadline_of(track);
    if (is_identified(sample) && recycle.stage != Stage::taken) {
      plan_.intents[plan_.intent_count++] = intent_of(slot, track, sample);
    }
  }
  count_suppression(engine_.counters, recycle);
}

}  // namespace slotwatch
