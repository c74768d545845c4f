// SPDX-License-Identifier: Apache-2.0
#include "pressure.hpp"

#include "hindrance.hpp"
#include "judge.hpp"

namespace slotwatch {

namespace {

constexpr uint32_t nothing_to_lose = 0;
constexpr uint32_t stalled = 1;
constexpr uint32_t progressing = 2;

// Every child is a ghost for the moment in which it exits, and is reaped a moment later.
[[nodiscard]] bool leaves_by_itself(const Track &track, const sw_sample_t &sample,
                                    const sw_policy_t &policy, sw_usec_t now) {
  const bool exits = track.phase == SW_PHASE_GHOST && now - track.progress_at < policy.interval;
  return track.draining != 0 && (has_ended(sample) || exits);
}

}  // namespace

int64_t missing_slots(const sw_engine_t &engine, const sw_frame_t &frame, const sw_policy_t &policy,
                      const sw_capacity_t &capacity) {
  const bool is_full = capacity.verdict == SW_VERDICT_FULL;
  int64_t missing = std::max(policy.reserve, is_full ? 1U : 0U);
  missing -= capacity.free;
  for (uint32_t slot = 0; slot < frame.slot_count; ++slot) {
    const Track &track = engine.tracks()[slot];
    if (track.state == SW_STATE_RECYCLING ||
        leaves_by_itself(track, frame.samples[slot], policy, engine.last)) {
      --missing;
    }
  }
  return missing;
}

std::optional<Loss> loss_of(const sw_engine_t &engine, const sw_frame_t &frame, uint32_t slot,
                            const sw_policy_t &policy) {
  const Track &track = engine.tracks()[slot];
  const sw_sample_t &sample = frame.samples[slot];
  if (track.draining == 0 || track.state == SW_STATE_RECYCLING ||
      leaves_by_itself(track, sample, policy, engine.last)) {
    return {};
  }
  Loss loss{};
  loss.kind = progressing;
  if (is_empty(track)) {
    loss.kind = nothing_to_lose;
  } else if (has_agent(sample) &&
             engine.last - track.progress_at >= sure_intervals * policy.interval) {
    loss.kind = stalled;
    loss.moved_at = track.progress_at;
  }
  loss.generation = track.generation;
  loss.connections = has_agent(sample) ? sample.evidence.clients : sample.connections.total;
  loss.slot = slot;
  return loss;
}

}  // namespace slotwatch
