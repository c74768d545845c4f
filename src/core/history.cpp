// SPDX-License-Identifier: Apache-2.0
#include "history.hpp"

#include <algorithm>

namespace slotwatch {

namespace {

[[nodiscard]] std::span<sw_incident_t> remembered(sw_engine_t &engine) {
  return {engine.incidents, engine.incident_count};
}

// The one that makes room: the oldest closed one, or the oldest.
[[nodiscard]] sw_incident_t *victim(sw_engine_t &engine) {
  const auto all = remembered(engine);
  for (auto at = all.rbegin(); at != all.rend(); ++at) {
    if (at->closed_wall != 0) {
      return &*at;
    }
  }
  return &all.back();
}

}  // namespace

void remember(sw_engine_t &engine, const sw_incident_t &incident) {
  sw_incident_t *last = engine.incident_count < SW_INCIDENTS_MAX
                            ? &engine.incidents[engine.incident_count++]
                            : victim(engine);
  std::move_backward(engine.incidents, last, last + 1);
  engine.incidents[0] = incident;
}

sw_incident_t *recall(sw_engine_t &engine, uint64_t id) {
  const auto all = remembered(engine);
  const auto found = std::ranges::find(all, id, &sw_incident_t::id);
  return found != all.end() ? &*found : nullptr;
}

}  // namespace slotwatch
