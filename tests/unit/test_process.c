/* SPDX-License-Identifier: Apache-2.0 */
/* What the module asks of Linux about processes. Each ends by the pid the test knows, or with it.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/ptrace.h>
#include <time.h>

#include "children.h"
#include "os/sw_os.h"

#define PATIENCE (10 * SEC) /* a deadline, not a time that passes */

static void wait_until_zombie(pid_t pid) {
  siginfo_t info;
  assert_int_equal(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT), 0);
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

static void *wait_until_it_ends(void *fds) {
  _exit(wait_for_end(fds));
}

static int leave_a_thread(void *fds) {
  pthread_t thread;
  pthread_create(&thread, NULL, wait_until_it_ends, fds);
  pthread_exit(NULL);
}

static int state_of(pid_t pid) {
  char line[512];
  char path[32];
  snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
  return *sw_os_stat_read(path, line, sizeof(line));
}

static void look_at_a_child_whose_first_thread_alone_has_ended_says_alive(void **state) {
  (void)state;
  int fds[2];
  assert_int_equal(pipe(fds), 0);
  const pid_t pid = start(leave_a_thread, fds);
  const sw_usec_t deadline = sw_os_monotonic() + PATIENCE;
  while (state_of(pid) != 'Z') {
    assert_true(sw_os_monotonic() < deadline);
    sched_yield();
  }
  const sw_os_process_t found = sw_os_process_look(pid, getpid());
  assert_int_equal(found.process, SW_PROCESS_ALIVE);
  assert_true(sw_os_process_is(pid, found.start_time, getpid()));
  close(fds[0]);
  close(fds[1]);
  wait_until_zombie(pid);
  assert_int_equal(sw_os_process_look(pid, getpid()).process, SW_PROCESS_ZOMBIE);
  assert_int_equal(result_of(pid), 0);
}

static void child_is_itself_while_a_debugger_holds_it_dead_or_not(void **state) {
  (void)state;
  int fds[2];
  assert_int_equal(pipe(fds), 0);
  const pid_t pid = start(wait_for_end, fds);
  const uint64_t begun = sw_os_process_look(pid, getpid()).start_time;
  assert_false(sw_os_process_is_traced(pid));
  const int is_held = ptrace(PTRACE_SEIZE, pid, NULL, NULL) == 0; /* not everywhere it may be */
  assert_int_equal(sw_os_process_is_traced(pid), is_held);
  close(fds[0]);
  close(fds[1]);
  wait_until_zombie(pid);
  assert_int_equal(sw_os_process_is_traced(pid), is_held);
  assert_int_equal(sw_os_process_is(pid, begun, getpid()), is_held);
  assert_int_equal(result_of(pid), 0);
  assert_false(sw_os_process_is_traced(pid));
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

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(look_at_a_child_says_alive_then_zombie_then_gone),
      cmocka_unit_test(look_at_a_child_whose_first_thread_alone_has_ended_says_alive),
      cmocka_unit_test(child_is_itself_while_a_debugger_holds_it_dead_or_not),
      cmocka_unit_test(look_at_a_pid_that_is_none_says_gone),
      cmocka_unit_test(look_is_not_misled_by_a_name),
      cmocka_unit_test(title_is_what_ps_and_top_show),
      cmocka_unit_test(signal_reaches_the_child_that_is_meant_and_no_other),
      cmocka_unit_test(process_whose_parent_has_ended_before_is_told_so),
      cmocka_unit_test(process_ends_with_its_parent),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
