/* SPDX-License-Identifier: Apache-2.0 */
/* Route: what is asked for, by which method and by whom. */
#include <stdio.h>

#include "route.h"

#define NOT_FOUND "there are /status, /events, /healthz and /recycle\n"
#define NO_SLOT "slot is missing: /recycle?slot=N&pid=P\n"

/* ---- Paths, methods, people ---- */

typedef struct path_t {
  const char *target;
  sw_action_t action;
  sw_format_t format;
} path_t;

static const path_t read_paths[] = {
    {"/status", SW_ACTION_STATUS, SW_FORMAT_HTML},
    {"/events", SW_ACTION_EVENTS, SW_FORMAT_JSON},
    {"/healthz", SW_ACTION_STATUS, SW_FORMAT_HEALTH},
    {"http://a.example:80/status?format=json", SW_ACTION_STATUS, SW_FORMAT_JSON},
    {"http:///events", SW_ACTION_EVENTS, SW_FORMAT_JSON}};
/* RFC 9110, 9.1: methods are case-sensitive. */
static const char *const other_methods[] = {"PUT",  "DELETE", "OPTIONS", "TRACE",
                                            "get",  "Head",   "",        "GE",
                                            "GETT", "POS",    "POST ",   "GET, HEAD"};

static void what_is_to_be_read_may_be_by_everybody(void **state) {
  (void)state;
  static const char *const methods[] = {"GET", "HEAD"};
  for (size_t at = 0; at < ROUTE_COUNT(read_paths) * 2 * ASKERS; ++at) {
    const path_t *path = &read_paths[at / (2 * ASKERS)];
    const sw_route_t route = route_of(at % ASKERS, methods[at / ASKERS % 2], path->target);
    assert_int_equal(route.action, path->action);
    assert_int_equal(route.format, path->format);
    assert_int_equal(route.status, 200);
    assert_null(route.allow);
    assert_int_equal(route.is_refused, 0);
    assert_string_equal(route.line, "");
  }
}

static void check_not_allowed(const char *method, const char *target, const char *allow) {
  for (int who = 0; who < ASKERS; ++who) {
    const sw_route_t route = route_of(who, method, target);
    route_ends(&route, 405, *allow == 'P' ? "it takes POST\n" : "it takes GET, HEAD\n");
    assert_string_equal(route.allow, allow);
    assert_int_equal(route.is_refused, 0);
  }
}

static void other_methods_are_not_allowed_and_allow_names_those_that_are(void **state) {
  (void)state;
  for (size_t at = 0; at < ROUTE_COUNT(read_paths); ++at) {
    check_not_allowed("POST", read_paths[at].target, "GET, HEAD");
    for (size_t other = 0; other < ROUTE_COUNT(other_methods); ++other) {
      check_not_allowed(other_methods[other], read_paths[at].target, "GET, HEAD");
    }
  }
  check_not_allowed("GET", "/recycle?slot=1", "POST");
  check_not_allowed("HEAD", "/recycle?slot=1", "POST");
  for (size_t other = 0; other < ROUTE_COUNT(other_methods); ++other) {
    check_not_allowed(other_methods[other], "/recycle?slot=1", "POST");
  }
  check_not_allowed("POST", "/status?format=xml", "GET, HEAD"); /* whatever the parameters are */
}

static void recycle_is_for_root_and_the_servers_user_on_the_unix_socket(void **state) {
  (void)state;
  static const char *const lines[ASKERS] = {
      NULL, NULL, "only root and the server's user may recycle\n",
      "recycling is for the unix socket\n", "recycling is for the unix socket\n"};
  for (int who = 0; who < ASKERS; ++who) {
    const sw_route_t route = route_of(who, "POST", "/recycle?slot=1&pid=2");
    assert_int_equal(route.is_refused, lines[who] != NULL);
    assert_null(route.allow);
    if (lines[who] != NULL) {
      route_ends(&route, 403, lines[who]);
      continue;
    }
    assert_int_equal(route.action, SW_ACTION_RECYCLE);
    assert_int_equal(route.status, 202);
    assert_int_equal(route.slot, 1);
    assert_int_equal(route.pid, 2);
  }
}

/* Who may not, is told nothing of how it is done. */
static void refusal_comes_before_parameters(void **state) {
  (void)state;
  static const char *const targets[] = {"/recycle", "/recycle?slot=x", "/recycle?a=b"};
  for (size_t at = 0; at < ROUTE_COUNT(targets); ++at) {
    assert_int_equal(route_of(ANOTHER, "POST", targets[at]).status, 403);
    assert_int_equal(route_of(REMOTE, "POST", targets[at]).status, 403);
    assert_int_equal(route_of(OWN, "POST", targets[at]).status, 400);
    assert_int_equal(route_of(OWN, "POST", targets[at]).is_refused, 0);
  }
}

/* None of them is a path of ours. */
/* clang-format off */
static const char *const strange_targets[] = {
    "", "?", "/", "//", "*", "status", "/status/", "//status", "/./status", "/STATUS",
    "/Status", "/status ", " /status", "/status\n", "/status&", "/status#", "/status;a",
    "/status%20", "/%73tatus", "/statu", "/statuss", "http://", "http://a",
    "http://a?/status", "https://a/status", "/event", "/health", "/healthz/", "/recycle/",
    "/RECYCLE", "/recycle%", "?/status", "/\xff", "\x80", "/status/?", "?slot=1&pid=1"};
/* clang-format on */

static void paths_are_told_apart_to_the_byte(void **state) {
  (void)state;
  static const char *const methods[] = {"GET", "POST", "DELETE", ""};
  for (size_t at = 0; at < ROUTE_COUNT(strange_targets) * 4; ++at) {
    const sw_route_t route = route_of(at % 3, methods[at % 4], strange_targets[at / 4]);
    route_ends(&route, 404, NOT_FOUND);
    assert_null(route.allow);
    assert_int_equal(route.is_refused, 0);
  }
}

static void question_mark_without_a_query_is_none(void **state) {
  (void)state;
  assert_int_equal(route_of(REMOTE, "GET", "/status?").action, SW_ACTION_STATUS);
  assert_int_equal(route_of(REMOTE, "GET", "/events?").action, SW_ACTION_EVENTS);
  assert_int_equal(route_of(REMOTE, "GET", "/events?").since, -1);
  assert_int_equal(route_of(REMOTE, "GET", "/healthz?").action, SW_ACTION_STATUS);
  assert_string_equal(route_of(ROOT, "POST", "/recycle?").line, NO_SLOT);
}

/* ---- Bytes ---- */

/* All there are: nothing that a client sent is among them, whatever it sent. */
static const char *const lines[] = {
    NOT_FOUND,
    NO_SLOT,
    "it takes GET, HEAD\n",
    "it takes POST\n",
    "only root and the server's user may recycle\n",
    "recycling is for the unix socket\n",
    "slot takes a number\n",
    "pid takes a number\n",
    "unknown parameter: it takes slot and pid\n",
    "unknown parameter: it takes since and format\n",
    "unknown format: it takes json or text\n",
    ROUTE_STATUS_FORMAT,
    "since takes an instant: 2026-11-25T01:04:55.123Z, or Unix seconds\n",
};

static void check_hostile(const char *method, const char *target) {
  for (int who = 0; who < ASKERS; ++who) {
    const sw_route_t route = route_accepting(who, method, target, target);
    size_t known = 0;
    assert_non_null(memchr(route.line, '\0', sizeof(route.line)));
    while (known < ROUTE_COUNT(lines) && strcmp(lines[known], route.line) != 0) {
      ++known;
    }
    assert_true(route.action == SW_ACTION_LINE ? known < ROUTE_COUNT(lines) : *route.line == '\0');
    assert_true(route.action != SW_ACTION_RECYCLE || (who < ANOTHER && route.slot >= 0));
  }
}

static void line_is_one_of_ours_whatever_8_kib_are_sent(void **state) {
  (void)state;
  static const char *const begins[] = {
      "",
      "/",
      "/status?",
      "/status?format=",
      "/events?",
      "/events?since=",
      "/events?since=2026-11-25T01:04:55.",
      "/events?format=",
      "/healthz?",
      "/recycle?",
      "/recycle?slot=",
      "/recycle?slot=1&pid=",
  };
  static const char bytes[] = "\x80\xff\xc3?&=/%09a\x01\n\t<";
  char *target = malloc(8192 + 1);
  for (size_t at = 0; at < ROUTE_COUNT(begins) * (sizeof(bytes) - 1); ++at) {
    const char *begin = begins[at / (sizeof(bytes) - 1)];
    memset(target, bytes[at % (sizeof(bytes) - 1)], 8192);
    memcpy(target, begin, strlen(begin));
    target[8192] = '\0';
    check_hostile("GET", target);
    check_hostile("POST", target);
    check_hostile(target, target);
  }
  free(target);
}

static const char *const parts[] = {
    "/status",    "/events", "/healthz", "/recycle", "?",
    "&",          "=",       "since",    "format",   "slot",
    "pid",        "auto",    "json",     "text",     "1",
    "2147483648", "-1",      "%3A",      "%",        "2026-11-25T01:04:55",
    "2026-",      "T",       ".",        "Z",        ":",
    "\xff",       "\n",      "<b>",      "60",       "0000"};

/* A path and up to eight parts. To be freed: its memory ends with it, for the sanitizers. */
static char *put_together(uint32_t *seed, uint32_t count) {
  char target[256] = "";
  size_t size = 0;
  for (uint32_t at = 0; at <= count; ++at) {
    *seed = *seed * 1664525 + 1013904223; /* Numerical Recipes, ranqd1 */
    const char *part = parts[at == 0 ? *seed >> 30 : (*seed >> 8) % ROUTE_COUNT(parts)];
    size += (size_t)snprintf(target + size, sizeof(target) - size, "%s", part);
  }
  return strdup(target);
}

static void line_is_one_of_ours_whatever_is_put_together(void **state) {
  (void)state;
  uint32_t seed = 20261125;
  for (uint32_t times = 0; times < 20000; ++times) {
    char *target = put_together(&seed, times % 9);
    check_hostile(times % 2 == 0 ? "GET" : "POST", target);
    free(target);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(what_is_to_be_read_may_be_by_everybody),
      cmocka_unit_test(other_methods_are_not_allowed_and_allow_names_those_that_are),
      cmocka_unit_test(recycle_is_for_root_and_the_servers_user_on_the_unix_socket),
      cmocka_unit_test(refusal_comes_before_parameters),
      cmocka_unit_test(paths_are_told_apart_to_the_byte),
      cmocka_unit_test(question_mark_without_a_query_is_none),
      cmocka_unit_test(line_is_one_of_ours_whatever_8_kib_are_sent),
      cmocka_unit_test(line_is_one_of_ours_whatever_is_put_together),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
