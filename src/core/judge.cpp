// SPDX-License-Identifier: Apache-2.0
#include "judge.hpp"

namespace slotwatch {

namespace {

// A connection that a module suspended is in no queue of the MPM and with no worker: only that
// module can move it. The other counters are stale while workers are busy, so they prove nothing.
[[nodiscard]] bool all_suspended(const sw_connections_t &connections) {
  return connections.total > 0 && connections.suspended >= connections.total;
}

// Connections that are in none of the MPM's queues are with a worker. The counters may be behind,
// and a worker that waits for the rest of a request's header shows no more than G: where a worker's
// last request is known, both must say so.
[[nodiscard]] bool any_reading(const sw_sample_t &sample, bool requests_kept) {
  const sw_connections_t &c = sample.connections;
  const auto queued = uint64_t{c.write_completion} + c.lingering_close + c.keep_alive +
                      c.suspended + static_cast<uint64_t>(std::max(c.wait_io, int64_t{0}));
  return c.total > queued && (sample.readers > 0 || !requests_kept);
}

// An agent sees every socket of its process: that of a connection which only a module can move, and
// which is no relay to a backend, is as good as none.
[[nodiscard]] bool is_leaked(const sw_sample_t &sample) {
  const sw_connections_t &connections = sample.connections;
  if (!has_agent(sample)) {
    return all_suspended(connections);
  }
  return connections.total > 0 && sample.evidence.backends == 0 &&
         (sample.evidence.clients == 0 || all_suspended(connections));
}

[[nodiscard]] sw_phase_t phase_of(const sw_sample_t &sample, Workers workers,
                                  const sw_frame_t &frame) {
  const bool flags_kept = frame.flags_kept != 0;
  if (!workers.empty() && all_dead(workers)) {
    return SW_PHASE_GHOST;
  }
  if (flags_kept && sample.quiescing == 0) {
    return sample.not_accepting != 0 ? SW_PHASE_LISTENER_BLOCKED : SW_PHASE_UNSIGNALLED;
  }
  if (any_in_request(sample, workers)) {
    return SW_PHASE_REQUESTS;
  }
  if (has_agent(sample) && is_leaked(sample)) {
    return SW_PHASE_LEAKED;
  }
  if (any_reading(sample, frame.requests_kept != 0)) {
    return SW_PHASE_REQUESTS;
  }
  if (!flags_kept && !any_in(workers, SW_WORKER_GRACEFUL)) {
    return SW_PHASE_UNSIGNALLED;
  }
  return is_leaked(sample) ? SW_PHASE_LEAKED : SW_PHASE_CONNECTIONS;
}

[[nodiscard]] sw_reason_t stuck_for(const Track &track, const sw_policy_t &policy, sw_usec_t now) {
  if (policy.stall > 0 && now - track.progress_at >= policy.stall) {
    return SW_REASON_STALL;
  }
  return is_past_grace(track, policy, now) ? SW_REASON_GRACE : SW_REASON_NONE;
}

}  // namespace

void judge(Track &track, const sw_frame_t &frame, uint32_t slot, const sw_policy_t &policy,
           sw_usec_t now) {
  const sw_sample_t &sample = frame.samples[slot];
  track.reason = SW_REASON_NONE;
  if (track.draining == 0) {
    track.phase = SW_PHASE_NONE;
    track.state = track.pid == 0 ? SW_STATE_FREE : SW_STATE_SERVING;
    return;
  }
  if (!has_ended(sample)) {  // or else it is what it was: all that is left is to be reaped
    track.phase = phase_of(sample, workers_of(frame, slot), frame);
  }
  track.reason = stuck_for(track, policy, now);
  track.state = state_of(track);
}

sw_state_t state_of(const Track &track) {
  if (track.recycle.order != 0) {
    return SW_STATE_RECYCLING;
  }
  return track.reason == SW_REASON_NONE ? SW_STATE_DRAINING : SW_STATE_STUCK;
}

bool is_past_grace(const Track &track, const sw_policy_t &policy, sw_usec_t now) {
  return policy.grace > 0 && now - track.draining_since >= policy.grace;
}

sw_usec_t becomes_stuck_at(const Track &track, const sw_policy_t &policy) {
  if (track.state != SW_STATE_DRAINING) {
    return never;
  }
  const sw_usec_t stalled = policy.stall > 0 ? track.progress_at + policy.stall : never;
  const sw_usec_t expired = policy.grace > 0 ? track.draining_since + policy.grace : never;
  return std::min(stalled, expired);
}

}  // namespace slotwatch
