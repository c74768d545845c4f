/* SPDX-License-Identifier: Apache-2.0 */
/* What an agent does in a beat: it carries out its order, once, and says what it sees. */
#include "children.h"
#include "connections.h"
#include "httpd/beat.h"

#define SLOTS 3
#define SLOT 1
#define PID 4711
#define START 99

typedef struct work_t {
  scene_t *scene;
  sw_desk_t desk;
  sw_beat_t beat;
  sw_note_t note; /* as the watcher reads it */
} work_t;

static int begin_work(void **state) {
  work_t *work = calloc(1, sizeof(*work));
  assert_int_equal(sw_desk_provide(&work->desk, SLOTS), 0);
  assert_int_equal(sw_desk_open_orders(&work->desk), 0);
  setup((void **)&work->scene);
  work->beat = (sw_beat_t){.desk = &work->desk,
                           .slot = SLOT,
                           .interval = 60 * SEC,
                           .roles = work->scene->roles,
                           .note = {.pid = PID, .start_time = START}};
  *state = work;
  return 0;
}

static int end_work(void **state) {
  work_t *work = *state;
  free(work->beat.sockets.known);
  sw_os_memory_drop(&work->desk.cells);
  sw_os_memory_drop(&work->desk.orders);
  teardown((void **)&work->scene);
  free(work);
  return 0;
}

/* One beat, and what the watcher hears of it. */
static const sw_evidence_t *evidence_of(work_t *work) {
  sw_beat(&work->beat);
  const sw_desk_query_t query = {.slot = SLOT,
                                 .pid = PID,
                                 .start_time = START,
                                 .now = sw_os_monotonic(),
                                 .patience = 60 * SEC};
  assert_true(sw_desk_read(&work->desk, &query, &work->note));
  return &work->note.evidence;
}

static void order(uint64_t id, int32_t pid, uint8_t rung) {
  const sw_intent_t intent = {
      .slot = SLOT, .pid = pid, .start_time = START, .order = id, .rung = rung};
  sw_desk_order(&intent);
}

static void first_beat_reports_what_there_is(void **state) {
  work_t *work = *state;
  connect_to_path(work->scene->path);
  const sw_evidence_t *evidence = evidence_of(work);
  assert_int_equal(evidence->backends, 1);
  assert_int_equal(evidence->socket_count, 1);
  assert_int_equal(work->note.sockets[0].role, SW_ROLE_BACKEND);
  assert_false(evidence->is_done);
}

static void report_is_due_four_times_a_second_and_an_order_is_looked_for_sooner(void **state) {
  work_t *work = *state;
  const sw_usec_t begun = sw_os_monotonic();
  assert_true(sw_beat(&work->beat) <= sw_os_monotonic() + 50 * SW_USEC_PER_MSEC);
  assert_in_range(work->beat.next - begun, SEC / 4, SEC / 4 + PATIENCE_MS * SW_USEC_PER_MSEC);
  const sw_usec_t beat = work->beat.note.beat;
  sw_beat(&work->beat);
  assert_true(work->beat.note.beat == beat);
  work->beat.next = 0;
  sw_beat(&work->beat);
  assert_true(work->beat.note.beat > beat);
}

static void instant_of_the_last_move_is_that_of_the_beat_that_saw_it(void **state) {
  work_t *work = *state;
  connect_to_path(work->scene->path);
  const sw_usec_t seen = evidence_of(work)->moved_at;
  assert_true(seen == work->note.beat);
  work->beat.next = 0;
  assert_true(evidence_of(work)->moved_at == seen);
  assert_true(work->note.beat > seen);
}

static void order_is_carried_out_once_and_told_at_once(void **state) {
  work_t *work = *state;
  const int backend = connect_to_path(work->scene->path);
  evidence_of(work);
  order(7, PID, SW_RUNG_BACKENDS);
  const sw_evidence_t *evidence = evidence_of(work);
  assert_true(evidence->is_done);
  assert_int_equal(evidence->done, 7);
  assert_int_equal(evidence->cut, 1);
  assert_true(is_cut(backend));
  const int another = connect_to_path(work->scene->path);
  assert_int_equal(evidence_of(work)->done, 7);
  assert_false(is_cut(another));
  order(8, PID, SW_RUNG_BACKENDS);
  assert_int_equal(evidence_of(work)->done, 8);
  assert_true(is_cut(another));
}

static void order_with_nothing_to_shut_is_done_at_once(void **state) {
  work_t *work = *state;
  order(7, PID, SW_RUNG_CLIENTS);
  const sw_evidence_t *evidence = evidence_of(work);
  assert_int_equal(evidence->done, 7);
  assert_int_equal(evidence->cut, 0);
}

static void order_that_is_anothers_or_to_kill_is_left_alone(void **state) {
  work_t *work = *state;
  const int backend = connect_to_path(work->scene->path);
  static const uint8_t rungs[] = {SW_RUNG_NONE, SW_RUNG_KILL, SW_RUNG_COUNT, 255};
  order(7, PID + 1, SW_RUNG_BACKENDS);
  assert_false(evidence_of(work)->is_done);
  for (size_t at = 0; at < sizeof(rungs) / sizeof(*rungs); ++at) {
    order(8 + at, PID, rungs[at]);
    assert_false(evidence_of(work)->is_done);
  }
  assert_false(is_cut(backend));
}

/* Looking for them is dear, and an order changes what there is. */
static void many_sockets_are_looked_for_in_each_second_beat_and_after_an_order(void **state) {
  work_t *work = *state;
  for (int count = 0; count < 300; ++count) {
    connect_to(work->scene->listener);
  }
  evidence_of(work);
  const uint64_t searches = work->beat.sockets.searches;
  assert_int_equal(work->beat.next - work->beat.note.beat, SEC); /* a frame, at most a second */
  for (uint64_t beat = 1; beat <= 4; ++beat) {
    work->beat.next = 0;
    sw_beat(&work->beat);
    assert_int_equal(work->beat.sockets.searches, searches + beat / 2);
  }
  order(7, PID, SW_RUNG_BACKENDS);
  assert_int_equal(evidence_of(work)->cut, 300);
  assert_int_equal(work->beat.sockets.searches, searches + 3);
}

static void order_that_finds_no_descriptor_is_carried_out_when_there_is_one(void **state) {
  work_t *work = *state;
  const int backend = connect_to_path(work->scene->path);
  evidence_of(work);
  order(7, PID, SW_RUNG_BACKENDS);
  const rlim_t before = limit_descriptors(0);
  const int is_done = evidence_of(work)->is_done;
  limit_descriptors(before);
  assert_false(is_done);
  assert_false(is_cut(backend));
  assert_int_equal(evidence_of(work)->done, 7);
  assert_true(is_cut(backend));
}

#define WORK_TEST(test) cmocka_unit_test_setup_teardown(test, begin_work, end_work)

int main(void) {
  const struct CMUnitTest tests[] = {
      WORK_TEST(first_beat_reports_what_there_is),
      WORK_TEST(report_is_due_four_times_a_second_and_an_order_is_looked_for_sooner),
      WORK_TEST(order_is_carried_out_once_and_told_at_once),
      WORK_TEST(order_with_nothing_to_shut_is_done_at_once),
      WORK_TEST(order_that_is_anothers_or_to_kill_is_left_alone),
      WORK_TEST(instant_of_the_last_move_is_that_of_the_beat_that_saw_it),
      WORK_TEST(many_sockets_are_looked_for_in_each_second_beat_and_after_an_order),
      WORK_TEST(order_that_finds_no_descriptor_is_carried_out_when_there_is_one),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
