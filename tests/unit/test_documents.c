/* SPDX-License-Identifier: Apache-2.0 */
/* Documents: the same report as JSON, text, HTML and a word of health. */
#include "shown.h"

static char *json(const world_t *w) {
  return shown_after(w, SW_FORMAT_JSON, 0);
}

static void expect_in(const world_t *w, sw_format_t format, const char *part) {
  char *text = shown_after(w, format, 0);
  shown_contains(text, part);
  free(text);
}

/* ---- Each ---- */

static void serving_slot_has_no_drain_in_json(void **state) {
  world_t *w = *state;
  world_serve(w, 1, 42, "_W__");
  world_frame(w, SEC);
  char *text = json(w);
  shown_contains(text,
                 "{\"slot\":1,\"pid\":42,\"generation\":1,\"state\":\"serving\",\"phase\":null,"
                 "\"trigger\":null,\"process\":null,\"draining_seconds\":null,"
                 "\"stalled_seconds\":null,\"workers\":\"_W__\",\"incident\":null,"
                 "\"judged_by\":null,\"rung\":null,\"next_rung\":null,\"suppressed\":null,"
                 "\"clients\":null,\"backends\":null,"
                 "\"connections\":{\"total\":null,");
  shown_contains(text, "{\"slot\":0,\"pid\":null,\"generation\":null,\"state\":\"free\",");
  shown_contains(text, "{\"schema\":1,\"time\":\"2023-11-14T22:13:21.000Z\",\"server\":{");
  free(text);
}

static void draining_slot_has_all_of_it_in_json(void **state) {
  world_t *w = *state;
  shown_hold(w, 3, "GET / HTTP/1.1", "192.0.2.7");
  w->samples[3].connections = (sw_connections_t){.total = 5, .keep_alive = 2, .wait_io = -1};
  world_frame(w, SEC);
  world_frame(w, SEC + 500 * SW_USEC_PER_MSEC);
  char *text = json(w);
  shown_contains(text,
                 "\"state\":\"draining\",\"phase\":\"requests\",\"trigger\":\"trim\","
                 "\"process\":\"alive\",\"draining_seconds\":1.5,\"stalled_seconds\":1.5,");
  shown_contains(text,
                 "\"connections\":{\"total\":5,\"write_completion\":0,\"lingering_close\":0,"
                 "\"keep_alive\":2,\"suspended\":0,\"wait_io\":null},\"requests\":[{"
                 "\"worker\":1,\"state\":\"G\",\"elapsed_seconds\":7.0,"
                 "\"request\":\"GET / HTTP/1.1\",\"client\":\"192.0.2.7\","
                 "\"vhost\":\"example.org:80\",\"protocol\":\"\"}],\"requests_omitted\":0,"
                 "\"sockets\":[],\"threads\":[]}");
  free(text);
}

static void incident_is_in_every_document(void **state) {
  world_t *w = *state;
  w->policy.stall = 3 * SEC;
  shown_hold(w, 3, "GET / HTTP/1.1", "192.0.2.7");
  world_run(w, 4 * SEC);
  static const sw_format_t formats[] = {SW_FORMAT_JSON, SW_FORMAT_TEXT, SW_FORMAT_HTML};
  for (size_t at = 0; at < sizeof(formats) / sizeof(*formats); ++at) {
    expect_in(w, formats[at], "006553f100000001");
    expect_in(w, formats[at],
              formats[at] == SW_FORMAT_HTML ? "2023-11-14 22:13:24" : "2023-11-14T22:13:24.000Z");
  }
  expect_in(w, SW_FORMAT_TEXT,
            "incident: incident=006553f100000001 about=slot slot=3 pid=103 generation=1 "
            "phase=requests trigger=trim reason=stall opened=2023-11-14T22:13:24.000Z repeats=0\n");
  expect_in(w, SW_FORMAT_JSON, "\"closed\":null,\"outcome\":null,\"repeats\":0,\"rungs\":[]}]");
}

static void text_has_a_line_for_each_field_and_each_slot(void **state) {
  world_t *w = *state;
  world_serve(w, 1, 42, "_W__");
  shown_hold(w, 3, "GET /\" HTTP/1.1", "192.0.2.7");
  world_frame(w, SEC);
  expect_in(w, SW_FORMAT_TEXT,
            "ok: 6 of 8 slots free, 1 serving, 1 draining, 0 stuck, 0 recycling;");
  expect_in(w, SW_FORMAT_TEXT, "\nwatcher.interval_seconds: 1.000\n");
  expect_in(w, SW_FORMAT_TEXT, "\ncapacity.verdict: ok\n");
  expect_in(w, SW_FORMAT_TEXT, "\nslot: slot=1 pid=42 generation=1 state=serving workers=_W__\n");
  expect_in(w, SW_FORMAT_TEXT,
            "\n  request: worker=1 state=G elapsed_seconds=7.000 "
            "request=\"GET /\\x22 HTTP/1.1\" client=\"192.0.2.7\"");
}

/* What others parse: a change of these files is a change for them. */
static void small_report_is_these_documents(void **state) {
  static const struct {
    sw_format_t format;
    const char *path;
  } documents[] = {{SW_FORMAT_TEXT, "tests/unit/small.txt"},
                   {SW_FORMAT_JSON, "tests/unit/small.json"}};
  shown_small(*state);
  for (size_t at = 0; at < sizeof(documents) / sizeof(*documents); ++at) {
    char *expected = shown_file(documents[at].path);
    char *text = shown_after(*state, documents[at].format, 250 * SW_USEC_PER_MSEC);
    assert_string_equal(text, expected);
    free(text);
    free(expected);
  }
}

static void html_is_escaped(void **state) {
  world_t *w = *state;
  w->policy.privacy = SW_PRIVACY_FULL;
  shown_hold(w, 3, "GET /<b>&'\"\\\x01\xff HTTP/1.1", "<script>1");
  world_frame(w, SEC);
  expect_in(w, SW_FORMAT_HTML, "GET /&lt;b&gt;&amp;&#39;&quot;\\x5c\\x01\\xff HTTP/1.1");
  char *text = shown_after(w, SW_FORMAT_HTML, 0);
  shown_lacks(text, "<script>1");
  shown_lacks(text, "/<b>");
  free(text);
}

/* Well-formed UTF-8 passes; of what is not, each byte becomes U+FFFD. */
static void json_is_utf8_whatever_the_client_sent(void **state) {
  world_t *w = *state;
  shown_hold(w, 3, "\xc3\xbf\xf4\x8f\xbf\xbf|\xff\xc3|\xed\xa0\x80|\xc0\xaf|\"\\\n\x01", "");
  world_frame(w, SEC);
  expect_in(w, SW_FORMAT_JSON,
            "\"request\":\"\xc3\xbf\xf4\x8f\xbf\xbf|\xef\xbf\xbd\xef\xbf\xbd|"
            "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd|\xef\xbf\xbd\xef\xbf\xbd|\\\"\\\\\\n\\u0001\"");
}

static void health_is_one_line_that_begins_with_the_verdict(void **state) {
  world_t *w = *state;
  world_frame(w, SEC);
  char *text = shown_after(w, SW_FORMAT_HEALTH, 0);
  assert_ptr_equal(strstr(text, "ok: 8 of 8 slots free"), text);
  assert_ptr_equal(strchr(text, '\n'), text + strlen(text) - 1);
  free(text);
}

/* ---- Age ---- */

static void report_is_stale_after_three_intervals(void **state) {
  world_t *w = *state;
  world_frame(w, SEC);
  const sw_usec_t now = w->frame.monotonic;
  assert_false(sw_report_is_stale(w->report, now + 3 * SEC));
  assert_true(sw_report_is_stale(w->report, now + 3 * SEC + 1));
  assert_int_equal(sw_report_age(w->report, now + 5), 5);
  assert_int_equal(sw_report_age(w->report, now - 5), 0);
}

static void stale_report_says_so_in_every_document(void **state) {
  world_t *w = *state;
  world_frame(w, SEC);
  for (uint32_t format = 0; format < SW_FORMAT_COUNT; ++format) {
    char *fresh = shown_after(w, (sw_format_t)format, 0);
    char *stale = shown_after(w, (sw_format_t)format, 200 * SEC);
    if (format == SW_FORMAT_JSON) {
      shown_contains(fresh, "\"stale\":false");
      shown_contains(stale, "\"stale\":true");
      shown_contains(stale, "\"sample_age_seconds\":200.0");
    } else if (format == SW_FORMAT_OPENMETRICS || format == SW_FORMAT_PROMETHEUS) {
      shown_contains(fresh, "\nslotwatch_stale 0\n");
      shown_contains(stale, "\nslotwatch_stale 1\n");
      shown_contains(stale, "\nslotwatch_sample_age_seconds 200.000\n");
    } else {
      shown_lacks(fresh, " ago: ok:"); /* of the page, the script has the words before it */
      shown_contains(stale, "stale: this is what was known 3 min 20 s ago: ok:");
    }
    free(fresh);
    free(stale);
  }
}

static void health_needs_a_fresh_report_and_a_worker_for_somebody(void **state) {
  world_t *w = *state;
  w->policy.reserve = WORLD_SLOTS;
  world_hold(w, 0, 7);
  world_run(w, 2 * SEC);
  assert_int_equal(w->report->capacity.verdict, SW_VERDICT_TIGHT);
  assert_true(sw_report_is_healthy(w->report, w->frame.monotonic));
  assert_false(sw_report_is_healthy(w->report, w->frame.monotonic + 4 * SEC));
  for (uint32_t slot = 0; slot < WORLD_SLOTS; ++slot) {
    world_hold(w, slot, 7 + (int32_t)slot);
  }
  world_run(w, 2 * SEC);
  assert_int_equal(w->report->capacity.verdict, SW_VERDICT_FULL);
  assert_false(sw_report_is_healthy(w->report, w->frame.monotonic));
}

/* ---- Sinks and sizes ---- */

static void sink_that_refuses_ends_it_at_any_byte(void **state) {
  world_t *w = *state;
  shown_hold(w, 3, "GET / HTTP/1.1", "192.0.2.7");
  world_frame(w, SEC);
  for (uint32_t format = 0; format < SW_FORMAT_COUNT; ++format) {
    char *whole = shown_after(w, (sw_format_t)format, 0);
    for (size_t room = 0; room < strlen(whole); room += 1000) {
      shown_t shown = {.room = room};
      sw_view_t view = {(sw_format_t)format, w->frame.monotonic};
      sw_sink_t sink = {&shown, shown_write};
      assert_int_equal(sw_render(w->report, &view, &sink), SW_STATUS_SINK);
      assert_true(shown.size <= room);
      assert_true(shown.size == 0 || memcmp(whole, shown.text, shown.size) == 0);
      free(shown.text);
    }
    free(whole);
  }
}

static void what_makes_no_sense_is_refused(void **state) {
  world_t *w = *state;
  world_frame(w, SEC);
  shown_t shown = {.room = SIZE_MAX};
  const sw_view_t view = {SW_FORMAT_COUNT, 0};
  const sw_sink_t sink = {&shown, shown_write};
  assert_int_equal(sw_render(w->report, &view, &sink), SW_STATUS_ARGUMENT);
  assert_int_equal(sw_render(NULL, &view, &sink), SW_STATUS_ARGUMENT);
  assert_int_equal(sw_render(w->report, NULL, &sink), SW_STATUS_ARGUMENT);
  assert_int_equal(sw_render(w->report, &view, NULL), SW_STATUS_ARGUMENT);
  assert_int_equal(shown.size, 0);
}

static void slot_of_20000_workers_is_shown_whole(void **state) {
  (void)state;
  world_t *w = world_new(1, 20000);
  world_serve(w, 0, 7, "_");
  memset(w->workers, SW_WORKER_READY, 20000);
  w->samples[0].worker_count = 20000;
  world_frame(w, SEC);
  char *text = json(w);
  assert_int_equal(strspn(strstr(text, "\"workers\":\"") + strlen("\"workers\":\""), "_"), 20000);
  free(text);
  world_free(w);
}

/* The report is checked when it is read, its slots' numbers are not. */
static void requests_beyond_the_report_are_not_followed(void **state) {
  world_t *w = *state;
  shown_hold(w, 3, "GET / HTTP/1.1", "192.0.2.7");
  world_frame(w, SEC);
  sw_slot_t *slot = (sw_slot_t *)(uintptr_t)world_slot(w, 3);
  slot->request_first = UINT32_MAX;
  slot->request_count = UINT32_MAX;
  slot->worker_count = UINT32_MAX;
  for (uint32_t format = 0; format < SW_FORMAT_COUNT; ++format) {
    free(shown_after(w, (sw_format_t)format, 0));
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      WORLD_TEST(serving_slot_has_no_drain_in_json),
      WORLD_TEST(draining_slot_has_all_of_it_in_json),
      WORLD_TEST(incident_is_in_every_document),
      WORLD_TEST(text_has_a_line_for_each_field_and_each_slot),
      WORLD_TEST(small_report_is_these_documents),
      WORLD_TEST(html_is_escaped),
      WORLD_TEST(json_is_utf8_whatever_the_client_sent),
      WORLD_TEST(health_is_one_line_that_begins_with_the_verdict),
      WORLD_TEST(report_is_stale_after_three_intervals),
      WORLD_TEST(stale_report_says_so_in_every_document),
      WORLD_TEST(health_needs_a_fresh_report_and_a_worker_for_somebody),
      WORLD_TEST(sink_that_refuses_ends_it_at_any_byte),
      WORLD_TEST(what_makes_no_sense_is_refused),
      cmocka_unit_test(slot_of_20000_workers_is_shown_whole),
      WORLD_TEST(requests_beyond_the_report_are_not_followed),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
