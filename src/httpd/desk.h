/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file desk.h
 * @brief Where agents and the watcher leave each other notes: memory that outlives both.
 *
 * A cell for each slot is written by the agent of the slot's child. Any child could, so what stands
 * there is untrusted. An order for each slot is written by the watcher; children can only read it.
 * Knows nothing of httpd.
 */
#ifndef SW_DESK_H
#define SW_DESK_H

#include "os/sw_os.h"
#include "slotwatch_types.h"

/** Both memories, as the parent made them. Zeroed: none. No pointers into code: it is retained over
 * reloads. */
typedef struct sw_desk_t {
  sw_os_memory_t cells;
  sw_os_memory_t orders;
  uint32_t slots;
} sw_desk_t;

/** For the parent: makes the memories unless this build's are there for as many slots. @return 0,
 * or an errno value, and then there is no desk */
int sw_desk_provide(sw_desk_t *desk, uint32_t slots);
/** For a child: gives up what could write orders. */
void sw_desk_disarm(sw_desk_t *desk);
/** Whether there is one. */
int sw_desk_is_there(const sw_desk_t *desk);

/* ---- Notes: from an agent to the watcher ---- */

typedef struct sw_note_t {
  int32_t pid;
  uint64_t start_time;
  sw_usec_t beat;         /**< when it was written; monotonic */
  sw_evidence_t evidence; /**< is_present, is_done and where its lists begin are the reader's */
  sw_socket_t sockets[SW_AGENT_SOCKETS_MAX];
  sw_thread_t threads[SW_AGENT_THREADS_MAX];
} sw_note_t;

/** Whose note is looked for, and how old it may be. */
typedef struct sw_desk_query_t {
  uint32_t slot;
  int32_t pid;
  uint64_t start_time;
  sw_usec_t now;
  sw_usec_t patience;
} sw_desk_query_t;

/** Writes the slot's cell. */
void sw_desk_write(const sw_desk_t *desk, uint32_t slot, const sw_note_t *note);
/**
 * Reads a slot's cell, a bounded number of times.
 * @param[out] note with every field within its bounds and every text ended, whoever wrote it;
 * unspecified if it returns 0
 * @return whether there is a whole note of that very process, fresh enough
 */
int sw_desk_read(const sw_desk_t *desk, const sw_desk_query_t *query, sw_note_t *note);

/* ---- Orders: from the watcher to an agent ---- */

typedef struct sw_order_t {
  uint64_t id; /**< sw_intent_t.order; 0: none */
  uint64_t start_time;
  int32_t pid;
  uint8_t rung; /**< sw_rung_t */
} sw_order_t;

/** For the watcher: maps the orders, so that this process may write them, and withdraws those of
 * the one before. @return 0, or an errno value, and then sw_desk_order does nothing */
int sw_desk_open_orders(const sw_desk_t *desk);
/** Orders the agent of the intent's process to do its rung, in place of what was ordered before. An
 * agent does an order once, however often it is given. */
void sw_desk_order(const sw_intent_t *intent);
/** Takes back what was ordered in that slot, for an agent that has not seen it yet. */
void sw_desk_withdraw(uint32_t slot);
/** The order for this process that stands, if it can be read now. @return whether there is one */
int sw_desk_read_order(const sw_desk_t *desk, uint32_t slot, const sw_note_t *self,
                       sw_order_t *order);

#endif
