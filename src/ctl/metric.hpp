// SPDX-License-Identifier: Apache-2.0
// What `check` can be told to look at.
#pragma once

#include <array>
#include <string_view>

#include "report.hpp"

namespace slotwatch::ctl {

struct Metric {
  std::string_view name;
  std::string_view unit;  // as the monitoring plugins' perfdata has it
  double (*value)(const Report &report);
  bool is_of_slots;  // it cannot be more than there are slots
};

[[nodiscard]] double oldest_seconds(const Report &report);

inline constexpr std::array<Metric, 6> metric_table{{
    {"free", "", [](const Report &r) { return static_cast<double>(r.capacity.free); }, true},
    {"stuck", "", [](const Report &r) { return static_cast<double>(r.capacity.stuck); }, true},
    {"draining", "", [](const Report &r) { return static_cast<double>(r.capacity.draining); },
     true},
    {"reloads_left", "",
     [](const Report &r) { return static_cast<double>(r.capacity.reloads_left); }, true},
    {"oldest", "s", oldest_seconds, false},
    {"workers_idle", "",
     [](const Report &r) { return static_cast<double>(r.capacity.workers_idle); }, false},
}};

}  // namespace slotwatch::ctl
