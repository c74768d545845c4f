// SPDX-License-Identifier: Apache-2.0
#include "frame.hpp"

int sw_worker_is_in_request(uint32_t state, sw_usec_t started, sw_usec_t stopped) {
  return sw_worker_is_busy(state) != 0 || (state == SW_WORKER_GRACEFUL && started > stopped);
}

// Source: server/mpm/event/event.c. The letter G tells nothing: every worker of a child becomes G
// once, and turns back to what it does.
int sw_sample_is_draining(const sw_sample_t *sample, int32_t running_generation) {
  const bool leaves = sample->quiescing != 0 || sample->generation != running_generation;
  return sample->pid > 0 && leaves ? 1 : 0;
}
