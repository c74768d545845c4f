/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file slotwatch_recycle.h
 * @brief The data of recycling: what an agent sees of its process, what the plan wants done, and
 * what came of it.
 */
#ifndef SLOTWATCH_RECYCLE_H
#define SLOTWATCH_RECYCLE_H

#include <stdint.h>

#include "slotwatch_words.h"

/** An instant or a span in microseconds. CLOCK_MONOTONIC unless named `wall`: Unix time. */
typedef int64_t sw_usec_t;

#define SW_USEC_PER_SEC ((sw_usec_t)1000000)
#define SW_USEC_PER_MSEC ((sw_usec_t)1000)

/* ---- Evidence: an agent's view of its own process. A child writes it: untrusted. ---- */

/** A socket of a draining child. Source: tcp(7) TCP_INFO, tcp(7) SIOCOUTQ, getpeername(2) */
typedef struct sw_socket_t {
  uint8_t role;      /**< sw_role_t */
  uint8_t family;    /**< AF_INET, AF_INET6, AF_UNIX */
  uint32_t queued;   /**< bytes sent and not acknowledged */
  uint64_t acked;    /**< bytes that the peer has acknowledged; 0 for AF_UNIX */
  uint64_t received; /**< bytes; 0 for AF_UNIX */
  sw_usec_t idle;    /**< since data came or went; -1 unknown */
  char peer[64];     /**< address:port, or a path; NUL-terminated */
} sw_socket_t;

/** A thread of a draining child. Source: proc(5) */
typedef struct sw_thread_t {
  int32_t tid;
  char state;     /**< R S D T Z, as in proc(5) */
  char name[16];  /**< NUL-terminated */
  char wchan[32]; /**< what it waits for in the kernel; empty if it may not be known */
  sw_usec_t cpu;  /**< user and system time */
} sw_thread_t;

/** Sockets that one agent lists, and threads; more are counted. Several screens, and a few KiB. */
#define SW_AGENT_SOCKETS_MAX 64
#define SW_AGENT_THREADS_MAX 64

/** What the sampler takes of an agent's cell; zero: there is no agent, or it is silent. */
typedef struct sw_evidence_t {
  uint8_t is_present; /**< the agent of this very process, heard of within 3 intervals */
  uint8_t is_done;    /**< it has carried out the order `done` */
  uint32_t clients;   /**< sockets by role, listed or not */
  uint32_t backends;
  uint32_t others;
  uint32_t cut;       /**< sockets that the order `done` shut */
  uint64_t done;      /**< sw_intent_t.order that it last carried out; 0 none */
  uint64_t moved;     /**< changes whenever a byte moves on a socket or the set of them changes */
  sw_usec_t moved_at; /**< monotonic; when `moved` was first seen as it is; 0 unknown */
  sw_usec_t cpu;      /**< of the process without the agent, so far */
  uint32_t socket_first; /**< into the frame's sockets */
  uint32_t socket_count;
  uint32_t thread_first;
  uint32_t thread_count;
} sw_evidence_t;

/* ---- The ladder ---- */

#define SW_LADDER_MAX 3

/** SlotWatchLadder: the rungs in order, and how long each is given. */
typedef struct sw_ladder_t {
  uint32_t count;
  uint8_t rungs[SW_LADDER_MAX];   /**< sw_rung_t */
  sw_usec_t spans[SW_LADDER_MAX]; /**< until the next rung; of the last: until SW304 */
} sw_ladder_t;

/* ---- Intents: what a step wants done. Level, not edge: repeated in each step until it is. ---- */

/** What one slot is to suffer. Whoever acts, checks again that it is this process and drains. */
typedef struct sw_intent_t {
  int32_t slot;
  int32_t pid;
  uint64_t start_time; /**< clock ticks since boot; never 0 */
  uint64_t order;      /**< of this rung of this recycle: the same in each step, never used again */
  uint64_t incident;   /**< the slot's, or the capacity's; 0: somebody asked */
  uint8_t rung;        /**< sw_rung_t */
  uint8_t reason;      /**< sw_reason_t: STALL, GRACE, TIGHT, FULL, REQUEST */
  uint8_t trigger;     /**< sw_trigger_t */
  uint8_t is_question; /**< 1: ask the hooks and put the answer into the next frame; do nothing */
} sw_intent_t;

/** What the hooks said of an intent that was a question. */
typedef struct sw_answered_t {
  uint64_t order; /**< of which intent; 0: none */
  uint8_t answer; /**< sw_answer_t */
} sw_answered_t;

/** What became of a rung, in an incident. */
typedef struct sw_rung_outcome_t {
  uint8_t rung;    /**< sw_rung_t; NONE: not reached */
  uint8_t outcome; /**< sw_outcome_t */
  uint32_t cut;    /**< sockets shut */
} sw_rung_outcome_t;

#endif
