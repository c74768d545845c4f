/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Frames as the watcher takes them, each at the instant that the one before asked for, and how long
 * it takes until something is told: the rows of docs/timing.md.
 */
#ifndef TIMING_H
#define TIMING_H

#include "pressure.h"

#define MSEC SW_USEC_PER_MSEC
#define INTERVAL timing_given.interval
#define STALL timing_given.stall
#define GRACE timing_given.grace
#define REPEAT timing_given.alert_repeat
#define MIN_DRAIN timing_given.min_drain
#define RUNG(at) timing_given.ladder.spans[at]
#define HURRIED(at) (RUNG(at) < SEC ? RUNG(at) : SEC)
#define LATE (INTERVAL / 10) /* what a frame just before may delay the next by */
#define TICK ((sw_usec_t)1)
#define PHASES 20
/* Each look that somebody asks for comes a tick before the one that was due. */
#define SLACK MSEC

/* The times that hold in this test. */
static sw_policy_t timing_given;

static inline int timing_defaults(void **state) {
  (void)state;
  sw_policy_init(&timing_given);
  return 0;
}

/* Other times than the defaults, in other proportions. */
static inline int timing_others(void **state) {
  timing_defaults(state);
  INTERVAL = 200 * MSEC;
  STALL = 7 * SEC;
  GRACE = 20 * SEC;
  REPEAT = 3 * SEC;
  MIN_DRAIN = 1500 * MSEC;
  RUNG(0) = 3 * SEC;
  RUNG(1) = 700 * MSEC;
  RUNG(2) = 2 * SEC;
  return 0;
}

/* As slow as may be, a Stall as short as it then may be, and repeats within an interval. */
static inline int timing_slow(void **state) {
  timing_defaults(state);
  INTERVAL = 60 * SEC;
  STALL = 3 * INTERVAL;
  GRACE = 2 * 3600 * SEC;
  REPEAT = SEC;
  for (int rung = 0; rung < 3; ++rung) {
    RUNG(rung) = 2 * INTERVAL;
  }
  return 0;
}

#define TIMING_TEST(test)                                     \
  {#test, test, timing_defaults, NULL, NULL},                 \
      {#test " (others)", test, timing_others, NULL, NULL}, { \
#test " (slow)", test, timing_slow, NULL, NULL            \
  }

/* A world in which they hold. */
static inline void timing_give(sw_policy_t *policy) {
  policy->interval = INTERVAL;
  policy->stall = policy->stall > 0 ? STALL : 0;
  policy->grace = policy->grace > 0 ? GRACE : 0;
  policy->alert_repeat = REPEAT;
  policy->min_drain = MIN_DRAIN;
  policy->ladder = timing_given.ladder;
}

/* What happens at `event`, which lies at each phase between two frames. */
typedef struct timing_t {
  world_t *world;
  sw_usec_t event;
  sw_usec_t before; /* so long before each frame that is due somebody asks for one; 0: nobody */
} timing_t;

/* @return when it was told */
typedef sw_usec_t timing_story_t(timing_t *timing);

static inline sw_usec_t timing_now(const timing_t *timing) {
  return timing->world->frame.monotonic;
}

static inline void timing_frame_at(timing_t *timing, sw_usec_t instant) {
  world_frame(timing->world, instant - timing_now(timing));
}

static inline void timing_frame(timing_t *timing) {
  const sw_usec_t due = timing->world->plan.wake_at;
  const sw_usec_t asked = due - timing->before;
  timing_frame_at(timing, asked > timing_now(timing) ? asked : due);
}

/* Up to the last frame that does not see what happens at the instant. */
static inline void timing_before(timing_t *timing, sw_usec_t instant) {
  while (timing->world->plan.wake_at - timing->before < instant) {
    timing_frame(timing);
  }
}

/* @return the instant of the next frame that tells it */
static inline sw_usec_t timing_until(timing_t *timing, uint16_t id) {
  for (int frames = 0; frames < 10000; ++frames) {
    timing_frame(timing);
    if (world_count(timing->world, id) > 0) {
      return timing_now(timing);
    }
  }
  fail_msg("SW%d was not told", id);
  abort();
}

/* The story at one phase. @return how long after its event it was told */
static inline sw_usec_t timing_run(int (*setup)(void **), timing_story_t *story, sw_usec_t phase,
                                   sw_usec_t before) {
  void *state = NULL;
  setup(&state);
  timing_t timing = {.world = state, .before = before};
  timing_give(&timing.world->policy);
  world_frame(state, SEC);
  timing.event = timing_now(&timing) + 2 * INTERVAL + phase;
  const sw_usec_t told = story(&timing);
  world_teardown(&state);
  return told - timing.event;
}

/* Whatever the phase, and whoever asks for looks in between: never later than `most`, and there is
 * a case in which it is as late as that. */
static inline void timing_expect(int (*setup)(void **), timing_story_t *story, sw_usec_t most) {
  const sw_usec_t befores[] = {0, TICK, INTERVAL / 40, INTERVAL / 11};
  sw_usec_t latest = 0;
  for (int phase = 0; phase < PHASES; ++phase) {
    for (size_t at = 0; at < sizeof(befores) / sizeof(*befores); ++at) {
      const sw_usec_t took =
          timing_run(setup, story, phase * INTERVAL / PHASES + TICK, befores[at]);
      latest = took > latest ? took : latest;
    }
  }
  /* Of what repeats, or is over, within one long interval none need be as late. */
  assert_in_range(latest, INTERVAL <= SEC ? most - SLACK : 0, most);
}

#endif
