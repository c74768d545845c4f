// SPDX-License-Identifier: Apache-2.0
// The ladder: which rung is for which slot.
#pragma once

#include "frame.hpp"
#include "state.hpp"

namespace slotwatch {

// The ladder's first rung after `rung` that would do something to the slot; NONE if there is none.
[[nodiscard]] sw_rung_t rung_after(uint32_t rung, const Track &track, const sw_sample_t &sample,
                                   const sw_policy_t &policy);

// How many sockets the rung is to shut, as the agent says; 0 without one.
[[nodiscard]] uint32_t sockets_of(uint32_t rung, const sw_sample_t &sample);

// How long the rung is given; 0 if the ladder does not have it.
[[nodiscard]] sw_usec_t span_of(uint32_t rung, const sw_policy_t &policy);

// No process has more descriptors (proc(5), nr_open's default): a child that claims more, lies.
inline constexpr uint32_t most_sockets = 1U << 20;

}  // namespace slotwatch
