/* SPDX-License-Identifier: Apache-2.0 */
/* What a process gives up for good: each test does so in a process of its own, which exits with
 * the number of what it found otherwise than it should be. */
#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "children.h"
#include "os/sw_os.h"

#define COUNT(array) (sizeof(array) / sizeof(*(array)))
#define IO_URING_SETUP 425
#define CLONE3 435
#define PIDFD_OPEN 434
#define PIDFD_GETFD 438
#define X32_GETPID (0x40000000 + 39)

enum { ALONE, WITH_OTHERS };

/* Numbers with which a call fails otherwise, without a filter. */
static const int never[] = {
    SYS_ptrace,     SYS_process_vm_readv, SYS_mount,      SYS_unshare,         SYS_setns,
    SYS_bpf,        SYS_keyctl,           SYS_reboot,     SYS_userfaultfd,     SYS_finit_module,
    SYS_kcmp,       PIDFD_GETFD,          IO_URING_SETUP, SYS_perf_event_open, SYS_add_key,
    SYS_pivot_root, SYS_process_vm_writev};
static const int alone[] = {SYS_execve, SYS_execveat, SYS_setresuid, SYS_setgroups, SYS_capset};

static int has_filters(void) {
  return access("/proc/sys/kernel/seccomp/actions_avail", F_OK) == 0 &&
         prctl(PR_GET_SECCOMP, 0, 0, 0, 0) >= 0;
}

static void harden(int with_others) {
  sw_os_bound_capabilities();
  const sw_os_hardening_t left = sw_os_harden(with_others);
  if (left.no_new_privileges != 0 || left.capabilities != 0 || left.dumpable != 0 ||
      (left.filter != 0 && has_filters())) {
    _exit(255);
  }
}

/* @return how the line of that name in /proc/self/status ends */
static unsigned long long status_of(const char *name, int base) {
  char text[8192];
  char wanted[32];
  snprintf(wanted, sizeof(wanted), "\n%s:\t", name);
  const char *line =
      sw_os_read_file("/proc/self/status", text, sizeof(text)) ? strstr(text, wanted) : NULL;
  return line != NULL ? strtoull(line + strlen(wanted), NULL, base) : ~0ULL;
}

static int look_at_status(void *unused) {
  (void)unused;
  const int is_root = geteuid() == 0;
  harden(ALONE);
  static const char *const sets[] = {"CapInh", "CapPrm", "CapEff", "CapAmb"};
  for (size_t at = 0; at < COUNT(sets); ++at) {
    if (status_of(sets[at], 16) != 0) {
      return (int)at + 1;
    }
  }
  if (is_root && status_of("CapBnd", 16) != 0) {
    return 5;
  }
  if (status_of("NoNewPrivs", 10) != 1 || prctl(PR_GET_DUMPABLE) != 0) {
    return 6;
  }
  return has_filters() && status_of("Seccomp", 10) != SECCOMP_MODE_FILTER ? 7 : 0;
}

static void status_shows_nothing_left(void **state) {
  (void)state;
  assert_int_equal(result_of(start(look_at_status, NULL)), 0);
}

/* ---- What is denied ---- */

static int fails_with(int error, long call, long first) {
  errno = 0;
  return syscall(call, first, 0L, 0L, 0L, 0L, 0L) == -1 && errno == error;
}

static int call_what_is_denied(void *with_others) {
  harden(with_others != NULL);
  for (size_t at = 0; at < COUNT(never); ++at) {
    if (!fails_with(EPERM, never[at], -1)) {
      return (int)at + 1;
    }
  }
  for (size_t at = 0; at < COUNT(alone); ++at) {
    if (with_others == NULL && !fails_with(EPERM, alone[at], -1)) {
      return (int)at + 101;
    }
  }
  return 0;
}

static void call_of_the_list_fails_whoever_else_runs(void **state) {
  (void)state;
  int others = 1;
  if (!has_filters()) {
    skip();
  }
  assert_int_equal(result_of(start(call_what_is_denied, NULL)), 0);
  assert_int_equal(result_of(start(call_what_is_denied, &others)), 0);
}

static int call_by_other_ways(void *unused) {
  (void)unused;
  harden(WITH_OTHERS);
  if (!fails_with(ENOSYS, CLONE3, 0)) {
    return 1;
  }
  if (!fails_with(EPERM, SYS_clone, CLONE_NEWUSER | SIGCHLD)) {
    return 2;
  }
#ifdef __x86_64__
  if (!fails_with(EPERM, X32_GETPID, 0)) {
    return 3;
  }
#endif
  return 0;
}

static void list_is_not_passed_by_clone_or_other_numbers(void **state) {
  (void)state;
  if (!has_filters()) {
    skip();
  }
  assert_int_equal(result_of(start(call_by_other_ways, NULL)), 0);
}

#ifdef __x86_64__
/* getpid by the number and the way of i386. */
static int call_as_i386(void *unused) {
  (void)unused;
  int result = 20;
  harden(WITH_OTHERS);
  __asm__ volatile("int $0x80" : "+a"(result) : : "memory", "r8", "r9", "r10", "r11");
  return result == -EPERM ? 0 : 1;
}

static void call_of_another_architecture_fails(void **state) {
  (void)state;
  const int result = has_filters() ? result_of(start(call_as_i386, NULL)) : 0;
  assert_true(result == 0 || result == 128 + SIGSEGV); /* a kernel without them */
}
#endif

static int open_sockets(void *with_others) {
  harden(with_others != NULL);
  static const int allowed[] = {AF_UNIX, AF_INET, AF_INET6};
  for (size_t at = 0; at < COUNT(allowed); ++at) {
    const int fd = socket(allowed[at], SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0 && errno == EPERM) {
      return (int)at + 1;
    }
  }
  if (!fails_with(EPERM, SYS_socket, AF_ALG) || !fails_with(EPERM, SYS_socket, AF_VSOCK)) {
    return 4;
  }
  return fails_with(EPERM, SYS_socket, AF_NETLINK) == (with_others == NULL) ? 0 : 5;
}

static void socket_is_of_a_family_that_somebody_needs(void **state) {
  (void)state;
  int others = 1;
  if (!has_filters()) {
    skip();
  }
  assert_int_equal(result_of(start(open_sockets, NULL)), 0);
  assert_int_equal(result_of(start(open_sockets, &others)), 0);
}

/* ---- What goes on ---- */

static void *run_thread(void *result) {
  return result;
}

static int signal_child(void) {
  const pid_t child = fork();
  if (child == 0) {
    pause();
    _exit(0);
  }
  const uint64_t began = sw_os_process_look(child, getpid()).start_time;
  const int error = sw_os_process_signal(child, began, getpid(), SIGKILL);
  int status = 0;
  waitpid(child, &status, 0);
  return error == 0 && WIFSIGNALED(status);
}

static int do_what_a_watcher_does(void *unused) {
  (void)unused;
  sw_os_memory_t memory;
  sigset_t set;
  pthread_t thread;
  void *result = NULL;
  harden(ALONE);
  if (!signal_child()) {
    return 1;
  }
  if (sw_os_memory_create(&memory, "sw-test", 4096) != 0) {
    return 2;
  }
  sigemptyset(&set);
  if (signalfd(-1, &set, SFD_CLOEXEC) < 0) {
    return 3;
  }
  if (pthread_create(&thread, NULL, run_thread, &set) != 0 || pthread_join(thread, &result) != 0 ||
      result != &set) {
    return 4;
  }
  return fails_with(EINVAL, PIDFD_OPEN, -1) ? 0 : 5;
}

static void watcher_goes_on_signalling_and_looking(void **state) {
  (void)state;
  assert_int_equal(result_of(start(do_what_a_watcher_does, NULL)), 0);
}

static int run_program(void *unused) {
  (void)unused;
  char *const arguments[] = {(char[]){"sh"}, (char[]){"-c"},
                             (char[]){"grep -q 'NoNewPrivs:.*1' /proc/self/status"}, NULL};
  char *const nothing[] = {NULL};
  pid_t pid = 0;
  int status = -1;
  harden(WITH_OTHERS);
  if (posix_spawn(&pid, "/bin/sh", NULL, NULL, arguments, nothing) != 0) {
    return 1;
  }
  waitpid(pid, &status, 0);
  return status == 0 ? 0 : 2;
}

static void program_runs_and_gains_nothing(void **state) {
  (void)state;
  assert_int_equal(result_of(start(run_program, NULL)), 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(status_shows_nothing_left),
      cmocka_unit_test(call_of_the_list_fails_whoever_else_runs),
      cmocka_unit_test(list_is_not_passed_by_clone_or_other_numbers),
#ifdef __x86_64__
      cmocka_unit_test(call_of_another_architecture_fails),
#endif
      cmocka_unit_test(socket_is_of_a_family_that_somebody_needs),
      cmocka_unit_test(watcher_goes_on_signalling_and_looking),
      cmocka_unit_test(program_runs_and_gains_nothing),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
