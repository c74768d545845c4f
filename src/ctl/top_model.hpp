// SPDX-License-Identifier: Apache-2.0
// What `top` shows and is told, without a terminal.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "report.hpp"
#include "span.hpp"

namespace slotwatch::ctl {

enum class Key { other, quit, up, down, page_up, page_down, first, last, sort, recycle, yes, help };

// A slot, and who was in it when somebody pointed at it.
struct Target {
  int64_t slot;
  int64_t pid;
};

class TopModel {
 public:
  void take(Report report);
  void take_trouble(const std::string &line) { trouble_ = line; }
  void say(const std::string &line) { message_ = line; }
  // @param page: how many rows a page has
  void press(Key key, size_t page);

  // What was ordered and confirmed, once.
  [[nodiscard]] std::optional<Target> take_order();

  [[nodiscard]] bool wants_to_quit() const { return wants_to_quit_; }
  [[nodiscard]] bool shows_help() const { return shows_help_; }
  [[nodiscard]] const Report &report() const { return report_; }
  [[nodiscard]] Seconds age() const { return Clock::now() - taken_; }
  // Why there is no newer report; empty if there is.
  [[nodiscard]] const std::string &trouble() const { return trouble_; }
  // The question that is open, or what became of the last order, or nothing.
  [[nodiscard]] const std::string &message() const { return message_; }
  [[nodiscard]] bool asks() const { return asked_.has_value(); }
  [[nodiscard]] std::string sort_name() const;
  // In the order in which they are shown; and the place of the selected one among them.
  [[nodiscard]] const std::vector<const Slot *> &rows() const { return rows_; }
  [[nodiscard]] size_t selected_row() const;
  [[nodiscard]] const Slot *selected() const;

 private:
  void sort();
  void answer(Key key);
  void select(size_t row);
  [[nodiscard]] size_t row_after(Key key, size_t page) const;
  void ask();

  Report report_;
  Clock::time_point taken_ = Clock::now();
  std::string trouble_;
  std::string message_;
  std::vector<const Slot *> rows_;
  int64_t selected_slot_ = -1;
  size_t order_ = 0;
  std::optional<Target> asked_;
  std::optional<Target> ordered_;
  bool shows_help_ = false;
  bool wants_to_quit_ = false;
};

}  // namespace slotwatch::ctl
