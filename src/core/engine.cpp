// SPDX-License-Identifier: Apache-2.0
// One step: frame -> observe -> judge -> plan. A pure function of its arguments.
#include <algorithm>

#include "judge.hpp"
#include "plan.hpp"
#include "recycle.hpp"
#include "sound.hpp"
#include "survey.hpp"
#include "timeline.hpp"
#include "track.hpp"

namespace slotwatch {
namespace {

constexpr uint64_t magic = 0x6863746177746c73U;  // "sltwatch"
// Changes with every size in the block, and by hand where a meaning changes.
constexpr uint64_t layout =
    (uint64_t{2} << 48) | (uint64_t{sizeof(sw_engine_t)} << 16) | sizeof(Track);
// httpd bounds ServerLimit at 20,000 (event.c, MAX_SERVER_LIMIT); beyond a million it is a mistake.
constexpr uint32_t most_slots = 1'000'000;
// Ids of incidents and of orders start at the seconds of the state's birth, so that they differ
// from start to start: an agent remembers the last order of a state that is no more.
constexpr unsigned id_bits = 24;
// However many slots become stuck one after another, frames stay this far apart: a part of the
// interval.
constexpr sw_usec_t least_gap_divisor = 10;
// Under pressure frames come four times as often.
constexpr sw_usec_t hurry_divisor = 4;

// The parent ends its children a moment before it ends the watcher of their generation, which may
// look once more: what drains in that last frame for the first time, the reload has ended.
void credit_reload(sw_engine_t &engine, const sw_frame_t &frame) {
  if (frame.generation == engine.generation) {
    return;
  }
  for (Track &track : engine.tracks()) {
    if (track.draining != 0 && track.draining_since == engine.last) {
      track.trigger = SW_TRIGGER_RELOAD;
    }
  }
}

void follow(sw_engine_t &engine, const sw_frame_t &frame, uint32_t slot, const sw_policy_t &policy,
            Planner &planner, Recycler &recycler) {
  Track &track = engine.tracks()[slot];
  const sw_usec_t now = engine.last;
  if (!is_same_process(track, frame.samples[slot])) {
    recycler.process_ended(slot, track);
    planner.process_ended(slot, track);
    count_drain(engine, track);
    track = Track{};
  }
  observe(track, frame, slot, now);
  judge(track, frame, slot, policy, now);
  planner.slot_judged(slot, track);
}

// The slots that a smaller frame no longer has.
void forget_from(sw_engine_t &engine, uint32_t slot, Planner &planner, Recycler &recycler) {
  for (; slot < engine.slots; ++slot) {
    Track &track = engine.tracks()[slot];
    recycler.forget(slot, track);
    planner.process_ended(slot, track);
    track = Track{};
  }
}

[[nodiscard]] sw_usec_t next_frame_at(const sw_engine_t &engine, const sw_policy_t &policy) {
  // A level that one frame saw waits for the next one to agree: that one comes soon, too.
  const bool is_pressed =
      std::max(engine.capacity.verdict, engine.pending_verdict) != SW_VERDICT_OK;
  const bool hurries = is_pressed || engine.capacity.recycling > 0;
  sw_usec_t at = engine.last + policy.interval / (hurries ? hurry_divisor : 1);
  for (const Track &track : engine.tracks()) {
    at = std::min(
        at, track.recycle.order != 0 ? track.recycle.deadline : becomes_stuck_at(track, policy));
  }
  return std::max(at, engine.last + policy.interval / least_gap_divisor);
}

}  // namespace
}  // namespace slotwatch

using namespace slotwatch;

sw_status_t sw_engine_size(uint32_t slots, size_t *size) {
  if (size == nullptr || slots == 0) {
    return SW_STATUS_ARGUMENT;
  }
  if (slots > most_slots) {
    return SW_STATUS_RANGE;
  }
  *size = sizeof(sw_engine_t) + size_t{slots} * sizeof(Track);
  return SW_STATUS_OK;
}

sw_status_t sw_engine_open(void *block, size_t size, uint32_t slots, sw_usec_t wall,
                           sw_engine_t **engine, int *adopted) {
  size_t needed = 0;
  const sw_status_t status = sw_engine_size(slots, &needed);
  if (status != SW_STATUS_OK) {
    return status;
  }
  if (block == nullptr || engine == nullptr || adopted == nullptr ||
      reinterpret_cast<uintptr_t>(block) % alignof(sw_engine_t) != 0) {
    return SW_STATUS_ARGUMENT;
  }
  if (size < needed) {
    return SW_STATUS_SPACE;
  }
  auto *state = static_cast<sw_engine_t *>(block);
  const bool is_ours = state->magic == magic && state->layout == layout && state->slots == slots;
  *adopted = is_ours && is_sound(*state) ? 1 : 0;
  if (*adopted == 0) {
    std::fill_n(static_cast<unsigned char *>(block), needed, 0);
    state->magic = magic;
    state->layout = layout;
    state->slots = slots;
    state->next_incident = (static_cast<uint64_t>(wall / SW_USEC_PER_SEC) << id_bits) + 1;
    state->next_order = state->next_incident;
  }
  *engine = state;
  return SW_STATUS_OK;
}

size_t sw_plan_capacity(uint32_t slots) {
  // A slot: freed and cleared, and its next process begun; or a rung done and not freed. Beside
  // them: what capacity, latch and its release come to.
  return size_t{slots} * 4 + SW_GENERATIONS_MAX + SW_PLAN_ALERTS_MAX + 3;
}

sw_status_t sw_engine_step(sw_engine_t *engine, const sw_frame_t *frame, const sw_policy_t *policy,
                           sw_plan_t *plan) {
  if (engine == nullptr || frame == nullptr || policy == nullptr || plan == nullptr ||
      plan->alerts == nullptr || plan->intents == nullptr || policy->interval <= 0 ||
      !frame_makes_sense(*frame) || frame->slot_count > engine->slots) {
    return SW_STATUS_ARGUMENT;
  }
  if (plan->alert_capacity < sw_plan_capacity(engine->slots) ||
      plan->intent_capacity < engine->slots) {
    return SW_STATUS_SPACE;
  }
  const sw_counters_t before = engine->counters;
  credit_reload(*engine, *frame);
  engine->last = std::max(engine->last, frame->monotonic);
  ++engine->counters.frames;
  count_reloads(*engine, *frame);
  plan->alert_count = 0;
  plan->intent_count = 0;
  Planner planner{*engine, *frame, *policy, *plan, engine->last};
  Recycler recycler{*engine, *frame, *policy, *plan, planner};
  for (uint32_t slot = 0; slot < frame->slot_count; ++slot) {
    follow(*engine, *frame, slot, *policy, planner, recycler);
  }
  forget_from(*engine, frame->slot_count, planner, recycler);
  count_generations(*engine, *frame);
  planner.generations_counted();
  sw_capacity_t capacity = survey(*engine, *frame, *policy);
  planner.capacity_surveyed(capacity);
  recycler.decide(capacity);
  engine->capacity = capacity;
  add_moment(*engine, before);
  plan->wake_at = next_frame_at(*engine, *policy);
  return SW_STATUS_OK;
}
