// SPDX-License-Identifier: Apache-2.0
#include "top_model.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "words.hpp"

namespace slotwatch::ctl {

namespace {

struct Order {
  const char *name;
  double (*key)(const Slot &slot);  // the least comes first
};

constexpr std::array<Order, 4> orders{{
    {"state", [](const Slot &slot) { return static_cast<double>(rank_of(slot.state)); }},
    {"slot", [](const Slot &slot) { return static_cast<double>(slot.slot); }},
    {"draining", [](const Slot &slot) { return -slot.draining_seconds.value_or(-1); }},
    {"stalled", [](const Slot &slot) { return -slot.stalled_seconds.value_or(-1); }},
}};

}  // namespace

void TopModel::take(Report report) {
  report_ = std::move(report);
  taken_ = Clock::now();
  trouble_.clear();
  sort();
}

void TopModel::sort() {
  rows_.clear();
  for (const Slot &slot : report_.slots) {
    rows_.push_back(&slot);
  }
  const Order &order = orders[order_];
  std::ranges::stable_sort(rows_, {}, [&order](const Slot *slot) { return order.key(*slot); });
  if (selected() == nullptr) {
    select(0);
  }
}

std::string TopModel::sort_name() const {
  return orders[order_].name;
}

size_t TopModel::selected_row() const {
  const auto found = std::ranges::find(rows_, selected_slot_, &Slot::slot);
  return found != rows_.end() ? static_cast<size_t>(found - rows_.begin()) : 0;
}

const Slot *TopModel::selected() const {
  const auto found = std::ranges::find(rows_, selected_slot_, &Slot::slot);
  return found != rows_.end() ? *found : nullptr;
}

void TopModel::select(size_t row) {
  if (!rows_.empty()) {
    selected_slot_ = rows_[std::min(row, rows_.size() - 1)]->slot;
  }
}

void TopModel::ask() {
  const Slot *slot = selected();
  if (slot == nullptr || !slot->is_draining() || !slot->pid) {
    say("only a slot that drains can be recycled");
    return;
  }
  asked_ = Target{slot->slot, *slot->pid};
  say("recycle slot " + std::to_string(slot->slot) + ", pid " + std::to_string(*slot->pid) + " (" +
      slot->state + ")? y/n");
}

void TopModel::answer(Key key) {
  message_.clear();
  if (key == Key::yes) {
    ordered_ = asked_;
  }
  asked_.reset();
}

std::optional<Target> TopModel::take_order() {
  return std::exchange(ordered_, {});
}

size_t TopModel::row_after(Key key, size_t page) const {
  const size_t row = selected_row();
  switch (key) {
    case Key::up:
      return row - std::min<size_t>(row, 1);
    case Key::down:
      return row + 1;
    case Key::page_up:
      return row - std::min(row, page);
    case Key::page_down:
      return row + page;
    case Key::first:
      return 0;
    case Key::last:
      return rows_.size();
    default:
      return row;
  }
}

void TopModel::press(Key key, size_t page) {
  if (asks()) {
    answer(key);
    return;
  }
  wants_to_quit_ = key == Key::quit;
  if (shows_help_) {
    shows_help_ = false;
    return;
  }
  message_.clear();
  select(row_after(key, page));
  if (key == Key::sort) {
    order_ = (order_ + 1) % orders.size();
    sort();
  } else if (key == Key::recycle) {
    ask();
  } else if (key == Key::help) {
    shows_help_ = true;
  }
}

}  // namespace slotwatch::ctl
