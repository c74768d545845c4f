/* SPDX-License-Identifier: Apache-2.0 */
/* Values of directives: what is refused says why and changes nothing, what is taken is in range. */
#include "fuzz.h"
#include "slotwatch.h"

static int is_reason(const char *reason, size_t room) {
  const size_t size = strnlen(reason, room);
  return size > 0 && size < room;
}

static void try_ladder(const char *text) {
  char reason[256] = "";
  sw_ladder_t ladder = {0};
  if (sw_ladder_parse(text, &ladder, reason, sizeof(reason)) != SW_STATUS_OK) {
    HOLDS(is_reason(reason, sizeof(reason)) && ladder.count == 0);
    return;
  }
  HOLDS(ladder.count >= 1 && ladder.count <= SW_LADDER_MAX);
  for (uint32_t at = 0; at < ladder.count; ++at) {
    HOLDS(ladder.rungs[at] >= SW_RUNG_BACKENDS && ladder.rungs[at] <= SW_RUNG_KILL);
    HOLDS(at == 0 || ladder.rungs[at] > ladder.rungs[at - 1]);
    HOLDS(ladder.spans[at] >= 100 * SW_USEC_PER_MSEC && ladder.spans[at] <= 3600 * SW_USEC_PER_SEC);
  }
}

static void try_budget(const char *text) {
  char reason[256] = "";
  sw_policy_t policy = {.budget = 1, .budget_period = 1};
  if (sw_budget_parse(text, &policy, reason, sizeof(reason)) != SW_STATUS_OK) {
    HOLDS(is_reason(reason, sizeof(reason)) && policy.budget == 1 && policy.budget_period == 1);
    return;
  }
  HOLDS(policy.budget <= SW_BUDGET_MAX);
  HOLDS(policy.budget_period >= SW_USEC_PER_SEC);
  HOLDS(policy.budget_period <= 86400 * SW_USEC_PER_SEC);
}

static int have_same_spans(const sw_policy_t *policy, const sw_policy_t *other) {
  return policy->interval == other->interval && policy->stall == other->stall &&
         policy->grace == other->grace && policy->alert_repeat == other->alert_repeat &&
         policy->min_drain == other->min_drain;
}

static void try_settings(input_t *input) {
  char reason[256] = "";
  sw_policy_t policy;
  sw_policy_init(&policy);
  for (uint32_t setting = 0; setting < SW_SETTING_COUNT; ++setting) {
    sw_usec_t value = 0;
    take(input, &value, sizeof(value));
    const sw_policy_t before = policy;
    if (sw_policy_set(&policy, (sw_setting_t)setting, value) != SW_STATUS_OK) {
      HOLDS(have_same_spans(&before, &policy));
    }
  }
  if (sw_policy_check(&policy, reason, sizeof(reason)) == SW_STATUS_OK) {
    HOLDS(policy.interval >= 100 * SW_USEC_PER_MSEC && policy.interval <= 60 * SW_USEC_PER_SEC);
    HOLDS(policy.stall == 0 || policy.stall >= 3 * policy.interval);
    HOLDS(policy.grace == 0 || policy.grace >= 3 * policy.interval);
  } else {
    HOLDS(is_reason(reason, sizeof(reason)));
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
  input_t input = {bytes, size};
  sw_request_t request = {.request = "GET /", .vhost = "example.org:80"};
  char *word = take_text(&input);
  try_ladder(word);
  try_budget(word);
  take(&input, request.request, sizeof(request.request) - 1);
  take(&input, request.vhost, sizeof(request.vhost) - 1);
  const int covers = sw_protect_covers(word, &request);
  HOLDS(covers == 0 || covers == 1);
  free(word);
  try_settings(&input);
  return 0;
}
