/* SPDX-License-Identifier: Apache-2.0 */
/* The last hour, how long drains lasted, how often was reloaded; and the rung that would be next.
 */
#include "shown.h"

#define HOUR (3600 * SEC)

static const sw_moment_t *moment(const world_t *w, uint32_t at) {
  assert_true(at < w->report->moment_count);
  return &w->report->moments[at];
}

static const sw_moment_t *last_moment(const world_t *w) {
  return moment(w, w->report->moment_count - 1);
}

/* ---- Drains ---- */

static const struct {
  sw_usec_t lasted;
  uint32_t bucket;
} drains[] = {
    {1, 0},          {SEC, 0},      {SEC + 1, 1},   {5 * SEC, 1},       {5 * SEC + 1, 2},
    {30 * SEC, 3},   {60 * SEC, 4}, {120 * SEC, 5}, {300 * SEC, 6},     {600 * SEC, 7},
    {1800 * SEC, 8}, {HOUR, 9},     {6 * HOUR, 10}, {6 * HOUR + 1, 11}, {40 * 24 * HOUR, 11},
};

static void drain_is_counted_when_it_ends_by_how_long_it_lasted(void **state) {
  world_t *w = *state;
  uint64_t counts[SW_DRAIN_BOUND_COUNT + 1] = {0};
  sw_usec_t sum = 0;
  for (size_t at = 0; at < sizeof(drains) / sizeof(drains[0]); ++at) {
    world_hold(w, 3, 100 + (int32_t)at);
    world_frame(w, SEC);
    assert_int_equal(w->report->drains.sum, sum); /* not before its end */
    world_end(w, 3);
    world_frame(w, drains[at].lasted);
    ++counts[drains[at].bucket];
    sum += drains[at].lasted;
    assert_memory_equal(w->report->drains.counts, counts, sizeof(counts));
    assert_int_equal(w->report->drains.sum, sum);
  }
}

static void drain_ends_too_where_another_child_has_the_slot_at_once(void **state) {
  world_t *w = *state;
  world_hold(w, 3, 103);
  world_frame(w, SEC);
  world_serve(w, 3, 104, "____");
  world_frame(w, 2 * SEC);
  assert_int_equal(w->report->drains.counts[1], 1);
  assert_int_equal(w->report->drains.sum, 2 * SEC);
}

static void end_of_a_child_that_served_is_no_drain(void **state) {
  world_t *w = *state;
  world_serve(w, 3, 103, "____");
  world_frame(w, SEC);
  world_end(w, 3);
  world_frame(w, SEC);
  static const sw_drains_t none;
  assert_memory_equal(&w->report->drains, &none, sizeof(none));
}

/* ---- Reloads ---- */

static void every_generation_further_is_a_reload(void **state) {
  world_t *w = *state;
  w->frame.generation = 7;
  world_frame(w, SEC);
  assert_int_equal(w->report->counters.reloads, 0); /* they were before this state */
  world_frame(w, SEC);
  assert_int_equal(w->report->counters.reloads, 0);
  w->frame.generation = 10;
  world_frame(w, SEC);
  assert_int_equal(w->report->counters.reloads, 3);
  w->frame.generation = 0; /* it is counted anew */
  world_frame(w, SEC);
  assert_int_equal(w->report->counters.reloads, 4);
}

/* ---- Moments ---- */

static void moment_is_the_worst_frame_of_its_step(void **state) {
  world_t *w = *state;
  w->policy.reserve = WORLD_SLOTS;
  w->frame.monotonic = 1200 * SEC;
  world_frame(w, 0);
  world_hold(w, 0, 100);
  world_hold(w, 1, 101);
  world_run(w, 3 * SEC); /* tight, after two frames */
  world_end(w, 0);
  world_serve(w, 2, 102, "____");
  world_serve(w, 3, 103, "____");
  world_serve(w, 4, 104, "____");
  world_frame(w, SEC); /* tight still, and fewer are free */
  world_end(w, 1);
  world_run(w, 5 * SEC); /* ok */
  assert_int_equal(w->report->moment_count, 1);
  const sw_moment_t *m = moment(w, 0);
  assert_int_equal(m->begun, 1200 * SEC);
  assert_int_equal(m->verdict, SW_VERDICT_TIGHT);
  assert_int_equal(m->free, 4);
  assert_int_equal(m->serving, 3);
  assert_int_equal(m->draining, 1);
  assert_int_equal(m->free + m->serving + m->draining + m->stuck + m->recycling, WORLD_SLOTS);
}

static void worse_verdict_outweighs_fewer_free_slots(void **state) {
  world_t *w = *state;
  w->frame.monotonic = 1200 * SEC;
  world_serve(w, 0, 100, "____");
  world_serve(w, 1, 101, "____");
  world_frame(w, 0);
  world_end(w, 0);
  world_end(w, 1);
  world_hold(w, 2, 102);
  w->policy.reserve = WORLD_SLOTS;
  world_run(w, 3 * SEC);
  assert_int_equal(last_moment(w)->verdict, SW_VERDICT_TIGHT);
  assert_int_equal(last_moment(w)->free, 7);
}

static void stuck_slot_outweighs_fewer_free_slots(void **state) {
  world_t *w = *state;
  w->frame.monotonic = 1200 * SEC;
  w->policy.stall = 3 * SEC;
  world_hold(w, 0, 100);
  world_serve(w, 1, 101, "____");
  world_frame(w, 0);
  world_end(w, 1);
  world_run(w, 4 * SEC);
  world_serve(w, 1, 102, "____");
  world_end(w, 0);
  world_frame(w, SEC);
  assert_int_equal(last_moment(w)->stuck, 1);
  assert_int_equal(last_moment(w)->free, 7);
}

static void moment_counts_all_that_happened_in_its_step(void **state) {
  world_t *w = *state;
  w->frame.monotonic = 1200 * SEC;
  w->policy.stall = 3 * SEC;
  world_frame(w, 0);
  world_hold(w, 0, 100);
  world_hold(w, 1, 101);
  w->policy.mode = SW_MODE_ON;
  w->policy.has_agents = 1;
  world_agent(w, 0, 1, 0);
  world_agent(w, 1, 1, 0);
  world_reload(w);
  world_run(w, 6 * SEC);
  world_reload(w);
  world_frame(w, SEC);
  assert_int_equal(last_moment(w)->reloads, 2);
  assert_int_equal(last_moment(w)->incidents_opened, 2);
  assert_int_equal(last_moment(w)->recycled, 2);
  world_frame(w, SW_MOMENT_STEP);
  assert_int_equal(w->report->moment_count, 2);
  assert_int_equal(last_moment(w)->reloads, 0);
  assert_int_equal(last_moment(w)->incidents_opened, 0);
}

static void steps_in_which_nobody_watched_are_not_there(void **state) {
  world_t *w = *state;
  w->frame.monotonic = 1200 * SEC;
  world_frame(w, 0);
  world_frame(w, 5 * SW_MOMENT_STEP);
  assert_int_equal(w->report->moment_count, 2);
  assert_int_equal(moment(w, 1)->begun - moment(w, 0)->begun, 5 * SW_MOMENT_STEP);
}

static void an_hour_is_kept_oldest_first(void **state) {
  world_t *w = *state;
  for (uint32_t at = 0; at < SW_MOMENTS_MAX + 7; ++at) {
    world_frame(w, SW_MOMENT_STEP);
    const uint32_t count = w->report->moment_count;
    assert_int_equal(count, at < SW_MOMENTS_MAX ? at + 1 : SW_MOMENTS_MAX);
    for (uint32_t step = 0; step < count; ++step) {
      assert_int_equal(moment(w, step)->begun,
                       last_moment(w)->begun - (count - 1 - step) * SW_MOMENT_STEP);
    }
  }
}

static void what_is_older_than_an_hour_is_not_shown(void **state) {
  world_t *w = *state;
  w->frame.monotonic = 1200 * SEC;
  world_frame(w, 0);
  world_frame(w, SW_MOMENT_STEP);
  world_frame(w, HOUR - 1 - SW_MOMENT_STEP);
  assert_int_equal(w->report->moment_count, 3);
  world_frame(w, 1); /* the first one began an hour ago */
  assert_int_equal(moment(w, 0)->begun, 1200 * SEC + SW_MOMENT_STEP);
  world_frame(w, DAY);
  assert_int_equal(w->report->moment_count, 1);
}

static void next_watcher_goes_on_with_them(void **state) {
  world_t *w = *state;
  int adopted = 0;
  world_hold(w, 0, 100);
  world_frame(w, SEC);
  world_end(w, 0);
  world_frame(w, SEC);
  assert_int_equal(
      sw_engine_open(w->block, w->block_size, WORLD_SLOTS, w->frame.wall, &w->engine, &adopted),
      SW_STATUS_OK);
  assert_int_equal(adopted, 1);
  world_frame(w, 2 * SW_MOMENT_STEP);
  assert_int_equal(w->report->moment_count, 2);
  assert_int_equal(w->report->drains.counts[0], 1);
}

static void moment_is_in_json_at_its_instant(void **state) {
  world_t *w = *state;
  w->frame.monotonic = 1200 * SEC;
  world_serve(w, 1, 42, "____");
  world_frame(w, 7 * SEC);
  char *text = shown_after(w, SW_FORMAT_JSON, 0);
  shown_contains(text,
                 "\"timeline\":{\"step_seconds\":30.0,\"moments\":["
                 "{\"time\":\"2023-11-14T22:13:20.000Z\",\"verdict\":\"ok\",\"free\":7,"
                 "\"serving\":1,\"draining\":0,\"stuck\":0,\"recycling\":0,\"reloads\":0,"
                 "\"incidents_opened\":0,\"recycled\":0}]}");
  free(text);
}

static void drains_are_in_json_bucket_by_bucket(void **state) {
  world_t *w = *state;
  world_hold(w, 0, 100);
  world_frame(w, SEC);
  world_end(w, 0);
  world_frame(w, 7 * HOUR);
  char *text = shown_after(w, SW_FORMAT_JSON, 0);
  shown_contains(text, "\"drains\":{\"buckets\":[{\"le\":1,\"count\":0},");
  shown_contains(text,
                 "{\"le\":21600,\"count\":0},{\"le\":null,\"count\":1}],"
                 "\"count\":1,\"sum_seconds\":25200.0}");
  free(text);
}

/* A drain of 40 s and one of a day: the counts of shorter buckets are in those of longer ones. */
static void drains_are_a_histogram(void **state) {
  world_t *w = *state;
  static const sw_usec_t lasted[] = {40 * SEC, DAY};
  for (size_t at = 0; at < 2; ++at) {
    world_hold(w, 3, 103);
    world_frame(w, SEC);
    world_end(w, 3);
    world_frame(w, lasted[at]);
  }
  static const sw_format_t formats[] = {SW_FORMAT_OPENMETRICS, SW_FORMAT_PROMETHEUS};
  for (size_t at = 0; at < 2; ++at) {
    char *text = shown_after(w, formats[at], 0);
    shown_contains(text,
                   "\nslotwatch_drain_duration_seconds_bucket{le=\"30.0\"} 0\n"
                   "slotwatch_drain_duration_seconds_bucket{le=\"60.0\"} 1\n");
    shown_contains(text,
                   "\nslotwatch_drain_duration_seconds_bucket{le=\"21600.0\"} 1\n"
                   "slotwatch_drain_duration_seconds_bucket{le=\"+Inf\"} 2\n"
                   "slotwatch_drain_duration_seconds_count 2\n"
                   "slotwatch_drain_duration_seconds_sum 86440.000\n");
    free(text);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      WORLD_TEST(drain_is_counted_when_it_ends_by_how_long_it_lasted),
      WORLD_TEST(drain_ends_too_where_another_child_has_the_slot_at_once),
      WORLD_TEST(end_of_a_child_that_served_is_no_drain),
      WORLD_TEST(every_generation_further_is_a_reload),
      WORLD_TEST(moment_is_the_worst_frame_of_its_step),
      WORLD_TEST(worse_verdict_outweighs_fewer_free_slots),
      WORLD_TEST(stuck_slot_outweighs_fewer_free_slots),
      WORLD_TEST(moment_counts_all_that_happened_in_its_step),
      WORLD_TEST(steps_in_which_nobody_watched_are_not_there),
      WORLD_TEST(an_hour_is_kept_oldest_first),
      WORLD_TEST(what_is_older_than_an_hour_is_not_shown),
      WORLD_TEST(next_watcher_goes_on_with_them),
      WORLD_TEST(moment_is_in_json_at_its_instant),
      WORLD_TEST(drains_are_in_json_bucket_by_bucket),
      WORLD_TEST(drains_are_a_histogram),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
