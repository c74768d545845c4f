/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file beat.h
 * @brief What an agent does, over and over: carries out what it is ordered, says what it sees.
 *
 * Knows nothing of httpd.
 */
#ifndef SW_BEAT_H
#define SW_BEAT_H

#include "desk.h"

/** Set by the caller: the first five, and the note's pid and start_time. The rest begins zeroed. */
typedef struct sw_beat_t {
  const sw_desk_t *desk;
  uint32_t slot;
  sw_usec_t interval; /**< between reports; at most a second is kept */
  sw_os_roles_t roles;
  sw_note_t note; /**< the last one */
  sw_os_sockets_t sockets;
  sw_usec_t next; /**< when the next report is due */
  sw_usec_t threads_at;
  uint32_t beats_to_search;
} sw_beat_t;

/** Carries out the slot's order, if it is for this process and new; reports, if that is due, or
 * an order was done. @return when to be called again */
sw_usec_t sw_beat(sw_beat_t *beat);

#endif
