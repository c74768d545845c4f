// SPDX-License-Identifier: Apache-2.0
// What is remembered from frame to frame. Plain bytes: they lie in shared memory and outlive this
// code.
#pragma once

#include <span>

#include "slotwatch.h"

namespace slotwatch {

// When an incident was opened, when it is told again, and when it may be closed.
struct Incident {
  uint64_t id;  // 0: none
  sw_usec_t opened;
  sw_usec_t last_bad;    // the last frame that gave reason for it
  sw_usec_t last_level;  // the last frame as bad as `level`
  sw_usec_t next_alert;  // once announced
  sw_usec_t alert_gap;   // from the last alert to the next
  uint32_t repeats;
  uint8_t announced;
  uint8_t level;  // of the capacity incident: the sw_verdict_t beyond which there is news
};

// Where a rung stands: its hooks are asked, it is carried out, or a hook sees to it.
enum class Stage : uint8_t { asking, acting, taken };

// How far a track has come on the ladder, and why it is not on it.
struct Recycle {
  uint64_t incident;   // that its lines bear: the slot's, or the capacity's
  uint64_t order;      // of the rung it is on; 0: it is on none
  sw_usec_t begun;     // the rung; again when the hooks have answered
  sw_usec_t settled;   // what moves after this is no longer the cut's own doing
  sw_usec_t deadline;  // of the rung; `never` where it waits to be reaped
  sw_usec_t retry_at;  // not before this again, for `held_by`
  sw_rung_outcome_t rungs[SW_LADDER_MAX];
  uint32_t rung_count;
  uint32_t expected;  // sockets that the rung was to shut, when it was begun
  uint16_t told;      // SW300, by reason: 1 << sw_reason_t
  uint8_t rung;       // sw_rung_t
  uint8_t reason;     // sw_reason_t, of this recycle or the last one
  Stage stage;
  uint8_t has_acted;   // on a rung: it is counted as a recycle
  uint8_t is_done;     // the agent has said that it carried out `order`
  uint8_t held_by;     // sw_suppression_t
  uint8_t suppressed;  // sw_suppression_t, on this frame
  uint8_t counted;     // sw_suppression_t that was counted last
};

// One process in one slot, for as long as both stay the same.
struct Track {
  int32_t pid;  // 0: the slot is free
  int32_t generation;
  uint64_t start_time;  // 0: not known yet
  sw_usec_t seen_since;
  sw_usec_t draining_since;
  sw_usec_t progress_at;
  uint64_t digest;      // of all that moves in the scoreboard while it drains
  uint64_t moved;       // as its agent said last
  sw_usec_t cpu;        // of the process at `cpu_since`
  sw_usec_t cpu_since;  // its last progress, or when its agent was first heard
  uint8_t draining;
  uint8_t state;      // sw_state_t
  uint8_t phase;      // sw_phase_t
  uint8_t trigger;    // sw_trigger_t
  uint8_t reason;     // sw_reason_t, of a stuck slot
  uint8_t judged_by;  // sw_judged_by_t
  Incident incident;
  Recycle recycle;
};

struct Generation {
  int32_t generation;
  uint32_t slots;  // on this frame
  uint32_t most_slots;
  sw_usec_t since;
};

// The recycles that were begun lately, pressure aside.
struct Budget {
  sw_usec_t begun[SW_BUDGET_MAX];  // a ring
  uint32_t next;
  uint32_t count;
  uint8_t is_latched;
};

}  // namespace slotwatch

// The engine's block: this header, then a track for each slot.
struct sw_engine_t {
  uint64_t magic;
  uint64_t layout;
  uint32_t slots;
  uint32_t generation_count;
  uint32_t incident_count;
  uint32_t pending_verdict;  // seen on the last frame, not yet on two
  sw_usec_t last;            // the instant of the last frame
  uint64_t next_incident;
  uint64_t next_order;
  slotwatch::Incident pressure;
  slotwatch::Budget budget;
  sw_capacity_t capacity;
  sw_counters_t counters;
  slotwatch::Generation generations[SW_GENERATIONS_MAX];
  sw_incident_t incidents[SW_INCIDENTS_MAX];  // newest first
  sw_drains_t drains;
  sw_moment_t moments[SW_MOMENTS_MAX];  // a ring
  uint32_t next_moment;
  uint32_t moment_count;
  int32_t generation;  // of the last frame

  [[nodiscard]] std::span<slotwatch::Track> tracks() {
    return {reinterpret_cast<slotwatch::Track *>(this + 1), slots};
  }
  [[nodiscard]] std::span<const slotwatch::Track> tracks() const {
    return {reinterpret_cast<const slotwatch::Track *>(this + 1), slots};
  }
};
