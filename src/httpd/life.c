/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The watcher as a process: how it comes to be one, waits, and ends. watcher.c says what for.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#include "ap_mpm.h"
#include "endpoints.h"
#include "sw_httpd.h"

/* How long a former watcher may take to end before it is killed. It has nothing to finish but a
 * frame. */
#define FORMER_PATIENCE SW_USEC_PER_SEC
#define FORMER_POLL (5 * SW_USEC_PER_MSEC)
/* Comes when the parent ends. Of two that wait the kernel hands out the lower number first, and
 * SIGTERM is the lower one: who was told, and then lost its parent, was told. */
#define SIGNAL_PARENT_GONE SIGPWR
/* Not APEXIT_CHILDFATAL (0xf), at which the parent would shut the server down. */
#define EXIT_BROKEN 1

static int signals_fd = -1; /* readable when one of end_signals has come */

static sigset_t end_signals(void) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGNAL_PARENT_GONE);
  return set;
}

/* The parent's handlers would set the parent's flags in this copy of it. SIGTERM is waited for;
 * what else httpd's parent or a terminal may send to the whole group is not meant for us. */
void sw_life_take_signals(void) {
  static const int defaults[] = {SIGTERM, SIGNAL_PARENT_GONE, SIGCHLD};
  static const int ignored[] = {SIGHUP, SIGUSR1, SIGUSR2, SIGWINCH, SIGINT, SIGPIPE};
  sigset_t blocked = end_signals();
  for (size_t at = 0; at < sizeof(defaults) / sizeof(*defaults); ++at) {
    signal(defaults[at], SIG_DFL);
  }
  for (size_t at = 0; at < sizeof(ignored) / sizeof(*ignored); ++at) {
    signal(ignored[at], SIG_IGN);
  }
  sigprocmask(SIG_SETMASK, &blocked, NULL);
  signals_fd = signalfd(-1, &blocked, SFD_CLOEXEC | SFD_NONBLOCK);
  if (signals_fd < 0) {
    sw_life_give_up("signalfd", errno);
  }
}

void sw_life_end(const char *why) {
  sw_log(SW_LOG_101, "pid=%d reason=%s", (int)getpid(), why);
  _exit(0);
}

static const char *was_told(void) {
  sigset_t set = end_signals();
  struct timespec at_once = {0};
  switch (sigtimedwait(&set, NULL, &at_once)) {
    case SIGTERM:
      return "told";
    case SIGNAL_PARENT_GONE:
      return "parent-gone";
    default:
      return NULL;
  }
}

const char *sw_life_wait_until(sw_usec_t instant, int descriptor) {
  struct pollfd both[] = {{.fd = signals_fd, .events = POLLIN},
                          {.fd = descriptor, .events = POLLIN}};
  sw_usec_t left = instant - sw_os_monotonic();
  left = left > 0 ? left : 0;
  struct timespec timeout = {.tv_sec = left / SW_USEC_PER_SEC,
                             .tv_nsec = left % SW_USEC_PER_SEC * 1000};
  ppoll(both, 2, &timeout, NULL);
  return was_told();
}

static void wait_or_end(sw_usec_t instant) {
  const char *why = sw_life_wait_until(instant, -1);
  if (why != NULL) {
    sw_life_end(why);
  }
}

void sw_life_give_up(const char *reason, int error) {
  sw_log(SW_LOG_400, "reason=%s errno=%d", reason, error);
  _exit(EXIT_BROKEN);
}

static void become_watcher(const sw_watcher_start_t *start) {
  sw_os_process_title("slotwatch");
  sw_os_close_listeners((int[]){start->endpoints->local.fd, start->endpoints->remote}, 2);
  sw_os_bound_capabilities();
  if (ap_run_drop_privileges(start->pool, start->server) != OK) {
    sw_life_give_up("privileges", 0);
  }
  if (sw_os_end_with_parent(start->parent, SIGNAL_PARENT_GONE) != 0) {
    _exit(0);
  }
}

/* Where /proc is hidden, or not there, it is not known from another; but whether it runs is. */
static int is_there(const sw_former_t *former, pid_t parent) {
  sw_os_process_t found = sw_os_process_look(former->pid, parent);
  return found.process == SW_PROCESS_UNKNOWN
             ? sw_os_process_runs(former->pid)
             : found.process == SW_PROCESS_ALIVE && found.start_time == former->start_time;
}

static void outlive(const sw_former_t *former, pid_t parent) {
  sw_usec_t patience_ends = sw_os_monotonic() + FORMER_PATIENCE;
  while (is_there(former, parent)) {
    sw_usec_t now = sw_os_monotonic();
    if (now > patience_ends + FORMER_PATIENCE) {
      sw_life_give_up("former-watcher", ETIMEDOUT);
    }
    if (now > patience_ends) {
      sw_os_process_signal(former->pid, former->start_time, parent, SIGKILL);
    }
    wait_or_end(now + FORMER_POLL);
  }
}

/* Two writers would spoil the board: those that were told to end must have ended. */
static void outlive_former(const sw_watcher_start_t *start) {
  for (int at = 0; at < SW_FORMER_MAX; ++at) {
    if (start->former[at].pid > 0) {
      outlive(&start->former[at], start->parent);
    }
  }
}

static void keep_delay(sw_usec_t delay) {
  if (delay > 0) {
    sw_log(SW_LOG_103, "pid=%d seconds=%d", (int)getpid(), (int)(delay / SW_USEC_PER_SEC));
    wait_or_end(sw_os_monotonic() + delay);
  }
}

void sw_life_begin(const sw_watcher_start_t *start) {
  become_watcher(start);
  outlive_former(start);
  keep_delay(start->delay);
}
