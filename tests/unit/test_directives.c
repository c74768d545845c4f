/* SPDX-License-Identifier: Apache-2.0 */
/* Directives: the values that have a grammar of their own, and whom SlotWatchProtect covers. */
#include "world.h"

#define COUNT(table) (sizeof(table) / sizeof(*(table)))
#define MSEC SW_USEC_PER_MSEC

/* ---- SlotWatchLadder ---- */

static void ladder_is_read_with_its_spans(void **state) {
  (void)state;
  static const struct {
    const char *text;
    sw_ladder_t ladder;
  } ladders[] = {
      {"backends:5s clients:5s kill",
       {3, {SW_RUNG_BACKENDS, SW_RUNG_CLIENTS, SW_RUNG_KILL}, {5 * SEC, 5 * SEC, 5 * SEC}}},
      {"kill", {1, {SW_RUNG_KILL}, {5 * SEC}}},
      {" \tclients:250ms  kill:2 ", {2, {SW_RUNG_CLIENTS, SW_RUNG_KILL}, {250 * MSEC, 2 * SEC}}},
      {"backends:1min clients:1h",
       {2, {SW_RUNG_BACKENDS, SW_RUNG_CLIENTS}, {60 * SEC, 3600 * SEC}}},
      {"backends:100ms kill", {2, {SW_RUNG_BACKENDS, SW_RUNG_KILL}, {100 * MSEC, 5 * SEC}}},
  };
  for (size_t at = 0; at < COUNT(ladders); ++at) {
    sw_ladder_t ladder;
    char reason[8] = "kept";
    memset(&ladder, 0xff, sizeof(ladder));
    assert_int_equal(sw_ladder_parse(ladders[at].text, &ladder, reason, sizeof(reason)),
                     SW_STATUS_OK);
    assert_int_equal(ladder.count, ladders[at].ladder.count);
    assert_memory_equal(ladder.rungs, ladders[at].ladder.rungs, sizeof(ladder.rungs));
    assert_memory_equal(ladder.spans, ladders[at].ladder.spans, sizeof(ladder.spans));
    assert_string_equal(reason, "kept");
  }
}

static void ladder_that_is_none_is_refused_with_what_is_wrong(void **state) {
  (void)state;
  static const char *const bad[][2] = {
      {"", "has no rung"},
      {" \t", "has no rung"},
      {"term", "'term' is no rung"},
      {"Kill", "'Kill' is no rung"},
      {"none", "'none' is no rung"},
      {"backends:5s,kill", "'backends:5s,kill' has a span out of range: it takes 100ms to 1h"},
      {":5s", "'' is no rung"},
      {"clients:5s backends:5s", "'backends' is out of order"},
      {"kill:1s kill", "'kill' is out of order"},
      {"backends kill", "'backends' has no span"},
      {"backends: kill", "'backends:' has a span out of range"},
      {"backends:99ms kill", "out of range"},
      {"backends:61min kill", "out of range"},
      {"kill:-1s", "out of range"},
      {"kill:5x", "out of range"},
      {"kill:5s:5s", "out of range"},
      {"kill:9999999999999999999999h", "out of range"},
      {"kill:999999999h", "out of range"},
      {"backends:1s clients:1s kill:1s kill:1s", "'kill' is out of order"},
  };
  for (size_t at = 0; at < COUNT(bad); ++at) {
    sw_ladder_t ladder = {.count = 77};
    char reason[160] = "";
    assert_int_equal(sw_ladder_parse(bad[at][0], &ladder, reason, sizeof(reason)), SW_STATUS_RANGE);
    assert_int_equal(ladder.count, 77);
    assert_non_null(strstr(reason, "SlotWatchLadder"));
    assert_non_null(strstr(reason, bad[at][1]));
  }
}

/* ---- SlotWatchBudget ---- */

static void budget_is_read_with_its_period(void **state) {
  (void)state;
  static const struct {
    const char *text;
    uint32_t budget;
    sw_usec_t period;
  } budgets[] = {{"30/1min", 30, 60 * SEC},
                 {"0/1s", 0, SEC},
                 {"512/24h", 512, 86400 * SEC},
                 {"7/1500ms", 7, 1500 * MSEC},
                 {"1/90", 1, 90 * SEC}};
  for (size_t at = 0; at < COUNT(budgets); ++at) {
    sw_policy_t policy = {.stall = 5};
    assert_int_equal(sw_budget_parse(budgets[at].text, &policy, NULL, 0), SW_STATUS_OK);
    assert_int_equal(policy.budget, budgets[at].budget);
    assert_int_equal(policy.budget_period, budgets[at].period);
    assert_int_equal(policy.stall, 5);
  }
}

static void budget_that_is_none_is_refused_with_what_is_wrong(void **state) {
  (void)state;
  static const char *const bad[][2] = {
      {"", "is no number/span"},       {"30", "is no number/span"},
      {"/1min", "is no number/span"},  {"x/1min", "is no number/span"},
      {"-1/1s", "is no number/span"},  {"513/1min", "takes 0 to 512"},
      {"30/", "takes 1s to 24h"},      {"30/999ms", "takes 1s to 24h"},
      {"30/25h", "takes 1s to 24h"},   {"30/1min ", "takes 1s to 24h"},
      {"30/1 min", "takes 1s to 24h"},
  };
  for (size_t at = 0; at < COUNT(bad); ++at) {
    sw_policy_t policy = {.budget = 77};
    char reason[160] = "";
    assert_int_equal(sw_budget_parse(bad[at][0], &policy, reason, sizeof(reason)), SW_STATUS_RANGE);
    assert_int_equal(policy.budget, 77);
    assert_non_null(strstr(reason, "SlotWatchBudget"));
    assert_non_null(strstr(reason, bad[at][1]));
  }
}

static void reason_fits_the_room_that_it_is_given(void **state) {
  (void)state;
  sw_ladder_t ladder;
  sw_policy_t policy;
  char reason[8] = "xxxxxxx";
  assert_int_equal(sw_ladder_parse("x", &ladder, reason, 4), SW_STATUS_RANGE);
  assert_string_equal(reason, "Slo");
  assert_int_equal(reason[4], 'x');
  assert_int_equal(sw_ladder_parse("x", &ladder, NULL, 0), SW_STATUS_RANGE);
  assert_int_equal(sw_budget_parse("x", &policy, reason, 0), SW_STATUS_RANGE);
  assert_int_equal(sw_ladder_parse(NULL, &ladder, NULL, 0), SW_STATUS_ARGUMENT);
  assert_int_equal(sw_ladder_parse("kill", NULL, NULL, 0), SW_STATUS_ARGUMENT);
  assert_int_equal(sw_budget_parse(NULL, &policy, NULL, 0), SW_STATUS_ARGUMENT);
  assert_int_equal(sw_budget_parse("1/1s", NULL, NULL, 0), SW_STATUS_ARGUMENT);
}

/* ---- SlotWatchProtect ---- */

#define LONG_PATH "/123456789/123456789/123456789/123456789/123456789/12345678" /* of 59 */
#define LONG_HOST "a.name.of.more.than.31.letters."                             /* of 31 */

static const struct {
  const char *word, *request, *vhost;
  int covers;
} scenes[] = {
    {"/api", "GET /api/x?y HTTP/1.1", "", 1},
    {"/api", "GET /apix HTTP/1.1", "", 1}, /* a prefix, not a segment */
    {"/api", "GET /ap HTTP/1.1", "", 0},
    {"/api", "GET /x/api HTTP/1.1", "", 0},
    {"/api", "GET /x?/api HTTP/1.1", "", 0},
    {"/a?b", "GET /a?b HTTP/1.1", "", 0}, /* of the path */
    {"/", "OPTIONS * HTTP/1.1", "", 0},
    {"/", "GET / HTTP/1.1", "", 1},
    {"/api", "GET  /api", "", 1},
    {"/api", "GET http://www.example.org/api HTTP/1.1", "", 1},
    {"/api", "GET http://www.example.org HTTP/1.1", "", 0},
    {"/api", "/api", "", 0},
    {"/api", "", "", 0},
    {"/api", "GET", "", 0},
    {LONG_PATH "9/x", "GET " LONG_PATH, "", 1}, /* cut off: it may be */
    {LONG_PATH "9/x", "GET /1", "", 0},
    {LONG_PATH "9/x", "GET /" LONG_PATH, "", 0},
    {"www.example.org", "", "www.example.org:443", 1},
    {"WWW.example.ORG", "", "www.Example.org:443", 1},
    {"a-z.example.org", "", "A-Z.example.org", 1},
    {"@.example.org", "", "`.example.org", 0}, /* beside A and a */
    {"www.example.org", "", "www.example.org", 1},
    {"www.example", "", "www.example.org:443", 0},
    {"www.example.org.uk", "", "www.example.org:443", 0},
    {"[2001:db8::1]", "", "[2001:db8::1]:443", 1},
    {LONG_HOST "example.org", "", LONG_HOST, 1}, /* cut off, its port as well */
    {LONG_HOST "example.org", "", "b" LONG_HOST, 0},
    {"", "GET / HTTP/1.1", "", 0},
    {"www.example.org", "GET / HTTP/1.1", "", 0},
};

static void protection_covers_prefixes_of_paths_and_names_of_hosts(void **state) {
  (void)state;
  for (size_t at = 0; at < COUNT(scenes); ++at) {
    sw_request_t request = {0};
    memcpy(request.request, scenes[at].request,
           strnlen(scenes[at].request, sizeof(request.request) - 1));
    memcpy(request.vhost, scenes[at].vhost, strnlen(scenes[at].vhost, sizeof(request.vhost) - 1));
    assert_int_equal(sw_protect_covers(scenes[at].word, &request), scenes[at].covers);
  }
}

static void protection_reads_no_further_than_the_text(void **state) {
  (void)state;
  sw_request_t *request = malloc(sizeof(*request));
  memset(request, 'a', sizeof(*request));
  assert_int_equal(sw_protect_covers("/a", request), 0);
  assert_int_equal(sw_protect_covers("b", request), 0);
  free(request);
  assert_int_equal(sw_protect_covers(NULL, &(sw_request_t){0}), 0);
  assert_int_equal(sw_protect_covers("/", NULL), 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(ladder_is_read_with_its_spans),
      cmocka_unit_test(ladder_that_is_none_is_refused_with_what_is_wrong),
      cmocka_unit_test(budget_is_read_with_its_period),
      cmocka_unit_test(budget_that_is_none_is_refused_with_what_is_wrong),
      cmocka_unit_test(reason_fits_the_room_that_it_is_given),
      cmocka_unit_test(protection_covers_prefixes_of_paths_and_names_of_hosts),
      cmocka_unit_test(protection_reads_no_further_than_the_text),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
