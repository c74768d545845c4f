/* SPDX-License-Identifier: Apache-2.0 */
/* Phase and trigger: what a draining slot is called. test_judge.c has from when on it is stuck. */
#include "world.h"

/* ---- Phases ---- */

typedef struct scene_t {
  const char *letters;
  uint8_t flags_kept, quiescing, not_accepting;
  sw_connections_t connections;
  sw_phase_t phase;
  uint32_t requests, omitted; /* that the sampler found: a worker that waits shows G */
  uint8_t requests_kept;      /* if so, `readers` must be there too */
  uint32_t readers;
} scene_t;

static const scene_t scenes[] = {
    /* never read the pipe, whatever its workers do */
    {"____", 1, 0, 0, {0}, SW_PHASE_UNSIGNALLED},
    {"W___", 1, 0, 0, {0}, SW_PHASE_UNSIGNALLED},
    {"____", 1, 0, 1, {0}, SW_PHASE_LISTENER_BLOCKED},
    {"W___", 1, 0, 1, {0}, SW_PHASE_LISTENER_BLOCKED},
    {"GGWG", 1, 1, 1, {0}, SW_PHASE_REQUESTS},
    {"...R", 1, 1, 1, {0}, SW_PHASE_REQUESTS},
    {"K...", 1, 1, 1, {0}, SW_PHASE_REQUESTS},
    /* in a request, and counted as a connection that only a module can move: the request it is */
    {"W...", 1, 1, 1, {.total = 1, .suspended = 1}, SW_PHASE_REQUESTS},
    {"GGGG", 1, 1, 1, {0}, SW_PHASE_REQUESTS, .requests = 1},
    {"GGGG", 1, 1, 1, {0}, SW_PHASE_REQUESTS, .omitted = 1},
    {"GG..", 1, 1, 1, {0}, SW_PHASE_CONNECTIONS},
    /* each connection is in a queue of the MPM, or else with a worker */
    {"GGGG", 1, 1, 1, {1, 1, 0, 0, 0, -1}, SW_PHASE_CONNECTIONS},
    {"GGGG", 1, 1, 1, {3, 0, 1, 1, 1, -1}, SW_PHASE_CONNECTIONS},
    {"GGGG", 1, 1, 1, {2, 1, 0, 0, 0, 1}, SW_PHASE_CONNECTIONS},
    {"GGGG", 1, 1, 1, {2, 1, 0, 0, 0, 0}, SW_PHASE_REQUESTS},
    {"GGGG", 1, 1, 1, {1, 0, 0, 0, 0, -1}, SW_PHASE_REQUESTS},
    {"GGGG", 1, 1, 1, {2, 0, 0, 0, 1, -1}, SW_PHASE_REQUESTS},
    /* the counters may be behind: somebody must be reading, where that can be known */
    {"GGGG", 1, 1, 1, {1, 0, 0, 0, 0, -1}, SW_PHASE_CONNECTIONS, .requests_kept = 1},
    {"GGGG", 1, 1, 1, {1, 0, 0, 0, 0, -1}, SW_PHASE_REQUESTS, .requests_kept = 1, .readers = 1},
    {"GGGG", 1, 1, 1, {1, 1, 0, 0, 0, -1}, SW_PHASE_CONNECTIONS, .requests_kept = 1, .readers = 1},
    {"GGGG", 1, 1, 1, {UINT32_MAX, 0, 0, 0, 0, INT64_MAX}, SW_PHASE_CONNECTIONS},
    {"GGGG", 1, 1, 1, {2, 0, 0, 0, 2, -1}, SW_PHASE_LEAKED},
    {"GGGG", 1, 1, 1, {2, 0, 0, 0, 2, 0}, SW_PHASE_LEAKED},
    /* each worker has ended, the pid has not */
    {"....", 1, 1, 1, {0}, SW_PHASE_GHOST},
    {"....", 1, 1, 1, {.total = 2, .suspended = 2}, SW_PHASE_GHOST},
    {"....", 1, 0, 0, {0}, SW_PHASE_GHOST},
    /* without workers there is none that has ended */
    {"", 1, 1, 1, {0}, SW_PHASE_CONNECTIONS},
    /* prefork keeps no flags: a worker that is not in a request waits for its signal */
    {"W", 0, 0, 0, {0}, SW_PHASE_REQUESTS},
    {"_", 0, 0, 0, {0}, SW_PHASE_UNSIGNALLED},
    {"G", 0, 0, 0, {0}, SW_PHASE_CONNECTIONS},
    {"G", 0, 0, 0, {0}, SW_PHASE_REQUESTS, .requests = 1},
    {".", 0, 0, 0, {0}, SW_PHASE_GHOST},
};

static void phase_of_a_draining_slot_follows_its_flags_workers_and_connections(void **state) {
  world_t *w = *state;
  for (size_t at = 0; at < sizeof(scenes) / sizeof(*scenes); ++at) {
    const scene_t *scene = &scenes[at];
    w->frame.flags_kept = scene->flags_kept;
    world_serve(w, 0, 100 + (int32_t)at, scene->letters);
    w->samples[0].generation = 0;
    w->samples[0].quiescing = scene->quiescing;
    w->samples[0].not_accepting = scene->not_accepting;
    w->samples[0].connections = scene->connections;
    w->samples[0].request_count = scene->requests;
    w->samples[0].requests_omitted = scene->omitted;
    w->samples[0].readers = scene->readers;
    w->frame.requests_kept = scene->requests_kept;
    world_frame(w, SEC);
    if (world_slot(w, 0)->phase != scene->phase) {
      fail_msg("scene %zu: %s", at, sw_phase_name(world_slot(w, 0)->phase));
    }
  }
}

static void phase_and_trigger_of_a_slot_that_serves_or_is_free_are_none(void **state) {
  world_t *w = *state;
  world_serve(w, 0, 7, "W...");
  world_frame(w, SEC);
  for (uint32_t slot = 0; slot < 2; ++slot) {
    assert_int_equal(world_slot(w, slot)->state, slot == 0 ? SW_STATE_SERVING : SW_STATE_FREE);
    assert_int_equal(world_slot(w, slot)->phase, SW_PHASE_NONE);
    assert_int_equal(world_slot(w, slot)->trigger, SW_TRIGGER_NONE);
  }
}

/* All that is left is to be reaped: its last letters say nothing any more. */
static void phase_of_an_ended_process_stays_what_it_was(void **state) {
  world_t *w = *state;
  const uint8_t ended[] = {SW_PROCESS_ZOMBIE, SW_PROCESS_GONE};
  for (size_t at = 0; at < sizeof(ended); ++at) {
    world_hold(w, 0, 100 + (int32_t)at);
    world_frame(w, SEC);
    world_letters(w, 0, "....");
    w->samples[0].process = ended[at];
    world_frame(w, SEC);
    assert_int_equal(world_slot(w, 0)->phase, SW_PHASE_REQUESTS);
    assert_int_equal(world_slot(w, 0)->process, ended[at]);
    assert_int_equal(world_slot(w, 0)->state, SW_STATE_DRAINING);
  }
}

static void phase_of_a_foreign_or_hidden_process_is_told_from_the_board(void **state) {
  world_t *w = *state;
  const uint8_t strange[] = {SW_PROCESS_FOREIGN, SW_PROCESS_UNKNOWN, 200};
  for (size_t at = 0; at < sizeof(strange); ++at) {
    world_hold(w, 0, 100 + (int32_t)at);
    w->samples[0].process = strange[at];
    world_frame(w, SEC);
    assert_int_equal(world_slot(w, 0)->phase, SW_PHASE_REQUESTS);
  }
}

/* ---- Triggers ---- */

static void trigger_is_the_reload_for_an_old_generation_and_a_trim_within_its_own(void **state) {
  world_t *w = *state;
  world_hold(w, 0, 7);
  world_serve(w, 1, 8, "W___");
  world_run(w, 2 * SEC);
  assert_int_equal(world_slot(w, 0)->trigger, SW_TRIGGER_TRIM);
  world_reload(w);
  world_frame(w, SEC);
  assert_int_equal(world_slot(w, 0)->trigger, SW_TRIGGER_TRIM); /* what made it drain */
  assert_int_equal(world_slot(w, 1)->trigger, SW_TRIGGER_RELOAD);
}

/* The watcher of a generation may look once more when the reload has begun. */
static void trigger_of_a_drain_first_seen_in_a_generations_last_frame_is_the_reload(void **state) {
  world_t *w = *state;
  world_hold(w, 0, 7);
  world_frame(w, SEC);
  assert_int_equal(world_slot(w, 0)->trigger, SW_TRIGGER_TRIM);
  world_reload(w);
  world_frame(w, SEC);
  assert_int_equal(world_slot(w, 0)->trigger, SW_TRIGGER_RELOAD);
}

/* The parent writes a child's pid before its generation, so that one which is forked may be seen as
 * an old one. */
static void child_that_no_longer_drains_is_as_if_it_never_had(void **state) {
  world_t *w = *state;
  world_serve(w, 0, 7, "____");
  w->samples[0].generation = 0;
  world_run(w, 2 * SEC);
  assert_int_equal(world_slot(w, 0)->state, SW_STATE_DRAINING);
  w->samples[0].generation = 1;
  world_run(w, 10 * SEC);
  assert_int_equal(world_slot(w, 0)->state, SW_STATE_SERVING);
  assert_int_equal(world_slot(w, 0)->phase, SW_PHASE_NONE);
  world_drain(w, 0);
  world_frame(w, SEC);
  assert_int_equal(world_slot(w, 0)->draining, 0);
  assert_int_equal(world_slot(w, 0)->trigger, SW_TRIGGER_TRIM);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      WORLD_TEST(phase_of_a_draining_slot_follows_its_flags_workers_and_connections),
      WORLD_TEST(phase_and_trigger_of_a_slot_that_serves_or_is_free_are_none),
      WORLD_TEST(phase_of_an_ended_process_stays_what_it_was),
      WORLD_TEST(phase_of_a_foreign_or_hidden_process_is_told_from_the_board),
      WORLD_TEST(trigger_is_the_reload_for_an_old_generation_and_a_trim_within_its_own),
      WORLD_TEST(trigger_of_a_drain_first_seen_in_a_generations_last_frame_is_the_reload),
      WORLD_TEST(child_that_no_longer_drains_is_as_if_it_never_had),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
