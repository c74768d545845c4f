/* SPDX-License-Identifier: Apache-2.0 */
/* Route: how its way goes on in view of the report, or of none. */
#include "route.h"

#define NO_REPORT "no report: the watcher has not published one yet\n"
#define STALE "the report is stale: the watcher is held up\n"

static int setup(void **state) {
  world_setup(state);
  world_t *w = *state;
  w->policy.mode = SW_MODE_DRYRUN;
  world_serve(w, 1, 42, "_W__");
  world_hold(w, 3, 103);
  world_hold(w, 7, 107);
  world_frame(w, SEC);
  return 0;
}
#define ANSWER_TEST(test) cmocka_unit_test_setup_teardown(test, setup, world_teardown)

/* ---- What is read ---- */

static const char *method_of(const char *target) {
  return strstr(target, "recycle") != NULL ? "POST" : "GET";
}

static sw_route_t looked(const char *target, const sw_report_t *report, sw_usec_t now) {
  sw_route_t route = route_of(OWN, method_of(target), target);
  sw_http_look(&route, report, now);
  return route;
}

static void without_a_report_only_errors_are_told(void **state) {
  (void)state;
  static const char *const targets[] = {
      "/status", "/status?format=json", "/status?format=text", "/healthz",
      "/events", "/events?format=text", "/recycle?slot=3"};
  for (size_t at = 0; at < ROUTE_COUNT(targets); ++at) {
    const sw_route_t route = looked(targets[at], NULL, 0);
    route_ends(&route, 503, NO_REPORT);
    assert_null(route.allow);
  }
}

static void error_of_the_route_stays_what_it_was(void **state) {
  const world_t *w = *state;
  const sw_report_t *reports[] = {NULL, w->report};
  for (size_t at = 0; at < 2; ++at) {
    const sw_route_t missing = looked("/missing", reports[at], 100 * DAY);
    assert_int_equal(missing.status, 404);
    assert_string_equal(missing.line, "there are /status, /events, /healthz and /recycle\n");
    const sw_route_t bad = looked("/recycle?slot=x", reports[at], 100 * DAY);
    route_ends(&bad, 400, "slot takes a number\n");
    sw_route_t refused = route_of(REMOTE, "POST", "/recycle?slot=3");
    sw_http_look(&refused, reports[at], 100 * DAY);
    route_ends(&refused, 403, "recycling is for the unix socket\n");
    assert_int_equal(refused.is_refused, 1);
    sw_route_t other = route_of(OWN, "POST", "/healthz");
    sw_http_look(&other, reports[at], 100 * DAY);
    route_ends(&other, 405, "it takes GET, HEAD\n");
    assert_string_equal(other.allow, "GET, HEAD");
  }
}

typedef struct look_t {
  const char *target;
  unsigned fresh, bad; /* statuses; bad: stale, or full */
} look_t;

static const look_t looks[] = {
    {"/status", 200, 200},
    {"/status?format=json", 200, 200},
    {"/status?format=text", 200, 200},
    {"/status?format=openmetrics", 200, 200},
    {"/status?format=prometheus", 200, 200},
    {"/status?auto", 200, 200},
    {"/status?format=health", 200, 503},
    {"/healthz", 200, 503},
    {"/events", 200, 200},
    {"/events?format=text", 200, 200},
    {"/recycle?slot=3", 202, 202}, /* sw_http_recycle's to judge */
};

static void bad_news_have_a_status_for_probes_and_still_the_document(void **state) {
  world_t *w = *state;
  const sw_usec_t last_fresh = w->frame.monotonic + 3 * w->policy.interval;
  for (size_t at = 0; at < ROUTE_COUNT(looks); ++at) {
    const sw_route_t before = route_of(OWN, method_of(looks[at].target), looks[at].target);
    const sw_route_t fresh = looked(looks[at].target, w->report, last_fresh);
    const sw_route_t stale = looked(looks[at].target, w->report, last_fresh + 1);
    w->report->capacity.verdict = SW_VERDICT_TIGHT;
    const sw_route_t tight = looked(looks[at].target, w->report, last_fresh);
    w->report->capacity.verdict = SW_VERDICT_FULL;
    const sw_route_t full = looked(looks[at].target, w->report, last_fresh);
    w->report->capacity.verdict = SW_VERDICT_OK;
    assert_int_equal(fresh.status, looks[at].fresh);
    assert_int_equal(tight.status, looks[at].fresh);
    assert_int_equal(stale.status, looks[at].bad);
    assert_int_equal(full.status, looks[at].bad);
    assert_int_equal(full.action, before.action);
    assert_int_equal(stale.action, before.action);
    assert_int_equal(stale.format, before.format);
    assert_string_equal(stale.line, "");
  }
}

/* ---- What is asked for ---- */

static sw_route_t recycled(const world_t *w, const char *target) {
  sw_route_t route = route_of(OWN, "POST", target);
  assert_int_equal(route.action, SW_ACTION_RECYCLE);
  sw_http_recycle(&route, w->report, w->frame.monotonic);
  return route;
}

static void expect_conflict(const world_t *w, const char *target, const char *line) {
  const sw_route_t route = recycled(w, target);
  route_ends(&route, 409, line);
}

static void expect_taken(const world_t *w, const char *target, int32_t slot, int32_t pid) {
  const sw_route_t route = recycled(w, target);
  assert_string_equal(route.line, "");
  assert_int_equal(route.action, SW_ACTION_RECYCLE);
  assert_int_equal(route.status, 202);
  assert_int_equal(route.slot, slot);
  assert_int_equal(route.pid, pid);
}

static void set_state(const world_t *w, uint32_t slot, sw_state_t what) {
  ((sw_slot_t *)(uintptr_t)world_slot(w, slot))->state = (uint8_t)what;
}

static void slot_that_drains_in_any_way_is_taken_and_its_pid_filled_in(void **state) {
  world_t *w = *state;
  static const sw_state_t states[] = {SW_STATE_DRAINING, SW_STATE_STUCK, SW_STATE_RECYCLING};
  for (size_t at = 0; at < ROUTE_COUNT(states); ++at) {
    set_state(w, 3, states[at]);
    expect_taken(w, "/recycle?slot=3", 3, 103);
    expect_taken(w, "/recycle?slot=3&pid=0", 3, 103);
    expect_taken(w, "/recycle?slot=3&pid=103", 3, 103);
    expect_taken(w, "/recycle?slot=7", 7, 107);
  }
  w->report->policy.mode = SW_MODE_ON;
  expect_taken(w, "/recycle?slot=3", 3, 103);
}

static void slot_that_is_free_or_serves_is_left_alone(void **state) {
  const world_t *w = *state;
  expect_conflict(w, "/recycle?slot=0", "slot 0 is free\n");
  expect_conflict(w, "/recycle?slot=0&pid=103", "slot 0 is free\n");
  expect_conflict(w, "/recycle?slot=1", "slot 1 serves, and is left alone\n");
  expect_conflict(w, "/recycle?slot=1&pid=42", "slot 1 serves, and is left alone\n");
}

/* The slot has been freed since it was looked at, and may have a new child already. */
static void slot_of_another_pid_is_left_alone(void **state) {
  const world_t *w = *state;
  expect_conflict(w, "/recycle?slot=3&pid=102", "slot 3 is held by pid 103\n");
  expect_conflict(w, "/recycle?slot=3&pid=2147483647", "slot 3 is held by pid 103\n");
  expect_conflict(w, "/recycle?slot=1&pid=103", "slot 1 is held by pid 42\n");
  set_state(w, 3, SW_STATE_RECYCLING);
  expect_conflict(w, "/recycle?slot=3&pid=1", "slot 3 is held by pid 103\n");
}

static void nothing_is_recycled_where_it_is_off(void **state) {
  world_t *w = *state;
  w->report->policy.mode = SW_MODE_OFF;
  static const char *const targets[] = {"/recycle?slot=0", "/recycle?slot=1", "/recycle?slot=3",
                                        "/recycle?slot=3&pid=1"};
  for (size_t at = 0; at < ROUTE_COUNT(targets); ++at) {
    expect_conflict(w, targets[at], "SlotWatchRecycle is Off\n");
  }
}

static void slot_beyond_the_last_is_not_there(void **state) {
  world_t *w = *state;
  static const char *const targets[] = {"/recycle?slot=8", "/recycle?slot=8&pid=1",
                                        "/recycle?slot=2147483647"};
  for (size_t at = 0; at < ROUTE_COUNT(targets); ++at) {
    const sw_route_t route = recycled(w, targets[at]);
    route_ends(&route, 404, "there is no such slot: they are 0 to 7\n");
    w->report->policy.mode = SW_MODE_OFF;
    assert_int_equal(recycled(w, targets[at]).status, 404);
    w->report->policy.mode = SW_MODE_ON;
  }
  sw_route_t negative = route_of(OWN, "POST", "/recycle?slot=3");
  negative.slot = -1;
  sw_http_recycle(&negative, w->report, w->frame.monotonic);
  assert_int_equal(negative.status, 404);
}

/* What is known may be long over. */
static void nothing_is_recycled_by_a_stale_report(void **state) {
  const world_t *w = *state;
  static const char *const targets[] = {"/recycle?slot=0", "/recycle?slot=3", "/recycle?slot=8"};
  static const unsigned fresh[] = {409, 202, 404};
  const sw_usec_t last_fresh = w->frame.monotonic + 3 * w->policy.interval;
  for (size_t at = 0; at < ROUTE_COUNT(targets); ++at) {
    sw_route_t route = route_of(ROOT, "POST", targets[at]);
    sw_http_recycle(&route, w->report, last_fresh);
    assert_int_equal(route.status, fresh[at]);
    route = route_of(ROOT, "POST", targets[at]);
    sw_http_recycle(&route, w->report, last_fresh + 1);
    route_ends(&route, 503, STALE);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      ANSWER_TEST(without_a_report_only_errors_are_told),
      ANSWER_TEST(error_of_the_route_stays_what_it_was),
      ANSWER_TEST(bad_news_have_a_status_for_probes_and_still_the_document),
      ANSWER_TEST(slot_that_drains_in_any_way_is_taken_and_its_pid_filled_in),
      ANSWER_TEST(slot_that_is_free_or_serves_is_left_alone),
      ANSWER_TEST(slot_of_another_pid_is_left_alone),
      ANSWER_TEST(nothing_is_recycled_where_it_is_off),
      ANSWER_TEST(slot_beyond_the_last_is_not_there),
      ANSWER_TEST(nothing_is_recycled_by_a_stale_report),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
