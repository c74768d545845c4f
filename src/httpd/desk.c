/* SPDX-License-Identifier: Apache-2.0 */
#include "desk.h"

#include <errno.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/socket.h>

#define MAGIC UINT64_C(0x6b736564772d7731) /* "1w-wdesk" */
/* A writer needs a microsecond or two; one that is stopped in between is heard in the next frame.
 */
#define TRIES 8
/* Descriptors that a process can have: fs.nr_open's default. */
#define SOCKETS_MAX (1U << 20)
#define CACHE_LINE 64

/* Odd while it is being written. */
typedef _Atomic uint32_t sequence_t;

typedef struct cell_t {
  sequence_t sequence;
  sw_note_t note;
} __attribute__((aligned(CACHE_LINE))) cell_t;

typedef struct order_cell_t {
  sequence_t sequence;
  sw_order_t order;
} __attribute__((aligned(CACHE_LINE))) order_cell_t;

/* Before the orders, where no child can write it; speaks for the cells as well. */
typedef struct header_t {
  uint64_t magic;
  uint32_t cell_size;
  uint32_t order_size;
  uint32_t slots;
} __attribute__((aligned(CACHE_LINE))) header_t;

/* ---- Sequences: one writer, readers that try again ---- */

static void begin_write(sequence_t *sequence) {
  uint32_t before = atomic_load_explicit(sequence, memory_order_relaxed);
  atomic_store_explicit(sequence, before | 1U, memory_order_relaxed);
  atomic_thread_fence(memory_order_release);
}

static void end_write(sequence_t *sequence) {
  uint32_t odd = atomic_load_explicit(sequence, memory_order_relaxed);
  atomic_store_explicit(sequence, odd + 1U, memory_order_release);
}

static int copy_whole(const sequence_t *sequence, const void *from, void *to, size_t size) {
  for (int tries = 0; tries < TRIES; ++tries) {
    uint32_t before = atomic_load_explicit(sequence, memory_order_acquire);
    if (before % 2 == 0) {
      memcpy(to, from, size);
      atomic_thread_fence(memory_order_acquire);
      if (atomic_load_explicit(sequence, memory_order_relaxed) == before) {
        return 1;
      }
    }
  }
  return 0;
}

/* ---- Memory ---- */

int sw_desk_is_there(const sw_desk_t *desk) {
  return desk->cells.base != NULL && desk->orders.view != NULL;
}

static int is_of_this_build(const sw_desk_t *desk, uint32_t slots) {
  const header_t *header = desk->orders.view;
  return sw_desk_is_there(desk) && desk->slots == slots && header->magic == MAGIC &&
         header->cell_size == sizeof(cell_t) && header->order_size == sizeof(order_cell_t) &&
         header->slots == slots;
}

static int write_header(const sw_desk_t *desk) {
  void *base;
  int error = sw_os_memory_map(&desk->orders, &base);
  if (error == 0) {
    *(header_t *)base = (header_t){.magic = MAGIC,
                                   .cell_size = sizeof(cell_t),
                                   .order_size = sizeof(order_cell_t),
                                   .slots = desk->slots};
    sw_os_memory_unmap(&desk->orders, base);
  }
  return error;
}

static void drop(sw_desk_t *desk) {
  sw_os_memory_drop(&desk->cells);
  sw_os_memory_drop(&desk->orders);
  desk->slots = 0;
}

int sw_desk_provide(sw_desk_t *desk, uint32_t slots) {
  if (is_of_this_build(desk, slots)) {
    return 0;
  }
  drop(desk);
  desk->slots = slots;
  int error = sw_os_memory_create_open(&desk->cells, "slotwatch-cells", slots * sizeof(cell_t));
  if (error == 0) {
    error = sw_os_memory_create(&desk->orders, "slotwatch-orders",
                                sizeof(header_t) + slots * sizeof(order_cell_t));
  }
  if (error == 0) {
    error = write_header(desk);
  }
  if (error != 0) {
    drop(desk);
  }
  return error;
}

void sw_desk_disarm(sw_desk_t *desk) {
  sw_os_memory_disarm(&desk->orders);
}

static cell_t *cell_at(const sw_desk_t *desk, uint32_t slot) {
  return sw_desk_is_there(desk) && slot < desk->slots ? (cell_t *)desk->cells.base + slot : NULL;
}

/* ---- Notes ---- */

void sw_desk_write(const sw_desk_t *desk, uint32_t slot, const sw_note_t *note) {
  cell_t *cell = cell_at(desk, slot);
  if (cell != NULL) {
    begin_write(&cell->sequence);
    cell->note = *note;
    end_write(&cell->sequence);
  }
}

static uint32_t at_most(uint32_t number, uint32_t most) {
  return number < most ? number : most;
}

static void mend_evidence(sw_evidence_t *evidence) {
  evidence->is_present = 1;
  evidence->is_done = evidence->done != 0;
  evidence->clients = at_most(evidence->clients, SOCKETS_MAX);
  evidence->backends = at_most(evidence->backends, SOCKETS_MAX);
  evidence->others = at_most(evidence->others, SOCKETS_MAX);
  evidence->cut = at_most(evidence->cut, SOCKETS_MAX);
  evidence->cpu = evidence->cpu > 0 ? evidence->cpu : 0;
  evidence->socket_first = evidence->thread_first = 0;
  evidence->socket_count = at_most(evidence->socket_count, SW_AGENT_SOCKETS_MAX);
  evidence->thread_count = at_most(evidence->thread_count, SW_AGENT_THREADS_MAX);
}

static void mend_socket(sw_socket_t *socket) {
  int is_known =
      socket->family == AF_INET || socket->family == AF_INET6 || socket->family == AF_UNIX;
  socket->role = socket->role < SW_ROLE_COUNT ? socket->role : SW_ROLE_OTHER;
  socket->family = is_known ? socket->family : AF_UNSPEC;
  socket->idle = socket->idle >= 0 ? socket->idle : -1;
  socket->peer[sizeof(socket->peer) - 1] = '\0';
}

static void mend_thread(sw_thread_t *thread) {
  int is_state = thread->state != '\0' && strchr("RSDTtZXIPWKx", thread->state) != NULL;
  if (!is_state) {
    thread->state = '?';
  }
  thread->cpu = thread->cpu > 0 ? thread->cpu : 0;
  thread->name[sizeof(thread->name) - 1] = '\0';
  thread->wchan[sizeof(thread->wchan) - 1] = '\0';
}

static void mend(sw_note_t *note) {
  mend_evidence(&note->evidence);
  for (uint32_t at = 0; at < note->evidence.socket_count; ++at) {
    mend_socket(&note->sockets[at]);
  }
  for (uint32_t at = 0; at < note->evidence.thread_count; ++at) {
    mend_thread(&note->threads[at]);
  }
}

static int is_answer(const sw_note_t *note, const sw_desk_query_t *query) {
  return query->pid > 0 && query->start_time != 0 && note->pid == query->pid &&
         note->start_time == query->start_time && note->beat <= query->now &&
         note->beat >= query->now - query->patience;
}

/* One look at the pid first: a cell that no agent ever wrote costs no memory, and little time. */
int sw_desk_read(const sw_desk_t *desk, const sw_desk_query_t *query, sw_note_t *note) {
  const cell_t *cell = cell_at(desk, query->slot);
  if (cell == NULL || __atomic_load_n(&cell->note.pid, __ATOMIC_RELAXED) != query->pid ||
      !copy_whole(&cell->sequence, &cell->note, note, sizeof(*note)) || !is_answer(note, query)) {
    return 0;
  }
  mend(note);
  return 1;
}

/* ---- Orders ---- */

/* Of this process, if it is the watcher. */
static struct {
  order_cell_t *cells;
  uint32_t slots;
} orders;

static order_cell_t *orders_in(const void *base) {
  return (order_cell_t *)((uintptr_t)base + sizeof(header_t));
}

int sw_desk_open_orders(const sw_desk_t *desk) {
  void *base;
  int error = sw_desk_is_there(desk) ? sw_os_memory_map(&desk->orders, &base) : ENOENT;
  if (error == 0) {
    orders.cells = orders_in(base);
    orders.slots = desk->slots;
  }
  for (uint32_t slot = 0; error == 0 && slot < orders.slots; ++slot) {
    sw_desk_withdraw(slot);
  }
  return error;
}

static void write_order(uint32_t slot, sw_order_t order) {
  if (slot < orders.slots) {
    begin_write(&orders.cells[slot].sequence);
    orders.cells[slot].order = order;
    end_write(&orders.cells[slot].sequence);
  }
}

void sw_desk_order(const sw_intent_t *intent) {
  if (intent->slot >= 0) {
    write_order((uint32_t)intent->slot, (sw_order_t){.id = intent->order,
                                                     .start_time = intent->start_time,
                                                     .pid = intent->pid,
                                                     .rung = intent->rung});
  }
}

void sw_desk_withdraw(uint32_t slot) {
  write_order(slot, (sw_order_t){.id = 0});
}

int sw_desk_read_order(const sw_desk_t *desk, uint32_t slot, const sw_note_t *self,
                       sw_order_t *order) {
  if (!sw_desk_is_there(desk) || slot >= desk->slots) {
    return 0;
  }
  const order_cell_t *cell = orders_in(desk->orders.view) + slot;
  return copy_whole(&cell->sequence, &cell->order, order, sizeof(*order)) && order->id != 0 &&
         order->pid == self->pid && order->start_time == self->start_time;
}
