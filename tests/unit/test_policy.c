/* SPDX-License-Identifier: Apache-2.0 */
/* Policy: defaults, ranges, and settings that contradict each other. */
#include "world.h"

#define COUNT(table) (sizeof(table) / sizeof(*(table)))

static void policy_defaults_are_those_of_the_design(void **state) {
  (void)state;
  sw_policy_t policy;
  memset(&policy, 0xff, sizeof(policy));
  sw_policy_init(&policy);
  assert_int_equal(policy.interval, 1 * SEC);
  assert_int_equal(policy.stall, 30 * SEC);
  assert_int_equal(policy.grace, 600 * SEC);
  assert_int_equal(policy.alert_repeat, 60 * SEC);
  assert_int_equal(policy.privacy, SW_PRIVACY_NOQUERY);
  assert_int_equal(policy.mode, SW_MODE_DRYRUN);
  assert_int_equal(policy.min_drain, 5 * SEC);
  assert_int_equal(policy.budget, 30);
  assert_int_equal(policy.budget_period, 60 * SEC);
  assert_int_equal(policy.ladder.count, 3);
  for (uint32_t rung = 0; rung < 3; ++rung) {
    assert_int_equal(policy.ladder.rungs[rung], SW_RUNG_BACKENDS + rung);
    assert_int_equal(policy.ladder.spans[rung], 5 * SEC);
  }
  assert_int_equal(policy.reserve, 0);
  char reason[8] = "kept";
  assert_int_equal(sw_policy_check(&policy, reason, sizeof(reason)), SW_STATUS_OK);
  assert_string_equal(reason, "kept");
}

static void setting_outside_its_range_is_refused_and_keeps_its_value(void **state) {
  (void)state;
  static const struct {
    sw_setting_t setting;
    sw_usec_t low, high;
  } ranges[] = {
      {SW_SETTING_INTERVAL, 100 * SW_USEC_PER_MSEC, 60 * SEC},
      {SW_SETTING_STALL, 0, 7 * DAY},
      {SW_SETTING_GRACE, 0, 7 * DAY},
      {SW_SETTING_ALERT_REPEAT, SEC, 3600 * SEC},
      {SW_SETTING_MIN_DRAIN, 0, 3600 * SEC},
  };
  for (size_t at = 0; at < COUNT(ranges); ++at) {
    sw_policy_t policy = {0};
    assert_int_equal(sw_policy_set(&policy, ranges[at].setting, ranges[at].low), SW_STATUS_OK);
    assert_int_equal(sw_policy_set(&policy, ranges[at].setting, ranges[at].high), SW_STATUS_OK);
    const sw_policy_t before = policy;
    const sw_usec_t bad[] = {ranges[at].low - 1, ranges[at].high + 1, INT64_MIN, INT64_MAX};
    for (size_t value = 0; value < COUNT(bad); ++value) {
      assert_int_equal(sw_policy_set(&policy, ranges[at].setting, bad[value]), SW_STATUS_RANGE);
    }
    assert_memory_equal(&policy, &before, sizeof(policy));
  }
}

static void setting_changes_the_field_of_its_name(void **state) {
  (void)state;
  sw_policy_t policy = {0};
  assert_int_equal(sw_policy_set(&policy, SW_SETTING_INTERVAL, 2 * SEC), SW_STATUS_OK);
  assert_int_equal(sw_policy_set(&policy, SW_SETTING_STALL, 3 * SEC), SW_STATUS_OK);
  assert_int_equal(sw_policy_set(&policy, SW_SETTING_GRACE, 4 * SEC), SW_STATUS_OK);
  assert_int_equal(sw_policy_set(&policy, SW_SETTING_ALERT_REPEAT, 5 * SEC), SW_STATUS_OK);
  assert_int_equal(sw_policy_set(&policy, SW_SETTING_MIN_DRAIN, 6 * SEC), SW_STATUS_OK);
  assert_int_equal(policy.min_drain, 6 * SEC);
  assert_int_equal(policy.interval, 2 * SEC);
  assert_int_equal(policy.stall, 3 * SEC);
  assert_int_equal(policy.grace, 4 * SEC);
  assert_int_equal(policy.alert_repeat, 5 * SEC);
}

static void setting_that_is_none_is_an_argument_error(void **state) {
  (void)state;
  sw_policy_t policy = {0};
  assert_int_equal(sw_policy_set(&policy, SW_SETTING_COUNT, SEC), SW_STATUS_ARGUMENT);
  assert_int_equal(sw_policy_set(NULL, SW_SETTING_STALL, SEC), SW_STATUS_ARGUMENT);
}

static void policy_check_names_the_directive_that_does_not_fit(void **state) {
  (void)state;
  static const struct {
    sw_usec_t interval, stall, grace;
    const char *says; /* NULL: fits */
  } policies[] = {
      {1 * SEC, 3 * SEC, 3 * SEC, NULL},
      {1 * SEC, 0, 600 * SEC, NULL},
      {1 * SEC, 30 * SEC, 0, NULL},
      {1 * SEC, 0, 0, NULL},
      {1 * SEC, 3 * SEC - 1, 600 * SEC, "SlotWatchStall (3s) is shorter"},
      {11 * SEC, 30 * SEC, 600 * SEC, "SlotWatchStall (30s) is shorter"},
      {1 * SEC, 0, 2 * SEC, "SlotWatchGrace (2s) is shorter"},
      {1 * SEC, 31 * SEC, 30 * SEC, "SlotWatchStall (31s) is longer than SlotWatchGrace (30s)"},
  };
  for (size_t at = 0; at < COUNT(policies); ++at) {
    const sw_policy_t policy = {.interval = policies[at].interval,
                                .stall = policies[at].stall,
                                .grace = policies[at].grace};
    char reason[256] = "";
    sw_status_t status = sw_policy_check(&policy, reason, sizeof(reason));
    assert_int_equal(status, policies[at].says == NULL ? SW_STATUS_OK : SW_STATUS_RANGE);
    if (policies[at].says != NULL) {
      assert_ptr_equal(strstr(reason, policies[at].says), reason);
      assert_non_null(strstr(reason, "it takes 3 intervals to"));
    }
  }
}

static void policy_check_with_little_room_ends_its_reason(void **state) {
  (void)state;
  const sw_policy_t policy = {.interval = SEC, .stall = SEC};
  char reason[8];
  memset(reason, 'x', sizeof(reason));
  assert_int_equal(sw_policy_check(&policy, reason, sizeof(reason)), SW_STATUS_RANGE);
  assert_string_equal(reason, "SlotWat");
}

static void auto_reserve_is_spare_threads_in_whole_children_at_least_one(void **state) {
  (void)state;
  static const uint32_t cases[][3] = {{75, 25, 3},
                                      {76, 25, 4},
                                      {1, 25, 1},
                                      {0, 25, 1},
                                      {75, 0, 75},
                                      {0, 0, 1},
                                      {5, 1, 5},
                                      {UINT32_MAX, 1, UINT32_MAX},
                                      {UINT32_MAX, UINT32_MAX, 1}};
  for (size_t at = 0; at < COUNT(cases); ++at) {
    assert_int_equal(sw_policy_auto_reserve(cases[at][0], cases[at][1]), cases[at][2]);
  }
}

/* httpd's stock numbers (ServerLimit 16, MaxRequestWorkers 400 of 25 threads) leave none. */
static void slack_needs_the_server_limit_that_leaves_the_reserve(void **state) {
  (void)state;
  static const uint32_t cases[][4] = {{16, 3, 16, 19},
                                      {16, 3, 19, 0},
                                      {16, 3, 18, 19},
                                      {4, 0, 4, 0},
                                      {UINT32_MAX, UINT32_MAX, 1, UINT32_MAX}};
  for (size_t at = 0; at < COUNT(cases); ++at) {
    const sw_policy_t policy = {.serving_max = cases[at][0], .reserve = cases[at][1]};
    assert_int_equal(sw_policy_slack_needs(&policy, cases[at][2]), cases[at][3]);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(policy_defaults_are_those_of_the_design),
      cmocka_unit_test(setting_outside_its_range_is_refused_and_keeps_its_value),
      cmocka_unit_test(setting_changes_the_field_of_its_name),
      cmocka_unit_test(setting_that_is_none_is_an_argument_error),
      cmocka_unit_test(policy_check_names_the_directive_that_does_not_fit),
      cmocka_unit_test(policy_check_with_little_room_ends_its_reason),
      cmocka_unit_test(auto_reserve_is_spare_threads_in_whole_children_at_least_one),
      cmocka_unit_test(slack_needs_the_server_limit_that_leaves_the_reserve),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
