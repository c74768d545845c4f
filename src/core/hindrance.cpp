// SPDX-License-Identifier: Apache-2.0
#include "hindrance.hpp"

#include "judge.hpp"
#include "ladder.hpp"

namespace slotwatch {

namespace {

[[nodiscard]] bool is_pressure(sw_reason_t reason) {
  return reason == SW_REASON_TIGHT || reason == SW_REASON_FULL;
}

[[nodiscard]] bool spares_protected(uint32_t reason) {
  return reason != SW_REASON_GRACE && reason != SW_REASON_REQUEST;
}

// Without an agent only age shows, but where there is nothing to progress. One that is to come
// first has time to: it can cut less than a kill does.
[[nodiscard]] bool wants_evidence(const Track &track, const sw_sample_t &sample,
                                  const sw_policy_t &policy, sw_reason_t reason, sw_usec_t now) {
  if (has_agent(sample) || is_empty(track)) {
    return false;
  }
  const bool may_come =
      policy.has_agents != 0 && now - track.draining_since < sure_intervals * policy.interval;
  return reason == SW_REASON_STALL || (is_pressure(reason) && may_come);
}

// Room for the next reload is not worth a download that moves: not until it has drained for a
// while, and never one of a child that ended within its own generation, as busy servers' children
// do all day long with MaxConnectionsPerChild.
[[nodiscard]] bool is_spared(const Track &track, const sw_policy_t &policy, sw_reason_t reason,
                             sw_usec_t now) {
  return reason == SW_REASON_TIGHT && track.state != SW_STATE_STUCK && !is_empty(track) &&
         (track.trigger == SW_TRIGGER_TRIM || now - track.draining_since < policy.min_drain);
}

// Somebody who asks does not wait for what the plan came to by itself, only for an answer to the
// same question.
[[nodiscard]] bool is_held(const Recycle &recycle, sw_reason_t reason, sw_usec_t now) {
  return now < recycle.retry_at &&
         (reason != SW_REASON_REQUEST || recycle.reason == SW_REASON_REQUEST);
}

}  // namespace

sw_reason_t cause_of(const Track &track, const sw_sample_t &sample, const sw_policy_t &policy,
                     sw_usec_t now) {
  if (sample.is_asked_for != 0) {
    return SW_REASON_REQUEST;
  }
  if (track.state != SW_STATE_STUCK) {
    return SW_REASON_NONE;
  }
  return is_past_grace(track, policy, now) ? SW_REASON_GRACE : SW_REASON_STALL;
}

sw_suppression_t hindrance(const Track &track, const sw_sample_t &sample, const sw_policy_t &policy,
                           sw_reason_t reason, sw_usec_t now) {
  if (!is_identified(sample)) {
    return SW_SUPPRESSION_IDENTITY;
  }
  if (wants_evidence(track, sample, policy, reason, now)) {
    return SW_SUPPRESSION_EVIDENCE;
  }
  if (sample.is_protected != 0 && spares_protected(reason)) {
    return SW_SUPPRESSION_PROTECTED;
  }
  if (is_spared(track, policy, reason, now)) {
    return SW_SUPPRESSION_MIN_DRAIN;
  }
  if (is_held(track.recycle, reason, now)) {
    return static_cast<sw_suppression_t>(track.recycle.held_by);
  }
  if (rung_after(SW_RUNG_NONE, track, sample, policy) == SW_RUNG_NONE) {
    return SW_SUPPRESSION_LADDER;
  }
  const bool acts = policy.mode == SW_MODE_ON || policy.mode == SW_MODE_DRYRUN;
  return acts ? SW_SUPPRESSION_NONE : SW_SUPPRESSION_OFF;
}

sw_suppression_t obstacle(const Recycle &recycle, const sw_sample_t &sample,
                          const sw_policy_t &policy) {
  if (sample.is_protected != 0 && spares_protected(recycle.reason)) {
    return SW_SUPPRESSION_PROTECTED;
  }
  if (policy.mode == SW_MODE_ON) {
    return SW_SUPPRESSION_NONE;
  }
  if (policy.mode != SW_MODE_DRYRUN) {
    return SW_SUPPRESSION_OFF;
  }
  return recycle.reason == SW_REASON_REQUEST ? SW_SUPPRESSION_NONE : SW_SUPPRESSION_DRYRUN;
}

}  // namespace slotwatch
