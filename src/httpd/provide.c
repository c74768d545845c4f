/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether this server can be watched, and with what. keeper.c does the rest.
 */
#include <errno.h>
#include <string.h>

#include "ap_mpm.h"
#include "sw_httpd.h"

static int is_debugged(void) {
  return ap_exists_config_define("ONE_PROCESS") || ap_exists_config_define("DEBUG");
}

static int is_known_mpm(const char *name) {
  return strcmp(name, "event") == 0 || strcmp(name, "worker") == 0 || strcmp(name, "prefork") == 0;
}

int sw_provide_can_watch(void) {
  return !is_debugged() && is_known_mpm(ap_show_mpm());
}

const char *sw_provide_why_not(const server_rec *server) {
  if (!sw_config_get(server)->enabled) {
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

int sw_provide_memory(sw_os_memory_t *memory) {
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

void sw_provide_slack(const server_rec *server, uint32_t *told) {
  sw_policy_t policy = sw_config_resolve(sw_config_get(server));
  uint32_t slots = (uint32_t)sw_config_mpm(AP_MPMQ_HARD_LIMIT_DAEMONS, 1);
  uint32_t needed = sw_policy_slack_needs(&policy, slots);
  if (needed != 0 && needed != *told) {
    sw_log(SW_LOG_110,
           "server_limit=%u serving_max=%u reserve=%u server_limit_needed=%u a reload under full "
           "load finds no room: raise ServerLimit to %u, or lower MaxRequestWorkers",
           slots, policy.serving_max, policy.reserve, needed, needed);
  }
  *told = needed;
}
