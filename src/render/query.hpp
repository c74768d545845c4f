// SPDX-License-Identifier: Apache-2.0
// Taking a query string and a header apart.
#pragma once

#include <algorithm>
#include <optional>
#include <string_view>

namespace slotwatch {

// Takes the part before the separator off the front of `rest`.
[[nodiscard]] inline std::string_view next_part(std::string_view &rest, char separator) {
  const size_t end = std::min(rest.find(separator), rest.size());
  const std::string_view part = rest.substr(0, end);
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return part;
}

// The value of the query's first `name=value`, or of a bare `name`.
[[nodiscard]] inline std::optional<std::string_view> query_value(std::string_view query,
                                                                 std::string_view name) {
  while (!query.empty()) {
    std::string_view value = next_part(query, '&');
    if (next_part(value, '=') == name) {
      return value;
    }
  }
  return std::nullopt;
}

}  // namespace slotwatch
