// SPDX-License-Identifier: Apache-2.0
// Observing: what one frame adds to what is known of a slot.
#pragma once

#include "frame.hpp"
#include "state.hpp"

namespace slotwatch {

// Whether the sample is of the process that the track follows.
[[nodiscard]] bool is_same_process(const Track &track, const sw_sample_t &sample);

// Follows the process one frame further; the sample must be of the same process, or the track
// empty.
void observe(Track &track, const sw_frame_t &frame, uint32_t slot, sw_usec_t now);

}  // namespace slotwatch
