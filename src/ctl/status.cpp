// SPDX-License-Identifier: Apache-2.0
// slotwatchctl status: the report for a person.
#include <algorithm>

#include "columns.hpp"
#include "commands.hpp"
#include "incident.hpp"
#include "output.hpp"
#include "text.hpp"
#include "watcher.hpp"
#include "words.hpp"

namespace slotwatch::ctl {

namespace {

constexpr size_t bar_columns = 64;

[[nodiscard]] std::string painted(const Output &out, const std::vector<Cell> &cells) {
  std::string text;
  for (const Cell &cell : cells) {
    text += out.paint(cell.colour, cell.text);
  }
  return text;
}

[[nodiscard]] std::string generations(const Output &out, const Report &report) {
  Table table{{{"generation", true}, {"slots", true}, {"draining", true}}};
  for (const Generation &old : report.generations) {
    table.add({{std::to_string(old.generation)},
               {std::to_string(old.slots)},
               {show_span(old.draining_seconds)}});
  }
  return report.generations.empty() ? "" : "\n" + table.shown(out, out.columns());
}

// Those on their way out first, the oldest of each state before the others; none that is free.
[[nodiscard]] std::string slots(const Output &out, const Report &report) {
  std::vector<const Slot *> held;
  for (const Slot &slot : report.slots) {
    if (slot.state != "free") {
      held.push_back(&slot);
    }
  }
  std::ranges::stable_sort(held, {}, [](const Slot *slot) {
    return std::pair{rank_of(slot->state), -slot->draining_seconds.value_or(0)};
  });
  const SlotColumns columns{out.columns()};
  Table table{columns.headings()};
  for (const Slot *slot : held) {
    table.add(columns.row(*slot));
  }
  return held.empty() ? "" : "\n" + table.shown(out, out.columns());
}

[[nodiscard]] std::string open_incidents(const Output &out, const Report &report) {
  std::string text;
  for (const Incident &incident : report.incidents) {
    if (incident.closed.empty()) {
      text += cut_to(opened_line(incident), out.columns()) + "\n";
    }
  }
  return text.empty() ? "" : "\n" + out.paint(Colour::grey, "open incidents") + "\n" + text;
}

[[nodiscard]] std::string page(const Output &out, const Report &report) {
  std::string text = out.paint(colour_of_headline(report), headline(report)) + "\n";
  text += "[" + painted(out, capacity_bar(report.capacity, bar_columns)) + "]" +
          painted(out, capacity_legend(report.capacity)) + "\n";
  text += server_line(report) + "; seen " + show_span(report.watcher.sample_age_seconds) +
          " ago, " + report.time + "\n";
  return text + generations(out, report) + slots(out, report) + open_incidents(out, report);
}

}  // namespace

Exit status(const Options &options) {
  const Output out{1};
  const Watcher watcher{options.socket};
  const std::string document = watcher.get(Watcher::report_target, Deadline::in(usual_timeout));
  const Report report = parse_report(document);
  if (options.generation) {
    out.line(std::to_string(report.server.generation));
  } else if (options.json) {
    out.write(printable_json(document) + (document.ends_with('\n') ? "" : "\n"));
  } else {
    out.write(page(out, report));
  }
  return Exit::ok;
}

}  // namespace slotwatch::ctl
