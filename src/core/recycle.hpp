// SPDX-License-Identifier: Apache-2.0
// Recycling: which draining slots are taken up the ladder, how far, and how it ends.
#pragma once

#include "plan.hpp"
#include "pressure.hpp"
#include "survey.hpp"

namespace slotwatch {

class Recycler {
 public:
  Recycler(sw_engine_t &engine, const sw_frame_t &frame, const sw_policy_t &policy, sw_plan_t &plan,
           Planner &planner)
      : engine_{engine}, frame_{frame}, policy_{policy}, plan_{plan}, planner_{planner} {}

  // The process of this track is gone: its slot is free, or another's.
  void process_ended(uint32_t slot, Track &track);
  // Nothing more is known of the slot, or it does not drain any more.
  void forget(uint32_t slot, Track &track);
  // Goes on with what was begun, begins what is due, and says what is to be done now. The
  // capacity's verdict is the confirmed one; its counts are brought up to date.
  void decide(sw_capacity_t &capacity);

 private:
  // What was begun (recycle.cpp).
  void advance(uint32_t slot, Track &track);
  void listen(uint32_t slot, Track &track);
  void watch(uint32_t slot, Track &track);
  void expire(uint32_t slot, Track &track);
  void go_on(uint32_t slot, Track &track);
  void act(uint32_t slot, Track &track);
  void begin_rung(uint32_t slot, Track &track, sw_rung_t rung);
  void end(uint32_t slot, Track &track, uint16_t id);
  void hold(Track &track, sw_suppression_t why) const;
  void conclude(Track &track, sw_outcome_t outcome);
  void tell(uint32_t slot, const Track &track, uint16_t id);
  [[nodiscard]] sw_usec_t deadline_of(const Track &track) const;
  [[nodiscard]] bool is_over(const Track &track) const;

  // What is to begin (recycle_begin.cpp).
  void attend(uint32_t slot, Track &track);
  void consider(uint32_t slot, Track &track, sw_reason_t reason);
  [[nodiscard]] const Incident &incident_of(const Track &track) const;
  void would(uint32_t slot, Track &track, sw_reason_t reason, sw_suppression_t why);
  void begin(uint32_t slot, Track &track, sw_reason_t reason);
  void relieve();
  [[nodiscard]] std::optional<Loss> least_loss(sw_reason_t reason,
                                               const std::optional<Loss> &last) const;
  void note_hindered(sw_reason_t reason, const std::optional<Loss> &last);
  [[nodiscard]] bool admits(sw_reason_t reason);
  void settle(uint32_t slot, Track &track);
  void release_latch(const sw_capacity_t &capacity);

  [[nodiscard]] const sw_sample_t &sample_of(uint32_t slot) const { return frame_.samples[slot]; }

  sw_engine_t &engine_;
  const sw_frame_t &frame_;
  const sw_policy_t &policy_;
  sw_plan_t &plan_;
  Planner &planner_;
  uint32_t level_ = SW_VERDICT_OK;
  int64_t missing_ = 0;  // slots; those on their way are not
};

}  // namespace slotwatch
