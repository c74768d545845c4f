// SPDX-License-Identifier: Apache-2.0
// The directives' values: defaults, ranges, and whether they fit each other.
#include <algorithm>
#include <array>
#include <cstdio>

#include "slotwatch.h"

namespace {

struct Setting {
  const char *name;
  sw_usec_t sw_policy_t::*field;
  sw_usec_t low;
  sw_usec_t high;
  bool at_least_3_intervals;  // 0, for never, apart
  const char *range;
};

// Not `std::array settings{...}`: g++ 12 forgets that it is const, and leaves it writable.
constexpr auto settings = std::to_array<Setting>({
#define SW_X(word, field, name, low, high, three, range) \
  Setting{name, &sw_policy_t::field, low, high, (three) != 0, range},
    SW_SETTINGS(SW_X)
#undef SW_X
});

// One frame to see a slot drain, one to see that nothing moved, one to be sure.
constexpr sw_usec_t least_intervals = 3;

// A worker whose backend is gone has its 502 written in milliseconds; 5 s are for a busy machine.
constexpr sw_ladder_t default_ladder{
    3,
    {SW_RUNG_BACKENDS, SW_RUNG_CLIENTS, SW_RUNG_KILL},
    {5 * SW_USEC_PER_SEC, 5 * SW_USEC_PER_SEC, 5 * SW_USEC_PER_SEC}};

[[nodiscard]] double seconds(sw_usec_t span) {
  return static_cast<double>(span) / SW_USEC_PER_SEC;
}

}  // namespace

void sw_policy_init(sw_policy_t *policy) {
  *policy = sw_policy_t{};
  policy->interval = 1 * SW_USEC_PER_SEC;
  policy->stall = 30 * SW_USEC_PER_SEC;
  policy->grace = 600 * SW_USEC_PER_SEC;
  policy->alert_repeat = 60 * SW_USEC_PER_SEC;
  policy->privacy = SW_PRIVACY_NOQUERY;
  policy->mode = SW_MODE_DRYRUN;
  policy->ladder = default_ladder;
  policy->min_drain = 5 * SW_USEC_PER_SEC;
  policy->budget = 30;
  policy->budget_period = 60 * SW_USEC_PER_SEC;
}

sw_status_t sw_policy_set(sw_policy_t *policy, sw_setting_t setting, sw_usec_t value) {
  if (policy == nullptr || setting < 0 || setting >= SW_SETTING_COUNT) {
    return SW_STATUS_ARGUMENT;
  }
  const Setting &known = settings[setting];
  if (value < known.low || value > known.high) {
    return SW_STATUS_RANGE;
  }
  policy->*known.field = value;
  return SW_STATUS_OK;
}

const char *sw_setting_name(sw_setting_t setting) {
  return setting >= 0 && setting < SW_SETTING_COUNT ? settings[setting].name : "unknown";
}

const char *sw_setting_range(sw_setting_t setting) {
  return setting >= 0 && setting < SW_SETTING_COUNT ? settings[setting].range : "unknown";
}

sw_status_t sw_policy_check(const sw_policy_t *policy, char *reason, size_t reason_size) {
  for (const Setting &setting : settings) {
    const sw_usec_t value = policy->*setting.field;
    if (setting.at_least_3_intervals && value > 0 && value < least_intervals * policy->interval) {
      std::snprintf(reason, reason_size,
                    "%s (%gs) is shorter than 3 times SlotWatchInterval (%gs): it takes %s",
                    setting.name, seconds(value), seconds(policy->interval), setting.range);
      return SW_STATUS_RANGE;
    }
  }
  if (policy->grace > 0 && policy->stall > policy->grace) {
    std::snprintf(
        reason, reason_size,
        "SlotWatchStall (%gs) is longer than SlotWatchGrace (%gs) and would never decide: "
        "it takes 3 intervals to SlotWatchGrace, or 0 for never",
        seconds(policy->stall), seconds(policy->grace));
    return SW_STATUS_RANGE;
  }
  return SW_STATUS_OK;
}

uint32_t sw_policy_auto_reserve(uint32_t min_spare_threads, uint32_t threads_per_child) {
  const uint32_t threads = std::max(threads_per_child, 1U);
  const uint32_t children =
      min_spare_threads / threads + (min_spare_threads % threads != 0 ? 1 : 0);
  return std::max(children, 1U);
}

uint32_t sw_policy_slack_needs(const sw_policy_t *policy, uint32_t slots) {
  const uint64_t needed = uint64_t{policy->serving_max} + policy->reserve;
  return needed > slots ? static_cast<uint32_t>(std::min<uint64_t>(needed, UINT32_MAX)) : 0;
}
