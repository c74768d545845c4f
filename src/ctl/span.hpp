// SPDX-License-Identifier: Apache-2.0
// Spans and deadlines.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace slotwatch::ctl {

using Clock = std::chrono::steady_clock;
using Seconds = std::chrono::duration<double>;

// Seconds, or a number with ms, s, min, h or d, as in httpd's directives; a year at most.
[[nodiscard]] std::optional<Seconds> parse_span(std::string_view text);

// For people: `0.4 s`, `39.1 s`, `9m 59s`, `1h 02m`, `3d 04h`.
[[nodiscard]] std::string show_span(double seconds);

class Deadline {
 public:
  [[nodiscard]] static Deadline in(Seconds span) {
    return Deadline{Clock::now() + std::chrono::ceil<Clock::duration>(span)};
  }
  [[nodiscard]] static Deadline never() { return Deadline{Clock::time_point::max()}; }

  [[nodiscard]] bool is_over() const { return Clock::now() >= at_; }
  // At least 0, at most `most`.
  [[nodiscard]] std::chrono::milliseconds left(std::chrono::milliseconds most) const;
  // The earlier one.
  [[nodiscard]] Deadline or_in(Seconds span) const {
    const Deadline other = in(span);
    return other.at_ < at_ ? other : *this;
  }

 private:
  explicit Deadline(Clock::time_point at) : at_{at} {}
  Clock::time_point at_;
};

}  // namespace slotwatch::ctl
