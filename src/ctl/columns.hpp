// SPDX-License-Identifier: Apache-2.0
// The slots as a table, for `status` and `top` alike; and the bar above it.
#pragma once

#include <vector>

#include "report.hpp"
#include "table.hpp"

namespace slotwatch::ctl {

[[nodiscard]] const std::vector<Heading> &slot_headings();
[[nodiscard]] std::vector<Cell> slot_row(const Slot &slot);

// Slots by state, so many columns wide at most: a piece of each state there is.
[[nodiscard]] std::vector<Cell> capacity_bar(const Capacity &capacity, size_t columns);

// What the letters of the bar say.
[[nodiscard]] std::vector<Cell> capacity_legend(const Capacity &capacity);

}  // namespace slotwatch::ctl
