// SPDX-License-Identifier: Apache-2.0
// The report as metrics, for OpenMetrics and Prometheus. docs/metrics.md says what each means.
#include <algorithm>

#include "documents.hpp"
#include "exposition.hpp"

namespace slotwatch {

namespace {

using enum Family::Type;
using Words = std::span<const std::string_view>;

#define SW_X(word, name) name,
constexpr std::string_view states[] = {SW_STATES(SW_X)};
constexpr std::string_view triggers[] = {SW_TRIGGERS(SW_X)};
constexpr std::string_view verdicts[] = {SW_VERDICTS(SW_X)};
constexpr std::string_view modes[] = {SW_MODES(SW_X)};
constexpr std::string_view rungs[] = {SW_RUNGS(SW_X)};
constexpr std::string_view suppressions[] = {SW_SUPPRESSIONS(SW_X)};
#undef SW_X
constexpr std::string_view workers[] = {"idle", "busy"};

// A family made of a table's fields: of the one that is called `field`, or of all that are called
// that and a word. A field that is a word itself becomes a sample for each that it could be.
struct Row {
  Family family;
  std::string_view field;
  std::string_view label{};
  Words words{};
};

constexpr Row server[] = {
    {{gauge, "generation", "Number of the running configuration; counts reloads."}, "generation"},
};

constexpr Row capacity[] = {
    {{gauge, "slots", "Process slots by state."}, "", "state", states},
    {{gauge, "slots_limit", "Process slots that there are: ServerLimit."}, "slots"},
    {{gauge, "workers", "Workers of serving slots by state."}, "workers_", "state", workers},
    {{gauge, "reserve_slots", "Slots to be kept for reloads: SlotWatchReserve."}, "reserve"},
    {{gauge, "reloads_left", "Reloads that fit if no slot becomes free meanwhile."},
     "reloads_left"},
    {{gauge, "verdict", "1 for the verdict that stands."}, "verdict", "verdict", verdicts},
};

constexpr Row watcher[] = {
    {{gauge, "mode", "1 for the mode: SlotWatchRecycle."}, "mode", "mode", modes},
    {{gauge, "latched", "Whether SlotWatchBudget is spent, and nothing is recycled."}, "latched"},
    {{gauge, "interval_seconds", "Time between looks: SlotWatchInterval."}, "interval_seconds"},
    {{gauge, "stall_seconds", "Stuck when without progress for so long: SlotWatchStall; 0: never."},
     "stall_seconds"},
    {{gauge, "grace_seconds", "Stuck when draining for so long: SlotWatchGrace; 0: never."},
     "grace_seconds"},
    {{counter, "watcher_starts", "Watchers since the start of the server."}, "starts"},
    {{gauge, "sample_age_seconds", "Age of this report."}, "sample_age_seconds"},
    {{gauge, "sample_seconds", "Time that the look took."}, "sample_seconds"},
    {{gauge, "stale", "Whether this report is older than 3 intervals."}, "stale"},
};

constexpr Row counters[] = {
    {{counter, "frames", "Looks at all slots."}, "frames"},
    {{counter, "incidents_opened", "Incidents that were opened."}, "incidents_opened"},
    {{counter, "incidents_closed", "Incidents that were closed."}, "incidents_closed"},
    {{counter, "alerts", "Lines for the error log."}, "alerts"},
    {{counter, "alerts_deferred", "Lines that had to wait for the next look."}, "alerts_deferred"},
    {{counter, "generations_drained", "Old generations that have drained."}, "generations_drained"},
    {{counter, "reloads", "Reloads and restarts seen."}, "reloads"},
    {{counter, "recycled", "Rungs begun, by rung."}, "recycled_", "rung", rungs},
    {{counter, "recycled_slots", "Slots with a rung begun."}, "recycled_", "trigger", triggers},
    {{counter, "not_freed", "Slots that were not freed by the last rung."}, "not_freed"},
    {{counter, "connections_cut", "Connections shut by a rung."}, "connections_cut"},
    {{counter, "suppressed", "Recycles held back."}, "suppressed_", "reason", suppressions},
};

// In the names of fields a word's hyphen is an underscore.
[[nodiscard]] constexpr bool spells(std::string_view field, std::string_view word) {
  return std::ranges::equal(field, word, {}, {},
                            [](char byte) { return byte == '-' ? '_' : byte; });
}

// The word that the row makes of a field; null where the field is none of the row's.
[[nodiscard]] constexpr const std::string_view *word_of(const Row &row, std::string_view field) {
  if (!field.starts_with(row.field)) {
    return nullptr;
  }
  field.remove_prefix(row.field.size());
  const auto found = std::ranges::find_if(
      row.words, [field](std::string_view word) { return spells(field, word); });
  return found != row.words.end() ? &*found : nullptr;
}

// No counter is forgotten, and none counted twice.
[[nodiscard]] constexpr bool is_shown_once(std::string_view name) {
  return std::ranges::count_if(counters, [name](const Row &row) {
           return row.field == name || word_of(row, name) != nullptr;
         }) == 1;
}
#define SW_X(field) static_assert(is_shown_once(#field));
SW_COUNTERS(SW_X)
#undef SW_X

[[nodiscard]] Value word_value(std::string_view word) {
  return {Value::Kind::word, 0, word};
}

void write_field(Exposition &to, const Row &row, std::string_view name, const Value &value) {
  if (const auto *word = word_of(row, name)) {
    to.sample({{row.label, word_value(*word)}}, value);
  } else if (name == row.field && row.words.empty()) {
    to.sample({}, value);
  } else if (name == row.field) {
    for (const std::string_view one : row.words) {
      to.sample({{row.label, word_value(one)}}, Value::of_flag(value.bytes == one));
    }
  }
}

template <typename T>
void write_rows(Exposition &to, std::span<const Row> rows, Fields<T> fields, const T &from,
                const Look &look) {
  for (const Row &row : rows) {
    to.begin(row.family);
    for (const Field<T> &field : fields) {
      if (std::string_view{field.name}.starts_with(row.field)) {
        write_field(to, row, field.name, field.value(from, look));
      }
    }
  }
}

void write_one(Exposition &to, const Family &family, const Value &value) {
  to.begin(family);
  to.sample({}, value);
}

void write_server(Exposition &to, const Look &look) {
  const sw_identity_t &identity = look.report.identity;
  to.begin({info, "build", "Version of the module, what httpd calls itself, and its MPM."});
  to.sample({{"version", word_value(SW_VERSION)},
             {"software", Value::of_text(identity.software)},
             {"mpm", Value::of_text(identity.mpm)}},
            Value::of_number(1));
  write_one(to, {gauge, "server_start_time_seconds", "Start of the server, since 1970."},
            Value::of_instant(identity.started_wall));
  write_rows(to, server, server_fields(), look.report, look);
}

// What the slots that drain come to.
struct Drains {
  explicit Drains(const Look &look);

  int64_t slots[SW_PHASE_COUNT][SW_TRIGGER_COUNT]{};
  int64_t incidents = 0;
  sw_usec_t stalled = 0;
};

// All of it is 0 in a slot that does not drain.
Drains::Drains(const Look &look) {
  for (const sw_slot_t &slot : look.slots()) {
    if (slot.phase < SW_PHASE_COUNT && slot.trigger < SW_TRIGGER_COUNT) {
      ++slots[slot.phase][slot.trigger];
    }
    incidents += slot.incident != 0 ? 1 : 0;
    stalled = std::max(stalled, slot.stalled);
  }
}

void write_draining(Exposition &to, const Drains &drains) {
  to.begin({gauge, "draining_slots", "Slots that drain, stuck ones too, by phase and trigger."});
  for (uint32_t phase = SW_PHASE_NONE + 1; phase < SW_PHASE_COUNT; ++phase) {
    for (uint32_t trigger = SW_TRIGGER_NONE + 1; trigger < SW_TRIGGER_COUNT; ++trigger) {
      to.sample({{"phase", Value::of_word(sw_phase_name(phase))},
                 {"trigger", Value::of_word(sw_trigger_name(trigger))}},
                Value::of_number(drains.slots[phase][trigger]));
    }
  }
}

// Where many are open, the one about capacity may be remembered no more; but without one open the
// verdict is ok.
[[nodiscard]] bool is_short(const sw_report_t &report) {
  return report.capacity.verdict != SW_VERDICT_OK ||
         std::ranges::any_of(std::span{report.incidents, report.incident_count},
                             [](const sw_incident_t &incident) {
                               return incident.slot < 0 && incident.closed_wall == 0;
                             });
}

void write_incidents(Exposition &to, const Drains &drains, const Look &look) {
  to.begin({gauge, "open_incidents", "Incidents that are open, by what they are about."});
  to.sample({{"about", Value::of_word("slot")}}, Value::of_number(drains.incidents));
  to.sample({{"about", Value::of_word("capacity")}}, Value::of_flag(is_short(look.report)));
}

void write_drains(Exposition &to, const Look &look) {
  const Drains drains{look};
  write_draining(to, drains);
  write_one(to, {gauge, "old_generations", "Older configurations that still hold slots."},
            Value::of_number(look.report.generation_count));
  write_one(to, {gauge, "oldest_drain_seconds", "Longest time that a slot has been draining."},
            Value::of_seconds(look.oldest_drain()));
  write_one(
      to, {gauge, "longest_stall_seconds", "Longest time without progress of a slot that drains."},
      Value::of_seconds(drains.stalled));
  write_incidents(to, drains, look);
}

// A bucket counts the shorter ones, too.
void write_drain_durations(Exposition &to, const sw_drains_t &drains) {
  constexpr std::string_view bounds[] = {
#define SW_X(seconds) std::string_view{#seconds ".0"},
      SW_DRAIN_BOUNDS(SW_X)
#undef SW_X
          "+Inf"};
  to.begin({histogram, "drain_duration_seconds", "How long drains that have ended had lasted."});
  uint64_t count = 0;
  for (size_t at = 0; at < std::size(bounds); ++at) {
    count += drains.counts[at];
    to.part("_bucket", {{"le", word_value(bounds[at])}}, Value::of_bytes(count));
  }
  to.part("_count", {}, Value::of_bytes(count));
  to.part("_sum", {}, Value::of_seconds(drains.sum));
}

void write_metrics(Out &out, const Look &look, Dialect dialect) {
  const sw_report_t &report = look.report;
  Exposition to{out, dialect};
  write_server(to, look);
  write_rows(to, capacity, capacity_fields(), report.capacity, look);
  write_drains(to, look);
  write_rows(to, watcher, watcher_fields(), report, look);
  write_one(to, {gauge, "report_timestamp_seconds", "When the watcher looked, since 1970."},
            Value::of_instant(report.wall));
  write_rows(to, counters, counter_fields(), report.counters, look);
  write_drain_durations(to, report.drains);
  to.end();
}

}  // namespace

void write_openmetrics(Out &out, const Look &look) {
  write_metrics(out, look, Dialect::openmetrics);
}

void write_prometheus(Out &out, const Look &look) {
  write_metrics(out, look, Dialect::prometheus);
}

}  // namespace slotwatch
