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

void TopModel::press(Key key, size_t page) {
  if (asks()) {
    answer(key);
    return;
  }
  if (shows_help_) {
    shows_help_ = false;
    wants_to_quit_ = key == Key::quit;
    return;
  }
  message_.clear();
  const size_t row = selected_row();
  switch (key) {
    case Key::quit:
      wants_to_quit_ = true;
      break;
    case Key::up:
      select(row - std::min<size_t>(row, 1));
      break;
    case Key::down:
      select(row + 1);
      break;
    case Key::page_up:
      select(row - std::min(row, page));
      break;
    case Key::page_down:
      select(row + page);
      break;
    case Key::first:
      select(0);
      break;
    case Key::last:
      select(rows_.size());
      break;
    case Key::sort:
      order_ = (order_ + 1) % orders.size();
      sort();
      break;
    case Key::recycle:
      ask();
      break;
    case Key::help:
      shows_help_ = true;
      break;
    default:
      break;
  }
}

}  // namespace slotwatch::ctl
