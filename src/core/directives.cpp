// SPDX-License-Identifier: Apache-2.0
// The directives whose values have a grammar of their own.
#include <algorithm>
#include <array>
#include <cstdio>
#include <optional>
#include <span>

#include "slotwatch.h"
#include "text.hpp"

namespace slotwatch {
namespace {

struct Unit {
  Text name;
  sw_usec_t span;
};
// httpd's own (ap_timeout_parameter_parse), and h.
constexpr auto units = std::to_array<Unit>({{"ms", SW_USEC_PER_MSEC},
                                            {"s", SW_USEC_PER_SEC},
                                            {"", SW_USEC_PER_SEC},
                                            {"min", 60 * SW_USEC_PER_SEC},
                                            {"h", 3600 * SW_USEC_PER_SEC}});
constexpr sw_usec_t last_span = 5 * SW_USEC_PER_SEC;
constexpr sw_usec_t shortest_rung = 100 * SW_USEC_PER_MSEC;  // SlotWatchInterval's least
constexpr sw_usec_t longest_rung = 3600 * SW_USEC_PER_SEC;
constexpr sw_usec_t shortest_period = SW_USEC_PER_SEC;
constexpr sw_usec_t longest_period = 86400 * SW_USEC_PER_SEC;
constexpr Text blanks = " \t";
constexpr const char *ladder_name = "SlotWatchLadder";
constexpr const char *budget_name = "SlotWatchBudget";

// Where a sentence goes that says what is wrong with which words.
struct Complaint {
  std::span<char> reason;

  [[nodiscard]] sw_status_t say(const char *directive, Text words, const char *what) const {
    constexpr size_t shown = 40;
    if (reason.data() != nullptr && !reason.empty()) {
      std::snprintf(reason.data(), reason.size(), "%s: '%.*s' %s", directive,
                    static_cast<int>(std::min(words.size(), shown)), words.data(), what);
    }
    return SW_STATUS_RANGE;
  }
};

// The digits that the text begins with, and takes them off; nothing if there are none or too many.
[[nodiscard]] std::optional<int64_t> take_number(Text &text) {
  constexpr size_t most_digits = 9;  // more are in no range here, and any sum of them fits
  const size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
  if (digits == 0 || digits > most_digits) {
    return {};
  }
  int64_t number = 0;
  for (const char digit : until(text, digits)) {
    number = number * 10 + (digit - '0');
  }
  text.remove_prefix(digits);
  return number;
}

[[nodiscard]] std::optional<sw_usec_t> span_in(Text text, sw_usec_t low, sw_usec_t high) {
  const std::optional<int64_t> number = take_number(text);
  const auto *const unit = std::ranges::find(units, text, &Unit::name);
  if (!number || unit == units.end()) {
    return {};
  }
  const sw_usec_t span = *number * unit->span;
  return span >= low && span <= high ? std::optional{span} : std::nullopt;
}

[[nodiscard]] sw_rung_t rung_named(Text name) {
  for (uint32_t rung = SW_RUNG_NONE + 1; rung < SW_RUNG_COUNT; ++rung) {
    if (name == sw_rung_name(rung)) {
      return static_cast<sw_rung_t>(rung);
    }
  }
  return SW_RUNG_NONE;
}

// One `rung:span`; `is_last` may go without a span.
[[nodiscard]] sw_status_t add_rung(sw_ladder_t &ladder, Text word, bool is_last,
                                   const Complaint &complaint) {
  const size_t colon = word.find(':');
  const Text name = until(word, colon);
  const sw_rung_t rung = rung_named(name);
  if (rung == SW_RUNG_NONE) {
    return complaint.say(ladder_name, name, "is no rung: it takes backends, clients, kill");
  }
  if (ladder.count > 0 && rung <= ladder.rungs[ladder.count - 1]) {
    return complaint.say(ladder_name, name,
                         "is out of order: it takes each rung at most once, in the order backends, "
                         "clients, kill");
  }
  std::optional<sw_usec_t> span{last_span};
  if (colon != Text::npos) {
    span = span_in(from(word, colon + 1), shortest_rung, longest_rung);
  } else if (!is_last) {
    return complaint.say(ladder_name, name,
                         "has no span: all rungs but the last take one, 100ms to 1h, as in "
                         "backends:5s");
  }
  if (!span) {
    return complaint.say(ladder_name, word, "has a span out of range: it takes 100ms to 1h");
  }
  ladder.rungs[ladder.count] = static_cast<uint8_t>(rung);
  ladder.spans[ladder.count++] = *span;
  return SW_STATUS_OK;
}

void skip_blanks(Text &text) {
  text = from(text, text.find_first_not_of(blanks));
}

}  // namespace
}  // namespace slotwatch

using namespace slotwatch;

sw_status_t sw_ladder_parse(const char *text, sw_ladder_t *ladder, char *reason,
                            size_t reason_size) {
  if (text == nullptr || ladder == nullptr) {
    return SW_STATUS_ARGUMENT;
  }
  const Complaint complaint{{reason, reason_size}};
  sw_ladder_t read{};
  Text rest{text};
  for (skip_blanks(rest); !rest.empty();) {
    const Text word = until(rest, rest.find_first_of(blanks));
    rest.remove_prefix(word.size());
    skip_blanks(rest);
    const sw_status_t status = add_rung(read, word, rest.empty(), complaint);
    if (status != SW_STATUS_OK) {
      return status;
    }
  }
  if (read.count == 0) {
    return complaint.say(ladder_name, text,
                         "has no rung: it takes backends, clients, kill, as in backends:5s "
                         "clients:5s kill");
  }
  *ladder = read;
  return SW_STATUS_OK;
}

sw_status_t sw_budget_parse(const char *text, sw_policy_t *policy, char *reason,
                            size_t reason_size) {
  if (text == nullptr || policy == nullptr) {
    return SW_STATUS_ARGUMENT;
  }
  static_assert(SW_BUDGET_MAX == 512, "the reasons name it");
  const Complaint complaint{{reason, reason_size}};
  Text rest{text};
  const std::optional<int64_t> number = take_number(rest);
  if (!number || !rest.starts_with('/')) {
    return complaint.say(budget_name, text, "is no number/span: it takes, say, 30/1min");
  }
  const auto period = span_in(from(rest, 1), shortest_period, longest_period);
  if (*number > SW_BUDGET_MAX) {
    return complaint.say(budget_name, text, "has too great a number: it takes 0 to 512");
  }
  if (!period) {
    return complaint.say(budget_name, text, "has a span out of range: it takes 1s to 24h");
  }
  policy->budget = static_cast<uint32_t>(*number);
  policy->budget_period = *period;
  return SW_STATUS_OK;
}
