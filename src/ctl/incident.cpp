// SPDX-License-Identifier: Apache-2.0
#include "incident.hpp"

#include "instant.hpp"
#include "span.hpp"

namespace slotwatch::ctl {

namespace {

// `slot 0, pid 21959, generation 0, requests after reload`, or `capacity full`
[[nodiscard]] std::string subject(const Incident &incident) {
  if (!incident.slot) {
    return incident.about + " " + incident.verdict;
  }
  return "slot " + std::to_string(*incident.slot) + ", pid " +
         std::to_string(incident.pid.value_or(0)) + ", generation " +
         std::to_string(incident.generation.value_or(0)) + ", " + incident.phase + " after " +
         incident.trigger;
}

[[nodiscard]] std::string line(const std::string &time, const char *what,
                               const Incident &incident) {
  return time + "  " + incident.incident + "  " + what + "  " + subject(incident);
}

}  // namespace

std::string rungs_text(const Incident &incident) {
  std::string text;
  for (const RungOutcome &rung : incident.rungs) {
    text += (text.empty() ? "" : ", ") + rung.rung + " " + rung.outcome +
            (rung.cut > 0 ? " (cut " + std::to_string(rung.cut) + ")" : "");
  }
  return text;
}

std::string opened_line(const Incident &incident) {
  std::string text = line(incident.opened, "opened", incident);
  return incident.slot ? text + ": " + incident.reason : text;
}

std::string closed_line(const Incident &incident) {
  const auto opened = parse_instant(incident.opened);
  const auto closed = parse_instant(incident.closed);
  std::string text = line(incident.closed, "closed", incident);
  text += incident.slot ? ": " + incident.outcome : ": there is room again";
  if (opened && closed) {
    text += " after " +
            show_span(static_cast<double>(*closed - *opened) / static_cast<double>(per_second));
  }
  const std::string rungs = rungs_text(incident);
  return rungs.empty() ? text : text + "; " + rungs;
}

}  // namespace slotwatch::ctl
