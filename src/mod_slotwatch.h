/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file mod_slotwatch.h
 * @brief What other modules of httpd may use of mod_slotwatch: the hook slotwatch_recycle.
 *
 * A module that knows better than a timer what a child is doing registers
 *
 *     APR_OPTIONAL_HOOK(ap, slotwatch_recycle, decide, NULL, NULL, APR_HOOK_MIDDLE);
 *
 * in its register_hooks. It need not link with mod_slotwatch, nor does it matter which of the two
 * is loaded first, or whether mod_slotwatch is loaded at all.
 */
#ifndef MOD_SLOTWATCH_H
#define MOD_SLOTWATCH_H

#include <sys/types.h>

#include "ap_config.h"
#include "ap_hooks.h"
#include "apr_optional_hooks.h"

/** Fields are only ever added at the end; then this number grows. */
#define SLOTWATCH_RECYCLE_VERSION 1

/** A rung that is about to be climbed: what would be done to which child, and why. */
typedef struct slotwatch_recycle_t {
  int version; /**< SLOTWATCH_RECYCLE_VERSION of the mod_slotwatch that asks */
  int slot;
  pid_t pid;
  int generation;
  const char *rung;      /**< "backends", "clients" or "kill" */
  const char *reason;    /**< "stall", "grace", "tight", "full" or "request" */
  const char *trigger;   /**< "reload" or "trim" */
  apr_uint64_t incident; /**< as the log has it, in hexadecimal; 0: there is none */
} slotwatch_recycle_t;

/** Go on. */
#define SLOTWATCH_ALLOW 0
/** Leave the child alone; it is asked for again after SlotWatchAlertRepeat. */
#define SLOTWATCH_VETO 1
/** The module sees to it; the next rung comes when this one's time is over. */
#define SLOTWATCH_TAKEN 2

/**
 * Run before each rung, until one module does not answer SLOTWATCH_ALLOW. It runs in the watcher, a
 * process of its own with the rights of the children, which must not be kept waiting; not in the
 * child that `intent` is about. `intent` and its texts are valid during the call.
 */
APR_DECLARE_EXTERNAL_HOOK(ap, AP, int, slotwatch_recycle, (const slotwatch_recycle_t *intent))

#endif
