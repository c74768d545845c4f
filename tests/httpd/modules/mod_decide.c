/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An example of the hook slotwatch_recycle, for tests only:
 *   TestDecide rung answer   what is answered before that rung: allow, veto or taken
 *   TestDecideRemove path    what it does where the answer is taken: removes the file, for which
 *                            the child waits (TestHangFile)
 */
#include "httpd.h"

#include <unistd.h>

#include "http_config.h"
#include "http_log.h"
#include "http_main.h"
#include "mod_slotwatch.h"

extern module AP_MODULE_DECLARE_DATA decide_module __attribute__((visibility("default")));

static const char *const answers[] = {
    [SLOTWATCH_ALLOW] = "allow",
    [SLOTWATCH_VETO] = "veto",
    [SLOTWATCH_TAKEN] = "taken",
};

static struct {
  const char *rung;
  int answer;
} decisions[] = {
    {"backends", SLOTWATCH_ALLOW}, {"clients", SLOTWATCH_ALLOW}, {"kill", SLOTWATCH_ALLOW}};
static const char *file_to_remove;

static int *answer_to(const char *rung) {
  for (size_t at = 0; at < sizeof(decisions) / sizeof(*decisions); ++at) {
    if (strcmp(decisions[at].rung, rung) == 0) {
      return &decisions[at].answer;
    }
  }
  return NULL;
}

static const char *set_answer(cmd_parms *cmd, void *unused, const char *rung, const char *word) {
  (void)cmd, (void)unused;
  int *answer = answer_to(rung);
  for (int at = 0; answer != NULL && at < (int)(sizeof(answers) / sizeof(*answers)); ++at) {
    if (strcmp(answers[at], word) == 0) {
      *answer = at;
      return NULL;
    }
  }
  return "takes a rung, and allow, veto or taken";
}

static const char *set_file(cmd_parms *cmd, void *unused, const char *path) {
  (void)cmd, (void)unused;
  file_to_remove = path;
  return NULL;
}

static const command_rec directives[] = {
    AP_INIT_TAKE2("TestDecide", set_answer, NULL, RSRC_CONF, "a rung and an answer"),
    AP_INIT_TAKE1("TestDecideRemove", set_file, NULL, RSRC_CONF, "a path"),
    {.name = NULL},
};

/* The module may be loaded again at the address where it was: what was set is of the last
 * configuration. */
static int forget(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp) {
  (void)pconf, (void)plog, (void)ptemp;
  for (size_t at = 0; at < sizeof(decisions) / sizeof(*decisions); ++at) {
    decisions[at].answer = SLOTWATCH_ALLOW;
  }
  file_to_remove = NULL;
  return OK;
}

/* Runs in the watcher. */
static int decide(const slotwatch_recycle_t *intent) {
  const int *known = answer_to(intent->rung);
  int answer = known != NULL ? *known : SLOTWATCH_ALLOW;
  ap_log_error(APLOG_MARK, APLOG_NOTICE, 0, ap_server_conf,
               "test-decide: version=%d slot=%d pid=%d generation=%d rung=%s reason=%s trigger=%s "
               "incident=%016" APR_UINT64_T_HEX_FMT " answer=%s",
               intent->version, intent->slot, (int)intent->pid, intent->generation, intent->rung,
               intent->reason, intent->trigger, intent->incident, answers[answer]);
  if (answer == SLOTWATCH_TAKEN && file_to_remove != NULL) {
    unlink(file_to_remove);
  }
  return answer;
}

static void register_hooks(apr_pool_t *pool) {
  (void)pool;
  ap_hook_pre_config(forget, NULL, NULL, APR_HOOK_REALLY_FIRST);
  APR_OPTIONAL_HOOK(ap, slotwatch_recycle, decide, NULL, NULL, APR_HOOK_MIDDLE);
}

AP_DECLARE_MODULE(decide) = {
    STANDARD20_MODULE_STUFF, NULL, NULL, NULL, NULL, directives, register_hooks,
    AP_MODULE_FLAG_NONE,
};
