/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file recycler.h
 * @brief Carries out what a plan intends, after a last look at whom it would hit.
 */
#ifndef SW_RECYCLER_H
#define SW_RECYCLER_H

#include "asker.h"
#include "sampler.h"
#include "slotwatch.h"
#include "sw_httpd.h"

typedef struct sw_recycler_t {
  sw_sampler_t *sampler;
  sw_asker_t asker;
  const apr_array_header_t *protects; /**< SlotWatchProtect's words */
  uint64_t *killed; /**< [slots] start time of whom a kill was begun: evidence is logged once */
  uint8_t *orders;  /**< [slots] whether an order stands, for withdrawing it */
  uint8_t has_told_kill; /**< SW406 */
} sw_recycler_t;

/** Makes its memory. @return 0, or ENOMEM */
int sw_recycler_init(sw_recycler_t *recycler, sw_sampler_t *sampler, const sw_config_t *config);
/** Puts into the frame's samples what the hooks said, and whose requests are protected. */
void sw_recycler_answer(sw_recycler_t *recycler);
/** Leaves nobody deciding, and no order. */
void sw_recycler_end(sw_recycler_t *recycler);
/**
 * Carries out the intents of a step. Nothing happens to a slot that is not, on the scoreboard and
 * in /proc, still held by the draining process that is meant; and what is not intended any more is
 * no order any more, however late an agent looks.
 * @param report of the same step, for the evidence
 */
void sw_recycler_act(sw_recycler_t *recycler, const sw_plan_t *plan, const sw_report_t *report);
/** When to look again although no frame is due: while a program decides. INT64_MAX: never */
sw_usec_t sw_recycler_wake_at(const sw_recycler_t *recycler);

#endif
