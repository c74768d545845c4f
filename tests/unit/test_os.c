/* SPDX-License-Identifier: Apache-2.0 */
/* What the module asks of Linux. Every process here ends by the pid the test knows, or with it. */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <time.h>

#include "children.h"
#include "os/sw_os.h"

#define PATIENCE (10 * SEC) /* a deadline, not a time that passes */

static void wait_until_zombie(pid_t pid) {
  siginfo_t info;
  assert_int_equal(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT), 0);
}

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

/* ---- Looking at a process ---- */

static void look_at_a_child_says_alive_then_zombie_then_gone(void **state) {
  (void)state;
  int fds[2];
  assert_int_equal(pipe(fds), 0);
  const pid_t pid = start(wait_for_end, fds);
  const sw_os_process_t alive = sw_os_process_look(pid, getpid());
  assert_int_equal(alive.process, SW_PROCESS_ALIVE);
  assert_true(alive.start_time > 0);
  assert_int_equal(sw_os_process_look(pid, getpid() + 1).process, SW_PROCESS_FOREIGN);
  assert_int_equal(sw_os_process_look(pid, getpid() + 1).start_time, alive.start_time);
  close(fds[0]);
  close(fds[1]);
  wait_until_zombie(pid);
  assert_int_equal(sw_os_process_look(pid, getpid()).process, SW_PROCESS_ZOMBIE);
  assert_int_equal(sw_os_process_look(pid, getpid()).start_time, alive.start_time);
  assert_int_equal(result_of(pid), 0);
  assert_int_equal(sw_os_process_look(pid, getpid()).process, SW_PROCESS_GONE);
  assert_int_equal(sw_os_process_look(pid, getpid()).start_time, 0);
}

static void look_at_a_pid_that_is_none_says_gone(void **state) {
  (void)state;
  const pid_t none[] = {0, -1, INT32_MIN, INT32_MAX};
  for (size_t at = 0; at < sizeof(none) / sizeof(*none); ++at) {
    assert_int_equal(sw_os_process_look(none[at], getpid()).process, SW_PROCESS_GONE);
  }
  assert_int_equal(sw_os_process_look(getpid(), getppid()).process, SW_PROCESS_ALIVE);
  assert_int_equal(sw_os_process_look(1, getpid()).process, SW_PROCESS_FOREIGN);
}

static int look_under_a_hostile_name(void *context) {
  (void)context;
  sw_os_process_title(") Z 1 (");
  return sw_os_process_look(getpid(), getppid()).process == SW_PROCESS_ALIVE ? 0 : 1;
}

static void look_is_not_misled_by_a_name(void **state) {
  (void)state;
  assert_int_equal(result_of(start(look_under_a_hostile_name, NULL)), 0);
}

static int file_begins_with(const char *path, const char *text) {
  char line[64] = "";
  FILE *file = fopen(path, "r");
  const char *got = file != NULL ? fgets(line, sizeof(line), file) : NULL;
  if (file != NULL) {
    fclose(file);
  }
  return got != NULL && strncmp(line, text, strlen(text)) == 0;
}

static int take_a_title(void *context) {
  (void)context;
  sw_os_process_title("slotwatch");
  return file_begins_with("/proc/self/comm", "slotwatch\n") &&
                 file_begins_with("/proc/self/cmdline", "slotwatch")
             ? 0
             : 1;
}

static void title_is_what_ps_and_top_show(void **state) {
  (void)state;
  assert_int_equal(result_of(start(take_a_title, NULL)), 0);
}

/* ---- Signalling a process, and ending with one ---- */

static void signal_reaches_the_child_that_is_meant_and_no_other(void **state) {
  (void)state;
  int fds[2];
  assert_int_equal(pipe(fds), 0);
  const pid_t pid = start(wait_for_end, fds);
  const uint64_t begun = sw_os_process_look(pid, getpid()).start_time;
  assert_true(sw_os_process_is(pid, begun, getpid()));
  assert_int_equal(sw_os_process_signal(pid, begun + 1, getpid(), SIGKILL), ESRCH);
  assert_int_equal(sw_os_process_signal(pid, begun, getpid() + 1, SIGKILL), ESRCH);
  assert_int_equal(sw_os_process_signal(pid, begun, getpid(), 12345), EINVAL);
  assert_int_equal(sw_os_process_runs(pid), 1);
  assert_true(sw_os_process_is(pid, begun, getpid()));
  assert_int_equal(sw_os_process_signal(pid, begun, getpid(), SIGKILL), 0);
  int status = 0;
  wait_until_zombie(pid);
  assert_int_equal(sw_os_process_runs(pid), 0);
  assert_int_equal(waitpid(pid, &status, 0), pid);
  assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
  assert_int_equal(sw_os_process_runs(pid), 0);
  assert_int_equal(sw_os_process_signal(pid, begun, getpid(), SIGKILL), ESRCH);
  assert_false(sw_os_process_is(pid, begun, getpid()));
  close(fds[0]);
  close(fds[1]);
}

static int end_with_another_parent(void *context) {
  (void)context;
  return sw_os_end_with_parent(getppid() + 1, SIGKILL) == ESRCH ? 0 : 1;
}

static void process_whose_parent_has_ended_before_is_told_so(void **state) {
  (void)state;
  assert_int_equal(result_of(start(end_with_another_parent, NULL)), 0);
}

static int hold_until_parent_ends(void *pipe_fds) {
  int *fds = pipe_fds;
  if (sw_os_end_with_parent(getppid(), SIGKILL) != 0 || write(fds[1], "r", 1) != 1) {
    return 1;
  }
  for (;;) {
    pause();
  }
}

/* The parent in the middle waits until its child is ready, and ends. */
static int be_a_short_lived_parent(void *pipe_fds) {
  char ready;
  start(hold_until_parent_ends, pipe_fds);
  return read(((int *)pipe_fds)[0], &ready, 1) == 1 ? 0 : 1;
}

static void process_ends_with_its_parent(void **state) {
  (void)state;
  int fds[2];
  char byte;
  assert_int_equal(pipe(fds), 0);
  assert_int_equal(result_of(start(be_a_short_lived_parent, fds)), 0);
  close(fds[1]); /* the grandchild has the last one */
  struct pollfd end = {.fd = fds[0], .events = POLLIN};
  assert_int_equal(poll(&end, 1, (int)(PATIENCE / SW_USEC_PER_MSEC)), 1);
  assert_int_equal(read(fds[0], &byte, 1), 0);
  close(fds[0]);
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
      cmocka_unit_test(look_at_a_child_says_alive_then_zombie_then_gone),
      cmocka_unit_test(look_at_a_pid_that_is_none_says_gone),
      cmocka_unit_test(look_is_not_misled_by_a_name),
      cmocka_unit_test(title_is_what_ps_and_top_show),
      cmocka_unit_test(signal_reaches_the_child_that_is_meant_and_no_other),
      cmocka_unit_test(process_whose_parent_has_ended_before_is_told_so),
      cmocka_unit_test(process_ends_with_its_parent),
      cmocka_unit_test(listeners_are_closed_and_nothing_else),
      cmocka_unit_test(listeners_that_are_to_be_kept_are),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
