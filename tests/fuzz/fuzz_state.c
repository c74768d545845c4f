/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A state block in which bytes were changed, as a broken build or a stray write would: what is
 * adopted is stepped, reported and rendered like any other.
 */
#include "fuzz.h"
#include "unit/world.h"

#define LONGEST_PATCH 16
#define STEPS 3

static void make_history(world_t *w) {
  w->policy.mode = SW_MODE_ON;
  w->policy.has_agents = 1;
  world_serve(w, 0, 100, "_W_");
  world_hold(w, 1, 101);
  world_agent(w, 1, 1, 1);
  world_hold(w, 2, 102);
  world_run(w, 40 * SEC);
  world_reload(w);
  world_run(w, 10 * SEC);
}

/* Each patch: where, how many bytes, the bytes. */
static void patch(world_t *w, input_t *input) {
  while (input->left > 0) {
    uint8_t *at = (uint8_t *)w->block + take_number(input) % w->block_size;
    size_t size = 1 + take_number(input) % LONGEST_PATCH;
    const size_t room = w->block_size - (size_t)(at - (uint8_t *)w->block);
    take(input, at, size < room ? size : room);
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
  input_t input = {bytes, size};
  world_t *w = world_new(WORLD_SLOTS, WORLD_THREADS);
  int adopted;
  make_history(w);
  patch(w, &input);
  HOLDS(sw_engine_open(w->block, w->block_size, WORLD_SLOTS, w->frame.wall, &w->engine, &adopted) ==
        SW_STATUS_OK);
  for (int step = 0; step < STEPS; ++step) {
    world_frame(w, SEC);
    document_t document = {0};
    const sw_sink_t sink = {&document, document_write};
    const sw_view_t view = {SW_FORMAT_JSON, w->frame.monotonic};
    HOLDS(sw_render(w->report, &view, &sink) == SW_STATUS_OK);
    free(document.text);
  }
  world_free(w);
  return 0;
}
