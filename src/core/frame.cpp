// SPDX-License-Identifier: Apache-2.0
#include "frame.hpp"

using slotwatch::is_busy;

int sw_worker_is_busy(uint32_t state) {
  return is_busy(state) ? 1 : 0;
}

int sw_worker_is_in_request(uint32_t state, sw_usec_t started, sw_usec_t stopped) {
  return is_busy(state) || (state == SW_WORKER_GRACEFUL && started > stopped);
}

int sw_worker_may_read(uint32_t state, const char *client, const char *request) {
  return state == SW_WORKER_GRACEFUL && client[0] != '\0' && request[0] == '\0';
}

// Source: server/mpm/event/event.c. The letter G tells nothing: every worker of a child becomes G
// once, and turns back to what it does.
int sw_sample_is_draining(const sw_sample_t *sample, int32_t running_generation) {
  const bool leaves = sample->quiescing != 0 || sample->generation != running_generation;
  return sample->pid > 0 && leaves ? 1 : 0;
}
