// SPDX-License-Identifier: Apache-2.0
// Pressure: how many slots are missing, and which would be missed least.
#pragma once

#include <optional>
#include <tuple>

#include "frame.hpp"
#include "state.hpp"

namespace slotwatch {

// What would be lost with a slot: less is less. No two slots are the same.
struct Loss {
  uint32_t kind;       // nothing to lose, stalled, or progressing
  sw_usec_t moved_at;  // of a stalled one
  int32_t generation;
  uint32_t connections;
  uint32_t slot;

  [[nodiscard]] auto rank() const {
    return std::tie(kind, moved_at, generation, connections, slot);
  }
  [[nodiscard]] bool operator<(const Loss &other) const { return rank() < other.rank(); }
};

// Slots that are missing once those on their way are free; less than 0 if more than enough are.
[[nodiscard]] int64_t missing_slots(const sw_engine_t &engine, const sw_frame_t &frame,
                                    const sw_policy_t &policy, const sw_capacity_t &capacity);

// What recycling the slot would lose; nothing for one that is on its way, or does not drain.
[[nodiscard]] std::optional<Loss> loss_of(const sw_engine_t &engine, const sw_frame_t &frame,
                                          uint32_t slot, const sw_policy_t &policy);

}  // namespace slotwatch
