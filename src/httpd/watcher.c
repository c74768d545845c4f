/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The watcher: a process of its own that samples, steps, tells and publishes, until it is told to
 * end or the parent is gone. It holds no lock, no listener and no root's power, and nobody waits
 * for it.
 */
#include "sw_httpd.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "agent.h"
#include "ap_mpm.h"
#include "apr_strings.h"
#include "mpm_common.h"
#include "sampler.h"

/* How long a former watcher may take to end before it is killed. It has nothing to finish but a
 * frame. */
#define FORMER_PATIENCE SW_USEC_PER_SEC
#define FORMER_POLL (5 * SW_USEC_PER_MSEC)
/* Not APEXIT_CHILDFATAL (0xf), at which the parent would shut the server down. */
#define EXIT_BROKEN 1

typedef struct sw_watcher_t {
  const sw_watcher_start_t *start;
  sw_policy_t policy;
  sw_identity_t identity;
  sw_sampler_t sampler;
  sw_frame_t frame;
  sw_plan_t plan;
  sw_board_t *board;
  size_t state_size;
  size_t report_size;
  sw_status_t last_status;
  uint8_t was_slow;
  int32_t foreign_told; /* the slot of the foreign pid that was told; -1: none */
} sw_watcher_t;

/* ---- Sizes ---- */

static apr_status_t sizes(size_t *state, size_t *report) {
  uint32_t slots = sw_scoreboard_slots();
  uint32_t threads = sw_scoreboard_threads();
  sw_shape_t shape = {.slots = slots,
                      .worker_stride = threads,
                      .requests = sw_sampler_request_capacity(slots, threads),
                      .sockets = sw_sampler_socket_capacity(slots),
                      .threads = sw_sampler_thread_capacity(slots)};
  if (sw_engine_size(slots, state) != SW_STATUS_OK ||
      sw_report_size(&shape, report) != SW_STATUS_OK) {
    return APR_EINVAL;
  }
  return APR_SUCCESS;
}

apr_status_t sw_watcher_memory_size(size_t *size) {
  size_t state;
  size_t report;
  if (sizes(&state, &report) != APR_SUCCESS) {
    return APR_EINVAL;
  }
  return sw_board_size(state, report, size) == SW_STATUS_OK ? APR_SUCCESS : APR_EINVAL;
}

/* ---- Becoming the watcher ---- */

static sigset_t end_signals(void) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  return set;
}

/* The parent's handlers would set the parent's flags in this copy of it. SIGTERM is waited for;
 * what else httpd's parent or a terminal may send to the whole group is not meant for us. */
static void set_signals(void) {
  static const int defaults[] = {SIGTERM, SIGCHLD};
  static const int ignored[] = {SIGHUP, SIGUSR1, SIGUSR2, SIGWINCH, SIGINT, SIGPIPE};
  sigset_t blocked = end_signals();
  for (size_t at = 0; at < sizeof(defaults) / sizeof(*defaults); ++at) {
    signal(defaults[at], SIG_DFL);
  }
  for (size_t at = 0; at < sizeof(ignored) / sizeof(*ignored); ++at) {
    signal(ignored[at], SIG_IGN);
  }
  sigprocmask(SIG_SETMASK, &blocked, NULL);
}

/* Waits for the instant, or to be told to end. @return whether to end */
static int is_told_to_end_by(sw_usec_t instant) {
  sigset_t set = end_signals();
  sw_usec_t left = instant - sw_os_monotonic();
  left = left > 0 ? left : 0;
  struct timespec timeout = {.tv_sec = left / SW_USEC_PER_SEC,
                             .tv_nsec = left % SW_USEC_PER_SEC * 1000};
  return sigtimedwait(&set, NULL, &timeout) == SIGTERM;
}

static void end(const sw_watcher_t *watcher) {
  const char *why = getppid() == watcher->start->parent ? "told" : "parent-gone";
  sw_log(SW_LOG_101, "pid=%d reason=%s", (int)getpid(), why);
  _exit(0);
}

static void give_up(const char *reason, int error) {
  sw_log(SW_LOG_400, "reason=%s errno=%d", reason, error);
  _exit(EXIT_BROKEN);
}

static void become_watcher(const sw_watcher_start_t *start) {
  set_signals();
  sw_os_process_title("slotwatch");
  sw_os_close_listeners();
  if (ap_run_drop_privileges(start->pool, start->server) != OK) {
    give_up("privileges", 0);
  }
  if (sw_os_end_with_parent(start->parent, SIGTERM) != 0) {
    _exit(0);
  }
}

static void outlive(const sw_watcher_t *watcher, const sw_former_t *former) {
  pid_t parent = watcher->start->parent;
  sw_usec_t patience_ends = sw_os_monotonic() + FORMER_PATIENCE;
  while (sw_os_process_is(former->pid, former->start_time, parent)) {
    sw_usec_t now = sw_os_monotonic();
    if (now > patience_ends + FORMER_PATIENCE) {
      give_up("former-watcher", ETIMEDOUT);
    }
    if (now > patience_ends) {
      sw_os_process_signal(former->pid, former->start_time, parent, SIGKILL);
    }
    if (is_told_to_end_by(now + FORMER_POLL)) {
      end(watcher);
    }
  }
}

/* Two writers would spoil the board: those that were told to end must have ended. */
static void outlive_former(const sw_watcher_t *watcher) {
  for (int at = 0; at < SW_FORMER_MAX; ++at) {
    if (watcher->start->former[at].pid > 0) {
      outlive(watcher, &watcher->start->former[at]);
    }
  }
}

static void keep_delay(const sw_watcher_t *watcher) {
  sw_usec_t delay = watcher->start->delay;
  if (delay > 0) {
    sw_log(SW_LOG_103, "pid=%d seconds=%d", (int)getpid(), (int)(delay / SW_USEC_PER_SEC));
    if (is_told_to_end_by(sw_os_monotonic() + delay)) {
      end(watcher);
    }
  }
}

/* ---- Getting ready ---- */

static void identify(sw_identity_t *identity, uint32_t starts) {
  apr_cpystrn(identity->software, ap_get_server_description(), sizeof(identity->software));
  apr_cpystrn(identity->mpm, ap_show_mpm(), sizeof(identity->mpm));
  identity->started_wall = ap_get_scoreboard_global()->restart_time;
  identity->watcher_pid = getpid();
  identity->watcher_starts = starts;
}

static void open_board(sw_watcher_t *watcher) {
  void *memory = NULL;
  int error = sw_os_memory_map(watcher->start->memory, &memory);
  if (error != 0) {
    give_up("memory", error);
  }
  if (sizes(&watcher->state_size, &watcher->report_size) != APR_SUCCESS ||
      sw_board_open(memory, watcher->start->memory->size, watcher->state_size, watcher->report_size,
                    &watcher->board) != SW_STATUS_OK) {
    give_up("board", EINVAL);
  }
}

static void get_ready(sw_watcher_t *watcher) {
  const sw_watcher_start_t *start = watcher->start;
  watcher->policy = sw_config_resolve(sw_config_get(start->server));
  watcher->foreign_told = -1;
  identify(&watcher->identity, start->starts);
  open_board(watcher);
  sw_scoreboard_t board = sw_scoreboard_find(watcher->policy.threads_per_child);
  if (board.worker_stride <
      offsetof(worker_score, client64) + sizeof(((worker_score *)0)->client64)) {
    give_up("scoreboard-layout", EINVAL);
  }
  if (sw_sampler_init(&watcher->sampler, &board, start->generation, start->parent) != 0) {
    give_up("sampler-memory", ENOMEM);
  }
  sw_sampler_hear(&watcher->sampler, start->desk, watcher->policy.interval);
  watcher->policy.has_agents = sw_agent_is_supported() && sw_desk_open_orders(start->desk) == 0;
  watcher->plan.alert_capacity = sw_plan_capacity(board.slots);
  watcher->plan.alerts = calloc(watcher->plan.alert_capacity, sizeof(sw_alert_t));
  if (watcher->plan.alerts == NULL) {
    give_up("plan-memory", ENOMEM);
  }
}

/* ---- The loop ---- */

/* Trouble of our own is told when it begins, not on every frame. */
static void tell_trouble(sw_watcher_t *watcher, sw_status_t status) {
  const sw_frame_t *frame = &watcher->frame;
  if (status != watcher->last_status && status != SW_STATUS_OK) {
    sw_log(SW_LOG_403, "status=%d reason=\"%s\"", (int)status, sw_status_text(status));
  }
  watcher->last_status = status;
  uint8_t is_slow = frame->sample_cost > watcher->policy.interval;
  if (is_slow && !watcher->was_slow) {
    sw_log(SW_LOG_401, "sample_ms=%d interval_ms=%d", (int)(frame->sample_cost / 1000),
           (int)(watcher->policy.interval / 1000));
  }
  watcher->was_slow = is_slow;
}

static void tell_foreign(sw_watcher_t *watcher) {
  const sw_frame_t *frame = &watcher->frame;
  for (uint32_t slot = 0; slot < frame->slot_count; ++slot) {
    if (frame->samples[slot].process == SW_PROCESS_FOREIGN) {
      if (watcher->foreign_told != (int32_t)slot) {
        sw_log(SW_LOG_402, "slot=%u pid=%d the process in this slot is no child of this server",
               slot, (int)frame->samples[slot].pid);
      }
      watcher->foreign_told = (int32_t)slot;
      return;
    }
  }
  watcher->foreign_told = -1;
}

static void tell_formatted(const sw_watcher_t *watcher, int adopted) {
  if (!adopted && watcher->start->starts > 1) {
    sw_log(SW_LOG_105, "pid=%d what was known of the slots is lost", (int)getpid());
  }
}

/* Alerts are written before the state is committed: a watcher killed in between tells twice, with
 * the same incident, rather than never. */
static sw_status_t work_frame(sw_watcher_t *watcher) {
  void *state;
  sw_report_t *report;
  sw_engine_t *engine;
  int adopted = 1;
  sw_board_begin(watcher->board, &state, &report);
  sw_status_t status = sw_engine_open(state, watcher->state_size, watcher->frame.slot_count,
                                      watcher->frame.wall, &engine, &adopted);
  if (status == SW_STATUS_OK) {
    status = sw_engine_step(engine, &watcher->frame, &watcher->policy, &watcher->plan);
  }
  if (status == SW_STATUS_OK) {
    status = sw_engine_report(engine, &watcher->frame, &watcher->policy, &watcher->identity, report,
                              watcher->report_size);
  }
  if (status == SW_STATUS_OK) {
    tell_formatted(watcher, adopted);
    sw_log_alerts(&watcher->plan, report);
    sw_board_commit(watcher->board);
  }
  return status;
}

static sw_usec_t frame(sw_watcher_t *watcher) {
  sw_sampler_take(&watcher->sampler, &watcher->frame);
  sw_status_t status = work_frame(watcher);
  tell_trouble(watcher, status);
  tell_foreign(watcher);
  return status == SW_STATUS_OK ? watcher->plan.wake_at
                                : watcher->frame.monotonic + watcher->policy.interval;
}

void sw_watcher_main(const sw_watcher_start_t *start) {
  sw_watcher_t watcher = {.start = start};
  become_watcher(start);
  outlive_former(&watcher);
  keep_delay(&watcher);
  get_ready(&watcher);
  sw_log(SW_LOG_100, "pid=%d generation=%d slots=%u threads=%u interval_seconds=%.3f",
         (int)getpid(), start->generation, watcher.sampler.board.slots,
         watcher.sampler.board.threads_per_child,
         (double)watcher.policy.interval / SW_USEC_PER_SEC);
  while (!is_told_to_end_by(frame(&watcher))) {
  }
  end(&watcher);
  _exit(0);
}
