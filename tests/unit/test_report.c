/* SPDX-License-Identifier: Apache-2.0 */
/* Report: one block that says it all, and that knows whether it is whole. */
#include <stdio.h>

#include "world.h"

static void write_request(world_t *w, uint32_t at, const char *line) {
  w->requests[at] = (sw_request_t){.worker = at, .state = SW_WORKER_WRITE, .elapsed = SEC};
  snprintf(w->requests[at].request, sizeof(w->requests[at].request), "%s", line);
  w->frame.request_count = at + 1;
}

/* ---- Sizes ---- */

static void report_size_has_room_for_every_part(void **state) {
  (void)state;
  size_t size = 0;
  assert_int_equal(sw_report_size(&(sw_shape_t){3, 5, 7, 0, 0}, &size), SW_STATUS_OK);
  assert_true(size >=
              sizeof(sw_report_t) + 3 * sizeof(sw_slot_t) + 3 * 5 + 7 * sizeof(sw_request_t));
  assert_int_equal(sw_report_size(&(sw_shape_t){20000, 20000, 0, 0, 0}, &size), SW_STATUS_OK);
  assert_true(size > 20000UL * 20000UL);
  size = 42;
  assert_int_equal(sw_report_size(&(sw_shape_t){0, 5, 7, 0, 0}, &size), SW_STATUS_ARGUMENT);
  assert_int_equal(sw_report_size(&(sw_shape_t){3, 0, 7, 0, 0}, &size), SW_STATUS_ARGUMENT);
  assert_int_equal(sw_report_size(&(sw_shape_t){3, 5, 7, 0, 0}, NULL), SW_STATUS_ARGUMENT);
  assert_int_equal(size, 42);
}

/* The world gives exactly this size, and the sanitizers see a byte beyond. */
static void report_takes_the_size_that_is_asked_for_and_no_less(void **state) {
  world_t *w = *state;
  w->frame.request_count = WORLD_REQUESTS;
  w->frame.socket_count = w->frame.thread_count = WORLD_SOCKETS;
  world_frame(w, SEC);
  assert_int_equal(w->report->size, w->report_size);
  memset(w->report, 0xee, w->report_size);
  assert_int_equal(sw_engine_report(w->engine, &w->frame, &w->policy, &w->identity, w->report,
                                    w->report_size - 1),
                   SW_STATUS_SPACE);
  assert_int_equal(w->report->layout, 0xeeeeeeee);
}

static void report_without_an_argument_is_refused(void **state) {
  world_t *w = *state;
  const sw_engine_t *e = w->engine;
  const sw_frame_t *f = &w->frame;
  const sw_policy_t *p = &w->policy;
  const sw_identity_t *i = &w->identity;
  const size_t size = w->report_size;
  assert_int_equal(sw_engine_report(NULL, f, p, i, w->report, size), SW_STATUS_ARGUMENT);
  assert_int_equal(sw_engine_report(e, NULL, p, i, w->report, size), SW_STATUS_ARGUMENT);
  assert_int_equal(sw_engine_report(e, f, NULL, i, w->report, size), SW_STATUS_ARGUMENT);
  assert_int_equal(sw_engine_report(e, f, p, NULL, w->report, size), SW_STATUS_ARGUMENT);
  assert_int_equal(sw_engine_report(e, f, p, i, NULL, size), SW_STATUS_ARGUMENT);
  w->frame.slot_count = WORLD_SLOTS + 1;
  assert_int_equal(sw_engine_report(e, f, p, i, w->report, size), SW_STATUS_ARGUMENT);
}

/* ---- Content ---- */

static void report_says_what_the_frame_and_the_policy_said(void **state) {
  world_t *w = *state;
  w->identity = (sw_identity_t){.software = "Apache/2.4.71", .watcher_pid = 4711};
  w->frame.sample_cost = 33;
  world_frame(w, SEC);
  const sw_report_t *report = w->report;
  assert_int_equal(report->slot_count, WORLD_SLOTS);
  assert_int_equal(report->worker_stride, WORLD_THREADS);
  assert_int_equal(report->monotonic, w->frame.monotonic);
  assert_int_equal(report->wall, w->frame.wall);
  assert_int_equal(report->sample_cost, 33);
  assert_int_equal(report->generation, 1);
  assert_memory_equal(&report->policy, &w->policy, sizeof(w->policy));
  assert_memory_equal(&report->identity, &w->identity, sizeof(w->identity));
}

static void accessors_find_each_slots_workers_and_requests(void **state) {
  world_t *w = *state;
  world_serve(w, 0, 7, "_W__");
  world_hold(w, WORLD_SLOTS - 1, 8);
  sw_sample_t *sample = &w->samples[WORLD_SLOTS - 1];
  write_request(w, 0, "GET /a HTTP/1.1");
  write_request(w, 1, "GET /b HTTP/1.1");
  sample->request_first = 1;
  sample->request_count = 1;
  sample->requests_omitted = 4;
  sample->connections = (sw_connections_t){.total = 3, .wait_io = -1};
  world_frame(w, SEC);
  const sw_slot_t *slot = world_slot(w, WORLD_SLOTS - 1);
  assert_int_equal(slot->pid, 8);
  assert_int_equal(slot->generation, 1);
  assert_int_equal(slot->process, SW_PROCESS_ALIVE);
  assert_int_equal(slot->requests_omitted, 4);
  assert_int_equal(slot->connections.total, 3);
  assert_int_equal(slot->connections.wait_io, -1);
  assert_string_equal(sw_report_requests(w->report)[slot->request_first].request,
                      "GET /b HTTP/1.1");
  assert_memory_equal(sw_report_workers(w->report), w->workers, WORLD_WORKERS);
  assert_int_equal(world_slot(w, 0)->worker_count, WORLD_THREADS);
}

/* Whoever reads a slot's requests must find them in the report. */
static void slot_that_claims_requests_which_are_not_there_has_fewer(void **state) {
  world_t *w = *state;
  const uint32_t claims[][4] = {{0, 3, 0, 2},          {1, 3, 1, 1},
                                {2, 1, 2, 0},          {UINT32_MAX, 1, 2, 0},
                                {1, UINT32_MAX, 1, 1}, {UINT32_MAX, UINT32_MAX, 2, 0}};
  write_request(w, 0, "GET /a HTTP/1.1");
  write_request(w, 1, "GET /b HTTP/1.1");
  world_hold(w, 0, 7);
  for (size_t at = 0; at < sizeof(claims) / sizeof(*claims); ++at) {
    w->samples[0].request_first = claims[at][0];
    w->samples[0].request_count = claims[at][1];
    world_frame(w, SEC);
    assert_int_equal(world_slot(w, 0)->request_first, claims[at][2]);
    assert_int_equal(world_slot(w, 0)->request_count, claims[at][3]);
  }
}

static void slot_that_does_not_drain_shows_nothing_of_a_drain(void **state) {
  world_t *w = *state;
  world_serve(w, 0, 7, "W___");
  w->samples[0].process = SW_PROCESS_ALIVE;
  w->samples[0].request_count = 1;
  w->samples[0].connections.total = 3;
  w->samples[1].generation = 5; /* of the child that had the slot before */
  write_request(w, 0, "GET /a HTTP/1.1");
  world_frame(w, SEC);
  const sw_slot_t expected = {
      .pid = 7, .generation = 1, .state = SW_STATE_SERVING, .worker_count = WORLD_THREADS};
  assert_memory_equal(world_slot(w, 0), &expected, sizeof(expected));
  const sw_slot_t nothing = {0};
  assert_memory_equal(world_slot(w, 1), &nothing, sizeof(nothing));
}

/* ---- The history of incidents ---- */

static void incidents_are_remembered_newest_first_with_how_they_ended(void **state) {
  world_t *w = *state;
  world_hold(w, 0, 7);
  world_frame(w, SEC);
  world_hold(w, 1, 8);
  world_frame(w, w->policy.stall);
  world_run(w, w->policy.stall);
  world_end(w, 0);
  world_frame(w, SEC);
  assert_int_equal(w->report->incident_count, 2);
  const sw_incident_t *newest = &w->report->incidents[0];
  const sw_incident_t *oldest = &w->report->incidents[1];
  assert_int_equal(newest->slot, 1);
  assert_int_equal(newest->closed_wall, 0);
  assert_int_equal(oldest->slot, 0);
  assert_int_equal(oldest->pid, 7);
  assert_int_equal(oldest->generation, 1);
  assert_int_equal(oldest->phase, SW_PHASE_REQUESTS);
  assert_int_equal(oldest->trigger, SW_TRIGGER_TRIM);
  assert_int_equal(oldest->reason, SW_REASON_STALL);
  assert_int_equal(oldest->closed, SW_REASON_EXITED);
  assert_int_equal(oldest->opened_wall, WORLD_WALL_BIRTH + SEC + w->policy.stall);
  assert_int_equal(oldest->closed_wall, w->frame.wall);
  assert_int_equal(oldest->verdict, SW_VERDICT_OK);
}

/* closed_wall 0 means that it is open, whatever the wall clock says. */
static void incident_that_ends_before_1970_is_closed(void **state) {
  world_t *w = *state;
  world_hold(w, 0, 7);
  world_frame(w, SEC);
  world_frame(w, w->policy.stall);
  world_end(w, 0);
  w->frame.wall = -5 * SEC;
  world_frame(w, SEC);
  assert_true(w->report->incidents[0].closed_wall > 0);
}

/* One incident stays open, while many more than there is room for come and go in another slot. */
static void open_incident_outlives_any_number_of_closed_ones(void **state) {
  world_t *w = *state;
  world_hold(w, 0, 7);
  world_frame(w, SEC);
  for (int32_t round = 0; round < 2 * SW_INCIDENTS_MAX; ++round) {
    world_hold(w, 1, 100 + round);
    world_frame(w, SEC);
    world_frame(w, w->policy.stall);
  }
  assert_int_equal(w->report->incident_count, SW_INCIDENTS_MAX);
  assert_int_equal(w->report->incidents[SW_INCIDENTS_MAX - 1].pid, 7);
  assert_int_equal(w->report->incidents[SW_INCIDENTS_MAX - 1].closed_wall, 0);
  for (uint32_t at = 1; at < SW_INCIDENTS_MAX; ++at) {
    assert_true(w->report->incidents[at - 1].id > w->report->incidents[at].id);
  }
  world_end(w, 0);
  world_frame(w, SEC);
  assert_true(w->report->incidents[SW_INCIDENTS_MAX - 1].closed_wall != 0);
}

static void incidents_that_are_all_open_make_room_for_the_newest(void **state) {
  const uint32_t slots = SW_INCIDENTS_MAX + 8;
  world_t *w = *state = world_new(slots, 1);
  for (uint32_t slot = 0; slot < slots; ++slot) {
    world_serve(w, slot, 100 + (int32_t)slot, "W");
    world_drain(w, slot);
  }
  w->policy.min_spare_threads = w->policy.reserve = 0; /* short of nothing */
  world_frame(w, SEC);
  world_frame(w, w->policy.stall);
  assert_int_equal(w->report->incident_count, SW_INCIDENTS_MAX);
  assert_int_equal(w->report->incidents[0].slot, slots - 1);
  assert_int_equal(w->report->incidents[SW_INCIDENTS_MAX - 1].slot, 8);
  memset(w->samples, 0, slots * sizeof(*w->samples));
  world_frame(w, SEC);
  assert_int_equal(w->report->counters.incidents_closed, slots);
}

/* ---- Whether it is whole ---- */

static void whole_report_checks(void **state) {
  world_t *w = *state;
  write_request(w, 0, "GET / HTTP/1.1");
  world_frame(w, SEC);
  assert_int_equal(sw_report_check(w->report, w->report_size), SW_STATUS_OK);
  assert_int_equal(sw_report_check(w->report, w->report->size), SW_STATUS_OK);
  assert_int_equal(sw_report_check(w->report, w->report->size - 1), SW_STATUS_LAYOUT);
  assert_int_equal(sw_report_check(w->report, sizeof(sw_report_t) - 1), SW_STATUS_LAYOUT);
  assert_int_equal(sw_report_check(w->report, 0), SW_STATUS_LAYOUT);
  assert_int_equal(sw_report_check(NULL, w->report_size), SW_STATUS_LAYOUT);
  void *stub = malloc(8); /* the layout is right, and nothing behind it is there */
  memcpy(stub, w->report, 8);
  assert_int_equal(sw_report_check(stub, 8), SW_STATUS_LAYOUT);
  free(stub);
}

static void report_whose_header_was_changed_does_not_check(void **state) {
  world_t *w = *state;
  write_request(w, 0, "GET / HTTP/1.1");
  world_frame(w, SEC);
  const sw_report_t whole = *w->report;
  sw_report_t bad[10];
  for (size_t at = 0; at < 10; ++at) {
    bad[at] = whole;
  }
  bad[0].layout += 1;
  bad[1].slot_count += 1;
  bad[2].slot_count = UINT32_MAX;
  bad[3].worker_stride = UINT32_MAX;
  bad[4].request_count = UINT32_MAX;
  bad[5].size -= 8;
  bad[6].generation_count = SW_GENERATIONS_MAX + 1;
  bad[7].incident_count = SW_INCIDENTS_MAX + 1;
  bad[8].socket_count = UINT32_MAX;
  bad[9].thread_count = UINT32_MAX;
  for (size_t at = 0; at < 10; ++at) {
    *w->report = bad[at];
    assert_int_equal(sw_report_check(w->report, w->report_size), SW_STATUS_LAYOUT);
  }
  *w->report = whole;
  assert_int_equal(sw_report_check(w->report, w->report_size), SW_STATUS_OK);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(report_size_has_room_for_every_part),
      WORLD_TEST(report_takes_the_size_that_is_asked_for_and_no_less),
      WORLD_TEST(report_without_an_argument_is_refused),
      WORLD_TEST(report_says_what_the_frame_and_the_policy_said),
      WORLD_TEST(accessors_find_each_slots_workers_and_requests),
      WORLD_TEST(slot_that_claims_requests_which_are_not_there_has_fewer),
      WORLD_TEST(slot_that_does_not_drain_shows_nothing_of_a_drain),
      WORLD_TEST(incidents_are_remembered_newest_first_with_how_they_ended),
      WORLD_TEST(incident_that_ends_before_1970_is_closed),
      WORLD_TEST(open_incident_outlives_any_number_of_closed_ones),
      cmocka_unit_test_teardown(incidents_that_are_all_open_make_room_for_the_newest,
                                world_teardown),
      WORLD_TEST(whole_report_checks),
      WORLD_TEST(report_whose_header_was_changed_does_not_check),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
