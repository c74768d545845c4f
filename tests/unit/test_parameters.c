/* SPDX-License-Identifier: Apache-2.0 */
/* Route: the parameters of each path. */
#include "route.h"

#define SLOT_NUMBER "slot takes a number\n"
#define PID_NUMBER "pid takes a number\n"
#define NO_SLOT "slot is missing: /recycle?slot=N&pid=P\n"
#define RECYCLE_NAMES "unknown parameter: it takes slot and pid\n"
#define EVENTS_FORMAT "unknown format: it takes json or text\n"
#define EVENTS_NAMES "unknown parameter: it takes since and format\n"
#define SINCE "since takes an instant: 2026-11-25T01:04:55.123Z, or Unix seconds\n"

typedef struct bad_t {
  const char *target;
  const char *line;
} bad_t;

static void check_bad(asker_t who, const char *method, const bad_t *bad) {
  const sw_route_t route = route_of(who, method, bad->target);
  if (strcmp(route.line, bad->line) != 0) {
    fail_msg("%s: '%s' instead of '%s'", bad->target, route.line, bad->line);
  }
  route_ends(&route, 400, bad->line);
  assert_null(route.allow);
  assert_int_equal(route.is_refused, 0);
}

static void status_takes_the_pages_parameters(void **state) {
  (void)state;
  static const char json[] = "application/json";
  assert_int_equal(route_of(OWN, "GET", "/status?format=json").format, SW_FORMAT_JSON);
  assert_int_equal(route_of(OWN, "GET", "/status?format=health").format, SW_FORMAT_HEALTH);
  assert_int_equal(route_of(OWN, "GET", "/status?a=b&auto").format, SW_FORMAT_TEXT);
  assert_int_equal(route_of(OWN, "GET", "/status?format=text?x").status, 400);
  assert_int_equal(route_accepting(OWN, "GET", "/status", json).format, SW_FORMAT_JSON);
  assert_int_equal(route_accepting(OWN, "GET", "/status?", json).format, SW_FORMAT_JSON);
  assert_int_equal(route_accepting(OWN, "GET", "/status?auto", json).format, SW_FORMAT_TEXT);
  static const bad_t bad[] = {{"/status?format=xml", ROUTE_STATUS_FORMAT},
                              {"/status?format", ROUTE_STATUS_FORMAT},
                              {"/status?auto&format=", ROUTE_STATUS_FORMAT}};
  for (size_t at = 0; at < ROUTE_COUNT(bad); ++at) {
    check_bad(REMOTE, "GET", &bad[at]);
  }
}

/* They choose themselves: probes pass what they like. */
static void healthz_and_events_do_not_ask_the_accept_header(void **state) {
  (void)state;
  assert_int_equal(route_accepting(OWN, "GET", "/healthz", "text/html").format, SW_FORMAT_HEALTH);
  assert_int_equal(route_of(OWN, "GET", "/healthz?format=json&x").format, SW_FORMAT_HEALTH);
  assert_int_equal(route_accepting(OWN, "GET", "/events", "text/plain").format, SW_FORMAT_JSON);
}

static void events_takes_since_and_format_the_last_of_each(void **state) {
  (void)state;
  static const struct {
    const char *target;
    sw_format_t format;
    sw_usec_t since;
  } good[] = {{"/events", SW_FORMAT_JSON, -1},
              {"/events?format=json", SW_FORMAT_JSON, -1},
              {"/events?format=text", SW_FORMAT_TEXT, -1},
              {"/events?since=5", SW_FORMAT_JSON, 5 * SEC},
              {"/events?since=5&format=text", SW_FORMAT_TEXT, 5 * SEC},
              {"/events?format=text&since=5&", SW_FORMAT_TEXT, 5 * SEC},
              {"/events?since=5&since=0", SW_FORMAT_JSON, 0},
              {"/events?format=json&format=text", SW_FORMAT_TEXT, -1},
              {"/events?format=text&format=json", SW_FORMAT_JSON, -1}};
  for (size_t at = 0; at < ROUTE_COUNT(good); ++at) {
    const sw_route_t route = route_of(REMOTE, "GET", good[at].target);
    assert_int_equal(route.action, SW_ACTION_EVENTS);
    assert_int_equal(route.status, 200);
    if (route.format != good[at].format || route.since != good[at].since) {
      fail_msg("%s: %s, %lld", good[at].target, sw_format_name(route.format),
               (long long)route.since);
    }
  }
}

static void bad_parameter_of_events_is_told(void **state) {
  (void)state;
  static const bad_t bad[] = {
      {"/events?since", SINCE},
      {"/events?since=", SINCE},
      {"/events?since=x&format=xml", SINCE},
      {"/events?format=xml&since=x", EVENTS_FORMAT},
      {"/events?since=5&since=x", SINCE},
      {"/events?since=x&since=5", SINCE},
      {"/events?since=1=2", SINCE},
      {"/events?since=%35", SINCE},
      {"/events?format", EVENTS_FORMAT},
      {"/events?format=", EVENTS_FORMAT},
      {"/events?format=html", EVENTS_FORMAT},
      {"/events?format=health", EVENTS_FORMAT},
      {"/events?format=JSON", EVENTS_FORMAT},
      {"/events?format=json=", EVENTS_FORMAT},
      {"/events?format=jso", EVENTS_FORMAT},
      {"/events?format=texts", EVENTS_FORMAT},
      {"/events?Since=5", EVENTS_NAMES},
      {"/events?sinc=5", EVENTS_NAMES},
      {"/events?text", EVENTS_NAMES},
      {"/events?&since=5", EVENTS_NAMES},
      {"/events?=5", EVENTS_NAMES},
      {"/events?since=5&auto", EVENTS_NAMES},
      {"/events??since=5", EVENTS_NAMES},
  };
  for (size_t at = 0; at < ROUTE_COUNT(bad); ++at) {
    check_bad(REMOTE, "GET", &bad[at]);
  }
}

static void recycle_takes_a_slot_and_a_pid_the_last_of_each(void **state) {
  (void)state;
  static const struct {
    const char *target;
    int32_t slot, pid;
  } good[] = {{"/recycle?slot=0", 0, 0},
              {"/recycle?slot=1&", 1, 0},
              {"/recycle?slot=007", 7, 0},
              {"/recycle?slot=2147483647&pid=2147483647", INT32_MAX, INT32_MAX},
              {"/recycle?pid=21&slot=3", 3, 21},
              {"/recycle?slot=3&pid=0", 3, 0},
              {"/recycle?slot=3&slot=4", 4, 0},
              {"/recycle?slot=3&pid=21&pid=22", 3, 22}};
  for (size_t at = 0; at < ROUTE_COUNT(good); ++at) {
    const sw_route_t route = route_of(ROOT, "POST", good[at].target);
    assert_int_equal(route.action, SW_ACTION_RECYCLE);
    assert_int_equal(route.slot, good[at].slot);
    assert_int_equal(route.pid, good[at].pid);
  }
}

static const bad_t bad_recycles[] = {
    {"/recycle", NO_SLOT},
    {"/recycle?pid=1", NO_SLOT},
    {"/recycle?slot", SLOT_NUMBER},
    {"/recycle?slot=", SLOT_NUMBER},
    {"/recycle?slot=-1", SLOT_NUMBER},
    {"/recycle?slot=-0", SLOT_NUMBER},
    {"/recycle?slot=+1", SLOT_NUMBER},
    {"/recycle?slot=1x", SLOT_NUMBER},
    {"/recycle?slot=x", SLOT_NUMBER},
    {"/recycle?slot=%31", SLOT_NUMBER},
    {"/recycle?slot= 1", SLOT_NUMBER},
    {"/recycle?slot=1 ", SLOT_NUMBER},
    {"/recycle?slot=0x1", SLOT_NUMBER},
    {"/recycle?slot=1.0", SLOT_NUMBER},
    {"/recycle?slot=1=1", SLOT_NUMBER},
    {"/recycle?slot=1;pid=1", SLOT_NUMBER},
    {"/recycle?slot=1?pid=1", SLOT_NUMBER},
    {"/recycle?slot=2147483648", SLOT_NUMBER},
    {"/recycle?slot=4294967297", SLOT_NUMBER},
    {"/recycle?slot=18446744073709551617", SLOT_NUMBER},
    {"/recycle?slot=1&slot=", SLOT_NUMBER},
    {"/recycle?slot=&slot=1", SLOT_NUMBER},
    {"/recycle?slot=1&pid", PID_NUMBER},
    {"/recycle?slot=1&pid=", PID_NUMBER},
    {"/recycle?slot=1&pid=-1", PID_NUMBER},
    {"/recycle?slot=1&pid=-0", PID_NUMBER},
    {"/recycle?slot=1&pid=2147483648", PID_NUMBER},
    {"/recycle?pid=x&slot=x", PID_NUMBER},
    {"/recycle?Slot=1", RECYCLE_NAMES},
    {"/recycle?slot=1&force=1", RECYCLE_NAMES},
    {"/recycle?slot=1&&pid=1", RECYCLE_NAMES},
    {"/recycle?&slot=1", RECYCLE_NAMES},
    {"/recycle?=1", RECYCLE_NAMES},
    {"/recycle?slo=1", RECYCLE_NAMES},
    {"/recycle?format=json&slot=x", RECYCLE_NAMES},
};

static void bad_parameter_of_recycle_is_told(void **state) {
  (void)state;
  for (size_t at = 0; at < ROUTE_COUNT(bad_recycles); ++at) {
    check_bad(OWN, "POST", &bad_recycles[at]);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(status_takes_the_pages_parameters),
      cmocka_unit_test(healthz_and_events_do_not_ask_the_accept_header),
      cmocka_unit_test(events_takes_since_and_format_the_last_of_each),
      cmocka_unit_test(bad_parameter_of_events_is_told),
      cmocka_unit_test(recycle_takes_a_slot_and_a_pid_the_last_of_each),
      cmocka_unit_test(bad_parameter_of_recycle_is_told),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
