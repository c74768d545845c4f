// SPDX-License-Identifier: Apache-2.0
#include "timeline.hpp"

#include <algorithm>
#include <tuple>

namespace slotwatch {

namespace {

constexpr sw_usec_t drain_bounds[] = {
#define SW_X(seconds) (seconds) * SW_USEC_PER_SEC,
    SW_DRAIN_BOUNDS(SW_X)
#undef SW_X
};

[[nodiscard]] sw_moment_t &last_moment(sw_engine_t &engine) {
  return engine.moments[(engine.next_moment + SW_MOMENTS_MAX - 1) % SW_MOMENTS_MAX];
}

// The oldest one makes room.
void begin_moment(sw_engine_t &engine, sw_usec_t begun) {
  engine.moments[engine.next_moment] = sw_moment_t{};
  engine.moments[engine.next_moment].begun = begun;
  engine.next_moment = (engine.next_moment + 1) % SW_MOMENTS_MAX;
  engine.moment_count = std::min(engine.moment_count + 1, uint32_t{SW_MOMENTS_MAX});
}

[[nodiscard]] bool is_worse(const sw_capacity_t &capacity, const sw_moment_t &moment) {
  const uint32_t held = capacity.stuck + capacity.recycling;
  const uint32_t moment_held = moment.stuck + moment.recycling;
  return std::tie(capacity.verdict, held, moment.free) >
         std::tie(moment.verdict, moment_held, capacity.free);
}

[[nodiscard]] uint32_t growth(uint64_t before, uint64_t now) {
  return static_cast<uint32_t>(now - before);
}

[[nodiscard]] uint64_t recycled_slots(const sw_counters_t &counters) {
  return counters.recycled_reload + counters.recycled_trim;
}

}  // namespace

void count_reloads(sw_engine_t &engine, const sw_frame_t &frame) {
  const int64_t further = int64_t{frame.generation} - engine.generation;
  if (engine.counters.frames > 1 && further != 0) {
    engine.counters.reloads += static_cast<uint64_t>(std::max(further, int64_t{1}));
  }
  engine.generation = frame.generation;
}

void count_drain(sw_engine_t &engine, const Track &track) {
  if (track.draining == 0) {
    return;
  }
  const sw_usec_t lasted =
      std::clamp(engine.last - track.draining_since, sw_usec_t{0}, latest_instant);
  const auto *bound = std::ranges::lower_bound(drain_bounds, lasted);
  ++engine.drains.counts[bound - std::begin(drain_bounds)];
  engine.drains.sum = std::min(engine.drains.sum + lasted, latest_instant);
}

void add_moment(sw_engine_t &engine, const sw_counters_t &before) {
  const sw_usec_t begun = engine.last / SW_MOMENT_STEP * SW_MOMENT_STEP;
  const bool is_new = engine.moment_count == 0 || last_moment(engine).begun != begun;
  if (is_new) {
    begin_moment(engine, begun);
  }
  sw_moment_t &moment = last_moment(engine);
  const sw_capacity_t &capacity = engine.capacity;
  if (is_new || is_worse(capacity, moment)) {
    moment.verdict = capacity.verdict;
    moment.free = capacity.free;
    moment.serving = capacity.serving;
    moment.draining = capacity.draining;
    moment.stuck = capacity.stuck;
    moment.recycling = capacity.recycling;
  }
  const sw_counters_t &now = engine.counters;
  moment.reloads += growth(before.reloads, now.reloads);
  moment.incidents_opened += growth(before.incidents_opened, now.incidents_opened);
  moment.recycled += growth(recycled_slots(before), recycled_slots(now));
}

uint32_t copy_moments(const sw_engine_t &engine, sw_moment_t *to) {
  const std::span<const sw_moment_t, SW_MOMENTS_MAX> ring{engine.moments};
  const uint32_t oldest = engine.moment_count < SW_MOMENTS_MAX ? 0 : engine.next_moment;
  uint32_t count = 0;
  for (uint32_t at = 0; at < engine.moment_count; ++at) {
    const sw_moment_t &moment = ring[(oldest + at) % SW_MOMENTS_MAX];
    if (engine.last - moment.begun < SW_MOMENTS_MAX * SW_MOMENT_STEP) {
      to[count++] = moment;
    }
  }
  return count;
}

}  // namespace slotwatch
