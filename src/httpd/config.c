/* SPDX-License-Identifier: Apache-2.0 */
#include "sw_httpd.h"

#include <errno.h>
#include <unistd.h>

#include "ap_mpm.h"
#include "apr_file_info.h"
#include "apr_strings.h"
#include "apr_user.h"
#include "endpoints.h"

APLOG_USE_MODULE(slotwatch);

sw_config_t *sw_config_get(const server_rec *server) {
  return ap_get_module_config(server->module_config, &slotwatch_module);
}

void *sw_config_create(apr_pool_t *pool, server_rec *server) {
  (void)server;
  sw_config_t *config = apr_pcalloc(pool, sizeof(*config));
  config->enabled = 1;
  config->reserve = SW_RESERVE_AUTO;
  config->socket = "slotwatch.sock";
  config->socket_group = SW_OS_NO_GROUP;
  config->protects = apr_array_make(pool, 2, sizeof(const char *));
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

/* The place of a word in a table of the ABI, whatever its case; -1 with an error if it is none. */
static int word_of(cmd_parms *cmd, const char *value, const char *(*name)(uint32_t), uint32_t count,
                   const char **error) {
  const char *known = "";
  *error = ap_check_cmd_context(cmd, GLOBAL_ONLY);
  for (uint32_t at = 0; *error == NULL && at < count; ++at) {
    if (ap_cstr_casecmp(value, name(at)) == 0) {
      return (int)at;
    }
    known = apr_pstrcat(cmd->pool, known, *known ? ", " : "", name(at), NULL);
  }
  if (*error == NULL) {
    *error = apr_psprintf(cmd->pool, "%s %s is not known: it takes one of %s", cmd->cmd->name,
                          value, known);
  }
  return -1;
}

const char *sw_config_set_privacy(cmd_parms *cmd, void *unused, const char *value) {
  (void)unused;
  const char *error;
  int privacy = word_of(cmd, value, sw_privacy_name, SW_PRIVACY_COUNT, &error);
  if (error == NULL) {
    sw_config_get(cmd->server)->policy.privacy = (uint8_t)privacy;
  }
  return error;
}

const char *sw_config_set_mode(cmd_parms *cmd, void *unused, const char *value) {
  (void)unused;
  const char *error;
  int mode = word_of(cmd, value, sw_mode_name, SW_MODE_COUNT, &error);
  if (error == NULL) {
    sw_config_get(cmd->server)->policy.mode = (uint8_t)mode;
  }
  return error;
}

const char *sw_config_set_ladder(cmd_parms *cmd, void *unused, const char *first,
                                 const char *second, const char *third) {
  (void)unused;
  const char *error = ap_check_cmd_context(cmd, GLOBAL_ONLY);
  const char *value = apr_pstrcat(cmd->pool, first, second ? " " : "", second ? second : "",
                                  third ? " " : "", third ? third : "", NULL);
  char reason[256];
  if (error == NULL && sw_ladder_parse(value, &sw_config_get(cmd->server)->policy.ladder, reason,
                                       sizeof(reason)) != SW_STATUS_OK) {
    return apr_pstrdup(cmd->pool, reason);
  }
  return error;
}

const char *sw_config_set_budget(cmd_parms *cmd, void *unused, const char *value) {
  (void)unused;
  const char *error = ap_check_cmd_context(cmd, GLOBAL_ONLY);
  char reason[256];
  if (error == NULL && sw_budget_parse(value, &sw_config_get(cmd->server)->policy, reason,
                                       sizeof(reason)) != SW_STATUS_OK) {
    return apr_pstrdup(cmd->pool, reason);
  }
  return error;
}

/* httpd's own ITERATE ends at an empty argument, and would leave out what comes after it. */
const char *sw_config_add_protects(cmd_parms *cmd, void *unused, const char *values) {
  (void)unused;
  const char *error = ap_check_cmd_context(cmd, GLOBAL_ONLY);
  do {
    const char *value = ap_getword_conf(cmd->pool, &values);
    if (*value == '\0') {
      return "SlotWatchProtect takes names of virtual hosts and path prefixes, and no empty one";
    }
    APR_ARRAY_PUSH(sw_config_get(cmd->server)->protects, const char *) = value;
  } while (*values != '\0');
  return error;
}

const char *sw_config_set_program(cmd_parms *cmd, void *unused, const char *value) {
  (void)unused;
  const char *error = ap_check_cmd_context(cmd, GLOBAL_ONLY);
  const char *program = ap_server_root_relative(cmd->pool, value);
  apr_finfo_t found;
  if (error != NULL) {
    return error;
  }
  if (program == NULL || apr_stat(&found, program, APR_FINFO_TYPE, cmd->temp_pool) != APR_SUCCESS ||
      found.filetype != APR_REG || access(program, X_OK) != 0) {
    return apr_psprintf(cmd->pool,
                        "SlotWatchRecycleExec %s is no file that can be run: it takes the path of "
                        "one, without arguments",
                        value);
  }
  sw_config_get(cmd->server)->program = program;
  return NULL;
}

const char *sw_config_set_socket(cmd_parms *cmd, void *unused, const char *path,
                                 const char *group) {
  (void)unused;
  sw_config_t *config = sw_config_get(cmd->server);
  const char *error = ap_check_cmd_context(cmd, GLOBAL_ONLY);
  if (error != NULL) {
    return error;
  }
  config->socket = ap_cstr_casecmp(path, "none") == 0 ? NULL : path;
  config->socket_is_set = 1;
  config->socket_group = SW_OS_NO_GROUP;
  if (group != NULL && apr_gid_get(&config->socket_group, group, cmd->temp_pool) != APR_SUCCESS) {
    return apr_psprintf(cmd->pool, "SlotWatchSocket: there is no group '%s'", group);
  }
  return *path != '\0' ? NULL : "SlotWatchSocket takes a path, or none";
}

const char *sw_config_set_listen(cmd_parms *cmd, void *unused, const char *value) {
  (void)unused;
  const char *error = ap_check_cmd_context(cmd, GLOBAL_ONLY);
  int is_none = ap_cstr_casecmp(value, "none") == 0;
  if (error != NULL) {
    return error;
  }
  if (!is_none && (strlen(value) >= SW_ADDRESS_MAX || sw_os_tcp_check(value) != 0)) {
    return apr_psprintf(cmd->pool,
                        "SlotWatchListen %s is no address: it takes one such as 127.0.0.1:19117 or "
                        "[::1]:19117, or none",
                        value);
  }
  sw_config_get(cmd->server)->listen = is_none ? NULL : value;
  return NULL;
}

int sw_config_mpm(int query, int otherwise) {
  int answer = 0;
  return ap_mpm_query(query, &answer) == APR_SUCCESS && answer > 0 ? answer : otherwise;
}

/* DefaultRuntimeDir may stand behind our directive. */
static int check_socket(apr_pool_t *pool, sw_config_t *config) {
  if (config->socket == NULL) {
    return OK;
  }
  config->socket = ap_runtime_dir_relative(pool, config->socket);
  if (config->socket_is_set &&
      (config->socket == NULL || strlen(config->socket) > SW_OS_UNIX_PATH_MAX)) {
    ap_log_error(APLOG_MARK, APLOG_EMERG | APLOG_STARTUP, 0, NULL,
                 "SlotWatchSocket %s is too long: it takes a path of %d bytes at most",
                 config->socket != NULL ? config->socket : "", SW_OS_UNIX_PATH_MAX);
    return HTTP_INTERNAL_SERVER_ERROR;
  }
  return OK;
}

int sw_config_check(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp, server_rec *server) {
  (void)plog, (void)ptemp;
  sw_config_t *config = sw_config_get(server);
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
  return check_socket(pconf, config);
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
