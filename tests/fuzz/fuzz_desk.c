/* SPDX-License-Identifier: Apache-2.0 */
/* A cell of the desk as a hostile child would leave it. */
#include <unistd.h>

#include "fuzz.h"
#include "httpd/desk.h"

#define SLOTS 2
#define HEARD SW_USEC_PER_SEC

static int is_ended(const char *text, size_t size) {
  return memchr(text, '\0', size) != NULL;
}

static void expect_note_is_mended(const sw_note_t *note) {
  const sw_evidence_t *evidence = &note->evidence;
  HOLDS(evidence->socket_first == 0 && evidence->socket_count <= SW_AGENT_SOCKETS_MAX);
  HOLDS(evidence->thread_first == 0 && evidence->thread_count <= SW_AGENT_THREADS_MAX);
  HOLDS(evidence->is_present == 1 && evidence->cpu >= 0);
  HOLDS(evidence->is_done == (evidence->done != 0));
  for (uint32_t at = 0; at < evidence->socket_count; ++at) {
    const sw_socket_t *socket = &note->sockets[at];
    HOLDS(socket->role < SW_ROLE_COUNT && socket->idle >= -1);
    HOLDS(is_ended(socket->peer, sizeof(socket->peer)));
  }
  for (uint32_t at = 0; at < evidence->thread_count; ++at) {
    const sw_thread_t *thread = &note->threads[at];
    HOLDS(thread->state > ' ' && thread->state < 127 && thread->cpu >= 0);
    HOLDS(is_ended(thread->name, sizeof(thread->name)));
    HOLDS(is_ended(thread->wchan, sizeof(thread->wchan)));
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
  static sw_desk_t desk;
  static sw_note_t written; /* some 10 KiB each */
  static sw_note_t read;
  input_t input = {bytes, size};
  HOLDS(sw_desk_provide(&desk, SLOTS) == 0);
  const sw_desk_query_t query = {.slot = take_number(&input) % (SLOTS + 1),
                                 .pid = getpid(),
                                 .start_time = 7,
                                 .now = 2 * HEARD,
                                 .patience = HEARD};
  memset(&written, 0, sizeof(written));
  written.pid = query.pid;
  written.start_time = query.start_time;
  written.beat = query.now;
  take(&input, &written.evidence, sizeof(written.evidence));
  take(&input, written.sockets, sizeof(written.sockets) + sizeof(written.threads));
  take(&input, &written, offsetof(sw_note_t, evidence));
  sw_desk_write(&desk, query.slot, &written);
  if (sw_desk_read(&desk, &query, &read)) {
    HOLDS(read.pid == query.pid && read.start_time == query.start_time);
    expect_note_is_mended(&read);
  }
  return 0;
}
