/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Weather: pseudo-random and from a fixed seed (test_storm.c), or as a fuzzer's bytes say
 * (tests/fuzz), hostile bytes included. storm_checks.h says what must hold in it.
 */
#ifndef STORM_H
#define STORM_H

#include "world.h"

#define FRAMES 20000
#define SLOTS 12
#define THREADS 3
#define ORDERS (1U << 20) /* more than there will be */

typedef struct storm_t {
  world_t *world;
  uint64_t seed;
  const uint8_t *bytes;                /* a script in place of the seed; zeros after its end */
  size_t left;                         /* of them */
  uint64_t opened[WORLD_REQUESTS * 4]; /* incidents that were told and are not over */
  size_t opened_count;
  uint8_t is_on[SLOTS];       /* SW301 was told and no end */
  sw_intent_t intents[SLOTS]; /* the last of each */
  uint8_t is_used[ORDERS];
  sw_usec_t begun[FRAMES]; /* recycles that the budget bounds */
  size_t begun_count;
  int is_latched;
} storm_t;

/* Knuth's MMIX: the high bits are good enough for weather. */
static inline uint32_t roll(storm_t *storm, uint32_t sides) {
  if (storm->bytes != NULL) {
    return storm->left == 0 ? 0 : (--storm->left, *storm->bytes++ % sides);
  }
  storm->seed = storm->seed * 6364136223846793005U + 1442695040888963407U;
  return (uint32_t)(storm->seed >> 33) % sides;
}

static inline int one_in(storm_t *storm, uint32_t sides) {
  return roll(storm, sides) == 0;
}

/* ---- Weather ---- */

static inline void change_slot(storm_t *storm, uint32_t slot) {
  world_t *w = storm->world;
  sw_sample_t *sample = &w->samples[slot];
  switch (roll(storm, 20)) {
    case 0:
      world_end(w, slot);
      break;
    case 1: /* a child that overruns its own part of the scoreboard */
      for (size_t at = 0; at < sizeof(*sample); ++at) {
        ((uint8_t *)sample)[at] = (uint8_t)roll(storm, 256);
      }
      break;
    case 2:
      sample->generation += (int32_t)roll(storm, 3) - 1;
      break;
    case 3:
      sample->process = (uint8_t)roll(storm, 256);
      break;
    case 4:
      w->workers[slot * THREADS + roll(storm, THREADS)] = (uint8_t)roll(storm, 256);
      break;
    case 5:
    case 6:
      ++sample->bytes;
      break;
    case 7:
    case 8:
      world_serve(w, slot, 100 + (int32_t)roll(storm, 20), "_W_");
      break;
    case 9:
    case 10:
      sample->is_protected = (uint8_t)one_in(storm, 2);
      sample->is_asked_for = (uint8_t)one_in(storm, 3);
      break;
    default:
      world_hold(w, slot, 100 + (int32_t)roll(storm, 20));
      world_agent(w, slot, roll(storm, 3), roll(storm, 3));
      sample->evidence.is_present = (uint8_t)!one_in(storm, 4);
  }
}

/* An agent that does what it is told, a hook that answers, a child that goes, or none of these. */
static inline void answer_intent(storm_t *storm, const sw_intent_t *intent) {
  world_t *w = storm->world;
  const uint32_t slot = (uint32_t)intent->slot;
  if (intent->is_question) {
    world_answer(w, slot, (sw_answer_t)roll(storm, SW_ANSWER_COUNT + 1));
  } else if (one_in(storm, 3)) {
    world_done(w, slot, roll(storm, 3));
  } else if (one_in(storm, 6)) {
    world_end(w, slot);
  }
}

static inline void change_policy(storm_t *storm) {
  sw_policy_t *policy = &storm->world->policy;
  policy->stall = one_in(storm, 200) ? roll(storm, 60) * SEC : policy->stall;
  policy->grace = one_in(storm, 200) ? roll(storm, 600) * SEC : policy->grace;
  policy->reserve = one_in(storm, 200) ? roll(storm, 4) : policy->reserve;
  policy->mode = one_in(storm, 100) ? (uint8_t)roll(storm, SW_MODE_COUNT + 3) : policy->mode;
  policy->mode = policy->mode > SW_MODE_COUNT ? SW_MODE_ON : policy->mode;
  policy->asks = one_in(storm, 50) ? (uint8_t)one_in(storm, 3) : policy->asks;
  policy->ladder.count = one_in(storm, 50) ? 1 + roll(storm, 3) : policy->ladder.count;
}

static inline void change_weather(storm_t *storm) {
  world_t *w = storm->world;
  for (size_t at = 0; at < w->plan.intent_count; ++at) {
    answer_intent(storm, &w->plan.intents[at]);
  }
  if (one_in(storm, 3)) {
    change_slot(storm, roll(storm, SLOTS));
  }
  if (one_in(storm, 50)) {
    world_reload(w);
  }
  if (one_in(storm, 100)) { /* all at once */
    for (uint32_t slot = 0; slot < SLOTS; ++slot) {
      change_slot(storm, slot);
    }
  }
  w->frame.slot_count = one_in(storm, 40) ? 1 + roll(storm, SLOTS) : SLOTS;
  w->frame.flags_kept = (uint8_t)!one_in(storm, 20);
  w->frame.request_count = roll(storm, WORLD_REQUESTS + 1);
  w->frame.socket_count = roll(storm, WORLD_SOCKETS + 1);
  w->frame.thread_count = roll(storm, WORLD_SOCKETS + 1);
  change_policy(storm);
}

static inline sw_usec_t next_step(storm_t *storm) {
  if (one_in(storm, 30)) {
    return roll(storm, 200) * SEC; /* a gap */
  }
  return one_in(storm, 30) ? -(sw_usec_t)roll(storm, 20) * SEC : SEC;
}

#endif
