// SPDX-License-Identifier: Apache-2.0
// Text in columns.
#pragma once

#include <string>
#include <vector>

#include "output.hpp"

namespace slotwatch::ctl {

struct Cell {
  std::string text;
  Colour colour = Colour::none;
};

struct Heading {
  std::string text;
  bool is_right = false;  // its column is set flush right
};

class Table {
 public:
  explicit Table(std::vector<Heading> headings) : headings_{std::move(headings)} {}

  void add(std::vector<Cell> row) { rows_.push_back(std::move(row)); }

  // The heading and the rows, none wider than so many columns.
  [[nodiscard]] std::string shown(const Output &out, size_t columns) const;

 private:
  [[nodiscard]] std::vector<size_t> widths() const;

  std::vector<Heading> headings_;
  std::vector<std::vector<Cell>> rows_;
};

// One row: each text set to its column's width, two blanks between, the last one as long as it is.
[[nodiscard]] std::vector<Cell> aligned(const std::vector<Heading> &headings,
                                        const std::vector<size_t> &widths, std::vector<Cell> row);

}  // namespace slotwatch::ctl
