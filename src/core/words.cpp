// SPDX-License-Identifier: Apache-2.0
// The spelling of every word of the ABI, from the tables in slotwatch_words.h and slotwatch.h.
#include <array>

#include "slotwatch.h"

namespace {

template <size_t N>
[[nodiscard]] constexpr const char *word(const std::array<const char *, N> &words, uint32_t at) {
  return at < N ? words[at] : "unknown";
}

}  // namespace

#define SW_X(word, name) name,
#define SW_WORDS(function, table, type, value)                      \
  const char *function(type value) {                                \
    static constexpr std::array names{table(SW_X)};                 \
    return word<names.size()>(names, static_cast<uint32_t>(value)); \
  }
SW_WORDS(sw_status_text, SW_STATUSES, sw_status_t, status)
SW_WORDS(sw_state_name, SW_STATES, uint32_t, state)
SW_WORDS(sw_phase_name, SW_PHASES, uint32_t, phase)
SW_WORDS(sw_trigger_name, SW_TRIGGERS, uint32_t, trigger)
SW_WORDS(sw_reason_name, SW_REASONS, uint32_t, reason)
SW_WORDS(sw_verdict_name, SW_VERDICTS, uint32_t, verdict)
SW_WORDS(sw_mode_name, SW_MODES, uint32_t, mode)
SW_WORDS(sw_privacy_name, SW_PRIVACIES, uint32_t, privacy)
SW_WORDS(sw_process_name, SW_PROCESSES, uint32_t, process)
SW_WORDS(sw_rung_name, SW_RUNGS, uint32_t, rung)
SW_WORDS(sw_outcome_name, SW_OUTCOMES, uint32_t, outcome)
SW_WORDS(sw_suppression_name, SW_SUPPRESSIONS, uint32_t, suppression)
SW_WORDS(sw_answer_name, SW_ANSWERS, uint32_t, answer)
SW_WORDS(sw_role_name, SW_ROLES, uint32_t, role)
SW_WORDS(sw_judged_by_name, SW_JUDGES, uint32_t, judged_by)
SW_WORDS(sw_format_name, SW_FORMATS, uint32_t, format)
#undef SW_X

char sw_worker_letter(uint32_t state) {
#define SW_X(word, letter) letter,
  static constexpr std::array letters{SW_WORKERS(SW_X)};
#undef SW_X
  return state < letters.size() ? letters[state] : '?';
}

const char *sw_log_event(uint32_t id) {
  switch (id) {
#define SW_X(number, event, level) \
  case number:                     \
    return event;
    SW_LOG_LINES(SW_X)
#undef SW_X
    default:
      return "unknown";
  }
}
