// SPDX-License-Identifier: Apache-2.0
// What the last hour was like, and how long drains have lasted.
#pragma once

#include "frame.hpp"
#include "state.hpp"

namespace slotwatch {

// The running configuration is another one than on the last frame: it was reloaded, maybe often.
void count_reloads(sw_engine_t &engine, const sw_frame_t &frame);

// The process of this track is gone. Nothing happens unless it drained.
void count_drain(sw_engine_t &engine, const Track &track);

// Adds a judged frame. `before`: the counters as they were when it came.
void add_moment(sw_engine_t &engine, const sw_counters_t &before);

// Those of the last hour, oldest first: where nobody watched, older ones are kept, too. @return how
// many
uint32_t copy_moments(const sw_engine_t &engine, sw_moment_t *to);

}  // namespace slotwatch
