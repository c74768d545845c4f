/* SPDX-License-Identifier: Apache-2.0 */
/* Alert line: what is written to the error log, to the letter. */
#include <stdio.h>

#include "shown.h"

static char line[SW_LINE_MAX];

static const char *told(const world_t *w, uint16_t id) {
  assert_int_equal(sw_render_alert(world_alert(w, id), w->report, line, sizeof(line)),
                   SW_STATUS_OK);
  return line;
}

/* A world whose slot 2 has just become stuck. */
static void become_stuck(world_t *w, const char *request, const char *client) {
  w->policy.stall = 3 * SEC;
  shown_hold(w, 2, request, client);
  world_frame(w, SEC);
  world_run(w, 3 * SEC);
}

static void stuck_slot_is_told_with_who_holds_it(void **state) {
  world_t *w = *state;
  become_stuck(w, "GET /film HTTP/1.1", "192.0.2.7");
  assert_string_equal(
      told(w, SW_LOG_200),
      "SW200 stuck incident=006553f100000001 slot=2 pid=102 generation=1 "
      "phase=requests trigger=trim reason=stall draining_seconds=3.000 "
      "stalled_seconds=3.000 workers=W... judged_by=scoreboard busy=1 "
      "request=\"GET /film HTTP/1.1\" client=\"192.0.2.7\" vhost=\"example.org:80\"");
}

static void repeated_alert_says_how_long_and_how_often(void **state) {
  world_t *w = *state;
  w->policy.alert_repeat = SEC;
  become_stuck(w, "GET /film HTTP/1.1", "192.0.2.7");
  world_frame(w, SEC);
  shown_contains(told(w, SW_LOG_201),
                 "SW201 still-stuck incident=006553f100000001 slot=2 pid=102 generation=1 "
                 "phase=requests trigger=trim reason=stall draining_seconds=4.000 "
                 "stalled_seconds=4.000 open_seconds=1.000 repeat=1 workers=W...");
}

/* By then another process may have the slot. */
static void cleared_slot_is_told_without_workers(void **state) {
  world_t *w = *state;
  become_stuck(w, "GET /film HTTP/1.1", "192.0.2.7");
  world_serve(w, 2, 999, "____");
  w->frame.request_count = 0;
  world_frame(w, SEC);
  assert_string_equal(told(w, SW_LOG_202),
                      "SW202 cleared incident=006553f100000001 slot=2 pid=102 generation=1 "
                      "phase=requests trigger=trim reason=exited draining_seconds=4.000 "
                      "stalled_seconds=4.000 open_seconds=1.000 repeat=0");
}

static void capacity_is_told_with_every_number_of_it(void **state) {
  world_t *w = *state;
  w->policy.reserve = WORLD_SLOTS;
  world_hold(w, 0, 7);
  world_run(w, 2 * SEC);
  assert_string_equal(told(w, SW_LOG_210),
                      "SW210 tight incident=006553f100000001 open_seconds=0.000 repeat=0 slots=8 "
                      "free=7 serving=0 draining=1 stuck=0 recycling=0 workers_idle=0 "
                      "workers_busy=0 reserve=8 reloads_left=0 verdict=tight");
}

/* One alert of each kind about a rung: what is told of it, after what is told of its slot. */
static void rung_is_told_with_what_came_of_it(void **state) {
  world_t *w = *state;
  static const struct {
    uint16_t id;
    const char *begin, *end;
  } told_as[] = {
      {300, "SW300 would-recycle", " suppressed=dryrun"}, {301, "SW301 recycling", ""},
      {302, "SW302 rung-done", " outcome=nothing"},       {303, "SW303 freed", " outcome=nothing"},
      {304, "SW304 not-freed", " outcome=nothing"},       {311, "SW311 vetoed", " outcome=nothing"},
  };
  world_frame(w, SEC);
  for (size_t at = 0; at < sizeof(told_as) / sizeof(*told_as); ++at) {
    const sw_alert_t alert = {.id = told_as[at].id,
                              .incident = 0xabc,
                              .rung = SW_RUNG_CLIENTS,
                              .cut = 2,
                              .outcome = SW_OUTCOME_NOTHING,
                              .suppressed = SW_SUPPRESSION_DRYRUN};
    char expected[SW_LINE_MAX];
    snprintf(expected, sizeof(expected),
             "%s incident=0000000000000abc slot=0 pid=0 generation=0 phase=none trigger=none "
             "reason=none draining_seconds=0.000 stalled_seconds=0.000 rung=clients cut=2%s",
             told_as[at].begin, told_as[at].end);
    assert_int_equal(sw_render_alert(&alert, w->report, line, sizeof(line)), SW_STATUS_OK);
    assert_string_equal(line, expected);
  }
}

static void latch_is_told_with_the_capacity(void **state) {
  world_t *w = *state;
  world_frame(w, SEC);
  const sw_alert_t alert = {.id = 310, .slot = -1};
  assert_int_equal(sw_render_alert(&alert, w->report, line, sizeof(line)), SW_STATUS_OK);
  shown_contains(line, "SW310 latched slots=8 free=8 serving=0 ");
}

static void drained_generation_is_told(void **state) {
  world_t *w = *state;
  world_serve(w, 0, 7, "W...");
  world_serve(w, 1, 8, "W...");
  world_frame(w, SEC);
  world_reload(w);
  world_run(w, 2 * SEC);
  world_end(w, 0);
  world_end(w, 1);
  world_frame(w, SEC);
  assert_string_equal(told(w, SW_LOG_220),
                      "SW220 generation-drained generation=1 slots=2 draining_seconds=2.000");
}

static void hostile_bytes_cannot_break_the_line_or_its_quotes(void **state) {
  world_t *w = *state;
  become_stuck(w, "GET \"\\\r\n\x1b[31m\xff\xc3\xa9\x7f", "\" vhost=\"x");
  shown_contains(told(w, SW_LOG_200),
                 " request=\"GET \\x22\\x5c\\x0d\\x0a\\x1b[31m\\xff\\xc3\\xa9\\x7f\""
                 " client=\"\\x22 vhost=\\x22x\" vhost=");
}

static void oldest_request_is_the_one_told(void **state) {
  world_t *w = *state;
  shown_hold(w, 2, "GET /young HTTP/1.1", "192.0.2.7");
  w->requests[1] = w->requests[0];
  w->requests[1].elapsed = 8 * SEC;
  strcpy(w->requests[1].request, "GET /old HTTP/1.1");
  w->frame.request_count = w->samples[2].request_count = 2;
  w->samples[2].requests_omitted = 3;
  w->policy.stall = 3 * SEC;
  world_run(w, 4 * SEC);
  shown_contains(told(w, SW_LOG_200), " busy=5 request=\"GET /old HTTP/1.1\"");
}

static void slot_without_a_request_is_told_without_one(void **state) {
  world_t *w = *state;
  world_serve(w, 2, 102, "....");
  world_drain(w, 2);
  w->policy.stall = 3 * SEC;
  world_run(w, 4 * SEC);
  const char *text = told(w, SW_LOG_200);
  assert_string_equal(strstr(text, " workers="), " workers=.... judged_by=scoreboard busy=0");
}

/* Every text at its longest, of bytes that are told in four. */
static void longest_line_has_room(void **state) {
  (void)state;
  world_t *w = world_new(WORLD_SLOTS, 20000);
  char long_text[64];
  memset(long_text, '\xff', sizeof(long_text) - 1);
  long_text[sizeof(long_text) - 1] = '\0';
  shown_hold(w, 2, long_text, long_text);
  memset(w->requests[0].vhost, '\xff', sizeof(w->requests[0].vhost) - 1);
  w->samples[2].worker_count = 20000;
  w->samples[2].generation = INT32_MIN;
  w->policy.privacy = SW_PRIVACY_FULL;
  world_frame(w, SEC);
  sw_alert_t alert = {.id = 201, .phase = SW_PHASE_LISTENER_BLOCKED, .trigger = SW_TRIGGER_RELOAD};
  alert.slot = 2;
  alert.pid = 102;
  alert.incident = UINT64_MAX;
  alert.generation = INT32_MIN;
  alert.repeat = UINT32_MAX;
  alert.draining = alert.stalled = alert.open = INT64_MAX;
  assert_int_equal(sw_render_alert(&alert, w->report, line, sizeof(line)), SW_STATUS_OK);
  shown_contains(line, "....+19936 ");
  assert_true(strlen(line) < SW_LINE_MAX);
  world_free(w);
}

static void line_without_room_is_cut_and_said_to_be(void **state) {
  world_t *w = *state;
  become_stuck(w, "GET /film HTTP/1.1", "192.0.2.7");
  char small[8];
  memset(small, 'x', sizeof(small));
  const sw_alert_t *alert = world_alert(w, SW_LOG_200);
  assert_int_equal(sw_render_alert(alert, w->report, small, sizeof(small)), SW_STATUS_SPACE);
  assert_non_null(memchr(small, '\0', sizeof(small)));
  assert_int_equal(sw_render_alert(NULL, w->report, small, sizeof(small)), SW_STATUS_ARGUMENT);
  assert_int_equal(sw_render_alert(alert, NULL, small, sizeof(small)), SW_STATUS_ARGUMENT);
  assert_int_equal(sw_render_alert(alert, w->report, NULL, 1), SW_STATUS_ARGUMENT);
  assert_int_equal(sw_render_alert(alert, w->report, small, 0), SW_STATUS_ARGUMENT);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      WORLD_TEST(stuck_slot_is_told_with_who_holds_it),
      WORLD_TEST(repeated_alert_says_how_long_and_how_often),
      WORLD_TEST(cleared_slot_is_told_without_workers),
      WORLD_TEST(capacity_is_told_with_every_number_of_it),
      WORLD_TEST(drained_generation_is_told),
      WORLD_TEST(rung_is_told_with_what_came_of_it),
      WORLD_TEST(latch_is_told_with_the_capacity),
      WORLD_TEST(hostile_bytes_cannot_break_the_line_or_its_quotes),
      WORLD_TEST(oldest_request_is_the_one_told),
      WORLD_TEST(slot_without_a_request_is_told_without_one),
      cmocka_unit_test(longest_line_has_room),
      WORLD_TEST(line_without_room_is_cut_and_said_to_be),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
