// SPDX-License-Identifier: Apache-2.0
// The incidents that a report shows: the newest, open ones before closed ones.
#pragma once

#include "state.hpp"

namespace slotwatch {

void remember(sw_engine_t &engine, const sw_incident_t &incident);
// The remembered incident, or nullptr if it had to make room.
[[nodiscard]] sw_incident_t *recall(sw_engine_t &engine, uint64_t id);

}  // namespace slotwatch
