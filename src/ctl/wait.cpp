// SPDX-License-Identifier: Apache-2.0
// slotwatchctl wait: until what is older than the running generation has drained.
#include <thread>
#include <vector>

#include "commands.hpp"
#include "output.hpp"
#include "patience.hpp"
#include "progress.hpp"
#include "text.hpp"
#include "words.hpp"

namespace slotwatch::ctl {

namespace {

constexpr std::chrono::milliseconds pause{250};

[[nodiscard]] std::vector<const Slot *> older(const Report &report) {
  std::vector<const Slot *> held;
  for (const Slot &slot : report.slots) {
    if (slot.is_draining() && slot.generation.value_or(0) != report.server.generation) {
      held.push_back(&slot);
    }
  }
  return held;
}

// Another number, not a greater one: a stop and a start count from 0 again.
[[nodiscard]] bool has_begun(const Report &report, const Options &options) {
  return !options.after || report.server.generation != *options.after;
}

[[nodiscard]] bool has_drained(const Report &report, const Options &options) {
  return !report.watcher.stale && has_begun(report, options) && report.generations.empty() &&
         older(report).empty();
}

[[nodiscard]] std::string waiting_for(const Report &report, const Options &options) {
  if (report.watcher.stale) {
    return headline(report);
  }
  if (!has_begun(report, options)) {
    return "generation " + std::to_string(report.server.generation) + " is still running";
  }
  std::string text;
  for (const Generation &old : report.generations) {
    text += (text.empty() ? "" : ", ") + count_of(old.slots, "slot") + " of generation " +
            std::to_string(old.generation) + " for " + show_span(old.draining_seconds);
  }
  const std::vector<const Slot *> held = older(report);
  return text.empty() ? count_of(static_cast<int64_t>(held.size()), "slot") : text;
}

[[nodiscard]] Exit timed_out(const Output &out, const Report &report, const Options &options) {
  std::string text = "timed out after " + show_span(options.timeout.count()) + ": " +
                     waiting_for(report, options) + "\n";
  for (const Slot *slot : older(report)) {
    text += "  " + told(*slot) + "\n";
  }
  out.write(text);
  return report.watcher.stale ? Exit::trouble : Exit::no;
}

}  // namespace

Exit wait(const Options &options) {
  const Output out{1};
  const bool has_limit = options.timeout.count() > 0;
  const Deadline until = has_limit ? Deadline::in(options.timeout) : Deadline::never();
  const Watcher watcher{options.socket};
  Patience patience{watcher};
  Progress progress;
  std::optional<Report> last;
  for (;;) {
    // One last look when time is up.
    const bool is_over = until.is_over();
    if (auto report = patience.report(Deadline::in(usual_timeout))) {
      last = std::move(report);
      if (has_drained(*last, options)) {
        progress.clear();
        out.line("drained: generation " + std::to_string(last->server.generation) +
                 " holds no slot but its own");
        return Exit::ok;
      }
    }
    if (is_over && last) {
      progress.clear();
      return timed_out(out, *last, options);
    }
    if (last) {
      progress.show("waiting: " + waiting_for(*last, options));
    }
    std::this_thread::sleep_for(until.left(pause));
  }
}

}  // namespace slotwatch::ctl
