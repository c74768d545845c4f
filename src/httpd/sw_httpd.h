/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file sw_httpd.h
 * @brief What the files of the module share: its configuration, its log, and the steps of its life.
 */
#ifndef SW_HTTPD_H
#define SW_HTTPD_H

#include "httpd.h"

#include "ap_config.h"
#include "desk.h"
#include "http_config.h"
#include "http_core.h"
#include "http_log.h"
#include "mpm_common.h"
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
  int reserve;                  /**< slots, or SW_RESERVE_AUTO */
  const char *program;          /**< SlotWatchRecycleExec; NULL: none */
  const char *socket;           /**< SlotWatchSocket; NULL: none */
  gid_t socket_group;           /**< SW_OS_NO_GROUP: that of the children */
  int socket_is_set;            /**< it is no default */
  const char *listen;           /**< SlotWatchListen; NULL: none */
  apr_array_header_t *protects; /**< of const char *, SlotWatchProtect's words */
  sw_policy_t policy;           /**< as configured; sw_config_resolve adds what the MPM knows */
} sw_config_t;

sw_config_t *sw_config_get(const server_rec *server);
void *sw_config_create(apr_pool_t *pool, server_rec *server);
const char *sw_config_set_enabled(cmd_parms *cmd, void *unused, int flag);
const char *sw_config_set_prompt(cmd_parms *cmd, void *unused, int flag);
/** The directives of SW_SETTINGS; cmd->info is the sw_setting_t. */
const char *sw_config_set_span(cmd_parms *cmd, void *unused, const char *value);
const char *sw_config_set_reserve(cmd_parms *cmd, void *unused, const char *value);
const char *sw_config_set_privacy(cmd_parms *cmd, void *unused, const char *value);
const char *sw_config_set_mode(cmd_parms *cmd, void *unused, const char *value);
const char *sw_config_set_ladder(cmd_parms *cmd, void *unused, const char *first,
                                 const char *second, const char *third);
const char *sw_config_set_budget(cmd_parms *cmd, void *unused, const char *value);
const char *sw_config_add_protects(cmd_parms *cmd, void *unused, const char *values);
const char *sw_config_set_program(cmd_parms *cmd, void *unused, const char *value);
const char *sw_config_set_socket(cmd_parms *cmd, void *unused, const char *path, const char *group);
const char *sw_config_set_listen(cmd_parms *cmd, void *unused, const char *value);
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
/** Whether the running server calls child_stopping, and this build knows how. */
int sw_abi_has_child_stopping(void);

/* ---- log.c: one line an event ---- */

/** Writes `SWnnn event ` and the text at the level of SW_LOG_LINES. Hostile text must be escaped
 * before. */
void sw_log(sw_log_t id, const char *format, ...) __attribute__((format(printf, 2, 3)));
/** Writes a line that is whole, `SWnnn event ...`, at the level of its id. */
void sw_log_line(sw_log_t id, const char *line);
/** Writes the alerts of a step. */
void sw_log_alerts(const sw_plan_t *plan, const sw_report_t *report);

/* ---- keeper.c: the parent's part ---- */

/** Hook pre_config: from now on the server's end is seen, whatever the configuration comes to, and
 * what the parent forks, children or another module's process, keeps nothing of the watcher's but
 * the read-only view. */
int sw_keeper_pre_config(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp);
/** Hook post_config: on a graceful restart the scoreboard is there already, and the watcher is
 * started. */
int sw_keeper_post_config(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp,
                          server_rec *server);
/** Hook pre_mpm: on any other start the scoreboard has just been made. */
int sw_keeper_pre_mpm(apr_pool_t *pool, ap_scoreboard_e type);
/** Hook monitor, about every ten seconds: starts the watcher if that failed before. */
int sw_keeper_monitor(apr_pool_t *pool, server_rec *server);
/** The board's memory as this process may read it; NULL if there is none. */
const sw_os_memory_t *sw_keeper_memory(void);
/** Where agents report; NULL if nobody would read it. */
const sw_desk_t *sw_keeper_desk(void);
/** Why no watcher was started in this generation; NULL if one was. */
const char *sw_keeper_why_not(void);
/* ---- provide.c: whether, and with what ---- */

/** Whether this server has children, of an MPM that is known. */
int sw_provide_can_watch(void);
/** Why no watcher can be of use here; NULL if one can. Tells it, if it was not asked for. */
const char *sw_provide_why_not(const server_rec *server);
/** Makes the board's memory once; another build's or configuration's needs may make it anew.
 * @return 0, or an errno value */
int sw_provide_memory(sw_os_memory_t *memory);
/** SW110. @param told the ServerLimit that it last asked for */
void sw_provide_slack(const server_rec *server, uint32_t *told);

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
  const sw_desk_t *desk;
  pid_t parent;
  sw_former_t former[SW_FORMER_MAX];
  const struct sw_endpoints_t *endpoints;
  int generation;
  uint32_t starts;
  sw_usec_t delay; /**< before the first frame, after deaths in a row */
} sw_watcher_start_t;

/** Bytes that the board needs under this configuration. */
apr_status_t sw_watcher_memory_size(size_t *size);
/** Becomes the watcher. To be called in a process of its own. */
void sw_watcher_main(const sw_watcher_start_t *start) __attribute__((noreturn));

/* ---- life.c: the watcher as a process ---- */

/** Before anything that takes its time: who is told to end meanwhile will know. To be called with
 * SIGTERM blocked, since the parent's handler would swallow it. */
void sw_life_take_signals(void);
/** Names this process, drops its privileges and its listeners, sees former watchers out. */
void sw_life_begin(const sw_watcher_start_t *start);
/** Waits for the instant, for the descriptor to be readable (-1: none), or for a reason to end,
 * which it returns; NULL: there is none. */
const char *sw_life_wait_until(sw_usec_t instant, int descriptor);
/** Ends, and says why (SW101). */
void sw_life_end(const char *why) __attribute__((noreturn));
/** Ends where it cannot go on (SW400). */
void sw_life_give_up(const char *reason, int error) __attribute__((noreturn));

/* ---- handler.c ---- */

/** Hook handler, for `SetHandler slotwatch`. */
int sw_handler(request_rec *request);
/** The report that stands, in the request's memory; NULL, and then why. */
const sw_report_t *sw_handler_report(request_rec *request, const char **why_not);
/** The request's client. */
sw_sink_t sw_handler_sink(request_rec *request);

/* ---- section.c ---- */

/** Registers the section for mod_status, which need not be there. */
void sw_section_hook(void);

#endif
