// SPDX-License-Identifier: Apache-2.0
// slotwatchctl check: a monitoring plugin. https://nagios-plugins.org/doc/guidelines.html
#include <algorithm>
#include <array>
#include <charconv>

#include "commands.hpp"
#include "metric.hpp"
#include "output.hpp"
#include "range.hpp"
#include "text.hpp"
#include "watcher.hpp"
#include "words.hpp"

namespace slotwatch::ctl {

double oldest_seconds(const Report &report) {
  double oldest = 0;
  for (const Slot &slot : report.slots) {
    oldest = std::max(oldest, slot.draining_seconds.value_or(0));
  }
  return oldest;
}

namespace {

struct Limits {
  const Metric *metric;
  std::optional<Range> warning;
  std::optional<Range> critical;
};

struct Finding {
  Exit code;
  std::string why;  // in front of the headline
};

[[nodiscard]] std::optional<Range> parse_range(const char *option, const std::string &text) {
  const auto range = Range::parse(text);
  if (!range && !text.empty()) {
    throw Failure{std::string{option} + ": " + printable(text) +
                  " is no range; such are 10, 10:, ~:10, 10:20, @10:20"};
  }
  return range;
}

[[nodiscard]] Limits limits_of(const Options &options) {
  const auto *const metric = std::ranges::find(metric_table, options.metric, &Metric::name);
  if (metric == metric_table.end()) {
    throw Failure{"--metric: there is no " + printable(options.metric)};
  }
  return {metric, parse_range("-w", options.warning), parse_range("-c", options.critical)};
}

// To the millisecond, without zeros at its end.
[[nodiscard]] std::string decimal(double value) {
  std::array<char, 64> digits{};
  const auto *const end = std::to_chars(digits.data(), digits.data() + digits.size(), value,
                                        std::chars_format::fixed, 3)
                              .ptr;
  std::string text(digits.data(), static_cast<size_t>(end - digits.data()));
  text.erase(text.find_last_not_of('0') + 1);
  return text.ends_with('.') ? text.substr(0, text.size() - 1) : text;
}

[[nodiscard]] std::string perfdata(const Report &report, const Options &options) {
  std::string text;
  for (const Metric &metric : metric_table) {
    const bool is_chosen = metric.name == options.metric;
    text += " " + std::string{metric.name} + "=" + decimal(metric.value(report)) +
            std::string{metric.unit} + ";" + (is_chosen ? options.warning : "") + ";" +
            (is_chosen ? options.critical : "") + ";0;" +
            (metric.is_of_slots ? std::to_string(report.capacity.slots) : "");
  }
  return text;
}

[[nodiscard]] std::string outside(const Limits &limits, double value, const std::string &range) {
  std::string text(limits.metric->name);
  text += " is " + decimal(value);
  text += limits.metric->unit;
  return text + ", range " + range + "; ";
}

[[nodiscard]] Finding by_verdict(const Report &report) {
  if (report.capacity.stuck > 0) {
    return {Exit::warning, count_of(report.capacity.stuck, "stuck slot") + "; "};
  }
  return {report.capacity.verdict == "ok" ? Exit::ok : Exit::warning, ""};
}

[[nodiscard]] Finding judge(const Report &report, const Limits &limits, const Options &options) {
  if (report.watcher.stale) {
    return {Exit::trouble, ""};
  }
  if (report.capacity.verdict == "full") {
    return {Exit::critical, ""};
  }
  if (!limits.warning && !limits.critical) {
    return by_verdict(report);
  }
  const double value = limits.metric->value(report);
  if (limits.critical && limits.critical->alerts(value)) {
    return {Exit::critical, outside(limits, value, options.critical)};
  }
  if (limits.warning && limits.warning->alerts(value)) {
    return {Exit::warning, outside(limits, value, options.warning)};
  }
  return {Exit::ok, ""};
}

constexpr std::array<std::string_view, 4> names{"OK", "WARNING", "CRITICAL", "UNKNOWN"};

void say(Exit code, const std::string &text) {
  Output{1}.line("SLOTWATCH " + std::string{names[static_cast<size_t>(code)]} + " - " + text);
}

}  // namespace

Exit check(const Options &options) {
  const Limits limits = limits_of(options);
  const Watcher watcher{options.socket};
  const Report report = watcher.report(Deadline::in(options.timeout));
  const Finding finding = judge(report, limits, options);
  say(finding.code, finding.why + headline(report) + " |" + perfdata(report, options));
  return finding.code;
}

Exit check_failed(const std::string &why) {
  std::string line = why;
  std::ranges::replace(line, '|', '/');  // perfdata would begin there
  say(Exit::trouble, line);
  return Exit::trouble;
}

}  // namespace slotwatch::ctl
