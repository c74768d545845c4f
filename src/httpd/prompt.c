/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The parent without its pauses. httpd's parent looks after its children about once a second: when
 * nobody is to be reaped it sleeps, and what it takes for the end of that second starts the new
 * generation. Any signal with a handler ends the sleep (signal(7): select is never restarted), so
 * SIGCHLD gets one that does nothing else, and a timer sends one where no death does.
 *
 * A handler in code that is unloaded at a restart kills the parent at the next death: SIGCHLD is
 * given back before that. And it is the parent's alone: whatever the parent forks begins with the
 * SIGCHLD it would have without us.
 */
#include "sw_httpd.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "ap_mpm.h"
#include "http_main.h"
#include "unixd.h"

#ifndef sigev_notify_thread_id
#define sigev_notify_thread_id _sigev_un._tid /* glibc has the field, but not the name */
#endif

/* From a wake to the next look. Long enough that idle children of the old generation have left
 * their slots, and for the parent to be back in its sleep on a busy machine; shorter than what
 * anybody notices. */
#define LOOK_AGAIN (20 * SW_USEC_PER_MSEC)
/* Where old children hold the slots, the MPM starts one child a look. For as long as httpd alone
 * would not have looked at all, each start is followed by another look. */
#define START_PHASE SW_USEC_PER_SEC
/* Children that die as they start would be replaced as fast as the machine can. httpd's own most is
 * 32 in a second (MAX_SPAWN_RATE in event.c) and two for faulting ones; what a second may rightly
 * take is a whole generation. */
#define FORKS_AT_LEAST 64
#define PAUSE_SECONDS 60

static struct {
  int installed; /* in this process */
  timer_t timer;
  const ap_unixd_mpm_retained_data *mpm;
  sw_usec_t started; /* this generation */
  sw_usec_t counted_since;
  int forks;
  int forks_max;
  sw_usec_t paused_until; /* 0: not paused */
  int pause_told;
} prompt;

/* ---- In the handler: async-signal-safe, and errno is kept ---- */

static void look_again(void) {
  const struct itimerspec once = {.it_value = {.tv_nsec = LOOK_AGAIN * 1000}};
  timer_settime(prompt.timer, 0, &once, NULL);
}

static int has_dead_child(void) {
  siginfo_t dead = {.si_pid = 0};
  return waitid(P_ALL, 0, &dead, WEXITED | WNOHANG | WNOWAIT) == 0 && dead.si_pid != 0;
}

/* The parent looks at its slots when it wakes, and only then reaps: what a death leaves free is
 * seen at the next look. And a wake before the MPM's loop has begun is none. */
static void on_signal(int signum) {
  (void)signum;
  int kept = errno;
  int state = prompt.mpm->mpm_state;
  if (state == AP_MPMQ_STARTING || (state == AP_MPMQ_RUNNING && has_dead_child())) {
    look_again();
  }
  errno = kept;
}

/* ---- Taking SIGCHLD, and giving it back ---- */

static int is_handled_by(void (*handler)(int)) {
  struct sigaction action;
  return sigaction(SIGCHLD, NULL, &action) == 0 && action.sa_handler == handler;
}

static void give_back(void) {
  if (prompt.installed && is_handled_by(on_signal)) {
    signal(SIGCHLD, SIG_DFL);
  }
}

static apr_status_t uninstall(void *unused) {
  (void)unused;
  give_back();
  if (prompt.installed) {
    timer_delete(prompt.timer);
    prompt.installed = 0;
  }
  return APR_SUCCESS;
}

/* The timer signals the thread that sleeps: other modules may have threads in the parent. */
static int make_timer(void) {
  struct sigevent event = {.sigev_notify = SIGEV_THREAD_ID, .sigev_signo = SIGCHLD};
  event.sigev_notify_thread_id = gettid();
  return timer_create(CLOCK_MONOTONIC, &event, &prompt.timer) == 0 ? 0 : errno;
}

static void install(void) {
  struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART | SA_NOCLDSTOP};
  if (!is_handled_by(SIG_DFL)) {
    sw_log(SW_LOG_113, "reason=handler another module handles SIGCHLD, and keeps it");
    return;
  }
  int error = make_timer();
  if (error != 0) {
    sw_log(SW_LOG_113, "reason=timer errno=%d", error);
    return;
  }
  prompt.installed = 1;
  prompt.started = prompt.counted_since = sw_os_monotonic();
  prompt.forks = 0;
  sigemptyset(&action.sa_mask);
  sigaction(SIGCHLD, &action, NULL);
  look_again();
}

/* ---- What the parent forks ---- */

static void after_fork_in_parent(void) {
  if (!prompt.installed) {
    return;
  }
  sw_usec_t now = sw_os_monotonic();
  if (now - prompt.started < START_PHASE) {
    look_again();
  }
  if (now - prompt.counted_since > SW_USEC_PER_SEC) {
    prompt.counted_since = now;
    prompt.forks = 0;
  }
  if (++prompt.forks > prompt.forks_max) {
    uninstall(NULL);
    prompt.paused_until = now + PAUSE_SECONDS * SW_USEC_PER_SEC;
    prompt.pause_told = 0;
  }
}

/* Timers are not inherited. */
static void after_fork_in_child(void) {
  give_back();
  prompt.installed = 0;
}

/* ---- Hooks ---- */

int sw_prompt_monitor(apr_pool_t *pool, server_rec *server) {
  (void)pool, (void)server;
  if (prompt.paused_until == 0) {
    return OK;
  }
  if (!prompt.pause_told) {
    prompt.pause_told = 1;
    sw_log(SW_LOG_113,
           "reason=forks forks=%d seconds=%d children end as fast as they are started: the parent "
           "goes on at its own pace for a while",
           prompt.forks, PAUSE_SECONDS);
  }
  if (sw_os_monotonic() > prompt.paused_until) {
    prompt.paused_until = 0;
    install();
  }
  return OK;
}

void sw_prompt_begin(void) {
  static int watches_forks; /* handlers of forks go when the code goes */
  const sw_config_t *config = sw_config_get(ap_server_conf);
  prompt.paused_until = 0;
  if (!config->enabled || !config->prompt || !sw_keeper_can_watch()) {
    return;
  }
  if (!watches_forks) {
    pthread_atfork(NULL, after_fork_in_parent, after_fork_in_child);
    watches_forks = 1;
  }
  int slots = sw_config_mpm(AP_MPMQ_HARD_LIMIT_DAEMONS, 1);
  prompt.forks_max = 2 * slots > FORKS_AT_LEAST ? 2 * slots : FORKS_AT_LEAST;
  prompt.mpm = ap_unixd_mpm_get_retained_data();
  apr_pool_cleanup_register(ap_server_conf->process->pconf, NULL, uninstall, apr_pool_cleanup_null);
  install();
}
