/* SPDX-License-Identifier: Apache-2.0 */
/* Frame: which child is on its way out. */
#include "world.h"

/* httpd: pid != 0 and (quiescing or another generation), whatever the letters say. */
static void sample_drains_if_it_quiesces_or_is_of_another_generation(void **state) {
  (void)state;
  static const struct {
    sw_sample_t sample;
    int drains;
  } cases[] = {
      {{.pid = 7, .generation = 2}, 0},
      {{.pid = 7, .generation = 1}, 1},
      {{.pid = 7, .generation = 3}, 1},
      {{.pid = 7, .generation = 2, .quiescing = 1}, 1},
      {{.pid = 7, .generation = 2, .quiescing = 255}, 1},
      {{.pid = 7, .generation = 1, .quiescing = 1}, 1},
      {{.pid = 7, .generation = 2, .not_accepting = 1}, 0},
      {{.pid = 0, .generation = 1, .quiescing = 1}, 0},
      {{.pid = -7, .generation = 1, .quiescing = 1}, 0},
  };
  for (size_t at = 0; at < sizeof(cases) / sizeof(*cases); ++at) {
    assert_int_equal(sw_sample_is_draining(&cases[at].sample, 2) != 0, cases[at].drains);
  }
}

/* By its letter, or by a request that began and did not end: one that waits may show no more than
 * G. */
static void worker_is_in_a_request_by_its_letter_or_its_times(void **state) {
  (void)state;
  static const struct {
    uint32_t worker;
    sw_usec_t started, stopped;
    int is_in_request;
  } cases[] = {
      {SW_WORKER_WRITE, 0, 0, 1},    {SW_WORKER_READ, 5, 9, 1},     {SW_WORKER_GRACEFUL, 9, 5, 1},
      {SW_WORKER_GRACEFUL, 5, 9, 0}, {SW_WORKER_GRACEFUL, 5, 5, 0}, {SW_WORKER_GRACEFUL, 0, 0, 0},
      {SW_WORKER_DEAD, 9, 5, 0},     {SW_WORKER_READY, 9, 5, 0},    {SW_WORKER_COUNT, 9, 5, 0},
  };
  for (size_t at = 0; at < sizeof(cases) / sizeof(*cases); ++at) {
    assert_int_equal(
        sw_worker_is_in_request(cases[at].worker, cases[at].started, cases[at].stopped) != 0,
        cases[at].is_in_request);
  }
}

static void frame_that_claims_too_many_workers_is_cut(void **state) {
  world_t *w = *state;
  world_serve(w, WORLD_SLOTS - 1, 7, "____");
  w->samples[WORLD_SLOTS - 1].worker_count = UINT32_MAX;
  world_frame(w, SEC);
  assert_int_equal(world_slot(w, WORLD_SLOTS - 1)->worker_count, WORLD_THREADS);
  assert_int_equal(w->report->capacity.workers_idle, WORLD_THREADS);
}

static void frame_with_a_negative_pid_has_a_free_slot(void **state) {
  world_t *w = *state;
  world_hold(w, 0, -7);
  world_run(w, w->policy.stall + SEC);
  assert_int_equal(world_slot(w, 0)->state, SW_STATE_FREE);
  assert_int_equal(world_slot(w, 0)->pid, 0);
  assert_int_equal(w->told[200], 0);
}

static void frame_with_bytes_that_are_no_worker_state_counts_them_as_neither(void **state) {
  world_t *w = *state;
  world_serve(w, 0, 7, "____");
  memset(w->workers, 0xee, WORLD_THREADS);
  world_frame(w, SEC);
  assert_int_equal(w->report->capacity.workers_idle, 0);
  assert_int_equal(w->report->capacity.workers_busy, 0);
  assert_int_equal(w->report->capacity.serving, 1);
}

static void worker_may_read_when_it_waits_with_a_client_and_no_request(void **state) {
  (void)state;
  assert_true(sw_worker_may_read(SW_WORKER_GRACEFUL, "192.0.2.7", ""));
  assert_false(sw_worker_may_read(SW_WORKER_GRACEFUL, "192.0.2.7", "GET / HTTP/1.1"));
  assert_false(sw_worker_may_read(SW_WORKER_GRACEFUL, "", ""));
  assert_false(sw_worker_may_read(SW_WORKER_DEAD, "192.0.2.7", ""));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(sample_drains_if_it_quiesces_or_is_of_another_generation),
      cmocka_unit_test(worker_is_in_a_request_by_its_letter_or_its_times),
      WORLD_TEST(frame_that_claims_too_many_workers_is_cut),
      WORLD_TEST(frame_with_a_negative_pid_has_a_free_slot),
      WORLD_TEST(frame_with_bytes_that_are_no_worker_state_counts_them_as_neither),
      cmocka_unit_test(worker_may_read_when_it_waits_with_a_client_and_no_request),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
