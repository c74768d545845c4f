// SPDX-License-Identifier: Apache-2.0
// What several parts of the page are made of.
#include <algorithm>

#include "html.hpp"
#include "line.hpp"
#include "markup.hpp"

namespace slotwatch {

Mark mark_of(uint32_t state) {
  static constexpr Mark marks[] = {{".", "f"}, {"s", "s"}, {"d", "d"}, {"X", "x"}, {"r", "r"}};
  static_assert(std::size(marks) == SW_STATE_COUNT);
  return state < SW_STATE_COUNT ? marks[state] : Mark{"?", "u"};
}

std::string_view word_of(const Look &look) {
  return look.is_stale() ? "stale" : sw_verdict_name(look.report.capacity.verdict);
}

void write_label(Out &out, std::string_view name) {
  constexpr std::string_view unit = "_seconds";
  if (name.ends_with(unit)) {
    name.remove_suffix(unit.size());
  }
  for (const char byte : name) {
    out << (byte == '_' ? ' ' : byte);
  }
}

void write_value(Out &out, const Value &value) {
  switch (value.kind) {
    case Value::Kind::nothing:
      break;
    case Value::Kind::seconds:
      write_span(out, value.number);
      break;
    case Value::Kind::text:
      write_markup(out, value.bytes);
      break;
    default:
      write_plain(out, value);
  }
}

void write_time(Out &out, sw_usec_t wall) {
  char text[32] = "";  // 2026-11-24T22:13:24.000Z
  Line line{text, sizeof(text)};
  const sw_sink_t sink{&line, Line::write};
  Out instant{sink};
  write_instant(instant, wall);
  instant.flush();
  out << std::string_view{text, 10} << ' ' << std::string_view{text + 11, 8};
}

void write_bar(Out &out, uint64_t part, uint64_t whole) {
  const uint64_t share = whole > 0 ? part * 100 / whole : 0;
  const uint64_t least = part > 0 ? 1 : 0;
  out << "<svg class=\"bar\" aria-hidden=\"true\"><rect width=\""
      << static_cast<int64_t>(std::clamp(share, least, uint64_t{100}))
      << "%\" height=\"100%\"/></svg>";
}

void begin_table(Out &out, std::string_view section, std::string_view heading,
                 std::span<const std::string_view> columns) {
  out << section << heading << "</h2>\n<div class=\"wide\" role=\"region\" aria-label=\"" << heading
      << "\" tabindex=\"0\">\n<table aria-label=\"" << heading << "\">\n<thead><tr>";
  for (const std::string_view column : columns) {
    out << "<th scope=\"col\">" << column;
  }
  out << "\n<tbody>\n";
}

void end_table(Out &out) {
  out << "</table>\n</div>\n";
}

}  // namespace slotwatch
