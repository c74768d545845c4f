/* SPDX-License-Identifier: Apache-2.0 */
#include "sampler.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* As many loads as a core of today has under way at once, measured: make bench. Prefetching beyond
 * the last record is harmless. */
#define PREFETCH_RECORDS 16
/* Where frames are taken in quick succession, a busy machine may keep an agent waiting for longer
 * than three of them; and an agent of an older configuration beats at the pace of that one, which
 * is once a second at the slowest. */
#define AGENT_PATIENCE_MIN (2 * SW_USEC_PER_SEC)

uint32_t sw_sampler_request_capacity(uint32_t slots, uint32_t threads) {
  uint64_t workers = (uint64_t)slots * threads;
  return workers < SW_SAMPLER_REQUESTS_MAX ? (uint32_t)workers : SW_SAMPLER_REQUESTS_MAX;
}

static uint32_t at_most(uint64_t number, uint32_t most) {
  return number < most ? (uint32_t)number : most;
}

uint32_t sw_sampler_socket_capacity(uint32_t slots) {
  return at_most((uint64_t)slots * SW_AGENT_SOCKETS_MAX, SW_SAMPLER_SOCKETS_MAX);
}

uint32_t sw_sampler_thread_capacity(uint32_t slots) {
  return at_most((uint64_t)slots * SW_AGENT_THREADS_MAX, SW_SAMPLER_THREADS_MAX);
}

int sw_sampler_init(sw_sampler_t *sampler, const sw_scoreboard_t *board, int32_t generation,
                    pid_t parent) {
  *sampler = (sw_sampler_t){.board = *board, .generation = generation, .parent = parent};
  sampler->request_capacity = sw_sampler_request_capacity(board->slots, board->threads);
  sampler->samples = calloc(board->slots, sizeof(sw_sample_t));
  sampler->workers = calloc(board->slots, board->threads);
  sampler->requests = calloc(sampler->request_capacity, sizeof(sw_request_t));
  sampler->sockets = calloc(sw_sampler_socket_capacity(board->slots), sizeof(sw_socket_t));
  sampler->threads = calloc(sw_sampler_thread_capacity(board->slots), sizeof(sw_thread_t));
  return sampler->samples && sampler->workers && sampler->requests && sampler->sockets &&
                 sampler->threads
             ? 0
             : ENOMEM;
}

void sw_sampler_hear(sw_sampler_t *sampler, const sw_desk_t *desk, sw_usec_t interval) {
  sampler->desk = desk;
  sampler->agent_patience = 3 * interval > AGENT_PATIENCE_MIN ? 3 * interval : AGENT_PATIENCE_MIN;
}

static const process_score *process_at(const sw_scoreboard_t *board, uint32_t slot) {
  return (const process_score *)(const void *)(board->processes + slot * board->process_stride);
}

static const worker_score *worker_at(const sw_scoreboard_t *board, uint32_t slot, uint32_t worker) {
  const char *first = (const char *)board->workers[slot];
  return (const worker_score *)(const void *)(first + worker * board->worker_stride);
}

/* In the worker MPM a slot's threads may belong to two processes (worker_score.pid); prefork leaves
 * it 0. */
static int is_of(const worker_score *worker, pid_t pid) {
  return worker->pid == pid || worker->pid == 0;
}

/* ThreadsPerChild may have been another when a draining child was started: its threads are those
 * that name it. */
static uint32_t copy_draining_states(const sw_scoreboard_t *board, uint32_t slot, pid_t pid,
                                     uint8_t *states) {
  uint32_t count = 0;
  for (uint32_t at = 0; at < board->threads; ++at) {
    const worker_score *worker = worker_at(board, slot, at);
    uint8_t state = is_of(worker, pid) ? worker->status : SERVER_DEAD;
    states[at] = state;
    if (state != SERVER_DEAD || worker->pid == pid) {
      count = at + 1;
    }
  }
  return count > 0 ? count : board->threads_per_child;
}

/* One byte of each record, five cache lines apart: the pass waits for memory and little else. */
static uint32_t copy_serving_states(const sw_scoreboard_t *board, uint32_t slot, uint8_t *states) {
  for (uint32_t at = 0; at < board->threads_per_child; ++at) {
    __builtin_prefetch(&worker_at(board, slot, at + PREFETCH_RECORDS)->status);
    states[at] = worker_at(board, slot, at)->status;
  }
  return board->threads_per_child;
}

static void copy_text(char *to, size_t size, const char *from) {
  memcpy(to, from, size);
  to[size - 1] = '\0';
}

static void copy_request(const sw_sampler_t *sampler, const worker_score *worker, uint32_t index,
                         uint32_t state, sw_usec_t wall, sw_request_t *request) {
  memset(request, 0, sizeof(*request));
  request->worker = index;
  request->state = state;
  request->elapsed = -1;
  if (!sampler->board.keeps_requests) {
    return;
  }
  sw_usec_t since = worker->last_used;
  if (since > 0 && since <= wall) {
    request->elapsed = wall - since;
  }
  copy_text(request->client, sizeof(request->client), worker->client64);
  copy_text(request->request, sizeof(request->request), worker->request);
  copy_text(request->vhost, sizeof(request->vhost), worker->vhost);
  copy_text(request->protocol, sizeof(request->protocol), worker->protocol);
}

static void sample_workers(sw_sampler_t *sampler, uint32_t slot, const uint8_t *states,
                           sw_usec_t wall, sw_sample_t *sample) {
  sample->request_first = sampler->request_count;
  for (uint32_t at = 0; at < sample->worker_count; ++at) {
    const worker_score *worker = worker_at(&sampler->board, slot, at);
    sample->accesses += worker->access_count;
    sample->bytes += (uint64_t)worker->bytes_served;
    sample->readers += sw_worker_may_read(states[at], worker->client64, worker->request) ? 1 : 0;
    if (!sw_worker_is_in_request(states[at], worker->start_time, worker->stop_time)) {
      continue;
    }
    if (sampler->request_count == sampler->request_capacity) {
      ++sample->requests_omitted;
      continue;
    }
    copy_request(sampler, worker, at, states[at], wall,
                 &sampler->requests[sampler->request_count++]);
    ++sample->request_count;
  }
}

/* Appends to the frame's lists; what has no room there is only counted. */
static void append_lists(sw_sampler_t *sampler, sw_evidence_t *evidence) {
  uint32_t slots = sampler->board.slots;
  evidence->socket_first = sampler->socket_count;
  evidence->thread_first = sampler->thread_count;
  evidence->socket_count =
      at_most(evidence->socket_count, sw_sampler_socket_capacity(slots) - sampler->socket_count);
  evidence->thread_count =
      at_most(evidence->thread_count, sw_sampler_thread_capacity(slots) - sampler->thread_count);
  memcpy(sampler->sockets + sampler->socket_count, sampler->note.sockets,
         evidence->socket_count * sizeof(sw_socket_t));
  memcpy(sampler->threads + sampler->thread_count, sampler->note.threads,
         evidence->thread_count * sizeof(sw_thread_t));
  sampler->socket_count += evidence->socket_count;
  sampler->thread_count += evidence->thread_count;
}

static void sample_evidence(sw_sampler_t *sampler, uint32_t slot) {
  sw_sample_t *sample = &sampler->samples[slot];
  sw_desk_query_t query = {.slot = slot,
                           .pid = sample->pid,
                           .start_time = sample->start_time,
                           .now = sw_os_monotonic(),
                           .patience = sampler->agent_patience};
  if (sampler->desk != NULL && sw_desk_read(sampler->desk, &query, &sampler->note)) {
    sample->evidence = sampler->note.evidence;
    append_lists(sampler, &sample->evidence);
  }
}

static void sample_draining(sw_sampler_t *sampler, uint32_t slot, const process_score *process,
                            sw_usec_t wall, uint8_t *states) {
  sw_sample_t *sample = &sampler->samples[slot];
  sample->connections = (sw_connections_t){
      .total = process->connections,
      .write_completion = process->write_completion,
      .lingering_close = process->lingering_close,
      .keep_alive = process->keep_alive,
      .suspended = process->suspended,
      .wait_io = -1,
  };
#if AP_MODULE_MAGIC_AT_LEAST(20120211, 136)
  if (sampler->board.has_wait_io) {
    sample->connections.wait_io = process->wait_io;
  }
#endif
  sw_os_process_t found = sw_os_process_look(sample->pid, sampler->parent);
  if (sample->pid == getpid()) {
    found.process = SW_PROCESS_FOREIGN; /* a child of the parent's, and none that has a slot */
  }
  if (found.process == SW_PROCESS_ZOMBIE && sw_os_process_is_traced(sample->pid)) {
    found.process = SW_PROCESS_ALIVE; /* nobody is about to reap it: it holds its slot */
  }
  sample->process = (uint8_t)found.process;
  sample->start_time = found.start_time;
  sample->worker_count = copy_draining_states(&sampler->board, slot, sample->pid, states);
  sample_workers(sampler, slot, states, wall, sample);
  sample_evidence(sampler, slot);
}

int sw_sampler_still_drains(const sw_sampler_t *sampler, uint32_t slot, pid_t pid) {
  const process_score *process = process_at(&sampler->board, slot);
  sw_sample_t now = {.pid = process->pid,
                     .generation = process->generation,
                     .quiescing = (uint8_t)process->quiescing};
  return now.pid == pid && sw_sample_is_draining(&now, sampler->generation);
}

static void sample_slot(sw_sampler_t *sampler, uint32_t slot, sw_usec_t wall) {
  const process_score *process = process_at(&sampler->board, slot);
  uint8_t *states = sampler->workers + (size_t)slot * sampler->board.threads;
  sw_sample_t *sample = &sampler->samples[slot];
  memset(sample, 0, sizeof(*sample));
  sample->pid = process->pid;
  sample->generation = process->generation;
  sample->quiescing = (uint8_t)process->quiescing;
  sample->not_accepting = (uint8_t)process->not_accepting;
  if (sw_sample_is_draining(sample, sampler->generation)) {
    sample_draining(sampler, slot, process, wall, states);
  } else if (sample->pid > 0) {
    sample->worker_count = copy_serving_states(&sampler->board, slot, states);
  }
}

void sw_sampler_take(sw_sampler_t *sampler, sw_frame_t *frame) {
  const sw_scoreboard_t *board = &sampler->board;
  sw_usec_t begun = sw_os_monotonic();
  sw_usec_t wall = sw_os_wall();
  sampler->request_count = sampler->socket_count = sampler->thread_count = 0;
  for (uint32_t slot = 0; slot < board->slots; ++slot) {
    sample_slot(sampler, slot, wall);
  }
  *frame = (sw_frame_t){
      .monotonic = begun,
      .wall = wall,
      .sample_cost = sw_os_monotonic() - begun,
      .generation = sampler->generation,
      .slot_count = board->slots,
      .worker_stride = board->threads,
      .samples = sampler->samples,
      .workers = sampler->workers,
      .requests = sampler->requests,
      .request_count = sampler->request_count,
      .sockets = sampler->sockets,
      .socket_count = sampler->socket_count,
      .threads = sampler->threads,
      .thread_count = sampler->thread_count,
      .flags_kept = board->keeps_flags,
      .requests_kept = board->keeps_requests,
      .requests_are_tails = board->keeps_tails,
  };
}
