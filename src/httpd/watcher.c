/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The watcher: a process of its own that samples, steps, tells and publishes, until it is told to
 * end or the parent is gone. It holds no lock, no listener and no root's power, and nobody waits
 * for it.
 */
#include "sw_httpd.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent.h"
#include "ap_mpm.h"
#include "apr_strings.h"
#include "mpm_common.h"
#include "recycler.h"
#include "sampler.h"
#include "service.h"

typedef struct sw_watcher_t {
  const sw_watcher_start_t *start;
  sw_policy_t policy;
  sw_identity_t identity;
  sw_sampler_t sampler;
  sw_frame_t frame;
  sw_plan_t plan;
  sw_recycler_t recycler;
  sw_service_t service;
  sw_board_t *board;
  size_t state_size;
  size_t report_size;
  sw_status_t last_status;
  uint8_t was_slow;
  const char *pid_file; /* NULL: it has none */
  uint8_t has_pid_file; /* it was seen */
  int32_t foreign_told; /* the slot of the foreign pid that was told; -1: none */
  uint8_t has_told_hidden;
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

/* ---- Getting ready ---- */

static void identify(sw_identity_t *identity, uint32_t starts) {
  apr_cpystrn(identity->software, ap_get_server_description(), sizeof(identity->software));
  apr_cpystrn(identity->mpm, ap_show_mpm(), sizeof(identity->mpm));
  identity->started_wall = ap_get_scoreboard_global()->restart_time;
  identity->watcher_pid = getpid();
  identity->watcher_starts = starts;
  identity->pid_namespace = sw_os_pid_namespace();
}

static void open_board(sw_watcher_t *watcher) {
  void *memory = NULL;
  int error = sw_os_memory_map(watcher->start->memory, &memory);
  if (error != 0) {
    sw_life_give_up("memory", error);
  }
  if (sizes(&watcher->state_size, &watcher->report_size) != APR_SUCCESS ||
      sw_board_open(memory, watcher->start->memory->size, watcher->state_size, watcher->report_size,
                    &watcher->board) != SW_STATUS_OK) {
    sw_life_give_up("board", EINVAL);
  }
}

static void get_ready(sw_watcher_t *watcher) {
  const sw_watcher_start_t *start = watcher->start;
  watcher->policy = sw_config_resolve(sw_config_get(start->server));
  watcher->foreign_told = -1;
  watcher->pid_file = ap_server_root_relative(start->pool, ap_pid_fname);
  identify(&watcher->identity, start->starts);
  open_board(watcher);
  sw_scoreboard_t board = sw_scoreboard_find(watcher->policy.threads_per_child);
  if (board.worker_stride <
      offsetof(worker_score, client64) + sizeof(((worker_score *)0)->client64)) {
    sw_life_give_up("scoreboard-layout", EINVAL);
  }
  if (sw_sampler_init(&watcher->sampler, &board, start->generation, start->parent) != 0) {
    sw_life_give_up("sampler-memory", ENOMEM);
  }
  sw_sampler_hear(&watcher->sampler, start->desk, watcher->policy.interval);
  watcher->policy.has_agents = sw_agent_is_supported() && sw_desk_open_orders(start->desk) == 0;
  if (sw_recycler_init(&watcher->recycler, &watcher->sampler, sw_config_get(start->server)) != 0) {
    sw_life_give_up("recycler-memory", ENOMEM);
  }
  if (sw_service_start(&watcher->service, board.slots) != 0) {
    sw_life_give_up("service-memory", ENOMEM);
  }
  watcher->policy.asks = (uint8_t)sw_asker_has_any(&watcher->recycler.asker);
  watcher->plan.alert_capacity = sw_plan_capacity(board.slots);
  watcher->plan.alerts = calloc(watcher->plan.alert_capacity, sizeof(sw_alert_t));
  watcher->plan.intent_capacity = board.slots;
  watcher->plan.intents = calloc(board.slots, sizeof(sw_intent_t));
  if (watcher->plan.alerts == NULL || watcher->plan.intents == NULL) {
    sw_life_give_up("plan-memory", ENOMEM);
  }
}

/* Nothing is opened, bound or made from here on. Where others run in this process, as hooks or as
 * SlotWatchRecycleExec, they may. */
static void harden(const sw_watcher_t *watcher) {
  sw_os_hardening_t left = sw_os_harden(watcher->policy.asks);
  if (left.no_new_privileges != 0 || left.capabilities != 0 || left.dumpable != 0 ||
      left.filter != 0) {
    sw_log(SW_LOG_412, "no_new_privileges=%d capabilities=%d dumpable=%d filter=%d",
           left.no_new_privileges, left.capabilities, left.dumpable, left.filter);
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

/* Only a child that drains is looked at. Told once: a reload has it told again, by the next one. */
static void tell_hidden(sw_watcher_t *watcher) {
  const sw_frame_t *frame = &watcher->frame;
  for (uint32_t slot = 0; slot < frame->slot_count && !watcher->has_told_hidden; ++slot) {
    const sw_sample_t *sample = &frame->samples[slot];
    if (sample->process == SW_PROCESS_UNKNOWN && sw_sample_is_draining(sample, frame->generation)) {
      sw_log(SW_LOG_413, "slot=%u pid=%d it cannot be looked at in /proc, and is not touched", slot,
             (int)sample->pid);
      watcher->has_told_hidden = 1;
    }
  }
}

static void tell_formatted(const sw_watcher_t *watcher, int adopted) {
  if (!adopted && watcher->start->starts > 1) {
    sw_log(SW_LOG_105, "pid=%d what was known of the slots is lost", (int)getpid());
  }
}

/* Alerts are written before the state is committed: a watcher killed in between tells twice, with
 * the same incident, rather than never. Intents are carried out after it: one that is killed in
 * between leaves them to the next one, which finds them again in each step until they are done. */
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
    sw_service_show(&watcher->service, report);
    sw_recycler_act(&watcher->recycler, &watcher->plan, report);
  }
  return status;
}

/* A parent that stops gracefully tells nobody, but it removes its pid file before it waits for its
 * children (event.c, event_run). Where it cannot be seen, it does not stop. */
static uint8_t is_stopping(sw_watcher_t *watcher) {
  struct stat file;
  if (watcher->pid_file != NULL && stat(watcher->pid_file, &file) == 0) {
    watcher->has_pid_file = 1;
    return 0;
  }
  return watcher->has_pid_file && errno == ENOENT;
}

static sw_usec_t frame(sw_watcher_t *watcher) {
  sw_sampler_take(&watcher->sampler, &watcher->frame);
  watcher->frame.is_stopping = is_stopping(watcher);
  sw_recycler_answer(&watcher->recycler);
  sw_service_ask(&watcher->service, &watcher->sampler);
  sw_status_t status = work_frame(watcher);
  tell_trouble(watcher, status);
  tell_foreign(watcher);
  tell_hidden(watcher);
  sw_usec_t due = status == SW_STATUS_OK ? watcher->plan.wake_at
                                         : watcher->frame.monotonic + watcher->policy.interval;
  sw_usec_t sooner = sw_recycler_wake_at(&watcher->recycler);
  return sooner < due ? sooner : due;
}

/* Answers until a frame is due, or somebody wants one at once. */
static const char *serve_until(sw_watcher_t *watcher, sw_usec_t due) {
  sw_service_t *service = &watcher->service;
  const char *why = NULL;
  do {
    sw_usec_t wake = sw_service_run(service);
    if (service->has_asked) {
      return NULL;
    }
    why = sw_life_wait_until(wake < due ? wake : due, sw_service_descriptor(service));
  } while (why == NULL && sw_os_monotonic() < due);
  return why;
}

void sw_watcher_main(const sw_watcher_start_t *start) {
  sw_watcher_t watcher = {.start = start};
  sw_life_take_signals();
  sw_service_load(&watcher.service, start->endpoints);
  sw_life_begin(start);
  get_ready(&watcher);
  harden(&watcher);
  sw_log(SW_LOG_100, "pid=%d generation=%d slots=%u threads=%u interval_seconds=%.3f",
         (int)getpid(), start->generation, watcher.sampler.board.slots,
         watcher.sampler.board.threads_per_child,
         (double)watcher.policy.interval / SW_USEC_PER_SEC);
  const char *why = NULL;
  while (why == NULL) {
    why = serve_until(&watcher, frame(&watcher));
  }
  sw_service_end(&watcher.service);
  if (getppid() != start->parent) {
    sw_os_unix_unlink(&start->endpoints->local); /* where this user may; else it stays, unserved */
  }
  sw_recycler_end(&watcher.recycler);
  sw_life_end(why);
}
