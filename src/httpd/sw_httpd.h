/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file sw_httpd.h
 * @brief What the files of the module share: its configuration, its log, and the steps of its life.
 */
#ifndef SW_HTTPD_H
#define SW_HTTPD_H

#include "httpd.h"

#include "ap_config.h"
#include "http_config.h"
#include "http_core.h"
#include "http_log.h"
#include "os/sw_os.h"
#include "scoreboard.h"
#include "slotwatch.h"

/** The one symbol that the module exports. */
extern module AP_MODULE_DECLARE_DATA slotwatch_module __attribute__((visibility("default")));

/* ---- config.c: the directives ---- */

/** `SlotWatchReserve auto` */
#define SW_RESERVE_AUTO (-1)

typedef struct sw_config_t {
  int enabled;
  int prompt;
  int reserve;        /**< slots, or SW_RESERVE_AUTO */
  sw_policy_t policy; /**< as configured; sw_config_resolve adds what the MPM knows */
} sw_config_t;

sw_config_t *sw_config_get(const server_rec *server);
void *sw_config_create(apr_pool_t *pool, server_rec *server);
const char *sw_config_set_enabled(cmd_parms *cmd, void *unused, int flag);
const char *sw_config_set_prompt(cmd_parms *cmd, void *unused, int flag);
/** The directives of SW_SETTINGS; cmd->info is the sw_setting_t. */
const char *sw_config_set_span(cmd_parms *cmd, void *unused, const char *value);
const char *sw_config_set_reserve(cmd_parms *cmd, void *unused, const char *value);
const char *sw_config_set_privacy(cmd_parms *cmd, void *unused, const char *value);
/** Hook check_config: refuses what contradicts itself or the MPM's limits. */
int sw_config_check(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp, server_rec *server);
/** The policy with the numbers of the running MPM. */
sw_policy_t sw_config_resolve(const sw_config_t *config);
/** What ap_mpm_query answers, or `otherwise` where the MPM does not know or says less than 1. */
int sw_config_mpm(int query, int otherwise);

/* ---- abi.c: the running server against the headers this was built with ---- */

/** Hook pre_config: refuses a server whose scoreboard this build cannot read. */
int sw_abi_check(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp);
/** Whether process_score of the running server has wait_io, and this build knows where. */
int sw_abi_has_wait_io(void);

/* ---- log.c: one line an event ---- */

/** Writes `SWnnn event ` and the text at the level of SW_LOG_LINES. Hostile text must be escaped
 * before. */
void sw_log(sw_log_t id, const char *format, ...) __attribute__((format(printf, 2, 3)));
/** Writes the alerts of a step. */
void sw_log_alerts(const sw_plan_t *plan, const sw_report_t *report);

/* ---- keeper.c: the parent's part ---- */

/** Hook post_config: on a graceful restart the scoreboard is there already, and the watcher is
 * started. */
int sw_keeper_post_config(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp,
                          server_rec *server);
/** Hook pre_mpm: on any other start the scoreboard has just been made. */
int sw_keeper_pre_mpm(apr_pool_t *pool, ap_scoreboard_e type);
/** Hook child_init: a child keeps the read-only view, and nothing that could write. */
void sw_keeper_child_init(apr_pool_t *pool, server_rec *server);
/** The board's memory as this process may read it; NULL if there is none. */
const sw_os_memory_t *sw_keeper_memory(void);
/** Why no watcher was started in this generation; NULL if one was. */
const char *sw_keeper_why_not(void);
/** Whether this server has children, of an MPM that is known. */
int sw_keeper_can_watch(void);

/* ---- prompt.c: the parent without its pauses ---- */

/** Hook optional_fn_retrieve, the last one before the MPM runs, when all modules have forked what
 * they fork and taken the signals they take: from now on a child's death ends the parent's sleep,
 * if that is asked for. */
void sw_prompt_begin(void);
/** Hook monitor, once in ten looks of the parent: tells a pause, and ends it. */
int sw_prompt_monitor(apr_pool_t *pool, server_rec *server);

/* ---- watcher.c: the watcher's part ---- */

#define SW_FORMER_MAX 8

/** A watcher that was told to end. pid 0: none */
typedef struct sw_former_t {
  pid_t pid;
  uint64_t start_time;
} sw_former_t;

/** All that a watcher is started with. */
typedef struct sw_watcher_start_t {
  server_rec *server;
  apr_pool_t *pool;
  const sw_os_memory_t *memory;
  pid_t parent;
  sw_former_t former[SW_FORMER_MAX];
  int generation;
  uint32_t starts;
  sw_usec_t delay; /**< before the first frame, after deaths in a row */
} sw_watcher_start_t;

/** Bytes that the board needs under this configuration. */
apr_status_t sw_watcher_memory_size(size_t *size);
/** Becomes the watcher. To be called in a process of its own. */
void sw_watcher_main(const sw_watcher_start_t *start) __attribute__((noreturn));

/* ---- handler.c ---- */

/** Hook handler, for `SetHandler slotwatch`. */
int sw_handler(request_rec *request);

#endif
