// SPDX-License-Identifier: Apache-2.0
// The slots as a table, for `status` and `top` alike; and the bar above it.
#pragma once

#include <vector>

#include "report.hpp"
#include "table.hpp"

namespace slotwatch::ctl {

// The columns there is room for: on a narrow terminal those that say who holds a slot.
class SlotColumns {
 public:
  // @param columns: of the terminal
  explicit SlotColumns(size_t columns);

  [[nodiscard]] const std::vector<Heading> &headings() const { return headings_; }
  [[nodiscard]] std::vector<Cell> row(const Slot &slot) const;

 private:
  bool is_wide_;
  std::vector<Heading> headings_;
};

// So many columns for so many of the slots, all of which have `columns` at most; one at least.
[[nodiscard]] size_t band_columns(const Capacity &capacity, int64_t slots, size_t columns);

// Slots by state, so many columns wide at most: a piece of each state there is.
[[nodiscard]] std::vector<Cell> capacity_bar(const Capacity &capacity, size_t columns);

// What the letters of the bar say.
[[nodiscard]] std::vector<Cell> capacity_legend(const Capacity &capacity);

}  // namespace slotwatch::ctl
