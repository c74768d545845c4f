// SPDX-License-Identifier: Apache-2.0
#include "columns.hpp"

#include <algorithm>

#include "span.hpp"
#include "words.hpp"

namespace slotwatch::ctl {

namespace {

[[nodiscard]] std::string number(const std::optional<int64_t> &value) {
  return value ? std::to_string(*value) : "-";
}

[[nodiscard]] std::string span(const std::optional<double> &seconds) {
  return seconds ? show_span(*seconds) : "-";
}

[[nodiscard]] std::string or_dash(const std::string &text) {
  return text.empty() ? "-" : text;
}

// Of a serving child how many workers are busy, as mod_status's letters have it.
[[nodiscard]] std::string who(const Slot &slot) {
  if (slot.state != "serving") {
    return held_by(slot);
  }
  const auto busy = std::ranges::count_if(slot.workers, [](char letter) {
    return std::string_view{"RWKLDC"}.find(letter) != std::string_view::npos;
  });
  return std::to_string(busy) + " of " + std::to_string(slot.workers.size()) + " workers busy";
}

struct Column {
  Heading heading;
  std::string (*text)(const Slot &slot);
  bool is_for_wide = false;  // left out where there is little room
};

const std::vector<Column> slot_columns{
    {{"slot", true}, [](const Slot &slot) { return std::to_string(slot.slot); }},
    {{"pid", true}, [](const Slot &slot) { return number(slot.pid); }},
    {{"gen", true}, [](const Slot &slot) { return number(slot.generation); }},
    {{"state"}, [](const Slot &slot) { return slot.state; }},
    {{"phase"}, [](const Slot &slot) { return or_dash(slot.phase); }},
    {{"draining", true}, [](const Slot &slot) { return span(slot.draining_seconds); }},
    {{"stalled", true}, [](const Slot &slot) { return span(slot.stalled_seconds); }},
    {{"cli", true}, [](const Slot &slot) { return number(slot.clients); }, true},
    {{"back", true}, [](const Slot &slot) { return number(slot.backends); }, true},
    {{"recycle"}, [](const Slot &slot) { return or_dash(recycling_of(slot)); }, true},
    {{"held by"}, who},
};
constexpr size_t wide = 110;

}  // namespace

SlotColumns::SlotColumns(size_t columns) : is_wide_{columns >= wide} {
  for (const Column &column : slot_columns) {
    if (is_wide_ || !column.is_for_wide) {
      headings_.push_back(column.heading);
    }
  }
}

std::vector<Cell> SlotColumns::row(const Slot &slot) const {
  std::vector<Cell> cells;
  for (const Column &column : slot_columns) {
    if (is_wide_ || !column.is_for_wide) {
      const bool is_state = column.heading.text == "state";
      cells.push_back({column.text(slot), is_state ? colour_of_state(slot.state) : Colour::none});
    }
  }
  return cells;
}

namespace {

[[nodiscard]] int64_t slots_of(const Capacity &capacity) {
  return std::max<int64_t>(capacity.slots, 1);
}

// Of the whole bar.
[[nodiscard]] int64_t bar_width(const Capacity &capacity, size_t columns) {
  constexpr int64_t widest_slot = 4;
  constexpr size_t widest = 1000;
  return std::min(static_cast<int64_t>(std::min(columns, widest)),
                  slots_of(capacity) * widest_slot);
}

}  // namespace

size_t band_columns(const Capacity &capacity, int64_t slots, size_t columns) {
  const int64_t within = std::clamp<int64_t>(slots, 0, slots_of(capacity));
  const int64_t width = within * bar_width(capacity, columns) / slots_of(capacity);
  return static_cast<size_t>(std::max<int64_t>(width, 1));
}

std::vector<Cell> capacity_bar(const Capacity &capacity, size_t columns) {
  const int64_t slots = slots_of(capacity);
  const int64_t whole = bar_width(capacity, columns);
  std::vector<Cell> bar;
  int64_t before = 0;
  int64_t drawn = 0;
  for (const State &state : states) {
    const int64_t count = capacity.*state.count;
    before += count;
    // Where it ends, rounded; but each state there is has a column.
    const int64_t end =
        std::max(std::min(before, slots) * whole / slots, drawn + (count > 0 ? 1 : 0));
    if (end > drawn && drawn < whole) {
      const auto size = static_cast<size_t>(std::min(end, whole) - drawn);
      bar.push_back({std::string(size, state.letter), state.colour});
    }
    drawn = std::max(drawn, end);
  }
  return bar;
}

std::vector<Cell> capacity_legend(const Capacity &capacity) {
  std::vector<Cell> legend;
  for (const State &state : states) {
    if (capacity.*state.count > 0) {
      legend.push_back(
          {"  " + std::string{state.letter} + " " + std::string{state.name}, state.colour});
    }
  }
  return legend;
}

}  // namespace slotwatch::ctl
