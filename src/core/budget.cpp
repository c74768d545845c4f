// SPDX-License-Identifier: Apache-2.0
#include "budget.hpp"

#include <algorithm>

#include "frame.hpp"

namespace slotwatch {

bool spend(Budget &budget, const sw_policy_t &policy, sw_usec_t now) {
  if (budget.is_latched != 0) {
    return false;
  }
  const std::span begun{budget.begun, budget.count};
  const auto lately =
      std::ranges::count_if(begun, [&](sw_usec_t at) { return now - at < policy.budget_period; });
  if (lately >= std::min<uint32_t>(policy.budget, SW_BUDGET_MAX)) {
    budget.is_latched = 1;
    return false;
  }
  budget.begun[budget.next] = now;
  budget.next = (budget.next + 1) % SW_BUDGET_MAX;
  budget.count = std::min<uint32_t>(budget.count + 1, SW_BUDGET_MAX);
  return true;
}

void refund(Budget &budget) {
  budget.next = (budget.next + SW_BUDGET_MAX - 1) % SW_BUDGET_MAX;
  budget.begun[budget.next] = long_ago;
  if (budget.count < SW_BUDGET_MAX) {  // the ring is not full: it ends here
    --budget.count;
  }
}

}  // namespace slotwatch
