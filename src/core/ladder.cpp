// SPDX-License-Identifier: Apache-2.0
#include "ladder.hpp"

namespace slotwatch {

namespace {

[[nodiscard]] std::span<const uint8_t> rungs_of(const sw_ladder_t &ladder) {
  return {ladder.rungs, std::min<uint32_t>(ladder.count, SW_LADDER_MAX)};
}

// Sockets are shut by the agent of their process. Of a ghost no thread is left that would notice.
[[nodiscard]] bool applies(uint32_t rung, const Track &track, const sw_sample_t &sample,
                           const sw_policy_t &policy) {
  if (rung == SW_RUNG_KILL) {
    return true;
  }
  return policy.has_agents != 0 && track.phase != SW_PHASE_GHOST && sockets_of(rung, sample) > 0;
}

}  // namespace

sw_rung_t rung_after(uint32_t rung, const Track &track, const sw_sample_t &sample,
                     const sw_policy_t &policy) {
  for (const uint8_t next : rungs_of(policy.ladder)) {
    if (next > rung && applies(next, track, sample, policy)) {
      return static_cast<sw_rung_t>(next);
    }
  }
  return SW_RUNG_NONE;
}

uint32_t sockets_of(uint32_t rung, const sw_sample_t &sample) {
  if (!has_agent(sample)) {
    return 0;
  }
  const uint32_t clients = std::min(sample.evidence.clients, most_sockets);
  const uint32_t backends = std::min(sample.evidence.backends, most_sockets);
  switch (rung) {
    case SW_RUNG_BACKENDS:
      return backends;
    case SW_RUNG_CLIENTS:
      return clients;
    default:
      return rung == SW_RUNG_KILL ? clients + backends : 0;
  }
}

sw_usec_t span_of(uint32_t rung, const sw_policy_t &policy) {
  const auto rungs = rungs_of(policy.ladder);
  const auto found = std::ranges::find(rungs, rung);
  return found != rungs.end() ? policy.ladder.spans[found - rungs.begin()] : 0;
}

}  // namespace slotwatch
