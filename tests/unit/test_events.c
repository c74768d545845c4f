/* SPDX-License-Identifier: Apache-2.0 */
/* Events: the incidents since an instant, and what a slot that was asked for was. */
#include <stdio.h>

#include "route.h"
#include "shown.h"

#define T0 WORLD_WALL_BIRTH /* 2023-11-14T22:13:20Z */
#define MSEC SW_USEC_PER_MSEC

typedef sw_status_t render_t(const sw_report_t *report, const sw_route_t *route,
                             const sw_sink_t *sink);

static char *rendered(const world_t *w, render_t *render, const sw_route_t *route) {
  shown_t shown = {.room = SIZE_MAX};
  const sw_sink_t sink = {.context = &shown, .write = shown_write};
  assert_int_equal(render(w->report, route, &sink), SW_STATUS_OK);
  return shown.text != NULL ? shown.text : calloc(1, 1);
}

/** What is answered to that target. To be freed. */
static char *events(const world_t *w, const char *target) {
  const sw_route_t route = route_of(REMOTE, "GET", target);
  assert_int_equal(route.action, SW_ACTION_EVENTS);
  return rendered(w, sw_render_events, &route);
}

static void expect(const world_t *w, const char *target, const char *document) {
  char *text = events(w, target);
  assert_string_equal(text, document);
  free(text);
}

/* Three, newest first as a report has them: ids 3, 2 and 1. */
static int setup(void **state) {
  world_setup(state);
  world_t *w = *state;
  world_frame(w, SEC);
  w->report->incidents[0] = (sw_incident_t){.id = 3,
                                            .opened_wall = T0 + 700 * MSEC,
                                            .slot = 3,
                                            .pid = 103,
                                            .generation = 1,
                                            .repeats = 2,
                                            .phase = SW_PHASE_REQUESTS,
                                            .trigger = SW_TRIGGER_TRIM,
                                            .reason = SW_REASON_STALL,
                                            .rungs = {{SW_RUNG_CLIENTS, SW_OUTCOME_FREED, 2}}};
  w->report->incidents[1] = (sw_incident_t){.id = 2,
                                            .opened_wall = T0 + 600 * MSEC,
                                            .slot = -1,
                                            .verdict = SW_VERDICT_FULL,
                                            .reason = SW_REASON_CAPACITY};
  w->report->incidents[2] = (sw_incident_t){.id = 1,
                                            .opened_wall = T0 + 500 * MSEC,
                                            .closed_wall = T0 + 800 * MSEC,
                                            .slot = 0,
                                            .pid = 100,
                                            .generation = 1,
                                            .phase = SW_PHASE_GHOST,
                                            .trigger = SW_TRIGGER_RELOAD,
                                            .reason = SW_REASON_GRACE,
                                            .closed = SW_REASON_EXITED};
  w->report->incident_count = 3;
  return 0;
}
#define EVENTS_TEST(test) cmocka_unit_test_setup_teardown(test, setup, world_teardown)

/* ---- Documents ---- */

#define JSON_BEGIN "{\"schema\":1,\"time\":\"2023-11-14T22:13:21.000Z\",\"incidents\":["
#define JSON_END "]}\n"
#define JSON_1                                                                        \
  "{\"incident\":\"0000000000000001\",\"about\":\"slot\",\"slot\":0,\"pid\":100,"     \
  "\"generation\":1,\"phase\":\"ghost\",\"trigger\":\"reload\",\"reason\":\"grace\"," \
  "\"verdict\":null,\"opened\":\"2023-11-14T22:13:20.500Z\","                         \
  "\"closed\":\"2023-11-14T22:13:20.800Z\",\"outcome\":\"exited\",\"repeats\":0,"     \
  "\"rungs\":[]}"
#define JSON_2                                                                            \
  "{\"incident\":\"0000000000000002\",\"about\":\"capacity\",\"slot\":null,\"pid\":null," \
  "\"generation\":null,\"phase\":null,\"trigger\":null,\"reason\":\"capacity\","          \
  "\"verdict\":\"full\",\"opened\":\"2023-11-14T22:13:20.600Z\",\"closed\":null,"         \
  "\"outcome\":null,\"repeats\":0,\"rungs\":[]}"
#define JSON_3                                                                         \
  "{\"incident\":\"0000000000000003\",\"about\":\"slot\",\"slot\":3,\"pid\":103,"      \
  "\"generation\":1,\"phase\":\"requests\",\"trigger\":\"trim\",\"reason\":\"stall\"," \
  "\"verdict\":null,\"opened\":\"2023-11-14T22:13:20.700Z\",\"closed\":null,"          \
  "\"outcome\":null,\"repeats\":2,"                                                    \
  "\"rungs\":[{\"rung\":\"clients\",\"outcome\":\"freed\",\"cut\":2}]}"

#define TEXT_1                                                                              \
  "incident: incident=0000000000000001 about=slot slot=0 pid=100 generation=1 phase=ghost " \
  "trigger=reload reason=grace opened=2023-11-14T22:13:20.500Z "                            \
  "closed=2023-11-14T22:13:20.800Z outcome=exited repeats=0\n"
#define TEXT_2                                                                       \
  "incident: incident=0000000000000002 about=capacity reason=capacity verdict=full " \
  "opened=2023-11-14T22:13:20.600Z repeats=0\n"
#define TEXT_3                                                                           \
  "incident: incident=0000000000000003 about=slot slot=3 pid=103 generation=1 "          \
  "phase=requests trigger=trim reason=stall opened=2023-11-14T22:13:20.700Z repeats=2\n" \
  "  rung: rung=clients outcome=freed cut=2\n"

static void all_incidents_stand_oldest_first_without_since(void **state) {
  const world_t *w = *state;
  expect(w, "/events", JSON_BEGIN JSON_1 "," JSON_2 "," JSON_3 JSON_END);
  expect(w, "/events?format=text", TEXT_1 TEXT_2 TEXT_3);
}

static void without_incidents_the_json_is_whole_and_the_text_empty(void **state) {
  world_t *w = *state;
  w->report->incident_count = 0;
  expect(w, "/events", JSON_BEGIN JSON_END);
  expect(w, "/events?format=text", "");
}

/* 1 was closed after the others were opened. */
static void since_leaves_what_was_opened_or_closed_after_it(void **state) {
  const world_t *w = *state;
  static const struct {
    const char *since, *json, *text;
  } asked[] = {
      {"1700000000", JSON_1 "," JSON_2 "," JSON_3, TEXT_1 TEXT_2 TEXT_3},
      {"2023-11-14T22:13:20.599Z", JSON_1 "," JSON_2 "," JSON_3, TEXT_1 TEXT_2 TEXT_3},
      {"2023-11-14T22:13:20.600Z", JSON_1 "," JSON_3, TEXT_1 TEXT_3},
      {"2023-11-14T22%3A13%3a20.7Z", JSON_1, TEXT_1},
      {"2023-11-14T22:13:20.799999Z", JSON_1, TEXT_1},
      {"2023-11-14T22:13:20.8Z", "", ""},
      {"1700000001", "", ""},
      {"9999-12-31T23:59:59Z", "", ""},
      {"0", JSON_1 "," JSON_2 "," JSON_3, TEXT_1 TEXT_2 TEXT_3},
      {"0000-01-01T00:00:00Z", JSON_1 "," JSON_2 "," JSON_3, TEXT_1 TEXT_2 TEXT_3},
      {"1969-12-31T23:59:59Z", JSON_1 "," JSON_2 "," JSON_3, TEXT_1 TEXT_2 TEXT_3},
  };
  for (size_t at = 0; at < ROUTE_COUNT(asked); ++at) {
    char target[128];
    char document[2048];
    snprintf(target, sizeof(target), "/events?since=%s", asked[at].since);
    snprintf(document, sizeof(document), JSON_BEGIN "%s" JSON_END, asked[at].json);
    expect(w, target, document);
    snprintf(target, sizeof(target), "/events?format=text&since=%s", asked[at].since);
    expect(w, target, asked[at].text);
  }
}

/* What was shown as .700 is not shown again, whatever microsecond it was. */
static void instants_are_compared_to_the_millisecond(void **state) {
  world_t *w = *state;
  w->report->incidents[2].closed_wall = 0;
  w->report->incidents[0].opened_wall = T0 + 700 * MSEC + 999;
  expect(w, "/events?format=text&since=2023-11-14T22:13:20.700Z", "");
  w->report->incidents[0].opened_wall = T0 + 701 * MSEC;
  expect(w, "/events?format=text&since=2023-11-14T22:13:20.700999Z",
         "incident: incident=0000000000000003 about=slot slot=3 pid=103 generation=1 "
         "phase=requests trigger=trim reason=stall opened=2023-11-14T22:13:20.701Z repeats=2\n"
         "  rung: rung=clients outcome=freed cut=2\n");
}

/* As a client goes on: with the time that the answer before told. */
static void time_of_each_answer_brings_each_change_once(void **state) {
  world_t *w = *state;
  char since[32] = "0";
  static const uint32_t changes[] = {0, 1, 0, 1, 0}; /* the second opens it, the fourth closes it */
  w->policy.stall = 3 * SEC;
  w->frame.wall += 123456;
  world_hold(w, 3, 103);
  for (size_t at = 0; at < ROUTE_COUNT(changes); ++at) {
    char target[64];
    if (at == 3) {
      world_end(w, 3);
    }
    world_run(w, at == 1 ? 4 * SEC : SEC);
    snprintf(target, sizeof(target), "/events?since=%s", since);
    char *text = events(w, target);
    const char *first = strstr(text, "{\"incident\":");
    assert_int_equal(first != NULL, changes[at]);
    assert_true(first == NULL || strstr(first + 1, "{\"incident\":") == NULL);
    assert_non_null(strstr(text, "\"time\":\"2023-"));
    snprintf(since, sizeof(since), "%.24s", strstr(text, "\"time\":\"") + 8);
    free(text);
  }
}

/* ---- A slot that was asked for ---- */

static void expect_asked(const world_t *w, int32_t slot, const char *document) {
  const sw_route_t route = {.action = SW_ACTION_RECYCLE, .slot = slot};
  char *text = rendered(w, sw_render_asked, &route);
  assert_string_equal(text, document);
  free(text);
}

static void slot_that_was_asked_for_is_told_as_it_was(void **state) {
  world_t *w = *state;
  world_hold(w, 3, 103);
  world_serve(w, 7, 42, "_W__");
  world_frame(w, SEC);
  sw_slot_t *slot = (sw_slot_t *)(uintptr_t)world_slot(w, 3);
  expect_asked(w, 3,
               "{\"schema\":1,\"slot\":3,\"pid\":103,\"state\":\"draining\",\"rung\":null}\n");
  slot->state = SW_STATE_STUCK;
  expect_asked(w, 3, "{\"schema\":1,\"slot\":3,\"pid\":103,\"state\":\"stuck\",\"rung\":null}\n");
  slot->state = SW_STATE_RECYCLING;
  slot->rung = SW_RUNG_CLIENTS;
  expect_asked(
      w, 3, "{\"schema\":1,\"slot\":3,\"pid\":103,\"state\":\"recycling\",\"rung\":\"clients\"}\n");
  expect_asked(w, 0, "{\"schema\":1,\"slot\":0,\"pid\":null,\"state\":\"free\",\"rung\":null}\n");
  expect_asked(w, 7, "{\"schema\":1,\"slot\":7,\"pid\":42,\"state\":\"serving\",\"rung\":null}\n");
}

/* ---- Sinks ---- */

static void check_refusals(const world_t *w, render_t *render, const sw_route_t *route) {
  char *whole = rendered(w, render, route);
  const size_t size = strlen(whole);
  const size_t rooms[] = {0, 1, size / 2, size - 1, size};
  for (size_t at = 0; at < ROUTE_COUNT(rooms); ++at) {
    shown_t shown = {.room = rooms[at]};
    const sw_sink_t sink = {.context = &shown, .write = shown_write};
    assert_int_equal(render(w->report, route, &sink), at < 4 ? SW_STATUS_SINK : SW_STATUS_OK);
    assert_true(shown.size <= rooms[at]);
    assert_true(shown.size == 0 || memcmp(whole, shown.text, shown.size) == 0);
    free(shown.text);
  }
  free(whole);
}

static void sink_that_refuses_ends_it(void **state) {
  world_t *w = *state;
  const sw_route_t json = route_of(OWN, "GET", "/events");
  const sw_route_t text = route_of(OWN, "GET", "/events?format=text");
  const sw_route_t asked = {.action = SW_ACTION_RECYCLE, .slot = 3};
  check_refusals(w, sw_render_events, &json);
  check_refusals(w, sw_render_events, &text);
  check_refusals(w, sw_render_asked, &asked);
  for (uint32_t at = 0; at < SW_INCIDENTS_MAX; ++at) {
    w->report->incidents[at] = w->report->incidents[0];
  }
  w->report->incident_count = SW_INCIDENTS_MAX; /* several pieces */
  check_refusals(w, sw_render_events, &json);
  check_refusals(w, sw_render_events, &text);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      EVENTS_TEST(all_incidents_stand_oldest_first_without_since),
      EVENTS_TEST(without_incidents_the_json_is_whole_and_the_text_empty),
      EVENTS_TEST(since_leaves_what_was_opened_or_closed_after_it),
      EVENTS_TEST(instants_are_compared_to_the_millisecond),
      WORLD_TEST(time_of_each_answer_brings_each_change_once),
      EVENTS_TEST(slot_that_was_asked_for_is_told_as_it_was),
      EVENTS_TEST(sink_that_refuses_ends_it),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
