/* SPDX-License-Identifier: Apache-2.0 */
/* A world in which a stuck slot is recycled. */
#ifndef RECYCLE_H
#define RECYCLE_H

#include "world.h"

#define RECYCLE_SPAN (5 * SEC) /* of each rung, by default */

/* Slots for all, so that there is no pressure; agents, and leave to act. */
static inline int recycle_setup(void **state) {
  world_setup(state);
  world_t *w = *state;
  w->policy.mode = SW_MODE_ON;
  w->policy.has_agents = 1;
  w->policy.alert_repeat = 600 * SEC;
  return 0;
}

/* A slot with a client and a backend that has just become stuck, and is being recycled. */
static inline void recycle_begin(world_t *w, uint32_t slot, uint32_t clients, uint32_t backends) {
  world_hold(w, slot, 100 + (int32_t)slot);
  world_agent(w, slot, clients, backends);
  world_frame(w, SEC);
  world_frame(w, w->policy.stall);
}

#define RECYCLE_TEST(test) cmocka_unit_test_setup_teardown(test, recycle_setup, world_teardown)

#endif
