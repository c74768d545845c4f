/* SPDX-License-Identifier: Apache-2.0 */
/* Evidence: what an agent says of its process: progress, phase, and what is published of it. */
#include "world.h"

#define MSEC SW_USEC_PER_MSEC

/* A slot that drains in a request, its agent heard of; it has used 10 s of CPU so far. */
static world_t *hold(void **state) {
  world_t *w = *state;
  world_hold(w, 0, 7);
  world_agent(w, 0, 2, 1);
  w->samples[0].evidence.moved = 1000;
  w->samples[0].evidence.cpu = 10 * SEC;
  world_frame(w, SEC);
  return w;
}

static sw_usec_t stalled(const world_t *w) {
  return world_slot(w, 0)->stalled;
}

/* ---- Progress ---- */

static void bytes_that_move_are_progress(void **state) {
  world_t *w = hold(state);
  world_frame(w, 5 * SEC);
  assert_int_equal(stalled(w), 5 * SEC);
  w->samples[0].evidence.moved = 3; /* any change */
  world_frame(w, SEC);
  assert_int_equal(stalled(w), 0);
}

static void agent_knows_when_it_was_and_is_believed_within_bounds(void **state) {
  world_t *w = hold(state);
  const sw_usec_t begun = w->frame.monotonic;
  sw_evidence_t *evidence = &w->samples[0].evidence;
  evidence->moved = 1;
  evidence->moved_at = begun + 2 * SEC;
  world_frame(w, 3 * SEC);
  assert_int_equal(stalled(w), SEC);
  evidence->moved = 2;
  evidence->moved_at = begun; /* before what is known */
  world_frame(w, SEC);
  assert_int_equal(stalled(w), 2 * SEC);
  evidence->moved = 3;
  evidence->moved_at = INT64_MAX; /* still to come */
  world_frame(w, SEC);
  assert_int_equal(stalled(w), 0);
}

static void scoreboard_that_moves_is_progress_with_an_agent_too(void **state) {
  world_t *w = hold(state);
  world_frame(w, 5 * SEC);
  ++w->samples[0].accesses;
  world_frame(w, SEC);
  assert_int_equal(stalled(w), 0);
}

static void cpu_is_progress_from_a_twentieth_of_the_time_on(void **state) {
  world_t *w = hold(state);
  sw_usec_t *cpu = &w->samples[0].evidence.cpu;
  *cpu += 49 * MSEC; /* a listener that wakes up */
  world_frame(w, SEC);
  assert_int_equal(stalled(w), SEC);
  *cpu += 50 * MSEC; /* 99 ms in 2 s */
  world_frame(w, SEC);
  assert_int_equal(stalled(w), 2 * SEC);
  *cpu += 500 * MSEC; /* and that is enough for 3 s */
  world_frame(w, SEC);
  assert_int_equal(stalled(w), 0);
  *cpu += 49 * MSEC; /* and reckoned anew from there */
  world_frame(w, SEC);
  assert_int_equal(stalled(w), SEC);
}

static void handler_that_computes_is_never_stuck_before_grace(void **state) {
  world_t *w = hold(state);
  for (int frame = 0; frame < 100; ++frame) {
    w->samples[0].evidence.cpu += SEC;
    world_frame(w, SEC);
    assert_int_equal(world_slot(w, 0)->state, SW_STATE_DRAINING);
  }
}

static void cpu_that_goes_backwards_restarts_the_reckoning(void **state) {
  world_t *w = hold(state);
  sw_usec_t *cpu = &w->samples[0].evidence.cpu;
  *cpu = 1 * SEC;
  world_frame(w, 10 * SEC);
  assert_int_equal(stalled(w), 10 * SEC);
  *cpu += 60 * MSEC; /* too little of 11 s, enough of the one since */
  world_frame(w, SEC);
  assert_int_equal(stalled(w), 0);
}

static void cpu_that_no_clock_shows_is_taken_calmly(void **state) {
  world_t *w = hold(state);
  const sw_usec_t wild[] = {INT64_MIN, INT64_MAX, -1, INT64_MIN, INT64_MAX};
  for (size_t at = 0; at < sizeof(wild) / sizeof(*wild); ++at) {
    w->samples[0].evidence.cpu = wild[at];
    world_frame(w, SEC);
    assert_true(stalled(w) >= 0);
  }
}

static void second_frame_of_one_instant_is_no_progress(void **state) {
  world_t *w = hold(state);
  world_frame(w, 5 * SEC);
  w->samples[0].evidence.cpu += 1;
  world_frame(w, 0);
  assert_int_equal(stalled(w), 5 * SEC);
}

/* ---- Who judges ---- */

static void agent_that_comes_or_goes_is_no_progress(void **state) {
  world_t *w = hold(state);
  assert_int_equal(world_slot(w, 0)->judged_by, SW_JUDGED_BY_AGENT);
  w->samples[0].evidence.is_present = 0;
  world_frame(w, 5 * SEC);
  assert_int_equal(stalled(w), 5 * SEC);
  assert_int_equal(world_slot(w, 0)->judged_by, SW_JUDGED_BY_SCOREBOARD);
  w->samples[0].evidence.moved += 99; /* what moved while it was silent is not known to be recent */
  w->samples[0].evidence.cpu += 99 * SEC;
  world_frame(w, 5 * SEC);
  assert_int_equal(stalled(w), 10 * SEC);
  w->samples[0].evidence.is_present = 1;
  world_frame(w, 5 * SEC);
  world_frame(w, SEC);
  assert_int_equal(stalled(w), 16 * SEC);
  assert_int_equal(world_slot(w, 0)->judged_by, SW_JUDGED_BY_AGENT);
  w->samples[0].evidence.cpu += 200 * MSEC;
  world_frame(w, SEC);
  assert_int_equal(stalled(w), 0);
}

static void agent_of_a_slot_that_serves_judges_nothing(void **state) {
  world_t *w = *state;
  world_serve(w, 0, 7, "W...");
  world_agent(w, 0, 2, 1);
  world_frame(w, SEC);
  assert_int_equal(world_slot(w, 0)->judged_by, SW_JUDGED_BY_SCOREBOARD);
  assert_int_equal(world_slot(w, 0)->clients, 0);
}

/* ---- Leaked ---- */

static void slot_is_leaked_when_its_agent_sees_no_socket_that_is_counted(void **state) {
  static const struct {
    const char *letters;
    uint32_t total, suspended, clients, backends;
    sw_phase_t phase;
  } scenes[] = {
      {"GG..", 1, 0, 0, 0, SW_PHASE_LEAKED},   {"GG..", 2, 2, 0, 0, SW_PHASE_LEAKED},
      {"GG..", 2, 2, 1, 0, SW_PHASE_LEAKED},   {"GG..", 2, 2, 1, 1, SW_PHASE_CONNECTIONS},
      {"GG..", 1, 0, 1, 0, SW_PHASE_REQUESTS}, {"GG..", 0, 0, 0, 0, SW_PHASE_CONNECTIONS},
      {"WG..", 1, 0, 0, 0, SW_PHASE_REQUESTS}, {"....", 1, 0, 0, 0, SW_PHASE_GHOST},
  };
  for (size_t at = 0; at < sizeof(scenes) / sizeof(*scenes); ++at) {
    world_t *w = *state;
    world_hold(w, 0, 100 + (int32_t)at);
    world_letters(w, 0, scenes[at].letters);
    world_agent(w, 0, scenes[at].clients, scenes[at].backends);
    w->samples[0].connections =
        (sw_connections_t){.total = scenes[at].total, .suspended = scenes[at].suspended};
    world_frame(w, SEC);
    assert_int_equal(world_slot(w, 0)->phase, scenes[at].phase);
  }
}

/* ---- What is published ---- */

static void report_has_what_the_agent_counted_and_listed(void **state) {
  world_t *w = hold(state);
  sw_evidence_t *evidence = &w->samples[0].evidence;
  evidence->others = 4;
  evidence->socket_first = 1;
  evidence->socket_count = 2;
  evidence->thread_first = 2;
  evidence->thread_count = 1;
  w->frame.socket_count = w->frame.thread_count = 3;
  w->sockets[1] =
      (sw_socket_t){.role = SW_ROLE_BACKEND, .queued = 5, .idle = SEC, .peer = "/run/a"};
  w->threads[2] = (sw_thread_t){.tid = 9, .state = 'D', .name = "httpd", .wchan = "pipe", .cpu = 3};
  world_frame(w, SEC);
  const sw_slot_t *slot = world_slot(w, 0);
  assert_int_equal(slot->clients, 2);
  assert_int_equal(slot->backends, 1);
  assert_int_equal(slot->others, 4);
  assert_int_equal(slot->socket_first, 1);
  assert_int_equal(slot->socket_count, 2);
  assert_memory_equal(&sw_report_sockets(w->report)[1], &w->sockets[1], sizeof(sw_socket_t));
  assert_memory_equal(&sw_report_threads(w->report)[slot->thread_first], &w->threads[2],
                      sizeof(sw_thread_t));
  assert_int_equal(sw_report_check(w->report, w->report->size), SW_STATUS_OK);
}

static void slot_that_claims_sockets_which_are_not_there_has_fewer(void **state) {
  static const uint32_t claims[][3] = {/* first, count, what is left */
                                       {0, 9, 3},
                                       {2, 9, 1},
                                       {3, 1, 0},
                                       {UINT32_MAX, UINT32_MAX, 0}};
  for (size_t at = 0; at < sizeof(claims) / sizeof(*claims); ++at) {
    world_t *w = hold(state);
    sw_evidence_t *evidence = &w->samples[0].evidence;
    w->frame.socket_count = w->frame.thread_count = 3;
    evidence->socket_first = evidence->thread_first = claims[at][0];
    evidence->socket_count = evidence->thread_count = claims[at][1];
    world_frame(w, SEC);
    const sw_slot_t *slot = world_slot(w, 0);
    assert_int_equal(slot->socket_count, claims[at][2]);
    assert_int_equal(slot->thread_count, claims[at][2]);
    assert_true(slot->socket_first <= 3 && slot->thread_first <= 3);
    evidence->is_present = 0;
    world_frame(w, SEC);
    assert_int_equal(world_slot(w, 0)->socket_count + world_slot(w, 0)->clients, 0);
  }
}

static void bytes_of_a_child_that_are_no_words_are_made_so(void **state) {
  world_t *w = hold(state);
  w->frame.socket_count = w->frame.thread_count = 1;
  memset(w->sockets, 0xff, sizeof(w->sockets));
  memset(w->threads, 0xff, sizeof(w->threads));
  world_frame(w, SEC);
  const sw_socket_t *socket = sw_report_sockets(w->report);
  const sw_thread_t *thread = sw_report_threads(w->report);
  assert_int_equal(socket->role, SW_ROLE_OTHER);
  assert_int_equal(strnlen(socket->peer, sizeof(socket->peer)), sizeof(socket->peer) - 1);
  assert_int_equal(strnlen(thread->name, sizeof(thread->name)), sizeof(thread->name) - 1);
  assert_int_equal(strnlen(thread->wchan, sizeof(thread->wchan)), sizeof(thread->wchan) - 1);
  assert_int_equal(thread->state, '?');
  assert_int_equal(thread->cpu, 0);
}

static void peers_are_shown_as_far_as_privacy_allows(void **state) {
  static const struct {
    uint8_t privacy, shows_clients, shows_backends;
  } levels[] = {{SW_PRIVACY_FULL, 1, 1}, {SW_PRIVACY_NOQUERY, 1, 1}, {SW_PRIVACY_NOCLIENT, 0, 1},
                {SW_PRIVACY_NONE, 0, 0}, {SW_PRIVACY_COUNT, 0, 0},   {255, 0, 0}};
  for (size_t at = 0; at < sizeof(levels) / sizeof(*levels); ++at) {
    world_t *w = hold(state);
    w->policy.privacy = levels[at].privacy;
    w->frame.socket_count = 3;
    for (uint32_t role = 0; role < SW_ROLE_COUNT; ++role) {
      w->sockets[role] = (sw_socket_t){.role = (uint8_t)role, .queued = 7, .peer = "192.0.2.1:80"};
    }
    world_frame(w, SEC);
    const sw_socket_t *sockets = sw_report_sockets(w->report);
    for (uint32_t role = 0; role < SW_ROLE_COUNT; ++role) {
      const int shows =
          role == SW_ROLE_BACKEND ? levels[at].shows_backends : levels[at].shows_clients;
      assert_string_equal(sockets[role].peer, shows ? "192.0.2.1:80" : "");
      assert_int_equal(sockets[role].queued, 7);
    }
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      WORLD_TEST(bytes_that_move_are_progress),
      WORLD_TEST(agent_knows_when_it_was_and_is_believed_within_bounds),
      WORLD_TEST(scoreboard_that_moves_is_progress_with_an_agent_too),
      WORLD_TEST(cpu_is_progress_from_a_twentieth_of_the_time_on),
      WORLD_TEST(handler_that_computes_is_never_stuck_before_grace),
      WORLD_TEST(cpu_that_goes_backwards_restarts_the_reckoning),
      WORLD_TEST(cpu_that_no_clock_shows_is_taken_calmly),
      WORLD_TEST(second_frame_of_one_instant_is_no_progress),
      WORLD_TEST(agent_that_comes_or_goes_is_no_progress),
      WORLD_TEST(agent_of_a_slot_that_serves_judges_nothing),
      WORLD_TEST(slot_is_leaked_when_its_agent_sees_no_socket_that_is_counted),
      WORLD_TEST(report_has_what_the_agent_counted_and_listed),
      WORLD_TEST(slot_that_claims_sockets_which_are_not_there_has_fewer),
      WORLD_TEST(bytes_of_a_child_that_are_no_words_are_made_so),
      WORLD_TEST(peers_are_shown_as_far_as_privacy_allows),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
