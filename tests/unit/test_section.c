/* SPDX-License-Identifier: Apache-2.0 */
/* What mod_status's page says of us: lines for collectors, and a few for people. */
#include "shown.h"

/** The section, of the last frame's report `age` after it. To be freed. */
static char *section_after(const world_t *w, sw_format_t format, sw_usec_t age) {
  shown_t shown = {.room = SIZE_MAX};
  const sw_view_t view = {.format = format, .monotonic_now = w->frame.monotonic + age};
  const sw_sink_t sink = {.context = &shown, .write = shown_write};
  assert_int_equal(sw_render_section(w->report, NULL, &view, &sink), SW_STATUS_OK);
  return shown.text;
}

static char *missing(const char *why_not, sw_format_t format) {
  shown_t shown = {.room = SIZE_MAX};
  const sw_view_t view = {.format = format};
  const sw_sink_t sink = {.context = &shown, .write = shown_write};
  assert_int_equal(sw_render_section(NULL, why_not, &view, &sink), SW_STATUS_OK);
  return shown.text;
}

/* One slot serves, one is stuck since the reload, with a request of somebody's. */
static void stick(world_t *w) {
  w->policy.stall = 3 * SEC;
  w->policy.mode = SW_MODE_DRYRUN;
  shown_hold(w, 3, "GET /<secret>: HTTP/1.1", "192.0.2.7");
  world_reload(w);
  world_serve(w, 1, 42, "_W__");
  world_run(w, 4 * SEC);
}

static void expect_whole(char *text, const char *expected) {
  assert_string_equal(text, expected);
  free(text);
}

static void auto_has_a_line_for_each_value(void **state) {
  world_t *w = *state;
  stick(w);
  expect_whole(section_after(w, SW_FORMAT_TEXT, SEC / 4),
               "SlotWatchSlots: 8\n"
               "SlotWatchFree: 6\n"
               "SlotWatchServing: 1\n"
               "SlotWatchDraining: 0\n"
               "SlotWatchStuck: 1\n"
               "SlotWatchRecycling: 0\n"
               "SlotWatchWorkersIdle: 3\n"
               "SlotWatchWorkersBusy: 1\n"
               "SlotWatchReserve: 1\n"
               "SlotWatchReloadsLeft: 6\n"
               "SlotWatchVerdict: ok\n"
               "SlotWatchOldestDrainSeconds: 3.000\n"
               "SlotWatchMode: dryrun\n"
               "SlotWatchLatched: 0\n"
               "SlotWatchSampleAgeSeconds: 0.250\n"
               "SlotWatchStale: 0\n"
               "SlotWatchIncidentsOpened: 1\n"
               "SlotWatchGenerationsDrained: 0\n"
               "SlotWatchReloads: 0\n"
               "SlotWatchRecycledBackends: 0\n"
               "SlotWatchRecycledClients: 0\n"
               "SlotWatchRecycledKill: 0\n"
               "SlotWatchNotFreed: 0\n"
               "SlotWatchConnectionsCut: 0\n");
}

static void oldest_drain_is_none_where_nothing_drains(void **state) {
  world_frame(*state, SEC);
  char *text = section_after(*state, SW_FORMAT_TEXT, 0);
  shown_contains(text, "\nSlotWatchOldestDrainSeconds: 0.000\n");
  free(text);
}

static void stale_report_says_so(void **state) {
  world_t *w = *state;
  stick(w);
  char *text = section_after(w, SW_FORMAT_TEXT, 200 * SEC);
  shown_contains(text, "\nSlotWatchStale: 1\n");
  shown_contains(text, "\nSlotWatchSampleAgeSeconds: 200.000\n");
  free(text);
  text = section_after(w, SW_FORMAT_HTML, 200 * SEC);
  shown_contains(text, "<dt>stale: this is what was known 3 min 20 s ago: ok: 6 of 8 slots free");
  free(text);
}

static void page_has_a_heading_and_a_few_lines(void **state) {
  world_t *w = *state;
  stick(w);
  expect_whole(section_after(w, SW_FORMAT_HTML, 0),
               "<hr />\n<h2>mod_slotwatch</h2>\n<dl>\n"
               "<dt>ok: 6 of 8 slots free, 1 serving, 0 draining, 1 stuck, 0 recycling; room for 6 "
               "more reloads</dt>\n"
               "<dt>Oldest drain: 3 s</dt>\n"
               "<dt>SlotWatchRecycle: dryrun</dt>\n</dl>\n");
}

static void latched_is_told(void **state) {
  world_t *w = *state;
  stick(w);
  w->report->is_latched = 1;
  char *text = section_after(w, SW_FORMAT_HTML, 0);
  shown_contains(text, "<dt>SlotWatchRecycle: dryrun, latched</dt>");
  free(text);
  text = section_after(w, SW_FORMAT_TEXT, 0);
  shown_contains(text, "\nSlotWatchLatched: 1\n");
  free(text);
}

/* mod_status shows requests itself, or not, as its own directives say. */
static void nothing_of_a_client_is_shown(void **state) {
  world_t *w = *state;
  w->policy.privacy = SW_PRIVACY_FULL;
  stick(w);
  for (size_t at = 0; at < 2; ++at) {
    char *text = section_after(w, at == 0 ? SW_FORMAT_TEXT : SW_FORMAT_HTML, 0);
    shown_lacks(text, "secret");
    shown_lacks(text, "192.0.2.7");
    free(text);
  }
}

static void without_a_report_it_says_why(void **state) {
  (void)state;
  expect_whole(missing("no report: <it> is Off", SW_FORMAT_TEXT), "SlotWatchVerdict: none\n");
  expect_whole(missing("no report: <it> is Off", SW_FORMAT_HTML),
               "<hr />\n<h2>mod_slotwatch</h2>\n<dl>\n"
               "<dt>no report: &lt;it&gt; is Off</dt>\n</dl>\n");
}

static void what_makes_no_sense_is_refused(void **state) {
  world_t *w = *state;
  world_frame(w, SEC);
  shown_t shown = {.room = SIZE_MAX};
  const sw_view_t text = {.format = SW_FORMAT_TEXT};
  const sw_view_t json = {.format = SW_FORMAT_JSON};
  const sw_sink_t sink = {.context = &shown, .write = shown_write};
  const sw_sink_t none = {.context = &shown};
  assert_int_equal(sw_render_section(NULL, NULL, &text, &sink), SW_STATUS_ARGUMENT);
  assert_int_equal(sw_render_section(w->report, NULL, NULL, &sink), SW_STATUS_ARGUMENT);
  assert_int_equal(sw_render_section(w->report, NULL, &json, &sink), SW_STATUS_ARGUMENT);
  assert_int_equal(sw_render_section(w->report, NULL, &text, NULL), SW_STATUS_ARGUMENT);
  assert_int_equal(sw_render_section(w->report, NULL, &text, &none), SW_STATUS_ARGUMENT);
  assert_int_equal(shown.size, 0);
}

static void sink_that_refuses_is_told(void **state) {
  world_t *w = *state;
  world_frame(w, SEC);
  shown_t shown = {.room = 0};
  const sw_view_t view = {.format = SW_FORMAT_TEXT};
  const sw_sink_t sink = {.context = &shown, .write = shown_write};
  assert_int_equal(sw_render_section(w->report, NULL, &view, &sink), SW_STATUS_SINK);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      WORLD_TEST(auto_has_a_line_for_each_value),
      WORLD_TEST(oldest_drain_is_none_where_nothing_drains),
      WORLD_TEST(stale_report_says_so),
      WORLD_TEST(page_has_a_heading_and_a_few_lines),
      WORLD_TEST(latched_is_told),
      WORLD_TEST(nothing_of_a_client_is_shown),
      cmocka_unit_test(without_a_report_it_says_why),
      WORLD_TEST(what_makes_no_sense_is_refused),
      WORLD_TEST(sink_that_refuses_is_told),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
