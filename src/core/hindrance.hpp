// SPDX-License-Identifier: Apache-2.0
// Why a slot is not to be recycled now.
#pragma once

#include "frame.hpp"
#include "state.hpp"

namespace slotwatch {

// Why the plan would recycle this draining slot by itself or when asked; NONE if it would not.
[[nodiscard]] sw_reason_t cause_of(const Track &track, const sw_sample_t &sample,
                                   const sw_policy_t &policy, sw_usec_t now);

// What stands against recycling it for that reason; NONE if nothing does but dry run and budget.
[[nodiscard]] sw_suppression_t hindrance(const Track &track, const sw_sample_t &sample,
                                         const sw_policy_t &policy, sw_reason_t reason,
                                         sw_usec_t now);

// What stands against going on with one that was begun.
[[nodiscard]] sw_suppression_t obstacle(const Recycle &recycle, const sw_sample_t &sample,
                                        const sw_policy_t &policy);

// No progress is a sign of its own before SlotWatchStall after as many intervals; an agent that is
// not heard of for as long is gone (sw_evidence_t).
inline constexpr sw_usec_t sure_intervals = 3;

}  // namespace slotwatch
