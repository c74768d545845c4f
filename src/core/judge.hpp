// SPDX-License-Identifier: Apache-2.0
// Judging: what a slot that was observed is called.
#pragma once

#include "frame.hpp"
#include "state.hpp"

namespace slotwatch {

// Sets the track's state, phase and reason.
void judge(Track &track, const sw_frame_t &frame, uint32_t slot, const sw_policy_t &policy,
           sw_usec_t now);

// The instant at which the track becomes stuck if nothing moves; `never` if it is, or cannot be.
inline constexpr sw_usec_t never = INT64_MAX;
[[nodiscard]] sw_usec_t becomes_stuck_at(const Track &track, const sw_policy_t &policy);

}  // namespace slotwatch
