// SPDX-License-Identifier: Apache-2.0
#include "range.hpp"

#include <charconv>
#include <limits>

namespace slotwatch::ctl {

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

[[nodiscard]] std::optional<double> parse_bound(std::string_view text) {
  double number = 0;
  const auto *const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, number, std::chars_format::fixed);
  const bool is_finite = number > -infinity && number < infinity;
  return error == std::errc{} && rest == end && is_finite ? std::optional{number} : std::nullopt;
}

}  // namespace

// https://nagios-plugins.org/doc/guidelines.html, "Threshold and Ranges"
std::optional<Range> Range::parse(std::string_view text) {
  const bool is_inverted = text.starts_with('@');
  text.remove_prefix(is_inverted ? 1 : 0);
  const size_t colon = text.find(':');
  const bool has_both = colon != std::string_view::npos;
  const std::string_view first = has_both ? text.substr(0, colon) : "0";
  const std::string_view last = has_both ? text.substr(colon + 1) : text;
  const auto low = first == "~" ? std::optional{-infinity} : parse_bound(first);
  const auto high = has_both && last.empty() ? std::optional{infinity} : parse_bound(last);
  if (!low || !high || *low > *high) {
    return {};
  }
  return Range{*low, *high, is_inverted};
}

}  // namespace slotwatch::ctl
