// SPDX-License-Identifier: Apache-2.0
// The parts of the page, in their order. page/page.js draws the same from the JSON, byte by byte.
#pragma once

#include "documents.hpp"

namespace slotwatch {

// ---- Parts ----

void write_glance(Out &out, const Look &look);
void write_map(Out &out, const Look &look);
void write_generations(Out &out, const Look &look);
void write_hour(Out &out, const Look &look);
void write_holders(Out &out, const Look &look);
void write_incidents(Out &out, const Look &look);
void write_drains(Out &out, const Look &look);
void write_sheets(Out &out, const Look &look);

// ---- What they share ----

// A state is told by a letter, the one of `slotwatchctl status`, and by a class that colours it.
struct Mark {
  std::string_view letter;
  std::string_view style;
};
[[nodiscard]] Mark mark_of(uint32_t state);
// "stale", or the verdict.
[[nodiscard]] std::string_view word_of(const Look &look);
// draining_seconds -> draining: units stand in the values of a page.
void write_label(Out &out, std::string_view name);
void write_value(Out &out, const Value &value);
// To the second, in UTC: 2026-11-24 22:13:24.
void write_time(Out &out, sw_usec_t wall);
// How much of a whole that is, beside its number.
void write_bar(Out &out, uint64_t part, uint64_t whole);
// How much of a wide window a section takes.
constexpr std::string_view whole_section = "<section>\n<h2>";
constexpr std::string_view half_section = "<section class=\"half\">\n<h2>";
// A table in a frame that scrolls by itself where it is too wide.
void begin_table(Out &out, std::string_view section, std::string_view heading,
                 std::span<const std::string_view> columns);
void end_table(Out &out);

}  // namespace slotwatch
