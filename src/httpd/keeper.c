/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The parent's part: starts the watcher, replaces it when it dies, tells it to end when the
 * configuration does. Nothing here waits: the parent has a server to keep alive.
 */
#include "sw_httpd.h"

#include <errno.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ap_mpm.h"
#include "apr_strings.h"
#include "apr_thread_proc.h"
#include "scoreboard.h"
#include "unixd.h"

/* A watcher that dies before this many frames has not worked, and the next one starts later. */
#define FRAMES_THAT_WORK 2
#define DELAY_MAX (60 * SW_USEC_PER_SEC)

/* What outlives a reload, which unloads this code: no pointers into it. */
typedef struct sw_retained_t {
  sw_os_memory_t memory;
  uint32_t starts;
  uint32_t deaths;                   /* in a row, of watchers that had not worked */
  uint32_t slack_told;               /* the ServerLimit that SW110 last asked for */
  sw_former_t former[SW_FORMER_MAX]; /* told to end and not yet reaped */
} sw_retained_t;

/* What belongs to this generation. */
static struct {
  sw_retained_t *retained;
  server_rec *server;
  apr_pool_t *pconf;
  const char *why_not;
  apr_proc_t watcher;
  uint64_t watcher_start_time;
  apr_proc_t former[SW_FORMER_MAX];
  pid_t parent;
  uint64_t commits_at_start;
} keeper;

static uint64_t commits(void) {
  return sw_board_commits(keeper.retained->memory.view, keeper.retained->memory.size);
}

static sw_retained_t *retained_data(void) {
  sw_retained_t *retained = ap_retained_data_get("mod_slotwatch");
  if (retained == NULL) {
    retained = ap_retained_data_create("mod_slotwatch", sizeof(*retained));
    retained->memory.fd = -1;
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

static sw_usec_t delay_after_death(void) {
  if (commits() - keeper.commits_at_start >= FRAMES_THAT_WORK) {
    keeper.retained->deaths = 0;
    return 0;
  }
  unsigned doublings = keeper.retained->deaths++;
  sw_usec_t delay = doublings < 6 ? SW_USEC_PER_SEC << doublings : DELAY_MAX;
  return delay;
}

static void tell_death(pid_t pid, int status) {
  int signalled = WIFSIGNALED(status);
  sw_log(SW_LOG_102, "pid=%d %s=%d frames=%" APR_UINT64_T_FMT, (int)pid,
         signalled ? "signal" : "status", signalled ? WTERMSIG(status) : WEXITSTATUS(status),
         commits() - keeper.commits_at_start);
}

/* The configuration ends, and with it the watcher: its successor knows how to wait for it. */
static void end_watcher(void) {
  if (keeper.watcher.pid > 0) {
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
    start_watcher(delay_after_death());
  }
}

static void start_watcher(sw_usec_t delay) {
  sw_watcher_start_t start = {
      .server = keeper.server,
      .pool = keeper.pconf,
      .memory = &keeper.retained->memory,
      .parent = keeper.parent,
      .generation = sw_config_mpm(AP_MPMQ_GENERATION, 0),
      .starts = ++keeper.retained->starts,
      .delay = delay,
  };
  memcpy(start.former, keeper.retained->former, sizeof(start.former));
  keeper.commits_at_start = commits();
  pid_t pid = fork();
  if (pid == 0) {
    sw_watcher_main(&start);
  }
  if (pid < 0) {
    sw_log(SW_LOG_400, "reason=fork errno=%d", errno);
    keeper.why_not = "no report: the watcher could not be started (SW400 in the error log)";
    return;
  }
  keeper.watcher.pid = pid;
  keeper.watcher_start_time = sw_os_process_look(pid, keeper.parent).start_time;
  apr_proc_other_child_register(&keeper.watcher, on_watcher, &keeper.watcher, NULL, keeper.pconf);
}

/* ---- Whether, and with what ---- */

static int is_debugged(void) {
  return ap_exists_config_define("ONE_PROCESS") || ap_exists_config_define("DEBUG");
}

static int is_known_mpm(const char *name) {
  return strcmp(name, "event") == 0 || strcmp(name, "worker") == 0 || strcmp(name, "prefork") == 0;
}

int sw_keeper_can_watch(void) {
  return !is_debugged() && is_known_mpm(ap_show_mpm());
}

/* Why no watcher can be of use here; NULL if one can. Tells it, if it was not asked for. */
static const char *reason_not_to_start(void) {
  if (!sw_config_get(keeper.server)->enabled) {
    return "no report: SlotWatch is Off";
  }
  if (is_debugged()) {
    sw_log(SW_LOG_104, "reason=one-process");
    return "no report: the server runs as one process (-X)";
  }
  if (!is_known_mpm(ap_show_mpm())) {
    sw_log(SW_LOG_112, "mpm=%s supported=event,worker,prefork", ap_show_mpm());
    return "no report: this MPM is not supported";
  }
  return NULL;
}

/* The memory is made once; another build's or another configuration's needs may make it anew. */
static int provide_memory(void) {
  sw_os_memory_t *memory = &keeper.retained->memory;
  size_t size = 0;
  if (sw_watcher_memory_size(&size) != APR_SUCCESS) {
    return EINVAL;
  }
  if (memory->view != NULL && memory->size == size) {
    return 0;
  }
  sw_os_memory_drop(memory);
  return sw_os_memory_create(memory, "slotwatch", size);
}

static void tell_slack(void) {
  sw_policy_t policy = sw_config_resolve(sw_config_get(keeper.server));
  uint32_t slots = (uint32_t)sw_config_mpm(AP_MPMQ_HARD_LIMIT_DAEMONS, 1);
  uint32_t needed = sw_policy_slack_needs(&policy, slots);
  if (needed != 0 && needed != keeper.retained->slack_told) {
    sw_log(SW_LOG_110,
           "server_limit=%u serving_max=%u reserve=%u server_limit_needed=%u a reload under full "
           "load finds no room: raise ServerLimit to %u, or lower MaxRequestWorkers",
           slots, policy.serving_max, policy.reserve, needed, needed);
  }
  keeper.retained->slack_told = needed;
}

static void start_generation(void) {
  keeper.parent = getpid();
  expect_former();
  keeper.why_not = reason_not_to_start();
  if (keeper.why_not != NULL) {
    return;
  }
  int error = provide_memory();
  if (error != 0) {
    sw_log(SW_LOG_400, "reason=memory errno=%d", error);
    keeper.why_not = "no report: there is no shared memory (SW400 in the error log)";
    return;
  }
  tell_slack();
  start_watcher(0);
}

/* ---- Hooks ---- */

int sw_keeper_post_config(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp,
                          server_rec *server) {
  (void)plog, (void)ptemp;
  if (ap_state_query(AP_SQ_MAIN_STATE) == AP_SQ_MS_CREATE_PRE_CONFIG) {
    return OK;
  }
  keeper.retained = retained_data();
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

void sw_keeper_child_init(apr_pool_t *pool, server_rec *server) {
  (void)pool, (void)server;
  if (keeper.retained != NULL && keeper.retained->memory.fd >= 0) {
    close(keeper.retained->memory.fd);
  }
}

const sw_os_memory_t *sw_keeper_memory(void) {
  return keeper.retained != NULL && keeper.retained->memory.view != NULL ? &keeper.retained->memory
                                                                         : NULL;
}

const char *sw_keeper_why_not(void) {
  return keeper.why_not;
}
