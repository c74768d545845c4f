/* SPDX-License-Identifier: Apache-2.0 */
/* Stopping: a server that ends when its children have ended needs no slot for anybody. */
#include "pressure.h"

static void server_that_stops_is_neither_full_nor_tight(void **state) {
  world_t *w = *state;
  w->frame.is_stopping = 1;
  arrange(w, WORLD_SLOTS, 0);
  run(w, 20, 1 << 2);
  assert_int_equal(w->report->capacity.verdict, SW_VERDICT_OK);
  assert_int_equal(w->told[210] + w->told[211] + w->told[301], 0);
}

static void what_is_stuck_is_recycled_while_the_server_stops(void **state) {
  world_t *w = *state;
  w->policy.stall = 10 * SEC;
  w->frame.is_stopping = 1;
  arrange(w, WORLD_SLOTS, 0);
  run(w, 12, 1 << 2);
  assert_int_equal(w->plan.intent_count, 1);
  assert_int_equal(world_intent(w, 2)->reason, SW_REASON_STALL);
}

static void rung_for_pressure_is_the_last_one_when_the_server_stops(void **state) {
  world_t *w = *state;
  arrange(w, WORLD_SLOTS, 0);
  run(w, 2, 0);
  assert_int_equal(world_intent(w, 0)->reason, SW_REASON_FULL);
  w->frame.is_stopping = 1;
  run(w, 30, 0);
  assert_int_equal(w->report->counters.recycled_kill, 0);
  assert_int_equal(w->plan.intent_count, 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      PRESSURE_TEST(server_that_stops_is_neither_full_nor_tight),
      PRESSURE_TEST(what_is_stuck_is_recycled_while_the_server_stops),
      PRESSURE_TEST(rung_for_pressure_is_the_last_one_when_the_server_stops),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
