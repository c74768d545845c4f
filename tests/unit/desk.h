/* SPDX-License-Identifier: Apache-2.0 */
/* A desk of a few slots, before each test. */
#ifndef DESK_H
#define DESK_H

#include "httpd/desk.h"
#include "world.h"

#define SLOTS 4

static inline int desk_setup(void **state) {
  sw_desk_t *desk = calloc(1, sizeof(*desk));
  assert_int_equal(sw_desk_provide(desk, SLOTS), 0);
  *state = desk;
  return 0;
}

static inline int desk_teardown(void **state) {
  sw_desk_t *desk = *state;
  sw_os_memory_drop(&desk->cells);
  sw_os_memory_drop(&desk->orders);
  free(desk);
  return 0;
}

#endif
