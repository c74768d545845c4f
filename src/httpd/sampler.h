/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file sampler.h
 * @brief One pass over the scoreboard makes a frame.
 */
#ifndef SW_SAMPLER_H
#define SW_SAMPLER_H

#include "httpd.h"

#include "desk.h"
#include "os/sw_os.h"
#include "scoreboard.h"
#include "slotwatch.h"

/** Requests that one frame holds at most; the others are counted. A guard for boards of many
 * thousand workers. */
#define SW_SAMPLER_REQUESTS_MAX 4096

/** Sockets and threads of agents that one frame holds at most: of some 64 children. */
#define SW_SAMPLER_SOCKETS_MAX 4096
#define SW_SAMPLER_THREADS_MAX 4096

/** Where the running server keeps what. Strides are the server's, which may be of another build. */
typedef struct sw_scoreboard_t {
  const char *processes;        /**< process_score[slots] */
  size_t process_stride;        /**< bytes */
  worker_score *const *workers; /**< [slots] of worker_score[threads] */
  size_t worker_stride;         /**< bytes */
  uint32_t slots;               /**< ServerLimit */
  uint32_t threads;             /**< ThreadLimit */
  uint32_t threads_per_child;
  uint8_t has_wait_io;
  uint8_t keeps_requests; /**< ExtendedStatus On */
  uint8_t keeps_tails;    /**< SeeRequestTail On */
  uint8_t keeps_flags;    /**< quiescing and not_accepting: not prefork */
} sw_scoreboard_t;

/* ---- scoreboard.c: the running server's ---- */

/** ServerLimit. */
uint32_t sw_scoreboard_slots(void);
/** ThreadLimit. */
uint32_t sw_scoreboard_threads(void);
/** The scoreboard of this server; there must be one. */
sw_scoreboard_t sw_scoreboard_find(uint32_t threads_per_child);

/* ---- sampler.c ---- */

/** Reads a scoreboard into its own memory, which the frame then points into. */
typedef struct sw_sampler_t {
  sw_scoreboard_t board;
  int32_t generation; /**< of the running configuration */
  pid_t parent;       /**< whose children the slots' processes should be */
  sw_sample_t *samples;
  uint8_t *workers;
  sw_request_t *requests;
  uint32_t request_capacity;
  uint32_t request_count;
  const sw_desk_t *desk;    /**< of the agents; NULL: there are none */
  sw_usec_t agent_patience; /**< an agent that was not heard of for longer is gone */
  sw_note_t note;           /**< the one that is being read */
  sw_socket_t *sockets;
  uint32_t socket_count;
  sw_thread_t *threads;
  uint32_t thread_count;
} sw_sampler_t;

/** Requests that a frame of such a board has room for. */
uint32_t sw_sampler_request_capacity(uint32_t slots, uint32_t threads);

/** Sockets that a frame of so many slots has room for. */
uint32_t sw_sampler_socket_capacity(uint32_t slots);
uint32_t sw_sampler_thread_capacity(uint32_t slots);

/** Makes the sampler's memory. @return 0, or ENOMEM */
int sw_sampler_init(sw_sampler_t *sampler, const sw_scoreboard_t *board, int32_t generation,
                    pid_t parent);

/** From now on frames hold what agents say, if they said it within 3 intervals, or a second. */
void sw_sampler_hear(sw_sampler_t *sampler, const sw_desk_t *desk, sw_usec_t interval);

/**
 * Takes a frame, valid until the next one is taken. Whatever stands on the board, it only reads
 * within. Processes of draining slots are looked up in /proc; serving slots cost a copy of their
 * states.
 */
void sw_sampler_take(sw_sampler_t *sampler, sw_frame_t *frame);

/** Whether the slot is, right now, held by that process, which drains. */
int sw_sampler_still_drains(const sw_sampler_t *sampler, uint32_t slot, pid_t pid);

#endif
