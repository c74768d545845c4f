/* SPDX-License-Identifier: Apache-2.0 */
/* The engine's block: taken as it is, or laid out anew. */
#include "recycle.h"

static void engine_open_refuses_what_is_no_block(void **state) {
  world_t *w = *state;
  sw_engine_t *engine = NULL;
  int adopted = 7;
  char *block = w->block;
  const size_t size = w->block_size;
  assert_int_equal(sw_engine_open(NULL, size, WORLD_SLOTS, 0, &engine, &adopted),
                   SW_STATUS_ARGUMENT);
  assert_int_equal(sw_engine_open(block, size, WORLD_SLOTS, 0, NULL, &adopted), SW_STATUS_ARGUMENT);
  assert_int_equal(sw_engine_open(block, size, WORLD_SLOTS, 0, &engine, NULL), SW_STATUS_ARGUMENT);
  assert_int_equal(sw_engine_open(block + 4, size, WORLD_SLOTS, 0, &engine, &adopted),
                   SW_STATUS_ARGUMENT);
  assert_int_equal(sw_engine_open(block, size, 0, 0, &engine, &adopted), SW_STATUS_ARGUMENT);
  assert_int_equal(sw_engine_open(block, size - 1, WORLD_SLOTS, 0, &engine, &adopted),
                   SW_STATUS_SPACE);
  assert_int_equal(sw_engine_open(block, size, WORLD_SLOTS + 1, 0, &engine, &adopted),
                   SW_STATUS_SPACE);
  assert_null(engine);
  assert_int_equal(adopted, 7);
}

/* As the next watcher does. @return whether the state is taken as it is */
static int reopen(world_t *w) {
  int adopted = -1;
  assert_int_equal(
      sw_engine_open(w->block, w->block_size, WORLD_SLOTS, w->frame.wall, &w->engine, &adopted),
      SW_STATUS_OK);
  return adopted;
}

static void engine_open_adopts_what_it_knows(void **state) {
  world_t *w = *state;
  world_hold(w, 3, 7);
  world_run(w, 20 * SEC);
  assert_int_equal(reopen(w), 1);
  world_frame(w, SEC);
  assert_int_equal(world_slot(w, 3)->draining, 20 * SEC);
  assert_int_equal(w->report->counters.frames, 21);
}

/* `offset` is where another build's block may differ: its name, its layout, its slots. */
static void expect_laid_out_anew(world_t *w, size_t offset) {
  world_hold(w, 3, 7);
  world_frame(w, SEC);
  ((unsigned char *)w->block)[offset] ^= 1;
  assert_int_equal(reopen(w), 0);
  world_frame(w, SEC);
  assert_int_equal(w->report->counters.frames, 1);
  assert_int_equal(world_slot(w, 3)->draining, 0);
}

static void engine_open_lays_out_another_builds_block_anew(void **state) {
  expect_laid_out_anew(*state, 0);                /* its magic */
  expect_laid_out_anew(*state, sizeof(uint64_t)); /* its layout */
}

static void engine_open_for_other_slots_lays_out_anew(void **state) {
  world_t *w = *state;
  int adopted = 1;
  world_frame(w, SEC);
  assert_int_equal(
      sw_engine_open(w->block, w->block_size, WORLD_SLOTS - 1, 0, &w->engine, &adopted),
      SW_STATUS_OK);
  assert_int_equal(adopted, 0);
}

static void engine_open_takes_any_bytes(void **state) {
  world_t *w = *state;
  int adopted = 1;
  memset(w->block, 0xa5, w->block_size);
  assert_int_equal(sw_engine_open(w->block, w->block_size, WORLD_SLOTS, 0, &w->engine, &adopted),
                   SW_STATUS_OK);
  assert_int_equal(adopted, 0);
  world_hold(w, 0, 7);
  world_frame(w, SEC);
  assert_int_equal(w->report->counters.frames, 1);
  assert_int_equal(w->report->incident_count, 0);
}

/* The watcher may die while a child that it has killed waits to be reaped. */
static void state_of_a_recycle_whose_process_has_ended_is_adopted(void **state) {
  world_t *w = *state;
  recycle_begin(w, 0, 1, 1);
  w->samples[0].process = SW_PROCESS_ZOMBIE;
  world_run(w, 20 * SEC);
  assert_int_equal(world_slot(w, 0)->state, SW_STATE_RECYCLING);
  assert_int_equal(reopen(w), 1);
}

/* As a stray write would: each place in turn, with what makes the worst number. */
static void spoil(const world_t *w, size_t offset, unsigned char *block) {
  memcpy(block, w->block, w->block_size);
  memset(block + offset, 0xff, sizeof(uint64_t));
  block[offset + sizeof(uint64_t) - 1] = 0x7f;
}

static void state_with_a_stray_write_anywhere_is_gone_on_with_or_laid_out_anew(void **state) {
  world_t *w = *state;
  size_t anew = 0;
  w->policy.mode = SW_MODE_ON;
  world_hold(w, 3, 7);
  world_run(w, 40 * SEC);
  unsigned char *block = calloc(1, w->block_size);
  for (size_t offset = 24; offset + sizeof(uint64_t) <= w->block_size; offset += 4) {
    int adopted;
    spoil(w, offset, block);
    sw_engine_t *engine;
    assert_int_equal(
        sw_engine_open(block, w->block_size, WORLD_SLOTS, w->frame.wall, &engine, &adopted),
        SW_STATUS_OK);
    anew += adopted == 0;
    assert_int_equal(sw_engine_step(engine, &w->frame, &w->policy, &w->plan), SW_STATUS_OK);
    assert_int_equal(
        sw_engine_report(engine, &w->frame, &w->policy, &w->identity, w->report, w->report_size),
        SW_STATUS_OK);
    assert_int_equal(sw_report_check(w->report, w->report_size), SW_STATUS_OK);
  }
  assert_in_range(anew, 100, w->block_size / 4 - 100);
  free(block);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      WORLD_TEST(engine_open_refuses_what_is_no_block),
      WORLD_TEST(engine_open_adopts_what_it_knows),
      WORLD_TEST(engine_open_lays_out_another_builds_block_anew),
      WORLD_TEST(engine_open_for_other_slots_lays_out_anew),
      WORLD_TEST(engine_open_takes_any_bytes),
      RECYCLE_TEST(state_of_a_recycle_whose_process_has_ended_is_adopted),
      WORLD_TEST(state_with_a_stray_write_anywhere_is_gone_on_with_or_laid_out_anew),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
