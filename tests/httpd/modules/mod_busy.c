/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Handlers that do not come to an end, for tests only:
 *   TestBusyFile path     they go on while the file exists
 *   SetHandler test-loop  computes
 *   SetHandler test-hold  holds a mutex and sleeps; the next one waits for the mutex
 */
#include "httpd.h"

#include <pthread.h>
#include <unistd.h>

#include "http_config.h"
#include "http_log.h"
#include "http_protocol.h"

extern module AP_MODULE_DECLARE_DATA busy_module __attribute__((visibility("default")));

/* Between two looks for the file: a few ms of computing. */
#define ROUNDS 10000000U

static const char *busy_file;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

static const char *set_text(cmd_parms *cmd, void *unused, const char *value) {
  (void)unused;
  *(const char **)cmd->info = value;
  return NULL;
}

static const command_rec directives[] = {
    AP_INIT_TAKE1("TestBusyFile", set_text, &busy_file, RSRC_CONF, "a path"),
    {.name = NULL},
};

/* The module may be loaded again at the address where it was: what was set is of the last
 * configuration. */
static int forget(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp) {
  (void)pconf, (void)plog, (void)ptemp;
  busy_file = NULL;
  return OK;
}

static int goes_on(void) {
  return busy_file != NULL && access(busy_file, F_OK) == 0;
}

static int loop(request_rec *request) {
  ap_log_rerror(APLOG_MARK, APLOG_NOTICE, 0, request, "test-loop: loops");
  volatile unsigned computed = 0;
  while (goes_on()) {
    for (unsigned round = 0; round < ROUNDS; ++round) {
      computed = computed * 31 + round;
    }
  }
  ap_rputs("computed\n", request);
  return OK;
}

static int hold(request_rec *request) {
  if (pthread_mutex_trylock(&mutex) != 0) {
    ap_log_rerror(APLOG_MARK, APLOG_NOTICE, 0, request, "test-hold: waits");
    pthread_mutex_lock(&mutex);
  } else {
    ap_log_rerror(APLOG_MARK, APLOG_NOTICE, 0, request, "test-hold: holds");
  }
  while (goes_on()) {
    apr_sleep(apr_time_from_msec(20));
  }
  pthread_mutex_unlock(&mutex);
  ap_rputs("held\n", request);
  return OK;
}

static int handler(request_rec *request) {
  if (request->handler == NULL) {
    return DECLINED;
  }
  if (strcmp(request->handler, "test-loop") == 0) {
    return loop(request);
  }
  return strcmp(request->handler, "test-hold") == 0 ? hold(request) : DECLINED;
}

static void register_hooks(apr_pool_t *pool) {
  (void)pool;
  ap_hook_pre_config(forget, NULL, NULL, APR_HOOK_REALLY_FIRST);
  ap_hook_handler(handler, NULL, NULL, APR_HOOK_MIDDLE);
}

AP_DECLARE_MODULE(busy) = {
    STANDARD20_MODULE_STUFF, NULL, NULL, NULL, NULL, directives, register_hooks,
    AP_MODULE_FLAG_NONE,
};
