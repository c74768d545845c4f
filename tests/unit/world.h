/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A small server to put before the engine: slots, workers, a clock, and what the last frame came
 * to. Its blocks have just the size the ABI asks for, so that the sanitizers see a step beyond.
 */
#ifndef WORLD_H
#define WORLD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Needs those above. */
#include <cmocka.h>

#include "slotwatch.h"

#define SEC SW_USEC_PER_SEC
#define WORLD_BIRTH (1000 * SEC)            /* monotonic */
#define WORLD_WALL_BIRTH (1700000000 * SEC) /* wall */
#define WORLD_REQUESTS 16
#define WORLD_SOCKETS 8 /* and as many threads, of agents */
#define WORLD_SLOTS 8
#define WORLD_THREADS 4

typedef struct world_t {
  sw_frame_t frame;
  sw_sample_t *samples;
  uint8_t *workers;
  sw_request_t requests[WORLD_REQUESTS];
  sw_socket_t sockets[WORLD_SOCKETS];
  sw_thread_t threads[WORLD_SOCKETS];
  sw_policy_t policy;
  sw_identity_t identity;
  sw_plan_t plan;
  void *block;
  size_t block_size;
  sw_engine_t *engine;
  sw_report_t *report;
  size_t report_size;
  uint32_t told[SW_LOG_LAST]; /* alerts so far, by id */
} world_t;

static inline void world_open(world_t *w, uint32_t slots) {
  int adopted = 0;
  assert_int_equal(sw_engine_size(slots, &w->block_size), SW_STATUS_OK);
  w->block = calloc(1, w->block_size);
  assert_int_equal(
      sw_engine_open(w->block, w->block_size, slots, w->frame.wall, &w->engine, &adopted),
      SW_STATUS_OK);
  w->plan.alert_capacity = sw_plan_capacity(slots);
  w->plan.alerts = calloc(w->plan.alert_capacity, sizeof(sw_alert_t));
  w->plan.intent_capacity = slots;
  w->plan.intents = calloc(slots, sizeof(sw_intent_t));
}

static inline world_t *world_new(uint32_t slots, uint32_t threads) {
  world_t *w = calloc(1, sizeof(*w));
  w->samples = calloc(slots, sizeof(*w->samples));
  w->workers = calloc(slots, threads);
  sw_policy_init(&w->policy);
  w->policy.reserve = 1;
  w->policy.min_spare_threads = w->policy.threads_per_child = threads;
  w->policy.serving_max = slots;
  w->policy.mode = SW_MODE_OFF; /* test_recycle.c and those beside it turn it on */
  w->frame = (sw_frame_t){
      .monotonic = WORLD_BIRTH,
      .wall = WORLD_WALL_BIRTH,
      .generation = 1,
      .slot_count = slots,
      .worker_stride = threads,
      .samples = w->samples,
      .workers = w->workers,
      .requests = w->requests,
      .sockets = w->sockets,
      .threads = w->threads,
      .flags_kept = 1,
  };
  world_open(w, slots);
  const sw_shape_t shape = {.slots = slots,
                            .worker_stride = threads,
                            .requests = WORLD_REQUESTS,
                            .sockets = WORLD_SOCKETS,
                            .threads = WORLD_SOCKETS};
  assert_int_equal(sw_report_size(&shape, &w->report_size), SW_STATUS_OK);
  w->report = calloc(1, w->report_size);
  return w;
}

static inline void world_free(world_t *w) {
  free(w->samples);
  free(w->workers);
  free(w->plan.alerts);
  free(w->plan.intents);
  free(w->block);
  free(w->report);
  free(w);
}

static inline int world_setup(void **state) {
  *state = world_new(WORLD_SLOTS, WORLD_THREADS);
  return 0;
}

static inline int world_teardown(void **state) {
  world_free(*state);
  return 0;
}

#define WORLD_TEST(test) cmocka_unit_test_setup_teardown(test, world_setup, world_teardown)

/* ---- Slots ---- */

/** The workers of a slot, by mod_status's letters. */
static inline void world_letters(world_t *w, uint32_t slot, const char *letters) {
  uint8_t *workers = w->workers + (size_t)slot * w->frame.worker_stride;
  memset(workers, SW_WORKER_DEAD, w->frame.worker_stride);
  for (uint32_t at = 0; at < w->frame.worker_stride && letters[at] != '\0'; ++at) {
    for (uint32_t state = 0; state < SW_WORKER_COUNT; ++state) {
      workers[at] = sw_worker_letter(state) == letters[at] ? (uint8_t)state : workers[at];
    }
  }
  w->samples[slot].worker_count = (uint32_t)strlen(letters);
}

/** A serving child of the running generation. */
static inline void world_serve(world_t *w, uint32_t slot, int32_t pid, const char *letters) {
  w->samples[slot] = (sw_sample_t){.pid = pid, .generation = w->frame.generation};
  world_letters(w, slot, letters);
}

/** The child was told to end and knows it. */
static inline void world_drain(world_t *w, uint32_t slot) {
  sw_sample_t *sample = &w->samples[slot];
  sample->quiescing = sample->not_accepting = 1;
  sample->process = SW_PROCESS_ALIVE;
  sample->start_time = (uint64_t)sample->pid * 10;
}

/** A draining child that a trim holds in one request. */
static inline void world_hold(world_t *w, uint32_t slot, int32_t pid) {
  world_serve(w, slot, pid, "W...");
  world_drain(w, slot);
}

/** Its agent is heard of, and sees these sockets. */
static inline void world_agent(world_t *w, uint32_t slot, uint32_t clients, uint32_t backends) {
  sw_evidence_t *evidence = &w->samples[slot].evidence;
  evidence->is_present = 1;
  evidence->clients = clients;
  evidence->backends = backends;
}

static inline void world_end(world_t *w, uint32_t slot) {
  w->samples[slot] = (sw_sample_t){0};
  world_letters(w, slot, "");
}

/** A graceful restart: every child drains, the next generation is the running one. */
static inline void world_reload(world_t *w) {
  ++w->frame.generation;
  for (uint32_t slot = 0; slot < w->frame.slot_count; ++slot) {
    if (w->samples[slot].pid > 0) {
      world_drain(w, slot);
    }
  }
}

/* ---- Recycling ---- */

/** What the last frame wants done to the slot; NULL for nothing. */
static inline const sw_intent_t *world_intent(const world_t *w, uint32_t slot) {
  for (size_t at = 0; at < w->plan.intent_count; ++at) {
    if (w->plan.intents[at].slot == (int32_t)slot) {
      return &w->plan.intents[at];
    }
  }
  return NULL;
}

/** The rung of that intent. */
static inline uint32_t world_rung(const world_t *w, uint32_t slot) {
  const sw_intent_t *intent = world_intent(w, slot);
  return intent != NULL ? intent->rung : SW_RUNG_NONE;
}

/** The slot's agent says that it has carried out what it was told to. */
static inline void world_done(world_t *w, uint32_t slot, uint32_t cut) {
  const sw_intent_t *intent = world_intent(w, slot);
  assert_non_null(intent);
  w->samples[slot].evidence.is_done = 1;
  w->samples[slot].evidence.done = intent->order;
  w->samples[slot].evidence.cut = cut;
}

/** The hooks answer what they were asked. */
static inline void world_answer(world_t *w, uint32_t slot, sw_answer_t answer) {
  const sw_intent_t *intent = world_intent(w, slot);
  assert_non_null(intent);
  w->samples[slot].answered = (sw_answered_t){intent->order, (uint8_t)answer};
}

/* ---- Frames ---- */

/** One frame, `after` the last one. */
static inline void world_frame(world_t *w, sw_usec_t after) {
  w->frame.monotonic += after;
  w->frame.wall += after;
  assert_int_equal(sw_engine_step(w->engine, &w->frame, &w->policy, &w->plan), SW_STATUS_OK);
  assert_int_equal(
      sw_engine_report(w->engine, &w->frame, &w->policy, &w->identity, w->report, w->report_size),
      SW_STATUS_OK);
  for (size_t at = 0; at < w->plan.alert_count; ++at) {
    assert_true(w->plan.alerts[at].id < SW_LOG_LAST);
    ++w->told[w->plan.alerts[at].id];
  }
}

/** A frame each interval, for that long. */
static inline void world_run(world_t *w, sw_usec_t span) {
  for (sw_usec_t at = 0; at < span; at += w->policy.interval) {
    world_frame(w, w->policy.interval);
  }
}

/** How many alerts of that id the last frame came to. */
static inline uint32_t world_count(const world_t *w, uint16_t id) {
  uint32_t count = 0;
  for (size_t at = 0; at < w->plan.alert_count; ++at) {
    count += w->plan.alerts[at].id == id;
  }
  return count;
}

/** The last frame's first alert of that id, which must be there. */
static inline const sw_alert_t *world_alert(const world_t *w, uint16_t id) {
  for (size_t at = 0; at < w->plan.alert_count; ++at) {
    if (w->plan.alerts[at].id == id) {
      return &w->plan.alerts[at];
    }
  }
  fail_msg("SW%d was not told", id);
  abort();
}

static inline const sw_slot_t *world_slot(const world_t *w, uint32_t slot) {
  return &sw_report_slots(w->report)[slot];
}

#endif
