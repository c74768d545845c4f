// SPDX-License-Identifier: Apache-2.0
#include "exposition.hpp"

#include "unicode.hpp"

namespace slotwatch {

namespace {

constexpr std::string_view prefix = "slotwatch_";
constexpr std::string_view unit = "seconds";

[[nodiscard]] std::string_view type_name(Family::Type type, bool has_info) {
  switch (type) {
    case Family::Type::counter:
      return "counter";
    case Family::Type::histogram:
      return "histogram";
    case Family::Type::info:
      return has_info ? "info" : "gauge";
    default:
      return "gauge";
  }
}

// What stands behind the family's name in those of its samples.
[[nodiscard]] std::string_view suffix(Family::Type type) {
  switch (type) {
    case Family::Type::counter:
      return "_total";
    case Family::Type::info:
      return "_info";
    default:
      return "";
  }
}

// A label's text: UTF-8, with a backslash before what would end it.
void write_escaped(Out &out, std::string_view text) {
  while (!text.empty()) {
    const std::string_view character = next_character(text);
    if (character == "\n") {
      out << "\\n";
    } else if (character == "\"" || character == "\\") {
      out << '\\' << character;
    } else {
      out << character;
    }
  }
}

// Base units: seconds, also since 1970; a flag is 0 or 1.
void write_number(Out &out, const Value &value) {
  switch (value.kind) {
    case Value::Kind::flag:
      out << value.number;
      break;
    case Value::Kind::instant:
      write_plain(out, Value::of_seconds(value.number));
      break;
    default:
      write_plain(out, value);
  }
}

}  // namespace

// OpenMetrics names the family, and the older format its samples.
void Exposition::metadata(std::string_view keyword, std::string_view text) {
  out_ << "# " << keyword << ' ' << prefix << family_.name;
  out_ << (is_openmetrics() ? "" : suffix(family_.type)) << ' ' << text << '\n';
}

void Exposition::begin(const Family &family) {
  family_ = family;
  metadata("TYPE", type_name(family.type, is_openmetrics()));
  if (is_openmetrics() && family.name.ends_with(unit)) {
    metadata("UNIT", unit);
  }
  metadata("HELP", family.help);
}

void Exposition::sample(std::initializer_list<Label> labels, const Value &value) {
  part(suffix(family_.type), labels, value);
}

void Exposition::part(std::string_view part, std::initializer_list<Label> labels,
                      const Value &value) {
  out_ << prefix << family_.name << part;
  char before = '{';
  for (const Label &label : labels) {
    out_ << before << label.name << "=\"";
    write_escaped(out_, label.value.bytes);
    out_ << '"';
    before = ',';
  }
  out_ << (labels.size() != 0 ? "} " : " ");
  write_number(out_, value);
  out_ << '\n';
}

void Exposition::end() {
  if (is_openmetrics()) {
    out_ << "# EOF\n";
  }
}

}  // namespace slotwatch
