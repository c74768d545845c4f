/* SPDX-License-Identifier: Apache-2.0 */
/* What the module asks of Linux, but for test_process.c. */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <time.h>

#include "children.h"
#include "os/sw_os.h"

#define PATIENCE (10 * SEC) /* a deadline, not a time that passes */

/* ---- Clock ---- */

static void clocks_are_those_they_are_named_after(void **state) {
  (void)state;
  struct timespec before;
  struct timespec wall;
  clock_gettime(CLOCK_MONOTONIC, &before);
  clock_gettime(CLOCK_REALTIME, &wall);
  const sw_usec_t monotonic = sw_os_monotonic();
  assert_in_range(monotonic - before.tv_sec * SEC - before.tv_nsec / 1000, 0, PATIENCE);
  assert_in_range(sw_os_wall() - wall.tv_sec * SEC, 0, PATIENCE);
  assert_true(sw_os_monotonic() >= monotonic);
}

/* ---- Memory ---- */

static void memory_view_shows_what_is_written_and_cannot_be_made_writable(void **state) {
  (void)state;
  sw_os_memory_t memory;
  void *base = NULL;
  assert_int_equal(sw_os_memory_create(&memory, "sw-test", 8192), 0);
  assert_int_equal(memory.size, 8192);
  assert_int_equal(((const char *)memory.view)[8191], 0);
  assert_int_equal(sw_os_memory_map(&memory, &base), 0);
  memcpy(base, "seen", 5);
  assert_string_equal(memory.view, "seen");
  void *view = (void *)(uintptr_t)memory.view;
  assert_int_equal(mprotect(view, memory.size, PROT_READ | PROT_WRITE), -1);
  assert_int_equal(errno, EACCES);
  munmap(base, memory.size);
  sw_os_memory_drop(&memory);
  assert_int_equal(memory.fd, -1);
  assert_null(memory.view);
}

static void memory_keeps_its_size_whoever_has_its_descriptor(void **state) {
  (void)state;
  sw_os_memory_t memory;
  assert_int_equal(sw_os_memory_create(&memory, "sw-test", 8192), 0);
  for (off_t size = 0; size <= 16384; size += 16384) {
    assert_int_equal(ftruncate(memory.fd, size), -1);
    assert_int_equal(errno, EPERM);
  }
  sw_os_memory_drop(&memory);
}

static int read_view(void *memory) {
  return strcmp(((const sw_os_memory_t *)memory)->view, "shared") == 0 ? 0 : 1;
}

static void memory_is_shared_with_a_child(void **state) {
  (void)state;
  sw_os_memory_t memory;
  void *base = NULL;
  assert_int_equal(sw_os_memory_create(&memory, "sw-test", 4096), 0);
  assert_int_equal(sw_os_memory_map(&memory, &base), 0);
  memcpy(base, "shared", 7);
  assert_int_equal(result_of(start(read_view, &memory)), 0);
  munmap(base, memory.size);
  sw_os_memory_drop(&memory);
}

static void memory_that_was_dropped_or_never_made_may_be_dropped(void **state) {
  (void)state;
  sw_os_memory_t memory = {0};
  sw_os_memory_drop(&memory);
  sw_os_memory_drop(&memory);
  assert_int_equal(memory.fd, -1);
  assert_true(fcntl(0, F_GETFD) >= 0); /* descriptor 0 is not its */
  assert_int_not_equal(sw_os_memory_create(&memory, "sw-test", (size_t)-1), 0);
  assert_int_equal(memory.fd, -1);
}

/* ---- Listeners ---- */

static int is_open(int fd) {
  return fcntl(fd, F_GETFD) >= 0;
}

static int close_listeners(void *context) {
  (void)context;
  int pair[2];
  const int listener = socket(AF_INET, SOCK_STREAM, 0);
  const int bound = socket(AF_INET, SOCK_DGRAM, 0);
  if (listen(listener, 1) != 0 || socketpair(AF_UNIX, SOCK_STREAM, 0, pair) != 0) {
    return 1;
  }
  sw_os_close_listeners(NULL, 0);
  const int kept = is_open(bound) && is_open(pair[0]) && is_open(pair[1]) && is_open(2);
  return kept && !is_open(listener) ? 0 : 2;
}

static void listeners_are_closed_and_nothing_else(void **state) {
  (void)state;
  assert_int_equal(result_of(start(close_listeners, NULL)), 0);
}

static int close_all_but_some(void *context) {
  (void)context;
  int listeners[4];
  for (size_t at = 0; at < 4; ++at) {
    listeners[at] = socket(AF_INET, SOCK_STREAM, 0);
    if (listen(listeners[at], 1) != 0) {
      return 1;
    }
  }
  const int kept[] = {listeners[2], -1, listeners[1], listeners[3]};
  sw_os_close_listeners(kept, 3); /* the fourth is beyond */
  const int are_kept = is_open(listeners[1]) && is_open(listeners[2]);
  return are_kept && !is_open(listeners[0]) && !is_open(listeners[3]) ? 0 : 2;
}

static void listeners_that_are_to_be_kept_are(void **state) {
  (void)state;
  assert_int_equal(result_of(start(close_all_but_some, NULL)), 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(clocks_are_those_they_are_named_after),
      cmocka_unit_test(memory_view_shows_what_is_written_and_cannot_be_made_writable),
      cmocka_unit_test(memory_keeps_its_size_whoever_has_its_descriptor),
      cmocka_unit_test(memory_is_shared_with_a_child),
      cmocka_unit_test(memory_that_was_dropped_or_never_made_may_be_dropped),
      cmocka_unit_test(listeners_are_closed_and_nothing_else),
      cmocka_unit_test(listeners_that_are_to_be_kept_are),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
