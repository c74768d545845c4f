/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file asker.h
 * @brief Asks other modules (the hook slotwatch_recycle) and a program (SlotWatchRecycleExec)
 * before a rung.
 */
#ifndef SW_ASKER_H
#define SW_ASKER_H

#include <sys/types.h>

#include "slotwatch.h"

/** What is known of the intent that was last asked about in one slot. */
typedef struct sw_question_t {
  sw_answered_t answered; /**< order 0: nothing was asked */
  int32_t pid;            /**< of the child that it is about */
  pid_t program;          /**< that is deciding, or was killed and has not ended yet; 0: none */
  pid_t former;           /**< one before it that was killed and has not ended yet; 0: none */
  sw_usec_t deadline;     /**< at which it is killed, which is a veto */
} sw_question_t;

typedef struct sw_asker_t {
  const char *program;      /**< absolute path; NULL: none */
  sw_question_t *questions; /**< [slots] */
  uint32_t slots;
  uint32_t running; /**< programs that have not ended */
} sw_asker_t;

/** Makes its memory. @return 0, or ENOMEM */
int sw_asker_init(sw_asker_t *asker, const char *program, uint32_t slots);
/** Whether there is anybody to ask. */
int sw_asker_has_any(const sw_asker_t *asker);
/** Asks about an intent, once; does not wait. @param intent of one of the slots
 * @param generation of the slot's child */
void sw_asker_ask(sw_asker_t *asker, const sw_intent_t *intent, int generation);
/** Looks what the programs have come to. */
void sw_asker_look(sw_asker_t *asker);
/** Kills the programs that are still deciding; does not wait for their end. */
void sw_asker_end(sw_asker_t *asker);

#endif
