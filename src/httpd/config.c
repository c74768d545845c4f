/* SPDX-License-Identifier: Apache-2.0 */
#include "sw_httpd.h"

#include <errno.h>

#include "ap_mpm.h"
#include "apr_strings.h"

APLOG_USE_MODULE(slotwatch);

sw_config_t *sw_config_get(const server_rec *server) {
  return ap_get_module_config(server->module_config, &slotwatch_module);
}

void *sw_config_create(apr_pool_t *pool, server_rec *server) {
  (void)server;
  sw_config_t *config = apr_pcalloc(pool, sizeof(*config));
  config->enabled = 1;
  config->reserve = SW_RESERVE_AUTO;
  sw_policy_init(&config->policy);
  return config;
}

const char *sw_config_set_enabled(cmd_parms *cmd, void *unused, int flag) {
  (void)unused;
  sw_config_get(cmd->server)->enabled = flag;
  return ap_check_cmd_context(cmd, GLOBAL_ONLY);
}

/* httpd's own parser looks at a unit's first letters alone, and reads "soon" as 0 s. */
static int is_time(const char *value) {
  static const char *const units[] = {"", "ms", "s", "mi", "min", "h"};
  const char *unit = value + strspn(value, "0123456789");
  for (size_t at = 0; unit > value && at < sizeof(units) / sizeof(*units); ++at) {
    if (strcmp(unit, units[at]) == 0) {
      return 1;
    }
  }
  return 0;
}

const char *sw_config_set_prompt(cmd_parms *cmd, void *unused, int flag) {
  (void)unused;
  sw_config_get(cmd->server)->prompt = flag;
  return ap_check_cmd_context(cmd, GLOBAL_ONLY);
}

const char *sw_config_set_span(cmd_parms *cmd, void *unused, const char *value) {
  (void)unused;
  sw_setting_t setting = (sw_setting_t)(intptr_t)cmd->info;
  const char *error = ap_check_cmd_context(cmd, GLOBAL_ONLY);
  apr_interval_time_t span;
  if (error != NULL) {
    return error;
  }
  if (!is_time(value) || ap_timeout_parameter_parse(value, &span, "s") != APR_SUCCESS) {
    return apr_psprintf(cmd->pool, "%s takes a time such as 30s, 500ms or 10min, not '%s': %s",
                        cmd->cmd->name, value, sw_setting_range(setting));
  }
  if (sw_policy_set(&sw_config_get(cmd->server)->policy, setting, span) != SW_STATUS_OK) {
    return apr_psprintf(cmd->pool, "%s %s is out of range: it takes %s", cmd->cmd->name, value,
                        sw_setting_range(setting));
  }
  return NULL;
}

const char *sw_config_set_reserve(cmd_parms *cmd, void *unused, const char *value) {
  (void)unused;
  const char *error = ap_check_cmd_context(cmd, GLOBAL_ONLY);
  char *end = NULL;
  if (error != NULL) {
    return error;
  }
  if (ap_cstr_casecmp(value, "auto") == 0) {
    sw_config_get(cmd->server)->reserve = SW_RESERVE_AUTO;
    return NULL;
  }
  errno = 0;
  apr_int64_t slots = apr_strtoi64(value, &end, 10);
  if (errno != 0 || end == value || *end != '\0' || slots < 0 || slots > APR_INT32_MAX) {
    return apr_psprintf(cmd->pool,
                        "SlotWatchReserve %s is not a number of slots: it takes auto, or 0 to "
                        "one less than ServerLimit",
                        value);
  }
  sw_config_get(cmd->server)->reserve = (int)slots;
  return NULL;
}

const char *sw_config_set_privacy(cmd_parms *cmd, void *unused, const char *value) {
  (void)unused;
  const char *error = ap_check_cmd_context(cmd, GLOBAL_ONLY);
  const char *known = "";
  if (error != NULL) {
    return error;
  }
  for (uint32_t privacy = 0; privacy < SW_PRIVACY_COUNT; ++privacy) {
    if (ap_cstr_casecmp(value, sw_privacy_name(privacy)) == 0) {
      sw_config_get(cmd->server)->policy.privacy = (uint8_t)privacy;
      return NULL;
    }
    known = apr_pstrcat(cmd->pool, known, *known ? ", " : "", sw_privacy_name(privacy), NULL);
  }
  return apr_psprintf(cmd->pool, "SlotWatchPrivacy %s is not known: it takes one of %s", value,
                      known);
}

int sw_config_mpm(int query, int otherwise) {
  int answer = 0;
  return ap_mpm_query(query, &answer) == APR_SUCCESS && answer > 0 ? answer : otherwise;
}

int sw_config_check(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp, server_rec *server) {
  (void)pconf, (void)plog, (void)ptemp;
  const sw_config_t *config = sw_config_get(server);
  int slots = sw_config_mpm(AP_MPMQ_HARD_LIMIT_DAEMONS, APR_INT32_MAX);
  char reason[256];
  if (sw_policy_check(&config->policy, reason, sizeof(reason)) != SW_STATUS_OK) {
    ap_log_error(APLOG_MARK, APLOG_EMERG | APLOG_STARTUP, 0, NULL, "%s", reason);
    return HTTP_INTERNAL_SERVER_ERROR;
  }
  if (config->reserve >= slots) {
    ap_log_error(APLOG_MARK, APLOG_EMERG | APLOG_STARTUP, 0, NULL,
                 "SlotWatchReserve %d is not less than ServerLimit %d: it takes auto, or 0 to %d",
                 config->reserve, slots, slots - 1);
    return HTTP_INTERNAL_SERVER_ERROR;
  }
  return OK;
}

sw_policy_t sw_config_resolve(const sw_config_t *config) {
  sw_policy_t policy = config->policy;
  policy.threads_per_child = (uint32_t)sw_config_mpm(AP_MPMQ_MAX_THREADS, 1);
  policy.serving_max = (uint32_t)sw_config_mpm(AP_MPMQ_MAX_DAEMONS, 1);
  /* Prefork spares children, of one thread each. */
  policy.min_spare_threads = (uint32_t)sw_config_mpm(AP_MPMQ_MIN_SPARE_THREADS,
                                                     sw_config_mpm(AP_MPMQ_MIN_SPARE_DAEMONS, 1));
  policy.reserve = config->reserve != SW_RESERVE_AUTO
                       ? (uint32_t)config->reserve
                       : sw_policy_auto_reserve(policy.min_spare_threads, policy.threads_per_child);
  return policy;
}
