/* SPDX-License-Identifier: Apache-2.0 */
/* A world that runs out of slots. */
#ifndef PRESSURE_H
#define PRESSURE_H

#include "recycle.h"

/*
 * Eight slots of which all drain or serve, busy; the new generation finds `free_slots`. Those that
 * drain have an agent and one client, and progress on each frame of `run`.
 */
static inline int pressure_setup(void **state) {
  recycle_setup(state);
  world_t *w = *state;
  w->policy.stall = w->policy.grace = 0; /* nothing is stuck */
  w->policy.min_spare_threads = 4;
  w->policy.reserve = 2;
  return 0;
}

static inline void arrange(world_t *w, uint32_t draining, uint32_t free_slots) {
  for (uint32_t slot = 0; slot < WORLD_SLOTS; ++slot) {
    if (slot < draining) {
      world_hold(w, slot, 100 + (int32_t)slot);
      w->samples[slot].generation = 0;
      world_agent(w, slot, 1, 0);
    } else if (slot < WORLD_SLOTS - free_slots) {
      world_serve(w, slot, 100 + (int32_t)slot, "WWWW");
    } else {
      world_end(w, slot);
    }
  }
}

static inline void move(world_t *w, uint32_t slot) {
  ++w->samples[slot].evidence.moved;
}

/* Frames on which all slots progress but those of the mask. */
static inline void run(world_t *w, int frames, uint32_t still) {
  for (int frame = 0; frame < frames; ++frame) {
    for (uint32_t slot = 0; slot < WORLD_SLOTS; ++slot) {
      if ((still >> slot & 1) == 0) {
        move(w, slot);
      }
    }
    world_frame(w, SEC);
  }
}

#define PRESSURE_TEST(test) cmocka_unit_test_setup_teardown(test, pressure_setup, world_teardown)

#endif
