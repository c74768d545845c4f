/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Misbehaves on purpose, for tests only:
 *   TestHangFile path        an ending child hangs in a cleanup of its pool while the file exists
 *   TestMpmName name         the server claims to run this MPM
 *   SetHandler test-suspend  the connection is suspended and never resumed
 *   SetHandler test-scribble writes into the scoreboard what its query says, see scribble_ops
 */
#include "httpd.h"

#include <stdlib.h>

#include "ap_mpm.h"
#include "apr_file_info.h"
#include "apr_strings.h"
#include "http_config.h"
#include "http_log.h"
#include "http_protocol.h"
#include "mpm_common.h"
#include "scoreboard.h"

extern module AP_MODULE_DECLARE_DATA hang_module __attribute__((visibility("default")));

static const char *hang_file;
static const char *mpm_name;

static const char *set_text(cmd_parms *cmd, void *unused, const char *value) {
  (void)unused;
  *(const char **)cmd->info = value;
  return NULL;
}

static const command_rec directives[] = {
    AP_INIT_TAKE1("TestHangFile", set_text, &hang_file, RSRC_CONF, "a path"),
    AP_INIT_TAKE1("TestMpmName", set_text, &mpm_name, RSRC_CONF, "an MPM's name"),
    {.name = NULL},
};

/* The module may be loaded again at the address where it was: what was set is of the last
 * configuration. */
static int forget(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp) {
  (void)pconf, (void)plog, (void)ptemp;
  hang_file = NULL;
  mpm_name = NULL;
  return OK;
}

/* ---- A child that does not end ---- */

static int is_there(const char *path, apr_pool_t *pool) {
  apr_finfo_t info;
  return apr_stat(&info, path, APR_FINFO_TYPE, pool) == APR_SUCCESS;
}

static apr_status_t hang(void *path) {
  apr_pool_t *pool;
  apr_pool_create_unmanaged(&pool);
  while (is_there(path, pool)) {
    apr_sleep(apr_time_from_msec(50));
    apr_pool_clear(pool);
  }
  apr_pool_destroy(pool);
  return APR_SUCCESS;
}

static void child_init(apr_pool_t *pchild, server_rec *server) {
  (void)server;
  srandom((unsigned)getpid());
  if (hang_file != NULL) {
    apr_pool_cleanup_register(pchild, apr_pstrdup(pchild, hang_file), hang, apr_pool_cleanup_null);
  }
}

/* ---- An MPM that nobody knows ---- */

static const char *get_mpm_name(void) {
  return mpm_name;
}

/* ---- A child that writes where it may, and should not ---- */

typedef struct scribble_t {
  request_rec *request;
  int slot;
  int value;
  process_score *process;
} scribble_t;

static int number_in_query(const request_rec *request, const char *name, int otherwise) {
  const char *at = request->args != NULL ? strstr(request->args, name) : NULL;
  return at != NULL ? atoi(at + strlen(name)) : otherwise;
}

static void fill_random(void *memory, size_t size) {
  unsigned char *bytes = memory;
  for (size_t at = 0; at < size; ++at) {
    bytes[at] = (unsigned char)random();
  }
}

static int threads(void) {
  int count = 1;
  ap_mpm_query(AP_MPMQ_HARD_LIMIT_THREADS, &count);
  return count;
}

static void forge_pid(const scribble_t *scribble) {
  scribble->process->pid = scribble->value;
}

static void forge_generation(const scribble_t *scribble) {
  scribble->process->generation = scribble->value;
}

/* Texts that do not end, up to the end of the worker's record. */
static void forge_texts(const scribble_t *scribble) {
  static const char controls[] = "GET \x01\x1b[31m\r\nSW211 full\r\n\t\x7f\\";
  for (int at = 0; at < threads(); ++at) {
    worker_score *worker = ap_get_scoreboard_worker_from_indexes(scribble->slot, at);
    worker->pid = scribble->process->pid;
    worker->status = SERVER_BUSY_WRITE;
    memset(worker->client, 0xff, sizeof(worker->client));
    memset(worker->client64, 0xfe, sizeof(worker->client64));
    for (size_t byte = 0; byte < sizeof(worker->request); ++byte) {
      worker->request[byte] = controls[byte % (sizeof(controls) - 1)];
    }
    memset(worker->vhost, '"', sizeof(worker->vhost));
    memset(worker->protocol, '<', sizeof(worker->protocol));
  }
}

/* pid and bucket are left alone: they are what the parent trusts, and another story. */
static void storm_once(const scribble_t *scribble) {
  process_score *process = scribble->process;
  fill_random(&process->generation, sizeof(process->generation));
  process->quiescing = (char)random();
  process->not_accepting = (char)random();
  fill_random(&process->connections, sizeof(process->connections));
  fill_random(&process->write_completion, sizeof(process->write_completion));
  fill_random(&process->lingering_close, sizeof(process->lingering_close));
  fill_random(&process->keep_alive, sizeof(process->keep_alive));
  fill_random(&process->suspended, sizeof(process->suspended));
  for (int at = 0; at < threads(); ++at) {
    fill_random(ap_get_scoreboard_worker_from_indexes(scribble->slot, at), sizeof(worker_score));
  }
}

static void storm(const scribble_t *scribble) {
  process_score before = *scribble->process;
  apr_time_t end = apr_time_now() + apr_time_from_msec(scribble->value);
  while (apr_time_now() < end) {
    storm_once(scribble);
    apr_sleep(100);
  }
  for (int at = 0; at < threads(); ++at) {
    memset(ap_get_scoreboard_worker_from_indexes(scribble->slot, at), 0, sizeof(worker_score));
  }
  *scribble->process = before;
}

static void wipe(const scribble_t *scribble) {
  for (int at = 0; at < threads(); ++at) {
    memset(ap_get_scoreboard_worker_from_indexes(scribble->slot, at), 0, sizeof(worker_score));
  }
}

static const struct {
  const char *query;
  void (*act)(const scribble_t *scribble);
} scribble_ops[] = {
    {"op=pid", forge_pid}, /* value= the process_score's pid */
    {"op=generation", forge_generation},
    {"op=texts", forge_texts}, /* unterminated */
    {"op=storm", storm},       /* value= for how many ms random bytes are written */
    {"op=wipe", wipe},         /* the workers' records to zero */
};

static int scribble(request_rec *request) {
  scribble_t scribble = {.request = request};
  scribble.slot = number_in_query(request, "slot=", 0);
  scribble.value = number_in_query(request, "value=", 0);
  scribble.process = ap_get_scoreboard_process(scribble.slot);
  if (scribble.process == NULL) {
    return HTTP_NOT_FOUND;
  }
  for (size_t at = 0; at < sizeof(scribble_ops) / sizeof(*scribble_ops); ++at) {
    if (request->args != NULL && strstr(request->args, scribble_ops[at].query) != NULL) {
      scribble_ops[at].act(&scribble);
      ap_rputs("scribbled\n", request);
      return OK;
    }
  }
  return HTTP_BAD_REQUEST;
}

static int handler(request_rec *request) {
  if (request->handler == NULL) {
    return DECLINED;
  }
  if (strcmp(request->handler, "test-suspend") == 0) {
    ap_log_rerror(APLOG_MARK, APLOG_NOTICE, 0, request, "test-suspend: suspended");
    return SUSPENDED;
  }
  return strcmp(request->handler, "test-scribble") == 0 ? scribble(request) : DECLINED;
}

static void register_hooks(apr_pool_t *pool) {
  (void)pool;
  ap_hook_pre_config(forget, NULL, NULL, APR_HOOK_REALLY_FIRST);
  ap_hook_child_init(child_init, NULL, NULL, APR_HOOK_MIDDLE);
  ap_hook_mpm_get_name(get_mpm_name, NULL, NULL, APR_HOOK_REALLY_FIRST);
  ap_hook_handler(handler, NULL, NULL, APR_HOOK_MIDDLE);
}

AP_DECLARE_MODULE(hang) = {
    STANDARD20_MODULE_STUFF, NULL, NULL, NULL, NULL, directives, register_hooks,
    AP_MODULE_FLAG_NONE,
};
