/* SPDX-License-Identifier: Apache-2.0 */
/* Which rung the report says would come next. */
#include "world.h"

static uint8_t next_rung(world_t *w) {
  world_frame(w, SEC);
  return sw_report_slots(w->report)[0].next_rung;
}

static void next_rung_is_the_first_that_would_shut_something(void **state) {
  world_t *w = *state;
  w->policy.has_agents = 1;
  world_serve(w, 0, 100, "____");
  assert_int_equal(next_rung(w), SW_RUNG_NONE);
  world_hold(w, 0, 101);
  assert_int_equal(next_rung(w), SW_RUNG_KILL); /* no agent is heard */
  world_agent(w, 0, 2, 0);
  assert_int_equal(next_rung(w), SW_RUNG_CLIENTS);
  world_agent(w, 0, 2, 1);
  assert_int_equal(next_rung(w), SW_RUNG_BACKENDS);
  w->policy.ladder.count = 1;
  w->policy.ladder.rungs[0] = SW_RUNG_CLIENTS;
  assert_int_equal(next_rung(w), SW_RUNG_CLIENTS);
  world_agent(w, 0, 0, 1);
  assert_int_equal(next_rung(w), SW_RUNG_NONE);
}

static void rung_after_the_one_it_is_on_is_the_next(void **state) {
  world_t *w = *state;
  w->policy.has_agents = 1;
  w->policy.mode = SW_MODE_ON;
  w->policy.stall = 3 * SEC;
  world_hold(w, 0, 100);
  world_agent(w, 0, 2, 1);
  world_run(w, 4 * SEC);
  assert_int_equal(world_rung(w, 0), SW_RUNG_BACKENDS);
  assert_int_equal(sw_report_slots(w->report)[0].next_rung, SW_RUNG_CLIENTS);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      WORLD_TEST(next_rung_is_the_first_that_would_shut_something),
      WORLD_TEST(rung_after_the_one_it_is_on_is_the_next),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
