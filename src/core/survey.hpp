// SPDX-License-Identifier: Apache-2.0
// Surveying: what all slots together come to.
#pragma once

#include "frame.hpp"
#include "state.hpp"

namespace slotwatch {

// Counts the judged slots and says how short the server is; the verdict is the frame's own,
// unconfirmed.
[[nodiscard]] sw_capacity_t survey(const sw_engine_t &engine, const sw_frame_t &frame,
                                   const sw_policy_t &policy);

// Counts the slots again by what they are called now: recycling changes that.
void count_states(sw_capacity_t &capacity, const sw_engine_t &engine);

// Counts the slots that each old generation still holds; a generation with none left keeps its
// entry, with slots 0, until the plan has told it.
void count_generations(sw_engine_t &engine, const sw_frame_t &frame);

}  // namespace slotwatch
