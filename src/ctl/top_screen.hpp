// SPDX-License-Identifier: Apache-2.0
// The terminal of `top`: keys in, the model drawn.
#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "table.hpp"
#include "top_model.hpp"

namespace slotwatch::ctl {

class TopScreen {
 public:
  TopScreen();  // throws Failure where the terminal is not known
  ~TopScreen();
  TopScreen(const TopScreen &) = delete;
  TopScreen &operator=(const TopScreen &) = delete;

  // The next key that was pressed; nothing if there is none.
  [[nodiscard]] static std::optional<Key> next_key();
  void draw(const TopModel &model);
  // How many slots were drawn.
  [[nodiscard]] size_t page() const { return page_; }

 private:
  [[nodiscard]] bool is_tall() const;
  void line(const std::vector<Cell> &cells);
  void line(const std::string &text, Colour colour) { line({{text, colour}}); }
  void lines(const std::string &text, Colour colour);
  void rest_of_line(const Cell &cell) const;
  void head(const TopModel &model);
  [[nodiscard]] size_t bar_columns() const { return std::max<size_t>(columns_ / 2, 10); }
  void bands(const Report &report);
  void slots(const TopModel &model, size_t room);
  void foot(const TopModel &model);
  void help();

  int y_ = 0;
  size_t rows_ = 0;
  size_t columns_ = 0;
  size_t page_ = 1;
  size_t first_ = 0;  // the first row of slots that is shown
  std::vector<size_t> widths_;
};

}  // namespace slotwatch::ctl
