// SPDX-License-Identifier: Apache-2.0
// Texts: what is not ours is escaped before it reaches a terminal.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace slotwatch::ctl {

// What is not printable ASCII, and the backslash, as \xNN: unambiguous, and no terminal obeys it.
[[nodiscard]] std::string printable(std::string_view bytes);

// The first line of it, printable, and no longer than fits into a message.
[[nodiscard]] std::string first_line(std::string_view bytes);

// As printable(), with the lines and tabs of a document left as they are.
[[nodiscard]] std::string printable_lines(std::string_view bytes);

// A valid JSON document in which control characters beyond ASCII's first 32 (DEL and C1, which JSON
// allows in strings) are written as \u00NN.
[[nodiscard]] std::string printable_json(std::string_view document);

// `1 slot`, `2 slots`.
[[nodiscard]] std::string count_of(int64_t number, std::string_view noun);

// Cut to so many columns; what was cut shows as `~`.
[[nodiscard]] std::string cut_to(std::string_view text, size_t columns);

// In lines of so many columns, broken at blanks where there are some; of the last, what is too much
// is cut.
[[nodiscard]] std::vector<std::string> wrapped(std::string_view text, size_t columns, size_t lines);

// A decimal number and nothing else.
[[nodiscard]] std::optional<int64_t> parse_number(std::string_view text);

}  // namespace slotwatch::ctl
