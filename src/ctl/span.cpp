// SPDX-License-Identifier: Apache-2.0
#include "span.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>

namespace slotwatch::ctl {

namespace {

struct Unit {
  std::string_view name;
  double seconds;
};
constexpr std::array<Unit, 6> units{
    {{"", 1}, {"ms", 0.001}, {"s", 1}, {"min", 60}, {"h", 3600}, {"d", 86400}}};
constexpr double longest = 366 * 86400.0;

// `9m 59s`: a number of the larger unit, and what is left in the smaller one.
[[nodiscard]] std::string two_parts(int64_t seconds, int64_t large, char large_name, int64_t small,
                                    char small_name) {
  std::array<char, 48> text{};
  const int size = std::snprintf(text.data(), text.size(), "%lld%c %02lld%c",
                                 static_cast<long long>(seconds / large), large_name,
                                 static_cast<long long>(seconds % large / small), small_name);
  return {text.data(), static_cast<size_t>(size)};
}

}  // namespace

std::optional<Seconds> parse_span(std::string_view text) {
  double number = 0;
  const auto *const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, number, std::chars_format::fixed);
  const std::string_view name{rest, static_cast<size_t>(end - rest)};
  const auto *const unit = std::ranges::find(units, name, &Unit::name);
  if (error != std::errc{} || unit == units.end() || !(number >= 0) ||
      number * unit->seconds > longest) {
    return {};
  }
  return Seconds{number * unit->seconds};
}

std::string show_span(double seconds) {
  constexpr int64_t minute = 60;
  constexpr int64_t hour = 60 * minute;
  constexpr int64_t day = 24 * hour;
  if (seconds < 99.95) {
    std::array<char, 32> text{};
    const int size = std::snprintf(text.data(), text.size(), "%.1f s", std::max(seconds, 0.0));
    return {text.data(), static_cast<size_t>(size)};
  }
  const auto whole = static_cast<int64_t>(std::min(seconds, 1e12));
  if (whole < hour) {
    return two_parts(whole, minute, 'm', 1, 's');
  }
  return whole < day ? two_parts(whole, hour, 'h', minute, 'm')
                     : two_parts(whole, day, 'd', hour, 'h');
}

std::chrono::milliseconds Deadline::left(std::chrono::milliseconds most) const {
  const auto now = Clock::now();
  if (at_ <= now) {
    return std::chrono::milliseconds{0};
  }
  return at_ - now > most ? most : std::chrono::ceil<std::chrono::milliseconds>(at_ - now);
}

}  // namespace slotwatch::ctl
