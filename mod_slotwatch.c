/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mod_slotwatch: watches the scoreboard, finds the slots that old children hold after reloads, says
 * so, and, if it may, gives them back. This file is the table of contents; src/httpd/watcher.c is
 * the loop, src/core/engine.cpp the judgement.
 */
#include "src/httpd/agent.h"
#include "src/httpd/sw_httpd.h"

static const command_rec directives[] = {
    AP_INIT_FLAG("SlotWatch", sw_config_set_enabled, NULL, RSRC_CONF,
                 "On (the default) to watch the slots, Off to be inert"),
#define SW_X(word, field, name, low, high, three, range)                                  \
  AP_INIT_TAKE1(name, sw_config_set_span, (void *)(intptr_t)SW_SETTING_##word, RSRC_CONF, \
                "a time: " range),
    SW_SETTINGS(SW_X)
#undef SW_X
        AP_INIT_TAKE1("SlotWatchReserve", sw_config_set_reserve, NULL, RSRC_CONF,
                      "slots to keep free for the next generation: auto, or 0 to ServerLimit - 1"),
    AP_INIT_FLAG("SlotWatchPrompt", sw_config_set_prompt, NULL, RSRC_CONF,
                 "On to reap and fork at once, Off (the default) at httpd's pace of once a second"),
    AP_INIT_TAKE1("SlotWatchPrivacy", sw_config_set_privacy, NULL, RSRC_CONF,
                  "what is shown of requests and clients: Full, NoQuery, NoClient or None"),
    AP_INIT_TAKE1("SlotWatchRecycle", sw_config_set_mode, NULL, RSRC_CONF,
                  "what is done about stuck slots: Off, DryRun or On"),
    AP_INIT_TAKE123("SlotWatchLadder", sw_config_set_ladder, NULL, RSRC_CONF,
                    "the rungs in order, each with its time: backends:5s clients:5s kill"),
    AP_INIT_TAKE1("SlotWatchBudget", sw_config_set_budget, NULL, RSRC_CONF,
                  "recycles that may begin in a time: 30/1min"),
    AP_INIT_RAW_ARGS("SlotWatchProtect", sw_config_add_protects, NULL, RSRC_CONF,
                     "virtual hosts and path prefixes whose requests are never cut before Grace"),
    AP_INIT_TAKE1("SlotWatchRecycleExec", sw_config_set_program, NULL, RSRC_CONF,
                  "a program to be asked before each rung: exit 0 allows, 1 vetoes"),
    AP_INIT_TAKE12("SlotWatchSocket", sw_config_set_socket, NULL, RSRC_CONF,
                   "the path of the watcher's unix socket, or none; and its group"),
    AP_INIT_TAKE1("SlotWatchListen", sw_config_set_listen, NULL, RSRC_CONF,
                  "address:port on which the watcher serves status and metrics, or none"),
    {.name = NULL},
};

static void register_hooks(apr_pool_t *pool) {
  (void)pool;
  ap_hook_pre_config(sw_abi_check, NULL, NULL, APR_HOOK_MIDDLE);
  ap_hook_pre_config(sw_keeper_pre_config, NULL, NULL, APR_HOOK_MIDDLE);
  ap_hook_check_config(sw_config_check, NULL, NULL, APR_HOOK_LAST); /* after the MPM's */
  ap_hook_post_config(sw_keeper_post_config, NULL, NULL, APR_HOOK_REALLY_LAST);
  ap_hook_pre_mpm(sw_keeper_pre_mpm, NULL, NULL, APR_HOOK_REALLY_LAST); /* after the scoreboard's */
  ap_hook_monitor(sw_keeper_monitor, NULL, NULL, APR_HOOK_MIDDLE);
  ap_hook_child_init(sw_agent_child_init, NULL, NULL, APR_HOOK_REALLY_FIRST); /* ended last */
  ap_hook_optional_fn_retrieve(sw_prompt_begin, NULL, NULL, APR_HOOK_REALLY_LAST);
  ap_hook_monitor(sw_prompt_monitor, NULL, NULL, APR_HOOK_MIDDLE);
  sw_agent_hook(); /* child_stopping, where the server has it */
  ap_hook_handler(sw_handler, NULL, NULL, APR_HOOK_MIDDLE);
  sw_section_hook(); /* of mod_status's page */
}

AP_DECLARE_MODULE(slotwatch) = {
    STANDARD20_MODULE_STUFF,
    NULL,             /* per directory: none */
    NULL,             /* merge them */
    sw_config_create, /* per server: the main one's counts */
    NULL,             /* merge them */
    directives,
    register_hooks,
    AP_MODULE_FLAG_NONE,
};
