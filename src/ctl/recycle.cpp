// SPDX-License-Identifier: Apache-2.0
// slotwatchctl recycle: asks for a slot, and looks what becomes of it.
#include <algorithm>
#include <thread>

#include "commands.hpp"
#include "incident.hpp"
#include "instant.hpp"
#include "output.hpp"
#include "patience.hpp"
#include "progress.hpp"
#include "words.hpp"

namespace slotwatch::ctl {

namespace {

constexpr std::chrono::milliseconds pause{100};

[[nodiscard]] const Slot *find(const Report &report, int64_t number) {
  const auto found = std::ranges::find(report.slots, number, &Slot::slot);
  return found != report.slots.end() ? &*found : nullptr;
}

[[nodiscard]] std::string name_of(int64_t slot, int64_t pid) {
  return "slot " + std::to_string(slot) + ", pid " + std::to_string(pid);
}

// Who is to be recycled: never whoever has come into the slot meanwhile.
[[nodiscard]] int64_t pid_in(const Report &report, int64_t number) {
  const Slot *slot = find(report, number);
  if (slot == nullptr) {
    throw Failure{"there is no slot " + std::to_string(number) + "; the last is " +
                      std::to_string(report.capacity.slots - 1),
                  Exit::no};
  }
  if (!slot->pid) {
    throw Failure{"slot " + std::to_string(number) + " is free", Exit::no};
  }
  return *slot->pid;
}

// What was done so far; the newest incident of that process is the first.
[[nodiscard]] std::string done_to(const Report &report, int64_t slot, int64_t pid) {
  for (const Incident &incident : report.incidents) {
    const std::string rungs = rungs_text(incident);
    if (incident.slot == slot && incident.pid == pid && !rungs.empty()) {
      return "; " + rungs;
    }
  }
  return "";
}

// Whether what was asked for has come to an end although the process is still there. Between two
// rungs, and before the first, it only looks like it: that must last for some looks.
class Outcome {
 public:
  [[nodiscard]] bool is_over(const Report &report, const Slot &slot) {
    constexpr double looks = 3;
    const Instant now = parse_instant(report.time).value_or(0);
    has_begun_ = has_begun_ || slot.state == "recycling";
    const bool is_idle = slot.state != "recycling" && (has_begun_ || is_refusal(slot.suppressed));
    if (!is_idle || idle_since_ == 0) {
      idle_since_ = is_idle ? now : 0;
      return false;
    }
    const auto idle = static_cast<double>(now - idle_since_) / static_cast<double>(per_second);
    return !report.watcher.stale && idle >= looks * report.watcher.interval_seconds;
  }

 private:
  // The others do not hold back what a person asks for.
  [[nodiscard]] static bool is_refusal(const std::string &suppressed) {
    return suppressed == "veto" || suppressed == "identity" || suppressed == "evidence" ||
           suppressed == "ladder";
  }

  bool has_begun_ = false;
  Instant idle_since_ = 0;
};

[[nodiscard]] std::string why_not(const Report &report, const Slot &slot) {
  return (slot.suppressed.empty() ? "" : ": " + suppression_text(slot.suppressed)) +
         done_to(report, slot.slot, slot.pid.value_or(0));
}

class Following {
 public:
  Following(const Watcher &watcher, const Options &options, Accepted accepted)
      : patience_{watcher}, options_{options}, accepted_{std::move(accepted)} {}

  [[nodiscard]] Exit to_the_end() {
    const Deadline until = Deadline::in(options_.timeout);
    for (;;) {
      const bool is_late = until.is_over();
      if (const auto report = patience_.report(Deadline::in(usual_timeout))) {
        if (const auto end = judged(*report, is_late)) {
          return *end;
        }
      }
      std::this_thread::sleep_for(until.left(pause));
    }
  }

 private:
  [[nodiscard]] std::optional<Exit> judged(const Report &report, bool is_late) {
    const std::string name = name_of(accepted_.slot, accepted_.pid);
    const Slot *slot = find(report, accepted_.slot);
    if (slot == nullptr || slot->pid != accepted_.pid) {
      progress_.clear();
      out_.line("freed: " + name + done_to(report, accepted_.slot, accepted_.pid));
      return Exit::ok;
    }
    if (outcome_.is_over(report, *slot)) {
      progress_.clear();
      out_.line("not freed: " + name + why_not(report, *slot));
      return Exit::no;
    }
    if (is_late) {
      progress_.clear();
      out_.line("not freed within " + show_span(options_.timeout.count()) + ": " + told(*slot) +
                done_to(report, accepted_.slot, accepted_.pid));
      return Exit::no;
    }
    progress_.show(told(*slot));
    return {};
  }

  Output out_{1};
  Patience patience_;
  Progress progress_;
  Outcome outcome_;
  const Options &options_;
  Accepted accepted_;
};

}  // namespace

Exit recycle(const Options &options) {
  const Output out{1};
  const Deadline until = Deadline::in(usual_timeout);
  const int64_t slot = options.slot.value();
  const Watcher watcher{options.socket};
  const int64_t pid = options.pid ? *options.pid : pid_in(watcher.report(until), slot);
  const Accepted accepted = watcher.recycle(slot, pid, until);
  out.line("asked for: " + name_of(accepted.slot, accepted.pid) + ", " + accepted.state);
  return options.no_wait ? Exit::ok : Following{watcher, options, accepted}.to_the_end();
}

}  // namespace slotwatch::ctl
