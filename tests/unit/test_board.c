/* SPDX-License-Identifier: Apache-2.0 */
/* Board: one writer, any number of readers, and memory that may be anyone's. */
#include <pthread.h>
#include <sched.h>
#include <sys/mman.h>

#include "world.h"

#define STATE_SIZE 100 /* not a multiple of a cache line */
#ifndef TURNS          /* ThreadSanitizer's build has fewer */
#define TURNS 20000    /* of the writer while another thread reads */
#endif

typedef struct desk_t {
  world_t *world; /* whose report is a whole one */
  void *memory;
  size_t size;
  sw_board_t *board;
  sw_report_t *copy;
} desk_t;

static int desk_setup(void **state) {
  desk_t *desk = calloc(1, sizeof(*desk));
  world_t *w = desk->world = world_new(WORLD_SLOTS, WORLD_THREADS);
  w->frame.request_count = WORLD_REQUESTS;
  world_frame(w, SEC);
  assert_int_equal(sw_board_size(STATE_SIZE, w->report_size, &desk->size), SW_STATUS_OK);
  desk->memory = mmap(NULL, desk->size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  assert_int_equal(
      sw_board_open(desk->memory, desk->size, STATE_SIZE, w->report_size, &desk->board),
      SW_STATUS_OK);
  desk->copy = calloc(1, w->report_size);
  *state = desk;
  return 0;
}

static int desk_teardown(void **state) {
  desk_t *desk = *state;
  munmap(desk->memory, desk->size);
  world_free(desk->world);
  free(desk->copy);
  free(desk);
  return 0;
}

/* Every part of the report says `turn`. */
static void write_turn(desk_t *desk, uint8_t *state, sw_report_t *report, uint64_t turn) {
  memset(state, (int)(turn & 0xff), STATE_SIZE);
  memcpy(report, desk->world->report, desk->world->report_size);
  report->wall = (sw_usec_t)turn;
  memset((uint8_t *)(uintptr_t)sw_report_workers(report), (int)(turn & 0xff), WORLD_WORKERS);
  ((sw_request_t *)(uintptr_t)sw_report_requests(report))[WORLD_REQUESTS - 1].elapsed =
      (sw_usec_t)turn;
}

static void commit_turn(desk_t *desk, uint64_t turn) {
  void *state;
  sw_report_t *report;
  sw_board_begin(desk->board, &state, &report);
  write_turn(desk, state, report, turn);
  sw_board_commit(desk->board);
}

static sw_status_t read_copy(const desk_t *desk) {
  return sw_board_read(desk->memory, desk->size, desk->copy, desk->world->report_size);
}

/* ---- One after the other ---- */

static void board_without_a_commit_is_empty(void **state) {
  desk_t *desk = *state;
  assert_int_equal(read_copy(desk), SW_STATUS_EMPTY);
  assert_int_equal(sw_board_commits(desk->memory, desk->size), 0);
  assert_int_equal(sw_board_report_size(desk->memory, desk->size), desk->world->report_size);
  memset(desk->memory, 0, desk->size); /* nor is what never was a board */
  assert_int_equal(read_copy(desk), SW_STATUS_EMPTY);
  assert_int_equal(sw_board_report_size(desk->memory, desk->size), 0);
}

static void what_was_committed_last_is_what_is_read(void **state) {
  desk_t *desk = *state;
  for (uint64_t turn = 1; turn <= 5; ++turn) {
    commit_turn(desk, turn);
    assert_int_equal(read_copy(desk), SW_STATUS_OK);
    assert_int_equal(desk->copy->wall, turn);
    assert_int_equal(sw_board_commits(desk->memory, desk->size), turn);
  }
}

static void writer_gets_a_copy_of_the_state_that_stands_and_zeros_at_first(void **state) {
  desk_t *desk = *state;
  const uint8_t zeros[STATE_SIZE] = {0};
  uint8_t expected[STATE_SIZE];
  void *bank;
  sw_report_t *report;
  memset((char *)desk->memory + desk->size / 2, 0xee, desk->size / 2);
  sw_board_begin(desk->board, &bank, &report);
  assert_memory_equal(bank, zeros, STATE_SIZE);
  for (uint64_t turn = 1; turn <= 3; ++turn) {
    commit_turn(desk, turn);
    memset(expected, (int)turn, STATE_SIZE);
    sw_board_begin(desk->board, &bank, &report);
    assert_memory_equal(bank, expected, STATE_SIZE);
    assert_int_equal((uintptr_t)bank % 8, 0);
    assert_int_equal((uintptr_t)report % 8, 0);
  }
}

static void writer_that_dies_before_its_commit_leaves_what_stood(void **state) {
  desk_t *desk = *state;
  void *bank;
  sw_report_t *report;
  commit_turn(desk, 1);
  for (uint64_t turn = 2; turn <= 4; ++turn) {
    sw_board_begin(desk->board, &bank, &report);
    write_turn(desk, bank, report, turn);
    assert_int_equal(read_copy(desk), SW_STATUS_OK);
    assert_int_equal(desk->copy->wall, 1);
    assert_int_equal(sw_board_commits(desk->memory, desk->size), 1);
  }
  commit_turn(desk, 5);
  assert_int_equal(read_copy(desk), SW_STATUS_OK);
  assert_int_equal(desk->copy->wall, 5);
}

static void board_is_kept_by_the_next_writer_of_its_sizes_only(void **state) {
  desk_t *desk = *state;
  const size_t report_size = desk->world->report_size;
  commit_turn(desk, 1);
  assert_int_equal(sw_board_open(desk->memory, desk->size, STATE_SIZE, report_size, &desk->board),
                   SW_STATUS_OK);
  assert_int_equal(read_copy(desk), SW_STATUS_OK);
  assert_int_equal(
      sw_board_open(desk->memory, desk->size, STATE_SIZE - 1, report_size, &desk->board),
      SW_STATUS_OK);
  assert_int_equal(read_copy(desk), SW_STATUS_EMPTY);
}

static void reader_with_too_little_room_has_no_space(void **state) {
  desk_t *desk = *state;
  commit_turn(desk, 1);
  assert_int_equal(sw_board_read(desk->memory, desk->size, desk->copy, desk->copy->size),
                   SW_STATUS_SPACE);
  assert_int_equal(sw_board_read(desk->memory, desk->size, desk->copy, sizeof(sw_report_t)),
                   SW_STATUS_SPACE);
  assert_int_equal(read_copy(desk), SW_STATUS_OK);
}

static void board_refuses_arguments_that_make_no_sense(void **state) {
  desk_t *desk = *state;
  size_t size = 42;
  sw_board_t *board = NULL;
  char *memory = desk->memory;
  const size_t report_size = desk->world->report_size;
  assert_int_equal(sw_board_size(0, report_size, &size), SW_STATUS_ARGUMENT);
  assert_int_equal(sw_board_size(8, sizeof(sw_report_t) - 1, &size), SW_STATUS_ARGUMENT);
  assert_int_equal(sw_board_size(8, report_size, NULL), SW_STATUS_ARGUMENT);
  assert_int_equal(size, 42);
  assert_int_equal(sw_board_open(NULL, desk->size, STATE_SIZE, report_size, &board),
                   SW_STATUS_ARGUMENT);
  assert_int_equal(sw_board_open(memory + 8, desk->size, STATE_SIZE, report_size, &board),
                   SW_STATUS_ARGUMENT);
  assert_int_equal(sw_board_open(memory, desk->size, STATE_SIZE, report_size, NULL),
                   SW_STATUS_ARGUMENT);
  assert_int_equal(sw_board_open(memory, desk->size - 1, STATE_SIZE, report_size, &board),
                   SW_STATUS_SPACE);
  assert_null(board);
}

/* ---- Memory that is not ours ---- */

static void board_of_another_build_is_not_read(void **state) {
  desk_t *desk = *state;
  commit_turn(desk, 1);
  void *bank;
  sw_report_t *report;
  sw_board_begin(desk->board, &bank, &report);
  write_turn(desk, bank, report, 2);
  ++report->layout;
  sw_board_commit(desk->board);
  assert_int_equal(read_copy(desk), SW_STATUS_LAYOUT);
  *(uint64_t *)desk->memory ^= 1; /* its magic */
  assert_int_equal(read_copy(desk), SW_STATUS_LAYOUT);
  assert_int_equal(sw_board_commits(desk->memory, desk->size), 0);
  assert_int_equal(sw_board_report_size(desk->memory, desk->size), 0);
}

static void memory_that_is_too_small_is_no_board(void **state) {
  desk_t *desk = *state;
  commit_turn(desk, 1);
  for (size_t size = 0; size < desk->size; size += 8) {
    assert_int_equal(sw_board_read(desk->memory, size, desk->copy, desk->world->report_size),
                     SW_STATUS_LAYOUT);
  }
  assert_int_equal(sw_board_read(NULL, desk->size, desk->copy, desk->world->report_size),
                   SW_STATUS_LAYOUT);
}

static void report_that_claims_more_than_its_bank_is_not_copied(void **state) {
  desk_t *desk = *state;
  void *bank;
  sw_report_t *report;
  sw_board_begin(desk->board, &bank, &report);
  write_turn(desk, bank, report, 1);
  report->size = 16 * desk->size;
  sw_board_commit(desk->board);
  void *room = malloc(report->size);
  assert_int_equal(sw_board_read(desk->memory, desk->size, room, report->size), SW_STATUS_SPACE);
  free(room);
}

/* The sizes in the header (its second and third word) may say anything. */
static void sizes_in_a_hostile_header_lead_nowhere(void **state) {
  desk_t *desk = *state;
  const uint64_t sizes[] = {0,
                            1,
                            desk->size,
                            desk->size / 2,
                            UINT64_MAX,
                            UINT64_MAX - 62,
                            UINT64_MAX / 2,
                            (uint64_t)1 << 63};
  uint64_t *header = desk->memory;
  commit_turn(desk, 1);
  for (size_t at = 0; at < sizeof(sizes) / sizeof(*sizes); ++at) {
    for (size_t field = 1; field <= 2; ++field) {
      const uint64_t kept = header[field];
      header[field] = sizes[at];
      assert_int_not_equal(read_copy(desk), SW_STATUS_OK);
      assert_true(sizes[at] <= 1 || sw_board_report_size(desk->memory, desk->size) == 0);
      header[field] = kept;
    }
  }
  assert_int_equal(read_copy(desk), SW_STATUS_OK);
}

/* ---- At the same time ---- */

static void *write_turns(void *context) {
  for (uint64_t turn = 1; turn <= TURNS; ++turn) {
    commit_turn(context, turn);
    sched_yield();
  }
  return NULL;
}

static int copy_is_of_one_turn(const desk_t *desk) {
  const uint64_t turn = (uint64_t)desk->copy->wall;
  const uint8_t *workers = sw_report_workers(desk->copy);
  for (size_t at = 0; at < WORLD_WORKERS; ++at) {
    if (workers[at] != (turn & 0xff)) {
      return 0;
    }
  }
  return (uint64_t)sw_report_requests(desk->copy)[WORLD_REQUESTS - 1].elapsed == turn;
}

static void reader_beside_a_writer_sees_whole_reports_that_never_go_back(void **state) {
  desk_t *desk = *state;
  pthread_t writer;
  sw_usec_t last = 0;
  uint32_t whole = 0;
  commit_turn(desk, 0);
  assert_int_equal(pthread_create(&writer, NULL, write_turns, desk), 0);
  while (sw_board_commits(desk->memory, desk->size) <= TURNS) {
    const sw_status_t status = read_copy(desk);
    if (status == SW_STATUS_OK) {
      assert_true(copy_is_of_one_turn(desk));
      assert_true(desk->copy->wall >= last);
      last = desk->copy->wall;
      ++whole;
    } else {
      assert_int_equal(status, SW_STATUS_BUSY);
    }
  }
  pthread_join(writer, NULL);
  assert_true(whole > 0);
  assert_int_equal(read_copy(desk), SW_STATUS_OK);
  assert_int_equal(desk->copy->wall, TURNS);
}

#define DESK_TEST(test) cmocka_unit_test_setup_teardown(test, desk_setup, desk_teardown)

int main(void) {
  const struct CMUnitTest tests[] = {
      DESK_TEST(board_without_a_commit_is_empty),
      DESK_TEST(what_was_committed_last_is_what_is_read),
      DESK_TEST(writer_gets_a_copy_of_the_state_that_stands_and_zeros_at_first),
      DESK_TEST(writer_that_dies_before_its_commit_leaves_what_stood),
      DESK_TEST(board_is_kept_by_the_next_writer_of_its_sizes_only),
      DESK_TEST(reader_with_too_little_room_has_no_space),
      DESK_TEST(board_refuses_arguments_that_make_no_sense),
      DESK_TEST(board_of_another_build_is_not_read),
      DESK_TEST(memory_that_is_too_small_is_no_board),
      DESK_TEST(report_that_claims_more_than_its_bank_is_not_copied),
      DESK_TEST(sizes_in_a_hostile_header_lead_nowhere),
      DESK_TEST(reader_beside_a_writer_sees_whole_reports_that_never_go_back),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
