/* SPDX-License-Identifier: Apache-2.0 */
/* Words: every value has its own, and none is undefined. */
#include "world.h"

typedef const char *(*word_of_t)(uint32_t value);

static const char *status_text(uint32_t status) {
  return sw_status_text((sw_status_t)status);
}

static const char *setting_name(uint32_t setting) {
  return sw_setting_name((sw_setting_t)setting);
}

static const char *setting_range(uint32_t setting) {
  return sw_setting_range((sw_setting_t)setting);
}

static const struct {
  word_of_t word_of;
  uint32_t count;
} tables[] = {
    {status_text, SW_STATUS_COUNT},          {sw_state_name, SW_STATE_COUNT},
    {sw_phase_name, SW_PHASE_COUNT},         {sw_trigger_name, SW_TRIGGER_COUNT},
    {sw_reason_name, SW_REASON_COUNT},       {sw_verdict_name, SW_VERDICT_COUNT},
    {sw_mode_name, SW_MODE_COUNT},           {sw_privacy_name, SW_PRIVACY_COUNT},
    {sw_process_name, SW_PROCESS_COUNT},     {sw_format_name, SW_FORMAT_COUNT},
    {setting_name, SW_SETTING_COUNT},        {sw_rung_name, SW_RUNG_COUNT},
    {sw_outcome_name, SW_OUTCOME_COUNT},     {sw_suppression_name, SW_SUPPRESSION_COUNT},
    {sw_answer_name, SW_ANSWER_COUNT},       {sw_role_name, SW_ROLE_COUNT},
    {sw_judged_by_name, SW_JUDGED_BY_COUNT},
};

static void word_of_each_value_is_its_own(void **state) {
  (void)state;
  for (size_t table = 0; table < sizeof(tables) / sizeof(*tables); ++table) {
    for (uint32_t value = 0; value < tables[table].count; ++value) {
      const char *word = tables[table].word_of(value);
      assert_true(word[0] != '\0');
      for (uint32_t other = 0; other < value; ++other) {
        assert_string_not_equal(word, tables[table].word_of(other));
      }
    }
  }
}

static void word_outside_its_table_is_unknown(void **state) {
  (void)state;
  for (size_t table = 0; table < sizeof(tables) / sizeof(*tables); ++table) {
    assert_string_equal(tables[table].word_of(tables[table].count), "unknown");
    assert_string_equal(tables[table].word_of(UINT32_MAX), "unknown");
  }
  assert_string_equal(setting_range(SW_SETTING_COUNT), "unknown");
  assert_string_equal(setting_range(UINT32_MAX), "unknown");
}

/* What documents, logs and scripts rely on. */
static void words_are_spelled_as_the_design_spells_them(void **state) {
  (void)state;
  assert_string_equal(sw_state_name(SW_STATE_FREE), "free");
  assert_string_equal(sw_state_name(SW_STATE_STUCK), "stuck");
  assert_string_equal(sw_phase_name(SW_PHASE_LISTENER_BLOCKED), "listener-blocked");
  assert_string_equal(sw_phase_name(SW_PHASE_GHOST), "ghost");
  assert_string_equal(sw_trigger_name(SW_TRIGGER_RELOAD), "reload");
  assert_string_equal(sw_reason_name(SW_REASON_CAPACITY), "capacity");
  assert_string_equal(sw_verdict_name(SW_VERDICT_FULL), "full");
  assert_string_equal(sw_mode_name(SW_MODE_DRYRUN), "dryrun");
  assert_string_equal(sw_privacy_name(SW_PRIVACY_NOQUERY), "NoQuery");
  assert_string_equal(sw_process_name(SW_PROCESS_FOREIGN), "foreign");
  assert_string_equal(sw_format_name(SW_FORMAT_HEALTH), "health");
  assert_string_equal(sw_setting_name(SW_SETTING_GRACE), "SlotWatchGrace");
  assert_string_equal(sw_setting_range(SW_SETTING_INTERVAL), "100ms to 60s");
}

static void worker_letters_are_those_of_mod_status(void **state) {
  (void)state;
  const char letters[] = ".S_RWKLDCGI";
  for (uint32_t worker = 0; worker < SW_WORKER_COUNT; ++worker) {
    assert_int_equal(sw_worker_letter(worker), letters[worker]);
    assert_int_equal(sw_worker_is_busy(worker) != 0, strchr("RWKLDC", letters[worker]) != NULL);
  }
  assert_int_equal(sw_worker_letter(SW_WORKER_COUNT), '?');
  assert_int_equal(sw_worker_letter(UINT32_MAX), '?');
  assert_false(sw_worker_is_busy(UINT32_MAX));
}

static void log_event_of_an_id_is_that_of_its_line(void **state) {
  (void)state;
#define SW_X(id, event, level) assert_string_equal(sw_log_event(id), event);
  SW_LOG_LINES(SW_X)
#undef SW_X
  assert_string_equal(sw_log_event(SW_LOG_200), "stuck");
  assert_string_equal(sw_log_event(0), "unknown");
  assert_string_equal(sw_log_event(SW_LOG_LAST), "unknown");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(word_of_each_value_is_its_own),
      cmocka_unit_test(word_outside_its_table_is_unknown),
      cmocka_unit_test(words_are_spelled_as_the_design_spells_them),
      cmocka_unit_test(worker_letters_are_those_of_mod_status),
      cmocka_unit_test(log_event_of_an_id_is_that_of_its_line),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
