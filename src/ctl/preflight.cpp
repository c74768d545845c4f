// SPDX-License-Identifier: Apache-2.0
// slotwatchctl preflight: would a reload fit now?
#include <algorithm>
#include <vector>

#include "commands.hpp"
#include "output.hpp"
#include "text.hpp"
#include "watcher.hpp"
#include "words.hpp"

namespace slotwatch::ctl {

namespace {

constexpr size_t most_told = 8;

// Free slots that a reload needs: those of SlotWatchReserve, one at least.
[[nodiscard]] int64_t needed(const Capacity &capacity) {
  return std::max<int64_t>(capacity.reserve, 1);
}

[[nodiscard]] bool would_fit(const Capacity &capacity) {
  return capacity.reloads_left >= 1 && capacity.verdict != "full";
}

[[nodiscard]] std::string need_text(const Capacity &capacity) {
  return std::to_string(capacity.free) + " of " + count_of(capacity.slots, "slot") +
         " free, a reload needs " + std::to_string(needed(capacity));
}

[[nodiscard]] std::vector<const Slot *> draining(const Report &report) {
  std::vector<const Slot *> held;
  for (const Slot &slot : report.slots) {
    if (slot.is_draining()) {
      held.push_back(&slot);
    }
  }
  std::ranges::stable_sort(held, {},
                           [](const Slot *slot) { return -slot->draining_seconds.value_or(0); });
  return held;
}

[[nodiscard]] std::string generations(const Report &report) {
  std::string text;
  for (const Generation &old : report.generations) {
    text += (text.empty() ? "  held by older generations: " : "; ") +
            std::to_string(old.generation) + " (" + count_of(old.slots, "slot") +
            ", draining for " + show_span(old.draining_seconds) + ")";
  }
  return text.empty() ? "" : text + "\n";
}

// What gives the room back, or what would.
[[nodiscard]] std::string remedy(const Report &report, const std::vector<const Slot *> &held) {
  if (held.empty()) {
    return "  no slot drains: ServerLimit leaves no room beside the serving children; raise it\n";
  }
  const std::string by_hand = report.watcher.mode == "off"  // it is refused there
                                  ? ""
                                  : "  by hand: slotwatchctl recycle --slot " +
                                        std::to_string(held.front()->slot) + " --pid " +
                                        std::to_string(held.front()->pid.value_or(0)) + "\n";
  if (report.watcher.mode == "on" && !report.watcher.latched) {
    return "  SlotWatchRecycle is On and frees what is stuck or missing: try again shortly\n" +
           by_hand;
  }
  const std::string why = report.watcher.latched         ? "SlotWatchBudget is spent"
                          : report.watcher.mode == "off" ? "SlotWatchRecycle is Off"
                                                         : "SlotWatchRecycle is DryRun";
  return "  " + why + ": a slot is free when its last connection has ended; On would free those " +
         "that are stuck\n" + by_hand;
}

[[nodiscard]] std::string reasons(const Report &report) {
  const std::vector<const Slot *> held = draining(report);
  std::string text = generations(report);
  for (const Slot *slot : held) {
    if (slot == held[std::min(most_told, held.size() - 1)] && held.size() > most_told) {
      text += "  and " + std::to_string(held.size() - most_told) + " more\n";
      break;
    }
    text += "  " + told(*slot) + "\n";
  }
  return text + remedy(report, held);
}

}  // namespace

Exit preflight(const Options &options) {
  const Output out{1};
  const Watcher watcher{options.socket};
  const Report report = watcher.report(Deadline::in(usual_timeout));
  if (report.watcher.stale) {
    throw Failure{headline(report)};
  }
  const Capacity &capacity = report.capacity;
  const bool fits = would_fit(capacity);
  if (!options.quiet && fits) {
    out.line(out.paint(Colour::green, "yes") + ": room for " +
             count_of(capacity.reloads_left, "more reload") + ": " + need_text(capacity));
  } else if (!options.quiet) {
    const int64_t missing = std::max<int64_t>(needed(capacity) - capacity.free, 1);
    out.write(out.paint(Colour::red, "no") + ": " + need_text(capacity) + ": " +
              std::to_string(missing) + " missing\n" + reasons(report));
  }
  return fits ? Exit::ok : Exit::no;
}

}  // namespace slotwatch::ctl
