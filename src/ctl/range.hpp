// SPDX-License-Identifier: Apache-2.0
// Ranges of the monitoring plugins: `10`, `10:`, `~:10`, `10:20`, `@10:20`.
#pragma once

#include <optional>
#include <string_view>

namespace slotwatch::ctl {

class Range {
 public:
  [[nodiscard]] static std::optional<Range> parse(std::string_view text);

  // Whether this value is what one wants to hear of.
  [[nodiscard]] bool alerts(double value) const {
    const bool is_inside = value >= low_ && value <= high_;
    return is_inside == is_inverted_;
  }

 private:
  Range(double low, double high, bool is_inverted)
      : low_{low}, high_{high}, is_inverted_{is_inverted} {}

  double low_;
  double high_;
  bool is_inverted_;  // alerts inside
};

}  // namespace slotwatch::ctl
