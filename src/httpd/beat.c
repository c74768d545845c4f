/* SPDX-License-Identifier: Apache-2.0 */
#include "beat.h"

#include <string.h>
#include <unistd.h>

#define BEAT_MAX SW_USEC_PER_SEC /* also where frames are taken a minute apart */
#define ORDER_POLL (50 * SW_USEC_PER_MSEC)
#define BEATS_PER_FRAME 4
/* Looking for sockets costs about as much as reading all their counters does: where there are many,
 * it is not done in each beat. */
#define SOCKETS_PER_BEAT 250
#define BEATS_PER_SEARCH_MAX 5
/* Threads are the dearest: 15 microseconds each. When an order was carried out, they are due. */
#define THREADS_EVERY (5 * SW_USEC_PER_SEC)

static void search_when_due(sw_beat_t *beat) {
  if (beat->beats_to_search > 0 && !beat->sockets.is_outdated) {
    --beat->beats_to_search;
    return;
  }
  sw_os_sockets_find(&beat->sockets, &beat->roles);
  uint32_t pause = beat->sockets.count / SOCKETS_PER_BEAT;
  beat->beats_to_search = pause < BEATS_PER_SEARCH_MAX ? pause : BEATS_PER_SEARCH_MAX - 1;
}

static void look_at_threads_when_due(sw_beat_t *beat) {
  if (beat->note.beat >= beat->threads_at) {
    beat->note.evidence.thread_count = sw_os_threads_look(beat->note.threads, SW_AGENT_THREADS_MAX);
    beat->threads_at = beat->note.beat + THREADS_EVERY;
  }
}

/* Several looks a frame, so that a frame knows well when something moved last; but where looks are
 * dear. */
static sw_usec_t pause_of(const sw_beat_t *beat) {
  sw_usec_t frame = beat->interval < BEAT_MAX ? beat->interval : BEAT_MAX;
  sw_usec_t part = frame / BEATS_PER_FRAME;
  if (beat->sockets.count > SOCKETS_PER_BEAT) {
    return frame;
  }
  return part > ORDER_POLL ? part : ORDER_POLL;
}

static void report(sw_beat_t *beat) {
  sw_evidence_t *evidence = &beat->note.evidence;
  beat->note.beat = sw_os_monotonic();
  if (beat->note.start_time == 0) {
    beat->note.start_time = sw_os_process_look(beat->note.pid, getppid()).start_time;
  }
  search_when_due(beat);
  look_at_threads_when_due(beat);
  uint64_t moved = evidence->moved;
  sw_os_sockets_read(&beat->sockets, evidence);
  if (evidence->moved != moved) {
    evidence->moved_at = beat->note.beat;
  }
  evidence->cpu = sw_os_cpu_of_others();
  evidence->socket_count = beat->sockets.listed;
  memcpy(beat->note.sockets, beat->sockets.list, beat->sockets.listed * sizeof(sw_socket_t));
  if (beat->sockets.searches > 0) { /* a child short of descriptors is silent, not empty */
    sw_desk_write(beat->desk, beat->slot, &beat->note);
  }
  beat->next = beat->note.beat + pause_of(beat);
}

/* OTHER where an agent has nothing to shut. */
static uint8_t role_of(uint8_t rung) {
  uint8_t role = rung == SW_RUNG_BACKENDS ? SW_ROLE_BACKEND : SW_ROLE_OTHER;
  return rung == SW_RUNG_CLIENTS ? SW_ROLE_CLIENT : role;
}

/* @return whether there was an order that had not been carried out */
static int obey(sw_beat_t *beat) {
  sw_order_t order;
  if (!sw_desk_read_order(beat->desk, beat->slot, &beat->note, &order) ||
      order.id == beat->note.evidence.done || role_of(order.rung) == SW_ROLE_OTHER) {
    return 0;
  }
  int cut = sw_os_sockets_shut(&beat->roles, role_of(order.rung));
  if (cut < 0) {
    return 0; /* and tries again */
  }
  beat->note.evidence.cut = (uint32_t)cut;
  beat->note.evidence.done = order.id;
  beat->sockets.is_outdated = 1;
  beat->threads_at = 0;
  return 1;
}

sw_usec_t sw_beat(sw_beat_t *beat) {
  if (obey(beat) || sw_os_monotonic() >= beat->next) {
    report(beat);
  }
  sw_usec_t poll = sw_os_monotonic() + ORDER_POLL;
  return beat->next < poll ? beat->next : poll;
}
