// SPDX-License-Identifier: Apache-2.0
// The fields of what has been: incidents, their rungs, the last hour, the counters.
#include "fields.hpp"

namespace slotwatch {

namespace {

using V = Value;

[[nodiscard]] bool is_about_slot(const sw_incident_t &incident) {
  return incident.slot >= 0;
}

[[nodiscard]] Value if_about_slot(const sw_incident_t &incident, Value value) {
  return is_about_slot(incident) ? value : Value{};
}

constexpr Field<sw_rung_outcome_t> rung[] = {
    {"rung", [](const auto &o, const Look &) { return V::of_word(sw_rung_name(o.rung)); }},
    {"outcome", [](const auto &o, const Look &) { return V::of_word(sw_outcome_name(o.outcome)); }},
    {"cut", [](const auto &o, const Look &) { return V::of_number(o.cut); }},
};

constexpr Field<sw_incident_t> incident[] = {
    {"incident", [](const auto &i, const Look &) { return V::of_id(i.id); }},
    {"about", [](const auto &i,
                 const Look &) { return V::of_word(is_about_slot(i) ? "slot" : "capacity"); }},
    {"slot", [](const auto &i, const Look &) { return if_about_slot(i, V::of_number(i.slot)); }},
    {"pid", [](const auto &i, const Look &) { return if_about_slot(i, V::of_number(i.pid)); }},
    {"generation",
     [](const auto &i, const Look &) { return if_about_slot(i, V::of_number(i.generation)); }},
    {"phase", [](const auto &i,
                 const Look &) { return if_about_slot(i, V::of_word(sw_phase_name(i.phase))); }},
    {"trigger",
     [](const auto &i, const Look &) {
       return if_about_slot(i, V::of_word(sw_trigger_name(i.trigger)));
     }},
    {"reason", [](const auto &i, const Look &) { return V::of_word(sw_reason_name(i.reason)); }},
    {"verdict",
     [](const auto &i, const Look &) {
       return is_about_slot(i) ? Value{} : V::of_word(sw_verdict_name(i.verdict));
     }},
    {"opened", [](const auto &i, const Look &) { return V::of_instant(i.opened_wall); }},
    {"closed",
     [](const auto &i, const Look &) {
       return i.closed_wall != 0 ? V::of_instant(i.closed_wall) : Value{};
     }},
    {"outcome",
     [](const auto &i, const Look &) {
       return i.closed_wall != 0 ? V::of_word(sw_reason_name(i.closed)) : Value{};
     }},
    SW_NUMBER(repeats),
};

// Its instant by the report's clock, whatever the clock was then; a forged one may be anywhere.
[[nodiscard]] sw_usec_t wall_of(const sw_moment_t &moment, const sw_report_t &report) {
  return static_cast<sw_usec_t>(static_cast<uint64_t>(report.wall) -
                                static_cast<uint64_t>(report.monotonic) +
                                static_cast<uint64_t>(moment.begun));
}

constexpr Field<sw_moment_t> moment[] = {
    {"time", [](const auto &m, const Look &l) { return V::of_instant(wall_of(m, l.report)); }},
    {"verdict", [](const auto &m, const Look &) { return V::of_word(sw_verdict_name(m.verdict)); }},
    SW_NUMBER(free),
    SW_NUMBER(serving),
    SW_NUMBER(draining),
    SW_NUMBER(stuck),
    SW_NUMBER(recycling),
    SW_NUMBER(reloads),
    SW_NUMBER(incidents_opened),
    SW_NUMBER(recycled),
};

constexpr Field<sw_counters_t> counters[] = {
#define SW_X(field) \
  {#field, [](const auto &c, const Look &) { return V::of_number(static_cast<int64_t>(c.field)); }},
    SW_COUNTERS(SW_X)
#undef SW_X
};

}  // namespace

Fields<sw_incident_t> incident_fields() {
  return incident;
}
Fields<sw_rung_outcome_t> rung_fields() {
  return rung;
}
Fields<sw_counters_t> counter_fields() {
  return counters;
}
Fields<sw_moment_t> moment_fields() {
  return moment;
}

}  // namespace slotwatch
