/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Frames as the bytes say, after each of which all must add up (unit/storm_checks.h): no intent for
 * a slot that serves, the budget kept, one recycle of a track at a time. And a step is a function
 * of its arguments: the same state and frame come to the same alerts and intents. And the
 * next watcher takes the state as it is.
 */
#include "fuzz.h"
#include "unit/storm_checks.h"

static void expect_same_plan(const sw_plan_t *plan, const sw_plan_t *other) {
  HOLDS(plan->wake_at == other->wake_at);
  HOLDS(plan->alert_count == other->alert_count && plan->intent_count == other->intent_count);
  for (size_t at = 0; at < plan->alert_count; ++at) {
    HOLDS(plan->alerts[at].id == other->alerts[at].id);
    HOLDS(plan->alerts[at].incident == other->alerts[at].incident);
  }
  for (size_t at = 0; at < plan->intent_count; ++at) {
    HOLDS(plan->intents[at].slot == other->intents[at].slot);
    HOLDS(plan->intents[at].order == other->intents[at].order);
    HOLDS(plan->intents[at].is_question == other->intents[at].is_question);
  }
}

/* Steps a copy of the state with the frame that was stepped last. */
static void expect_step_is_pure(const world_t *w, const void *before) {
  void *block = malloc(w->block_size);
  HOLDS(block != NULL);
  memcpy(block, before, w->block_size);
  sw_plan_t plan = w->plan;
  plan.alerts = calloc(plan.alert_capacity, sizeof(*plan.alerts));
  plan.intents = calloc(plan.intent_capacity, sizeof(*plan.intents));
  HOLDS(sw_engine_step(block, &w->frame, &w->policy, &plan) == SW_STATUS_OK);
  expect_same_plan(&plan, &w->plan);
  sw_engine_t *engine;
  int adopted;
  HOLDS(sw_engine_open(block, w->block_size, SLOTS, 0, &engine, &adopted) == SW_STATUS_OK);
  HOLDS(adopted);
  free(plan.alerts);
  free(plan.intents);
  free(block);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
  storm_t *storm = calloc(1, sizeof(*storm));
  HOLDS(storm != NULL);
  storm->bytes = bytes;
  storm->left = size;
  storm_open(storm);
  void *before = malloc(storm->world->block_size);
  HOLDS(before != NULL);
  while (storm->left > 0) {
    memcpy(before, storm->world->block, storm->world->block_size);
    storm_frame(storm);
    expect_step_is_pure(storm->world, before);
  }
  free(before);
  world_free(storm->world);
  free(storm);
  return 0;
}
