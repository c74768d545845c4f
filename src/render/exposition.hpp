// SPDX-License-Identifier: Apache-2.0
// Families of metrics and their samples, as a scraper reads them.
#pragma once

#include <initializer_list>

#include "value.hpp"

namespace slotwatch {

enum class Dialect : uint8_t {
  openmetrics,  // OpenMetrics 1.0
  prometheus,   // the text format 0.0.4 before it
};

struct Family {
  enum class Type : uint8_t { gauge, counter, histogram, info } type;
  // Without `slotwatch_` before it and what its type puts behind; `_seconds` at its end is its
  // unit.
  std::string_view name;
  std::string_view help;  // without a quote, a backslash, a line's end
};

struct Label {
  std::string_view name;
  Value value;  // a word or a text
};

class Exposition {
 public:
  Exposition(Out &out, Dialect dialect) : out_{out}, dialect_{dialect} {}

  // Its samples follow.
  void begin(const Family &family);
  void sample(std::initializer_list<Label> labels, const Value &value);
  // One of a histogram's: `_bucket`, `_count` or `_sum`.
  void part(std::string_view part, std::initializer_list<Label> labels, const Value &value);
  void end();

 private:
  [[nodiscard]] bool is_openmetrics() const { return dialect_ == Dialect::openmetrics; }
  void metadata(std::string_view keyword, std::string_view text);

  Out &out_;
  Dialect dialect_;
  Family family_{};
};

}  // namespace slotwatch
