// SPDX-License-Identifier: Apache-2.0
// Planning: what is told, and when. Hysteresis and repeats live here; recycle.hpp plans what is
// done.
#pragma once

#include "state.hpp"

namespace slotwatch {

// docs/directives.md, SlotWatchAlertRepeat: repeats double, up to an hour.
inline constexpr sw_usec_t longest_gap = 3600 * SW_USEC_PER_SEC;

class Planner {
 public:
  Planner(sw_engine_t &engine, const sw_frame_t &frame, const sw_policy_t &policy, sw_plan_t &plan,
          sw_usec_t now)
      : engine_{engine}, frame_{frame}, policy_{policy}, plan_{plan}, now_{now} {}

  // The process of this track is gone: ends its incident.
  void process_ended(uint32_t slot, Track &track);
  // Opens, repeats or closes the incident of a track that was judged.
  void slot_judged(uint32_t slot, Track &track);
  // Tells the generations that have drained, and forgets them.
  void generations_counted();
  // Confirms the verdict of two frames, and opens, repeats or closes the incident about capacity.
  void capacity_surveyed(sw_capacity_t &capacity);

  // For what is told of a slot beside its incident.
  [[nodiscard]] sw_alert_t about_slot(uint32_t slot, const Track &track) const;
  void emit(const Incident &incident, sw_alert_t alert, uint16_t id);
  // Whether this step has room for one more alert about a slot that can wait; counts it.
  [[nodiscard]] bool has_room();

 private:
  void open(Incident &incident, const sw_alert_t &about);
  void tell(Incident &incident, const sw_alert_t &about, uint16_t first, uint16_t again);
  void close(Incident &incident, const sw_alert_t &about, uint16_t id);
  void set_level(Incident &incident, uint8_t verdict);
  [[nodiscard]] bool is_calm(const Incident &incident, sw_usec_t span) const;

  sw_engine_t &engine_;
  const sw_frame_t &frame_;
  const sw_policy_t &policy_;
  sw_plan_t &plan_;
  sw_usec_t now_;
  uint32_t told_ = 0;  // alerts about slots that were due in this step
};

}  // namespace slotwatch
