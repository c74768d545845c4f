/* SPDX-License-Identifier: Apache-2.0 */
/* Orders that are taken back: an agent may be stopped for longer than anybody means them. */
#include "desk.h"

#define SLOT 2

static const sw_intent_t intent = {
    .slot = SLOT, .pid = 4711, .start_time = 99, .order = 8, .rung = SW_RUNG_CLIENTS};

static int setup(void **state) {
  desk_setup(state);
  assert_int_equal(sw_desk_open_orders(*state), 0);
  sw_desk_order(&intent);
  return 0;
}

static int stands(const sw_desk_t *desk) {
  sw_note_t *self = calloc(1, sizeof(*self));
  sw_order_t order;
  self->pid = intent.pid;
  self->start_time = intent.start_time;
  const int is_there = sw_desk_read_order(desk, SLOT, self, &order);
  free(self);
  return is_there;
}

static void order_that_was_withdrawn_reaches_nobody(void **state) {
  assert_true(stands(*state));
  sw_desk_withdraw(SLOT + 1);
  sw_desk_withdraw(SLOTS);
  assert_true(stands(*state));
  sw_desk_withdraw(SLOT);
  assert_false(stands(*state));
  sw_desk_order(&intent);
  assert_true(stands(*state));
}

static void order_does_not_outlive_the_watcher_that_gave_it(void **state) {
  assert_int_equal(sw_desk_open_orders(*state), 0);
  assert_false(stands(*state));
}

#define ORDER_TEST(test) cmocka_unit_test_setup_teardown(test, setup, desk_teardown)

int main(void) {
  const struct CMUnitTest tests[] = {
      ORDER_TEST(order_that_was_withdrawn_reaches_nobody),
      ORDER_TEST(order_does_not_outlive_the_watcher_that_gave_it),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
