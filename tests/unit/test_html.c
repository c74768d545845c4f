/* SPDX-License-Identifier: Apache-2.0 */
/* The page: what is on it, in which order, how much of it, and what it may load. */
#include <stdio.h>

#include "recycle.h"
#include "shown.h"

static char *page(const world_t *w) {
  return shown_after(w, SW_FORMAT_HTML, 0);
}

/* ---- Safe ---- */

static void policy_knows_style_and_script_by_their_hashes(void **state) {
  (void)state;
  const char *policy = sw_format_security_policy(SW_FORMAT_HTML);
  shown_contains(policy, "default-src 'none'; style-src 'sha256-");
  shown_contains(policy, "='; script-src 'sha256-");
  shown_contains(policy,
                 "='; connect-src 'self'; base-uri 'none'; form-action 'none'; "
                 "frame-ancestors 'none'");
  shown_lacks(policy, "unsafe");
  assert_string_equal(sw_format_security_policy(SW_FORMAT_JSON),
                      "default-src 'none'; frame-ancestors 'none'");
}

static void page_has_nothing_that_its_policy_forbids(void **state) {
  world_t *w = *state;
  recycle_begin(w, 3, 1, 1);
  char *text = page(w);
  static const char *const forbidden[] = {" style=", " onclick=", " onload=", " src=",   "<link",
                                          "<img",    "@import",   "http://",  "href=\"/"};
  for (size_t at = 0; at < sizeof(forbidden) / sizeof(*forbidden); ++at) {
    shown_lacks(text, forbidden[at]);
  }
  free(text);
}

/* A report that a child has scribbled over. */
static void forged_moments_lie_nowhere(void **state) {
  world_t *w = *state;
  static const sw_usec_t begun[] = {INT64_MIN, INT64_MAX, -1, 0, 1};
  world_frame(w, SEC);
  for (size_t at = 0; at < sizeof(begun) / sizeof(*begun); ++at) {
    for (size_t last = 0; last < sizeof(begun) / sizeof(*begun); ++last) {
      w->report->moment_count = 2;
      w->report->moments[0].begun = begun[at];
      w->report->moments[1].begun = begun[last];
      free(page(w));
      free(shown_after(w, SW_FORMAT_JSON, 0));
    }
  }
}

static void words_that_there_are_not_are_survived(void **state) {
  world_t *w = *state;
  world_hold(w, 3, 7);
  world_frame(w, SEC);
  sw_slot_t *slot = (sw_slot_t *)(uintptr_t)world_slot(w, 3);
  slot->state = slot->phase = slot->trigger = slot->rung = slot->next_rung = 255;
  slot->suppressed = slot->judged_by = 255;
  w->workers[0] = 255;
  char *text = page(w);
  shown_contains(text, "<li class=u title=\"pid 7, generation 1\">? 3");
  free(text);
}

/* ---- What is on it ---- */

static void page_begins_with_the_verdict_and_what_is_left(void **state) {
  world_t *w = *state;
  world_serve(w, 1, 42, "_W__");
  world_frame(w, SEC);
  char *text = page(w);
  shown_contains(text, "<title>slotwatch: ok</title>");
  shown_contains(text, "<p class=\"verdict ok\" role=\"status\">ok</p>");
  shown_contains(text, "<dt>slots free<dd>7 <small>of 8, reserve 1</small>");
  shown_contains(text, "<dt>workers busy<dd>1 <small>3 idle, slots serving: 1</small>");
  shown_contains(text,
                 "<li class=f>. 0<li class=s title=\"pid 42, generation 1\">s 1"
                 "<p>_W__<li class=f>. 2");
  free(text);
}

static void stale_page_has_no_verdict_but_that(void **state) {
  world_t *w = *state;
  world_frame(w, SEC);
  char *text = shown_after(w, SW_FORMAT_HTML, 4 * SEC);
  shown_contains(text, "<title>slotwatch: stale</title>");
  shown_contains(text, "<p class=\"verdict stale\" role=\"status\">stale</p>");
  free(text);
}

static void directive_that_would_leave_slack_is_told_only_where_it_lacks(void **state) {
  world_t *w = *state;
  w->policy.serving_max = w->policy.reserve = 1;
  world_frame(w, SEC);
  char *text = page(w);
  shown_lacks(text, "Set <code>ServerLimit 9</code>");
  free(text);
  w->policy.serving_max = 8;
  world_frame(w, SEC);
  text = page(w);
  shown_contains(text, "Set <code>ServerLimit 9</code> and restart httpd");
  free(text);
}

static void letters_of_many_workers_are_counted(void **state) {
  (void)state;
  world_t *w = world_new(2, 33);
  world_serve(w, 0, 7, "________________________________");
  world_serve(w, 1, 8, "_________________________WWWWWWWW");
  world_frame(w, SEC);
  char *text = page(w);
  shown_contains(text, "generation 1\">s 0<p>________________________________<li");
  shown_contains(text, "<li class=s title=\"pid 8, generation 1\">s 1<p> 25_ 8W</ol>");
  free(text);
  world_free(w);
}

static void letters_of_many_slots_are_counted(void **state) {
  (void)state;
  world_t *w = world_new(129, 16);
  world_serve(w, 0, 7, "_________W______");
  world_frame(w, SEC);
  char *text = page(w);
  shown_contains(text, "<li class=s title=\"pid 7, generation 1\">s 0<p> 15_ 1W<li class=f>. 1<");
  free(text);
  world_free(w);
}

static void of_very_many_slots_all_letters_are_counted_in_titles(void **state) {
  (void)state;
  world_t *w = world_new(257, 4);
  world_serve(w, 0, 7, "__W_");
  world_frame(w, SEC);
  char *text = page(w);
  shown_contains(text, "<li class=s title=\"pid 7, generation 1: 3_ 1W\">s 0<li class=f>. 1<");
  free(text);
  world_free(w);
}

static void hour_is_drawn_step_by_step_with_its_gaps(void **state) {
  world_t *w = *state;
  w->frame.monotonic = 1200 * SEC;
  world_serve(w, 1, 42, "____");
  world_frame(w, SEC);
  world_hold(w, 3, 7);
  world_frame(w, 30 * SEC);
  w->frame.generation = 3;
  world_frame(w, 60 * SEC);
  char *text = page(w);
  shown_contains(text,
                 "<path class=\"s\" d=\"M116 8V7h1V6h1V8M119 8V6h1V8\"/>"
                 "<path class=\"d\" d=\"M116 8h1V7h1V8M119 8V6h1V8\"/>");
  shown_contains(text, "<path d=\"M119 0h1v1h-1\"/></svg><span>2 reloads</span>");
  free(text);
}

/* ---- How much ---- */

static void only_the_worst_of_many_draining_slots_have_a_row(void **state) {
  (void)state;
  world_t *w = world_new(24, 4);
  for (uint32_t slot = 24; slot-- > 0;) { /* the last one is the longest at it */
    world_hold(w, slot, 100 + (int32_t)slot);
    world_frame(w, SEC);
  }
  char *text = page(w);
  const char *first = strstr(text, "<tr><th scope=\"row\">23 <small>");
  assert_non_null(first);
  const char *second = strstr(text, "<tr><th scope=\"row\">22 <small>");
  assert_true(second > first);
  shown_contains(text, "<th scope=\"row\">8 <small>pid 108");
  shown_lacks(text, "<th scope=\"row\">7 <small>pid 107");
  shown_contains(text, "<p>The worst 16 of 24. All of them: <a href=\"?format=text\">as text</a>");
  free(text);
  world_free(w);
}

static void slot_that_is_recycled_comes_first_and_says_what_is_next(void **state) {
  world_t *w = *state;
  recycle_begin(w, 5, 3, 2);
  world_hold(w, 1, 101);
  world_frame(w, SEC);
  char *text = page(w);
  const char *recycled = strstr(text,
                                "<tr><th scope=\"row\">5 <small>pid 105, generation 1</small>"
                                "<td><b class=\"r\">r</b> recycling");
  assert_non_null(recycled);
  assert_true(strstr(text, "<b class=\"d\">d</b> draining <small>") > recycled);
  shown_contains(text, "<td>now backends, then clients <small>cuts clients 3</small>\n");
  free(text);
}

static void request_that_a_kill_would_cut_counts_where_no_connection_does(void **state) {
  world_t *w = *state;
  world_hold(w, 3, 7);
  w->frame.request_count = w->samples[3].request_count = 1;
  w->samples[3].requests_omitted = 1;
  world_frame(w, SEC);
  char *text = page(w);
  shown_contains(text, "<td>kill <small>cuts connections 2</small>");
  free(text);
}

static void only_the_newest_incidents_have_a_row(void **state) {
  world_t *w = *state;
  w->policy.stall = 3 * SEC;
  for (int32_t at = 0; at < 11; ++at) {
    world_hold(w, 3, 100 + at);
    world_run(w, 5 * SEC);
    world_end(w, 3);
    world_frame(w, SEC);
  }
  char *text = page(w);
  shown_contains(text, "<tr><th scope=\"row\"><code>006553f10000000b</code><td>slot 3");
  shown_contains(text, "<tr><th scope=\"row\"><code>006553f100000002</code><td>slot 3");
  shown_lacks(text, "<code>006553f100000001</code>");
  shown_contains(text, "<p>The newest 10 of 11.");
  shown_contains(text, "<h2>How long drains lasted</h2>");
  shown_contains(text, "<tr><th scope=\"row\">5 s<td>11 <svg");
  free(text);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(policy_knows_style_and_script_by_their_hashes),
      RECYCLE_TEST(page_has_nothing_that_its_policy_forbids),
      WORLD_TEST(forged_moments_lie_nowhere),
      WORLD_TEST(words_that_there_are_not_are_survived),
      WORLD_TEST(page_begins_with_the_verdict_and_what_is_left),
      WORLD_TEST(stale_page_has_no_verdict_but_that),
      WORLD_TEST(directive_that_would_leave_slack_is_told_only_where_it_lacks),
      cmocka_unit_test(letters_of_many_workers_are_counted),
      cmocka_unit_test(letters_of_many_slots_are_counted),
      cmocka_unit_test(of_very_many_slots_all_letters_are_counted_in_titles),
      WORLD_TEST(hour_is_drawn_step_by_step_with_its_gaps),
      cmocka_unit_test(only_the_worst_of_many_draining_slots_have_a_row),
      RECYCLE_TEST(slot_that_is_recycled_comes_first_and_says_what_is_next),
      WORLD_TEST(request_that_a_kill_would_cut_counts_where_no_connection_does),
      WORLD_TEST(only_the_newest_incidents_have_a_row),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
