// SPDX-License-Identifier: Apache-2.0
// The budget: a bound on how much an error of judgement can cut before somebody looks.
#pragma once

#include "state.hpp"

namespace slotwatch {

// Takes one recycle from the budget.
// Returns false, and is latched from then on, if there is none left.
[[nodiscard]] bool spend(Budget &budget, const sw_policy_t &policy, sw_usec_t now);

// Gives back what was spent last: it came to no more than a question.
void refund(Budget &budget);

// Pressure, and whoever asks, spend nothing.
[[nodiscard]] inline bool is_bounded(uint32_t reason) {
  return reason == SW_REASON_STALL || reason == SW_REASON_GRACE;
}

}  // namespace slotwatch
