// SPDX-License-Identifier: Apache-2.0
// Judging: what a slot that was observed is called.
#pragma once

#include "frame.hpp"
#include "state.hpp"

namespace slotwatch {

// Sets the track's state, phase and reason.
void judge(Track &track, const sw_frame_t &frame, uint32_t slot, const sw_policy_t &policy,
           sw_usec_t now);

// What a draining track is called: whether it is being recycled may change after it was judged.
[[nodiscard]] sw_state_t state_of(const Track &track);

[[nodiscard]] bool is_past_grace(const Track &track, const sw_policy_t &policy, sw_usec_t now);

// A ghost has no worker left, a leaked slot no socket: there is nothing to progress, or to lose.
[[nodiscard]] inline bool is_empty(const Track &track) {
  return track.phase == SW_PHASE_GHOST || track.phase == SW_PHASE_LEAKED;
}

// The instant at which the track becomes stuck if nothing moves; `never` if it is, or cannot be.
inline constexpr sw_usec_t never = INT64_MAX;
[[nodiscard]] sw_usec_t becomes_stuck_at(const Track &track, const sw_policy_t &policy);

}  // namespace slotwatch
