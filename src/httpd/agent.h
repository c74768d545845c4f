/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file agent.h
 * @brief The agent: a thread of a draining child that says what the process holds, and shuts what
 * it is ordered to. It decides nothing.
 */
#ifndef SW_AGENT_H
#define SW_AGENT_H

#include "httpd.h"

#include "desk.h"

/** Whether children of this server can have agents. */
int sw_agent_is_supported(void);

/** Hooks child_stopping where the running server has it (2.4.49). */
void sw_agent_hook(void);
/**
 * For the parent, before it forks: takes down what is nobody's connection, and provides the desk.
 * Without one there are no agents, and all else is as it was.
 * @param is_told whether SW106 was; kept by the caller
 */
void sw_agent_prepare(sw_desk_t *desk, uint32_t *is_told);
/** Hook child_init: what will end the agent, when there is one. */
void sw_agent_child_init(apr_pool_t *pchild, server_rec *server);

#endif
