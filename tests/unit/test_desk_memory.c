/* SPDX-License-Identifier: Apache-2.0 */
/* The desk's memory: made, kept, made anew, and out of reach of whoever is forked. */
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>

#include "children.h"
#include "desk.h"

static void desk_of_as_many_slots_is_kept_and_another_is_made_anew(void **state) {
  sw_desk_t *desk = *state;
  const void *cells = desk->cells.base;
  assert_int_equal(sw_desk_provide(desk, SLOTS), 0);
  assert_ptr_equal(desk->cells.base, cells);
  assert_int_equal(sw_desk_provide(desk, SLOTS + 1), 0);
  assert_int_equal(desk->slots, SLOTS + 1);
  assert_true(sw_desk_is_there(desk));
  const sw_desk_t none = {0};
  assert_false(sw_desk_is_there(&none));
}

static void desk_that_cannot_be_made_is_none_and_may_be_tried_again(void **state) {
  sw_desk_t *desk = *state;
  const rlim_t before = limit_descriptors(0);
  const int error = sw_desk_provide(desk, SLOTS + 1);
  limit_descriptors(before);
  assert_int_equal(error, EMFILE);
  assert_false(sw_desk_is_there(desk));
  assert_int_not_equal(sw_desk_open_orders(desk), 0);
  assert_int_equal(sw_desk_provide(desk, SLOTS + 1), 0);
  assert_true(sw_desk_is_there(desk));
}

static void cells_have_no_descriptor_and_orders_none_in_a_child(void **state) {
  sw_desk_t *desk = *state;
  const int key = desk->orders.fd;
  assert_int_equal(desk->cells.fd, -1);
  assert_true(fcntl(key, F_GETFD) >= 0);
  const pid_t pid = fork();
  if (pid == 0) {
    sw_desk_disarm(desk);
    void *view = (void *)(uintptr_t)desk->orders.view;
    const int is_refused = mprotect(view, desk->orders.size, PROT_READ | PROT_WRITE) != 0;
    _exit(fcntl(key, F_GETFD) < 0 && is_refused ? 0 : 1);
  }
  int status;
  assert_int_equal(waitpid(pid, &status, 0), pid);
  assert_int_equal(status, 0);
}

#define DESK_TEST(test) cmocka_unit_test_setup_teardown(test, desk_setup, desk_teardown)

int main(void) {
  const struct CMUnitTest tests[] = {
      DESK_TEST(desk_of_as_many_slots_is_kept_and_another_is_made_anew),
      DESK_TEST(desk_that_cannot_be_made_is_none_and_may_be_tried_again),
      DESK_TEST(cells_have_no_descriptor_and_orders_none_in_a_child),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
