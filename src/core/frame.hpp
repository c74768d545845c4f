// SPDX-License-Identifier: Apache-2.0
// Reading a frame without trusting it.
#pragma once

#include <algorithm>
#include <span>

#include "slotwatch.h"

namespace slotwatch {

using Workers = std::span<const uint8_t>;

// An instant beyond this is no clock's; up to it, an instant and a span can be added.
inline constexpr sw_usec_t latest_instant = INT64_MAX / 2;
// Longer before any instant than a span reaches.
inline constexpr sw_usec_t long_ago = -latest_instant;

[[nodiscard]] inline bool frame_makes_sense(const sw_frame_t &frame) {
  return frame.monotonic <= latest_instant && frame.slot_count > 0 && frame.worker_stride > 0 &&
         frame.samples != nullptr && frame.workers != nullptr &&
         (frame.requests != nullptr || frame.request_count == 0) &&
         (frame.sockets != nullptr || frame.socket_count == 0) &&
         (frame.threads != nullptr || frame.thread_count == 0);
}

// The workers of one slot; a count that claims more than there can be is cut.
[[nodiscard]] inline Workers workers_of(const sw_frame_t &frame, uint32_t slot) {
  const uint32_t count = std::min(frame.samples[slot].worker_count, frame.worker_stride);
  return {frame.workers + size_t{slot} * frame.worker_stride, count};
}

// sw_worker_is_busy, for loops over every worker of the server.
[[nodiscard]] constexpr bool is_busy(uint32_t state) {
  return state - SW_WORKER_READ <= SW_WORKER_CLOSING - SW_WORKER_READ;
}

[[nodiscard]] inline bool any_in(Workers workers, sw_worker_t state) {
  return std::ranges::find(workers, state) != workers.end();
}

// The sampler lists a request for each worker of a draining slot that is in one.
[[nodiscard]] inline bool any_in_request(const sw_sample_t &sample, Workers workers) {
  return sample.request_count > 0 || sample.requests_omitted > 0 ||
         std::ranges::any_of(workers, [](uint8_t state) { return is_busy(state); });
}

// All that is left is to be reaped.
[[nodiscard]] inline bool has_ended(const sw_sample_t &sample) {
  return sample.process == SW_PROCESS_ZOMBIE || sample.process == SW_PROCESS_GONE;
}

// Whether the pid is known to be this very process: nothing is done to any other.
[[nodiscard]] inline bool is_identified(const sw_sample_t &sample) {
  return sample.process == SW_PROCESS_ALIVE && sample.start_time != 0;
}

[[nodiscard]] inline bool has_agent(const sw_sample_t &sample) {
  return sample.evidence.is_present != 0;
}

[[nodiscard]] inline bool all_dead(Workers workers) {
  return std::ranges::all_of(workers, [](uint8_t state) { return state == SW_WORKER_DEAD; });
}

}  // namespace slotwatch
