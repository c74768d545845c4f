/* SPDX-License-Identifier: Apache-2.0 */
/* Instant: what a client writes after `since=`, and what is no instant. */
#include <stdio.h>

#include "route.h"

static sw_route_t since(const char *text) {
  char target[256];
  snprintf(target, sizeof(target), "/events?since=%s", text);
  return route_of(REMOTE, "GET", target);
}

typedef struct instant_t {
  const char *text;
  sw_usec_t wall;
} instant_t;

static void check(const instant_t *instants, size_t count) {
  for (size_t at = 0; at < count; ++at) {
    const sw_route_t route = since(instants[at].text);
    if (route.action != SW_ACTION_EVENTS || route.since != instants[at].wall) {
      fail_msg("%s: %lld, %s", instants[at].text, (long long)route.since, route.line);
    }
  }
}

static void rfc_3339_is_read_to_the_microsecond(void **state) {
  (void)state;
  static const instant_t instants[] = {
      {"2026-11-25T01:04:55Z", 1795568695 * SEC},
      {"2026-11-25T01:04:55.1Z", 1795568695 * SEC + 100000},
      {"2026-11-25T01:04:55.123Z", 1795568695 * SEC + 123000},
      {"2026-11-25T01:04:55.000001Z", 1795568695 * SEC + 1},
      {"2026-11-25T01:04:55.123456Z", 1795568695 * SEC + 123456},
      {"2026-11-25T01:04:55.123456789012345678901234567890Z", 1795568695 * SEC + 123456},
      {"2026-11-25T01:04:55.99999999999999999999999999Z", 1795568695 * SEC + 999999},
      {"2026-11-25T01:04:55.0Z", 1795568695 * SEC},
      {"1970-01-01T00:00:00Z", 0},
      {"2000-02-29T12:00:00Z", 951825600 * SEC},
      {"2024-02-29T23:59:59Z", 1709251199 * SEC},
      {"2026-12-31T00:00:00Z", 1798675200 * SEC},
  };
  check(instants, ROUTE_COUNT(instants));
}

/* Browsers and libraries escape it. */
static void colon_may_be_escaped(void **state) {
  (void)state;
  static const instant_t instants[] = {
      {"2026-11-25T01%3A04%3A55.123Z", 1795568695 * SEC + 123000},
      {"2026-11-25T01%3a04%3a55Z", 1795568695 * SEC},
      {"2026-11-25T01:04%3A55Z", 1795568695 * SEC},
  };
  check(instants, ROUTE_COUNT(instants));
}

static void leap_second_is_the_first_of_the_next_minute(void **state) {
  (void)state;
  static const instant_t instants[] = {
      {"2016-12-31T23:59:60Z", 1483228800 * SEC},
      {"2016-12-31T23:59:60.5Z", 1483228800 * SEC + 500000},
      {"2017-01-01T00:00:00Z", 1483228800 * SEC},
  };
  check(instants, ROUTE_COUNT(instants));
}

static void years_are_0000_to_9999(void **state) {
  (void)state;
  static const instant_t instants[] = {
      {"0000-01-01T00:00:00Z", -62167219200 * SEC},
      {"0000-02-29T00:00:00Z", -62162121600 * SEC},
      {"0001-01-01T00:00:00Z", -62135596800 * SEC},
      {"1969-12-31T23:59:59Z", -1 * SEC},
      {"9999-12-31T23:59:59.999999Z", 253402300799 * SEC + 999999},
      {"9999-12-31T23:59:60Z", 253402300800 * SEC},
  };
  check(instants, ROUTE_COUNT(instants));
}

static void unix_seconds_are_read_to_the_year_9999(void **state) {
  (void)state;
  static const instant_t instants[] = {
      {"0", 0},
      {"1", SEC},
      {"1795568695", 1795568695 * SEC},
      {"00001795568695", 1795568695 * SEC},
      {"2147483648", 2147483648 * SEC},
      {"2026", 2026 * SEC},
      {"253402300799", 253402300799 * SEC},
  };
  check(instants, ROUTE_COUNT(instants));
}

/* ---- What is none ---- */

static void check_refused(const char *const *texts, size_t count) {
  for (size_t at = 0; at < count; ++at) {
    const sw_route_t route = since(texts[at]);
    if (route.action != SW_ACTION_LINE || route.status != 400) {
      fail_msg("'%s' is an instant: %lld", texts[at], (long long)route.since);
    }
    assert_string_equal(route.line,
                        "since takes an instant: 2026-11-25T01:04:55.123Z, or Unix seconds\n");
  }
}

static void number_that_is_no_second_is_refused(void **state) {
  (void)state;
  static const char *const texts[] = {"",
                                      "-1",
                                      "-0",
                                      "+1",
                                      "1.5",
                                      "1e3",
                                      "0x1",
                                      " 1",
                                      "1 ",
                                      "1x",
                                      "253402300800",
                                      "9223372036854775807",
                                      "1,5",
                                      "1Z",
                                      "%31",
                                      "1\n",
                                      "1795568695.",
                                      "18446744073709551616",
                                      "--1",
                                      "T",
                                      "now",
                                      "1\xff",
                                      "\xff",
                                      "999999999999999999999999999",
                                      "20261125T010455Z"};
  check_refused(texts, ROUTE_COUNT(texts));
}

static void day_and_time_that_there_are_not_are_refused(void **state) {
  (void)state;
  static const char *const texts[] = {
      "2026-02-29T00:00:00Z", "1900-02-29T00:00:00Z", "2024-02-30T00:00:00Z",
      "2026-04-31T00:00:00Z", "2026-12-32T00:00:00Z", "2026-01-00T00:00:00Z",
      "2026-13-01T00:00:00Z", "2026-00-01T00:00:00Z", "2026-99-99T00:00:00Z",
      "2026-11-25T24:00:00Z", "2026-11-25T99:00:00Z", "2026-11-25T01:60:00Z",
      "2026-11-25T01:04:61Z", "2026-11-25T01:04:99Z", "10000-01-01T00:00:00Z",
      "-001-01-01T00:00:00Z", "999-01-01T00:00:00Z",  "+2026-01-01T00:00:00Z"};
  check_refused(texts, ROUTE_COUNT(texts));
}

static const char *const not_rfc_3339[] = {
    "2026-11-25",
    "2026-11-25T01:04Z",
    "2026-11-25T01:04:55",
    "2026-11-25T01:04:55.123",
    "2026-11-25T01:04:55.Z",
    "2026-11-25T01:04:55,5Z",
    "2026-11-25T01:04:55.1.2Z",
    "2026-11-25T01:04:55.-1Z",
    "2026-11-25T01:04:55.1xZ",
    "2026-11-25T01:04:55ZZ",
    "2026-11-25T01:04:55Z ",
    "2026-11-25T01:04:55Z.5",
    "2026-11-25T01:04:55.123Zx",
    "2026-11-25T01:04:55+00:00",
    "2026-11-25T01:04:55-00:00",
    "2026-11-25T01:04:55z",
    "2026-11-25t01:04:55Z",
    "2026-11-25 01:04:55Z",
    "2026-11-25+01:04:55Z",
    "2026/11/25T01:04:55Z",
    "2026-11/25T01:04:55Z",
    "2026-11-25T01-04:55Z",
    "2026-11-25T01:04-55Z",
    "2026-11-25T0104:55Z",
    "2026-11-25T01:0455Z",
    "2026-11-25T01%3B04:55Z",
    "2026-11-25T01%253A04:55Z",
    "2026-11-25T01%3A%3A04:55Z",
    "2026-1-25T01:04:55Z",
    "2026-11-5T01:04:55Z",
    "2026-11-25T1:04:55Z",
    "2026-11-25T01:4:55Z",
    "2026-11-25T01:04:5Z",
    "2026-11-25T-1:04:55Z",
    "2026-11-25T+1:04:55Z",
    "2026-11-25T 1:04:55Z",
    " 2026-11-25T01:04:55Z",
    "2026-11-25T01:04:\xd9\xa5\xd9\xa5Z",
    "202\xff-11-25T01:04:55Z",
    "2026-",
    "2026-11",
    "2026-11-25T",
    "2026-11-25T01",
    "2026-11-25T01:04:55.",
};

static void instant_that_is_not_as_rfc_3339_has_it_is_refused(void **state) {
  (void)state;
  check_refused(not_rfc_3339, ROUTE_COUNT(not_rfc_3339));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(rfc_3339_is_read_to_the_microsecond),
      cmocka_unit_test(colon_may_be_escaped),
      cmocka_unit_test(leap_second_is_the_first_of_the_next_minute),
      cmocka_unit_test(years_are_0000_to_9999),
      cmocka_unit_test(unix_seconds_are_read_to_the_year_9999),
      cmocka_unit_test(number_that_is_no_second_is_refused),
      cmocka_unit_test(day_and_time_that_there_are_not_are_refused),
      cmocka_unit_test(instant_that_is_not_as_rfc_3339_has_it_is_refused),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
