/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A module that has a use for SIGCHLD itself, and children that end as they begin; for tests only:
 *   TestSigchld On     the parent gets a handler that writes a line to stderr
 *   TestDieFile path   a child faults in child_init while the file exists
 */
#include "httpd.h"

#include <signal.h>
#include <unistd.h>

#include "apr_file_info.h"
#include "http_config.h"
#include "http_core.h"

extern module AP_MODULE_DECLARE_DATA sigchld_module __attribute__((visibility("default")));

static int handles;
static const char *die_file;

static const char *set_handles(cmd_parms *cmd, void *unused, int flag) {
  (void)cmd, (void)unused;
  handles = flag;
  return NULL;
}

static const char *set_die_file(cmd_parms *cmd, void *unused, const char *value) {
  (void)cmd, (void)unused;
  die_file = value;
  return NULL;
}

static const command_rec directives[] = {
    AP_INIT_FLAG("TestSigchld", set_handles, NULL, RSRC_CONF, "On or Off"),
    AP_INIT_TAKE1("TestDieFile", set_die_file, NULL, RSRC_CONF, "a path"),
    {.name = NULL},
};

static int forget(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp) {
  (void)pconf, (void)plog, (void)ptemp;
  handles = 0;
  die_file = NULL;
  return OK;
}

static void tell_death(int signum) {
  static const char line[] = "test-sigchld: a child has ended\n";
  (void)signum;
  if (write(STDERR_FILENO, line, sizeof(line) - 1) < 0) {
    return;
  }
}

static apr_status_t give_back(void *unused) {
  (void)unused;
  signal(SIGCHLD, SIG_DFL);
  return APR_SUCCESS;
}

static int post_config(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp, server_rec *server) {
  (void)plog, (void)ptemp, (void)server;
  if (handles && ap_state_query(AP_SQ_MAIN_STATE) != AP_SQ_MS_CREATE_PRE_CONFIG) {
    struct sigaction action = {.sa_handler = tell_death, .sa_flags = SA_RESTART};
    sigemptyset(&action.sa_mask);
    sigaction(SIGCHLD, &action, NULL);
    apr_pool_cleanup_register(pconf, NULL, give_back, apr_pool_cleanup_null);
  }
  return OK;
}

static void child_init(apr_pool_t *pool, server_rec *server) {
  apr_finfo_t info;
  (void)server;
  if (die_file != NULL && apr_stat(&info, die_file, APR_FINFO_TYPE, pool) == APR_SUCCESS) {
    signal(SIGSEGV, SIG_DFL);
    raise(SIGSEGV);
  }
}

static void register_hooks(apr_pool_t *pool) {
  (void)pool;
  ap_hook_pre_config(forget, NULL, NULL, APR_HOOK_REALLY_FIRST);
  ap_hook_post_config(post_config, NULL, NULL, APR_HOOK_MIDDLE);
  ap_hook_child_init(child_init, NULL, NULL, APR_HOOK_MIDDLE);
}

AP_DECLARE_MODULE(sigchld) = {
    STANDARD20_MODULE_STUFF, NULL, NULL, NULL, NULL, directives, register_hooks,
    AP_MODULE_FLAG_NONE,
};
