// SPDX-License-Identifier: Apache-2.0
#include "survey.hpp"

#include <algorithm>

namespace slotwatch {

namespace {

// httpd starts a child's threads in well under a second; one that takes longer than this is no help
// that is on its way.
constexpr sw_usec_t starting_patience = 5 * SW_USEC_PER_SEC;

// Workers of a child that has just been forked: soon they are idle.
[[nodiscard]] uint32_t starting_workers(const Track &track, Workers workers, sw_usec_t now) {
  if (now - track.seen_since >= starting_patience) {
    return 0;
  }
  return static_cast<uint32_t>(std::ranges::count_if(workers, [](uint8_t state) {
    return state == SW_WORKER_DEAD || state == SW_WORKER_STARTING;
  }));
}

void count_workers(sw_capacity_t &capacity, const sw_sample_t &sample, Workers workers) {
  uint32_t idle = 0;
  uint32_t busy = 0;
  for (const uint8_t state : workers) {
    idle += state == SW_WORKER_READY ? 1 : 0;
    busy += is_busy(state) ? 1 : 0;
  }
  // A child that does not accept has no worker for anyone (event.c,
  // perform_idle_server_maintenance).
  capacity.workers_idle += sample.not_accepting == 0 ? idle : 0;
  capacity.workers_busy += busy;
}

void count_slot(sw_capacity_t &capacity, const Track &track) {
  switch (track.state) {
    case SW_STATE_SERVING:
      ++capacity.serving;
      break;
    case SW_STATE_DRAINING:
      ++capacity.draining;
      break;
    case SW_STATE_STUCK:
      ++capacity.stuck;
      break;
    case SW_STATE_RECYCLING:
      ++capacity.recycling;
      break;
    default:
      ++capacity.free;
  }
}

// A reload leaves the serving slots draining and needs the reserve for the next generation, which
// then grows to what this one was.
[[nodiscard]] uint32_t reloads_left(const sw_capacity_t &capacity) {
  const uint32_t needed = std::max(capacity.reserve, 1U);
  if (capacity.free < needed) {
    return 0;
  }
  return (capacity.free - needed) / std::max(capacity.serving, needed) + 1;
}

[[nodiscard]] sw_verdict_t verdict_of(const sw_capacity_t &capacity, const sw_frame_t &frame,
                                      const sw_policy_t &policy, uint64_t starting) {
  const bool some_drain = capacity.draining + capacity.stuck + capacity.recycling > 0;
  if (!some_drain || frame.is_stopping != 0) {
    return SW_VERDICT_OK;  // busy, but no reload's doing, and nothing that a slot given back would
                           // mend; or nobody is to come who would take it
  }
  if (capacity.free == 0 && capacity.workers_idle + starting < policy.min_spare_threads) {
    return SW_VERDICT_FULL;
  }
  return capacity.free < capacity.reserve ? SW_VERDICT_TIGHT : SW_VERDICT_OK;
}

[[nodiscard]] Generation *find_generation(sw_engine_t &engine, int32_t generation) {
  const std::span known{engine.generations, engine.generation_count};
  const auto found = std::ranges::find(known, generation, &Generation::generation);
  return found != known.end() ? &*found : nullptr;
}

void count_in_generation(sw_engine_t &engine, const Track &track) {
  Generation *entry = find_generation(engine, track.generation);
  if (entry == nullptr) {
    if (engine.generation_count == SW_GENERATIONS_MAX) {
      return;
    }
    entry = &engine.generations[engine.generation_count++];
    *entry = Generation{track.generation, 0, 0, track.draining_since};
  }
  ++entry->slots;
  entry->most_slots = std::max(entry->most_slots, entry->slots);
  entry->since = std::min(entry->since, track.draining_since);
}

}  // namespace

sw_capacity_t survey(const sw_engine_t &engine, const sw_frame_t &frame,
                     const sw_policy_t &policy) {
  sw_capacity_t capacity{};
  capacity.slots = frame.slot_count;
  capacity.reserve = policy.reserve;
  uint64_t starting = 0;
  for (uint32_t slot = 0; slot < frame.slot_count; ++slot) {
    const Track &track = engine.tracks()[slot];
    if (track.state == SW_STATE_SERVING) {
      count_workers(capacity, frame.samples[slot], workers_of(frame, slot));
      starting += starting_workers(track, workers_of(frame, slot), engine.last);
    }
  }
  count_states(capacity, engine);
  capacity.reloads_left = reloads_left(capacity);
  capacity.verdict = verdict_of(capacity, frame, policy, starting);
  return capacity;
}

void count_states(sw_capacity_t &capacity, const sw_engine_t &engine) {
  capacity.free = capacity.serving = capacity.draining = capacity.stuck = capacity.recycling = 0;
  for (const Track &track : engine.tracks().first(capacity.slots)) {
    count_slot(capacity, track);
  }
}

void count_generations(sw_engine_t &engine, const sw_frame_t &frame) {
  for (Generation &entry : std::span{engine.generations, engine.generation_count}) {
    entry.slots = 0;
  }
  for (const Track &track : engine.tracks()) {
    if (track.draining != 0 && track.generation != frame.generation) {
      count_in_generation(engine, track);
    }
  }
  std::ranges::sort(std::span{engine.generations, engine.generation_count}, {},
                    &Generation::generation);
}

}  // namespace slotwatch
