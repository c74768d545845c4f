/* SPDX-License-Identifier: Apache-2.0 */
/* The desk: notes that anybody may have written, and orders that only one may. */
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "desk.h"

#define SLOT 2
#define PID 4711
#define START 99
#define BEAT (100 * SEC)
#define PATIENCE (3 * SEC)

static sw_note_t *note_new(void) {
  sw_note_t *note = calloc(1, sizeof(*note));
  note->pid = PID;
  note->start_time = START;
  note->beat = BEAT;
  return note;
}

static int is_read(const sw_desk_t *desk, sw_desk_query_t query, sw_note_t *note) {
  return sw_desk_read(desk, &query, note);
}

static sw_desk_query_t query_at(sw_usec_t now) {
  return (sw_desk_query_t){
      .slot = SLOT, .pid = PID, .start_time = START, .now = now, .patience = PATIENCE};
}

/* ---- Notes ---- */

static void note_that_was_written_is_read(void **state) {
  sw_note_t *note = note_new();
  sw_note_t *read = calloc(1, sizeof(*read));
  note->evidence = (sw_evidence_t){.clients = 3, .moved = 7, .socket_count = 1, .done = 5};
  note->sockets[0] = (sw_socket_t){.role = SW_ROLE_CLIENT, .family = AF_INET, .peer = "peer"};
  sw_desk_write(*state, SLOT, note);
  assert_true(is_read(*state, query_at(BEAT), read));
  assert_int_equal(read->evidence.clients, 3);
  assert_int_equal(read->evidence.moved, 7);
  assert_true(read->evidence.is_present && read->evidence.is_done);
  assert_string_equal(read->sockets[0].peer, "peer");
  free(note);
  free(read);
}

static void note_of_another_process_slot_or_time_is_not_read(void **state) {
  sw_note_t *note = note_new();
  sw_desk_query_t other = query_at(BEAT);
  sw_desk_write(*state, SLOT, note);
  other.slot = SLOT + 1;
  assert_false(is_read(*state, other, note));
  other.slot = SLOTS;
  assert_false(is_read(*state, other, note));
  other = query_at(BEAT);
  other.pid = PID + 1;
  assert_false(is_read(*state, other, note));
  other = query_at(BEAT);
  other.start_time = START + 1;
  assert_false(is_read(*state, other, note));
  assert_false(is_read(*state, query_at(BEAT - 1), note)); /* from the future */
  assert_true(is_read(*state, query_at(BEAT + PATIENCE), note));
  assert_false(is_read(*state, query_at(BEAT + PATIENCE + 1), note));
  free(note);
}

static void nobody_is_never_answered(void **state) {
  sw_note_t *note = calloc(1, sizeof(*note));
  const sw_desk_query_t nobody = {.slot = SLOT, .now = 0, .patience = PATIENCE};
  assert_false(is_read(*state, nobody, note)); /* as a cell is that nobody wrote */
  const sw_desk_t none = {0};
  assert_false(is_read(&none, query_at(BEAT), note));
  sw_desk_write(&none, SLOT, note);
  sw_desk_write(*state, SLOTS, note);
  free(note);
}

static void writer_that_was_killed_is_not_read_and_its_successor_is(void **state) {
  sw_desk_t *desk = *state;
  sw_note_t *note = note_new();
  sw_desk_write(desk, SLOT, note);
  const size_t cell_size = desk->cells.size / SLOTS;
  uint32_t *sequence = (uint32_t *)((char *)desk->cells.base + SLOT * cell_size);
  ++*sequence; /* odd: it began, and never ended */
  assert_false(is_read(desk, query_at(BEAT), note));
  *note = (sw_note_t){.pid = PID, .start_time = START, .beat = BEAT};
  sw_desk_write(desk, SLOT, note);
  assert_true(is_read(desk, query_at(BEAT), note));
  free(note);
}

static void expect_bounds(const sw_note_t *note) {
  const sw_evidence_t *evidence = &note->evidence;
  assert_int_equal(evidence->is_present, 1);
  assert_in_range(evidence->is_done, 0, 1);
  assert_in_range(evidence->clients, 0, 1 << 20);
  assert_in_range(evidence->backends, 0, 1 << 20);
  assert_in_range(evidence->others, 0, 1 << 20);
  assert_in_range(evidence->cut, 0, 1 << 20);
  assert_in_range(evidence->socket_count, 0, SW_AGENT_SOCKETS_MAX);
  assert_in_range(evidence->thread_count, 0, SW_AGENT_THREADS_MAX);
  assert_true(evidence->cpu >= 0);
  for (uint32_t at = 0; at < evidence->socket_count; ++at) {
    assert_in_range(note->sockets[at].role, 0, SW_ROLE_COUNT - 1);
    assert_true(note->sockets[at].idle >= -1);
    assert_non_null(memchr(note->sockets[at].peer, '\0', sizeof(note->sockets[at].peer)));
    const uint8_t family = note->sockets[at].family;
    assert_true(family == AF_INET || family == AF_INET6 || family == AF_UNIX || family == 0);
  }
  for (uint32_t at = 0; at < evidence->thread_count; ++at) {
    assert_non_null(strchr("RSDTtZXIPWKx?", note->threads[at].state));
    assert_true(note->threads[at].cpu >= 0);
    assert_non_null(memchr(note->threads[at].name, '\0', sizeof(note->threads[at].name)));
    assert_non_null(memchr(note->threads[at].wchan, '\0', sizeof(note->threads[at].wchan)));
  }
}

/* The reader is asked with what makes it believe the note: all else is any byte. */
static void any_bytes_come_out_within_bounds(void **state) {
  sw_note_t *note = calloc(1, sizeof(*note));
  sw_note_t *read = calloc(1, sizeof(*read));
  srandom(1);
  for (int round = 0; round < 500; ++round) {
    unsigned char *bytes = (unsigned char *)note;
    for (size_t at = 0; at < sizeof(*note); ++at) {
      bytes[at] = round == 0 ? 0xff : (unsigned char)random();
    }
    note->pid = PID;
    note->start_time = START;
    note->beat = BEAT;
    sw_desk_write(*state, SLOT, note);
    assert_true(is_read(*state, query_at(BEAT), read));
    expect_bounds(read);
  }
  free(note);
  free(read);
}

static void beat_that_no_clock_shows_is_not_believed(void **state) {
  static const sw_usec_t beats[] = {INT64_MIN, -1, 0, INT64_MAX};
  sw_note_t *note = note_new();
  sw_note_t *read = calloc(1, sizeof(*read));
  for (size_t at = 0; at < sizeof(beats) / sizeof(*beats); ++at) {
    note->beat = beats[at];
    sw_desk_write(*state, SLOT, note);
    assert_false(is_read(*state, query_at(BEAT), read));
  }
  free(note);
  free(read);
}

/* ---- Torn writes ---- */

static int write_until_told(const sw_desk_t *desk, int told) {
  sw_note_t *note = note_new();
  char byte;
  for (uint64_t round = 0; read(told, &byte, 1) < 0; ++round) {
    note->evidence.moved = round;
    note->sockets[SW_AGENT_SOCKETS_MAX - 1].acked = round;
    note->threads[SW_AGENT_THREADS_MAX - 1].cpu = (sw_usec_t)round;
    note->evidence.socket_count = SW_AGENT_SOCKETS_MAX;
    note->evidence.thread_count = SW_AGENT_THREADS_MAX;
    sw_desk_write(desk, SLOT, note);
  }
  free(note);
  return 0;
}

static void torn_note_is_never_read(void **state) {
  sw_desk_t *desk = *state;
  sw_note_t *note = calloc(1, sizeof(*note));
  int told[2];
  int status;
  assert_int_equal(pipe2(told, O_NONBLOCK), 0);
  const pid_t pid = fork();
  if (pid == 0) {
    close(told[1]);
    _exit(write_until_told(desk, told[0]));
  }
  uint32_t whole = 0;
  const sw_usec_t deadline = sw_os_monotonic() + 10 * SEC;
  while (whole < 20000 && sw_os_monotonic() < deadline) {
    if (is_read(desk, query_at(BEAT), note)) {
      ++whole;
      assert_int_equal(note->sockets[SW_AGENT_SOCKETS_MAX - 1].acked, note->evidence.moved);
      assert_int_equal(note->threads[SW_AGENT_THREADS_MAX - 1].cpu, note->evidence.moved);
    }
  }
  close(told[0]);
  close(told[1]);
  assert_int_equal(waitpid(pid, &status, 0), pid);
  assert_int_equal(status, 0);
  assert_true(whole > 0);
  free(note);
}

/* ---- Orders ---- */

static void order_reaches_the_process_it_names_and_no_other(void **state) {
  sw_desk_t *desk = *state;
  sw_note_t *self = note_new();
  sw_order_t order = {0};
  const sw_intent_t intent = {
      .slot = SLOT, .pid = PID, .start_time = START, .order = 8, .rung = SW_RUNG_CLIENTS};
  assert_false(sw_desk_read_order(desk, SLOT, self, &order));
  assert_int_equal(sw_desk_open_orders(desk), 0);
  sw_desk_order(&intent);
  assert_true(sw_desk_read_order(desk, SLOT, self, &order));
  assert_int_equal(order.id, 8);
  assert_int_equal(order.rung, SW_RUNG_CLIENTS);
  assert_false(sw_desk_read_order(desk, SLOT + 1, self, &order));
  assert_false(sw_desk_read_order(desk, SLOTS, self, &order));
  self->start_time = START + 1;
  assert_false(sw_desk_read_order(desk, SLOT, self, &order));
  free(self);
}

static void order_for_a_slot_that_there_is_not_goes_nowhere(void **state) {
  sw_desk_t *desk = *state;
  assert_int_equal(sw_desk_open_orders(desk), 0);
  const sw_intent_t beyond = {.slot = SLOTS, .pid = PID, .start_time = START, .order = 1};
  const sw_intent_t none = {.slot = -1, .pid = PID, .start_time = START, .order = 1};
  sw_desk_order(&beyond);
  sw_desk_order(&none);
  const sw_desk_t nothing = {0};
  assert_int_not_equal(sw_desk_open_orders(&nothing), 0);
}

#define DESK_TEST(test) cmocka_unit_test_setup_teardown(test, desk_setup, desk_teardown)

int main(void) {
  const struct CMUnitTest tests[] = {
      DESK_TEST(note_that_was_written_is_read),
      DESK_TEST(note_of_another_process_slot_or_time_is_not_read),
      DESK_TEST(nobody_is_never_answered),
      DESK_TEST(writer_that_was_killed_is_not_read_and_its_successor_is),
      DESK_TEST(any_bytes_come_out_within_bounds),
      DESK_TEST(beat_that_no_clock_shows_is_not_believed),
      DESK_TEST(torn_note_is_never_read),
      DESK_TEST(order_reaches_the_process_it_names_and_no_other),
      DESK_TEST(order_for_a_slot_that_there_is_not_goes_nowhere),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
