// SPDX-License-Identifier: Apache-2.0
#include "instant.hpp"

#include <charconv>
#include <chrono>

namespace slotwatch::ctl {

namespace {

// Takes a number of exactly so many digits and what must follow it off the front.
[[nodiscard]] std::optional<unsigned> take(std::string_view &rest, size_t digits,
                                           std::string_view follower) {
  unsigned number = 0;
  const std::string_view head = rest.substr(0, digits);
  const auto [end, error] = std::from_chars(head.data(), head.data() + head.size(), number);
  if (head.size() != digits || error != std::errc{} || end != head.data() + digits) {
    return {};
  }
  rest.remove_prefix(digits);
  if (!rest.starts_with(follower)) {
    return {};
  }
  rest.remove_prefix(follower.size());
  return number;
}

// `.123Z` or `Z`, in microseconds.
[[nodiscard]] std::optional<unsigned> take_fraction(std::string_view rest) {
  unsigned micros = 0;
  if (rest.starts_with('.')) {
    rest.remove_prefix(1);
    unsigned unit = per_second / 10;
    if (rest.find_first_of("Zz") == 0) {
      return {};
    }
    for (; !rest.empty() && rest.front() >= '0' && rest.front() <= '9'; rest.remove_prefix(1)) {
      micros += unit * static_cast<unsigned>(rest.front() - '0');
      unit /= 10;
    }
  }
  return rest == "Z" || rest == "z" ? std::optional{micros} : std::nullopt;
}

}  // namespace

std::optional<Instant> parse_instant(std::string_view text) {
  using namespace std::chrono;
  const auto year = take(text, 4, "-");
  const auto month = take(text, 2, "-");
  const auto day = take(text, 2, "T");
  const auto hour = take(text, 2, ":");
  const auto minute = take(text, 2, ":");
  const auto second = take(text, 2, "");
  const auto fraction = take_fraction(text);
  if (!year || !month || !day || !hour || !minute || !second || !fraction) {
    return {};
  }
  const year_month_day date{std::chrono::year{static_cast<int>(*year)}, std::chrono::month{*month},
                            std::chrono::day{*day}};
  if (!date.ok() || *hour > 23 || *minute > 59 || *second > 60) {
    return {};
  }
  const auto since =
      sys_days{date}.time_since_epoch() + hours{*hour} + minutes{*minute} + seconds{*second};
  return duration_cast<microseconds>(since).count() + *fraction;
}

}  // namespace slotwatch::ctl
