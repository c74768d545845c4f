/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The parent's part: starts the watcher, replaces it when it dies, tells it to end when the
 * configuration does. Nothing here waits: the parent has a server to keep alive.
 */
#include "sw_httpd.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include "agent.h"
#include "ap_mpm.h"
#include "apr_strings.h"
#include "apr_thread_proc.h"
#include "endpoints.h"
#include "scoreboard.h"
#include "unixd.h"

/* A watcher that dies before this many frames has not worked, and the next one starts later. */
#define FRAMES_THAT_WORK 2
/* By its size; where its meaning changes and its size does not, count up the second number. */
#define RETAINED_BUILD (uint32_t)(sizeof(sw_retained_t) << 8 | 1)

/* What outlives a reload, which unloads this code: no pointers into it. */
typedef struct sw_retained_t {
  uint32_t build; /* another one's is not ours */
  sw_os_memory_t memory;
  sw_desk_t desk;
  sw_endpoints_t endpoints;
  uint32_t starts;
  uint32_t deaths;                   /* in a row, of watchers that had not worked */
  uint32_t slack_told;               /* the ServerLimit that SW110 last asked for */
  uint32_t agents_told;              /* SW106 was */
  sw_former_t former[SW_FORMER_MAX]; /* told to end and not yet reaped */
} sw_retained_t;

/* What belongs to this generation. */
static struct {
  sw_retained_t *retained;
  server_rec *server;
  apr_pool_t *pconf;
  const char *why_not; /* for as long as it lives */
  int has_failed;      /* it is tried again, while children begin that know no better */
  apr_proc_t watcher;
  uint64_t watcher_start_time;
  apr_proc_t former[SW_FORMER_MAX];
  pid_t parent;
  int is_watcher; /* or just becomes it */
  uint64_t commits_at_start;
} keeper;

static uint64_t commits(void) {
  return sw_board_commits(keeper.retained->memory.view, keeper.retained->memory.size);
}

static sw_retained_t *retained_data(void) {
  sw_retained_t *retained = ap_retained_data_get("mod_slotwatch");
  if (retained == NULL || retained->build != RETAINED_BUILD) {
    retained = ap_retained_data_create("mod_slotwatch", sizeof(*retained));
    retained->build = RETAINED_BUILD;
    retained->memory.fd = -1;
    sw_endpoints_init(&retained->endpoints);
  }
  return retained;
}

/* ---- Former watchers: told to end; somebody must know them when they are reaped. ---- */

static void on_former(int reason, void *data, int status) {
  (void)status;
  if (reason == APR_OC_REASON_DEATH) {
    ((sw_former_t *)data)->pid = 0;
    apr_proc_other_child_unregister(data);
  }
}

static void remember_former(sw_former_t former) {
  for (int at = 0; at < SW_FORMER_MAX; ++at) {
    if (keeper.retained->former[at].pid == 0) {
      keeper.retained->former[at] = former;
      return;
    }
  }
}

/* Without this httpd would log "long lost child came home" (AH00488) for each of them. */
static void expect_former(void) {
  for (int at = 0; at < SW_FORMER_MAX; ++at) {
    keeper.former[at].pid = keeper.retained->former[at].pid;
    if (keeper.former[at].pid != 0) {
      apr_proc_other_child_register(&keeper.former[at], on_former, &keeper.retained->former[at],
                                    NULL, keeper.pconf);
    }
  }
}

/* ---- The watcher ---- */

static void start_watcher(sw_usec_t delay);

/* One that has worked ends a row of deaths, whether it died or was told to end. */
static void count_end(int died) {
  int has_worked = commits() - keeper.commits_at_start >= FRAMES_THAT_WORK;
  keeper.retained->deaths = has_worked ? 0 : keeper.retained->deaths + (died ? 1 : 0);
}

static sw_usec_t delay_after(uint32_t deaths) {
  static const int8_t seconds[] = {0, 1, 2, 4, 8, 16, 32, 60};
  return seconds[deaths < sizeof(seconds) ? deaths : sizeof(seconds) - 1] * SW_USEC_PER_SEC;
}

/* httpd hands over a signal's number or an exit status, and does not say which. A watcher exits
 * with 0 or 1, and signal 1 does not end it. Source: apr_proc_wait, event.c */
static void tell_death(pid_t pid, int status) {
  sw_log(SW_LOG_102, "pid=%d %s=%d frames=%" APR_UINT64_T_FMT, (int)pid,
         status > 1 ? "signal" : "status", status, commits() - keeper.commits_at_start);
}

/* The configuration ends, and with it the watcher: its successor knows how to wait for it. */
static void end_watcher(void) {
  if (keeper.watcher.pid > 0) {
    count_end(0);
    remember_former((sw_former_t){keeper.watcher.pid, keeper.watcher_start_time});
    kill(keeper.watcher.pid, SIGTERM);
    keeper.watcher.pid = 0;
  }
}

static void on_watcher(int reason, void *data, int status) {
  if (getpid() != keeper.parent) {
    return; /* a child cleaning up its copy of pconf */
  }
  if (reason == APR_OC_REASON_UNREGISTER) {
    end_watcher();
  } else if (reason == APR_OC_REASON_DEATH) {
    pid_t pid = keeper.watcher.pid;
    keeper.watcher.pid = 0;
    apr_proc_other_child_unregister(data);
    if (sw_config_mpm(AP_MPMQ_MPM_STATE, AP_MPMQ_STARTING) == AP_MPMQ_STOPPING) {
      return; /* it was told, as the whole process group is */
    }
    tell_death(pid, status);
    count_end(1);
    start_watcher(delay_after(keeper.retained->deaths));
  }
}

/* What failed may work a little later: sw_keeper_monitor tries. Told once, not at every try. */
static void tell_failure(const char *what, int error) {
  if (!keeper.has_failed) {
    sw_log(SW_LOG_400, "reason=%s errno=%d it is tried again", what, error);
  }
  keeper.has_failed = 1;
}

/* A watcher may be told to end before it could take its signals: SIGTERM waits until then. */
static pid_t fork_watcher(const sw_watcher_start_t *start) {
  sigset_t told;
  sigset_t before;
  sigemptyset(&told);
  sigaddset(&told, SIGTERM);
  sigprocmask(SIG_BLOCK, &told, &before);
  keeper.is_watcher = 1;
  pid_t pid = fork();
  if (pid == 0) {
    sw_watcher_main(start);
  }
  keeper.is_watcher = 0;
  sigprocmask(SIG_SETMASK, &before, NULL);
  return pid;
}

static void start_watcher(sw_usec_t delay) {
  sw_watcher_start_t start = {
      .server = keeper.server,
      .pool = keeper.pconf,
      .memory = &keeper.retained->memory,
      .desk = &keeper.retained->desk,
      .endpoints = &keeper.retained->endpoints,
      .parent = keeper.parent,
      .generation = sw_config_mpm(AP_MPMQ_GENERATION, 0),
      .starts = ++keeper.retained->starts,
      .delay = delay,
  };
  memcpy(start.former, keeper.retained->former, sizeof(start.former));
  keeper.commits_at_start = commits();
  pid_t pid = fork_watcher(&start);
  if (pid < 0) {
    tell_failure("fork", errno);
    return;
  }
  keeper.has_failed = 0;
  keeper.watcher.pid = pid;
  keeper.watcher_start_time = sw_os_process_look(pid, keeper.parent).start_time;
  apr_proc_other_child_register(&keeper.watcher, on_watcher, &keeper.watcher, NULL, keeper.pconf);
}

/* ---- A generation ---- */

static void provide_watcher(void) {
  sw_agent_prepare(&keeper.retained->desk, &keeper.retained->agents_told);
  int error = sw_provide_memory(&keeper.retained->memory);
  if (error != 0) {
    tell_failure("memory", error);
    return;
  }
  start_watcher(0);
}

static void start_generation(void) {
  keeper.parent = getpid(); /* a daemon has become one since pre_config */
  expect_former();
  keeper.why_not = sw_provide_why_not(keeper.server);
  if (keeper.why_not != NULL) {
    sw_endpoints_close(&keeper.retained->endpoints);
    return;
  }
  sw_endpoints_open(&keeper.retained->endpoints, sw_config_get(keeper.server));
  sw_provide_slack(keeper.server, &keeper.retained->slack_told);
  provide_watcher();
}

/* ---- Hooks ---- */

/* At the server's end, not at a restart's: who asks meanwhile waits for the next watcher. */
static apr_status_t end_configuration(void *unused) {
  (void)unused;
  if (getpid() == keeper.parent && ap_state_query(AP_SQ_MAIN_STATE) == AP_SQ_MS_EXITING) {
    sw_endpoints_close(&keeper.retained->endpoints);
  }
  return APR_SUCCESS;
}

/* In the new process. child_init would be too late for some: on a reload mod_cgid forks its daemon
 * while all this is open. */
static void give_up(void) {
  if (!keeper.is_watcher) {
    sw_os_memory_disarm(&keeper.retained->memory);
    sw_desk_disarm(&keeper.retained->desk);
    sw_endpoints_leave(&keeper.retained->endpoints);
  }
}

int sw_keeper_pre_config(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp) {
  (void)plog, (void)ptemp;
  if (keeper.retained == NULL) { /* the handler goes when this code is unloaded */
    pthread_atfork(NULL, NULL, give_up);
  }
  keeper.retained = retained_data();
  keeper.parent = getpid();
  apr_pool_cleanup_register(pconf, NULL, end_configuration, apr_pool_cleanup_null);
  return OK;
}

int sw_keeper_post_config(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp,
                          server_rec *server) {
  (void)plog, (void)ptemp;
  if (ap_state_query(AP_SQ_MAIN_STATE) == AP_SQ_MS_CREATE_PRE_CONFIG) {
    return OK;
  }
  keeper.server = server;
  keeper.pconf = pconf;
  /* Only a graceful restart goes on with the scoreboard there is; otherwise pre_mpm makes one. */
  if (ap_exists_scoreboard_image() && ap_unixd_mpm_get_retained_data()->was_graceful) {
    start_generation();
  }
  return OK;
}

int sw_keeper_pre_mpm(apr_pool_t *pool, ap_scoreboard_e type) {
  (void)pool, (void)type;
  start_generation();
  return OK;
}

int sw_keeper_monitor(apr_pool_t *pool, server_rec *server) {
  (void)pool, (void)server;
  if (keeper.has_failed) {
    provide_watcher();
  }
  return DECLINED;
}

const sw_os_memory_t *sw_keeper_memory(void) {
  const sw_retained_t *kept = keeper.why_not == NULL ? keeper.retained : NULL;
  return kept != NULL && kept->memory.view != NULL ? &kept->memory : NULL;
}

const sw_desk_t *sw_keeper_desk(void) {
  const sw_retained_t *kept = keeper.why_not == NULL ? keeper.retained : NULL;
  return kept != NULL && sw_desk_is_there(&kept->desk) ? &kept->desk : NULL;
}

const char *sw_keeper_why_not(void) {
  static const char failed[] =
      "no report: the watcher could not be started (SW400 in the error log)";
  return keeper.why_not == NULL && keeper.has_failed ? failed : keeper.why_not;
}
