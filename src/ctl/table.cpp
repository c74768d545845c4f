// SPDX-License-Identifier: Apache-2.0
#include "table.hpp"

#include <algorithm>

#include "text.hpp"

namespace slotwatch::ctl {

namespace {

[[nodiscard]] std::string painted(const Output &out, const std::vector<Cell> &row, size_t columns) {
  std::string line;
  size_t used = 0;
  for (const Cell &cell : row) {
    const std::string text = cut_to(cell.text, columns - used);
    line += out.paint(cell.colour, text);
    used += text.size();
  }
  return line + "\n";
}

}  // namespace

std::vector<Cell> aligned(const std::vector<Heading> &headings, const std::vector<size_t> &widths,
                          std::vector<Cell> row) {
  for (size_t at = 0; at < row.size(); ++at) {
    std::string &text = row[at].text;
    const std::string fill(widths[at] - std::min(widths[at], text.size()), ' ');
    const bool is_last = at + 1 == row.size();
    if (headings[at].is_right) {
      text.insert(0, fill);
    } else if (!is_last) {
      text += fill;
    }
    text += is_last ? "" : "  ";
  }
  return row;
}

std::vector<size_t> Table::widths() const {
  std::vector<size_t> result;
  for (size_t at = 0; at < headings_.size(); ++at) {
    size_t width = headings_[at].text.size();
    for (const auto &row : rows_) {
      width = std::max(width, row[at].text.size());
    }
    result.push_back(width);
  }
  return result;
}

std::string Table::shown(const Output &out, size_t columns) const {
  const std::vector<size_t> own = widths();
  std::vector<Cell> head;
  for (const Heading &heading : headings_) {
    head.push_back({heading.text, Colour::grey});
  }
  std::string text = painted(out, aligned(headings_, own, head), columns);
  for (const auto &row : rows_) {
    text += painted(out, aligned(headings_, own, row), columns);
  }
  return text;
}

}  // namespace slotwatch::ctl
