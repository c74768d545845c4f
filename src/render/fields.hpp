// SPDX-License-Identifier: Apache-2.0
// The fields of the report, each once: every document reads these tables.
#pragma once

#include <span>

#include "value.hpp"

namespace slotwatch {

// The report as it is looked at now.
struct Look {
  const sw_report_t &report;
  sw_usec_t now;  // monotonic

  [[nodiscard]] std::span<const sw_slot_t> slots() const;
  [[nodiscard]] std::span<const sw_incident_t> incidents() const;
  [[nodiscard]] std::span<const sw_moment_t> moments() const;
  // Of one slot; cut where its numbers lead beyond the report.
  [[nodiscard]] std::span<const sw_request_t> requests(const sw_slot_t &slot) const;
  [[nodiscard]] std::span<const sw_socket_t> sockets(const sw_slot_t &slot) const;
  [[nodiscard]] std::span<const sw_thread_t> threads(const sw_slot_t &slot) const;
  [[nodiscard]] std::string_view workers(const sw_slot_t &slot) const;
  [[nodiscard]] int64_t number_of(const sw_slot_t &slot) const;
  // The longest time that a slot has been draining; 0: none is.
  [[nodiscard]] sw_usec_t oldest_drain() const;
  [[nodiscard]] bool is_stale() const { return sw_report_is_stale(&report, now) != 0; }
};

template <typename T>
struct Field {
  const char *name;
  Value (*value)(const T &, const Look &);
};

template <typename T>
using Fields = std::span<const Field<T>>;

[[nodiscard]] Fields<sw_report_t> server_fields();
[[nodiscard]] Fields<sw_report_t> watcher_fields();
[[nodiscard]] Fields<sw_capacity_t> capacity_fields();
[[nodiscard]] Fields<sw_generation_t> generation_fields();
[[nodiscard]] Fields<sw_slot_t> slot_fields();
[[nodiscard]] Fields<sw_connections_t> connection_fields();
[[nodiscard]] Fields<sw_request_t> request_fields();
[[nodiscard]] Fields<sw_socket_t> socket_fields();
[[nodiscard]] Fields<sw_thread_t> thread_fields();
[[nodiscard]] Fields<sw_incident_t> incident_fields();
[[nodiscard]] Fields<sw_rung_outcome_t> rung_fields();
[[nodiscard]] Fields<sw_counters_t> counter_fields();
[[nodiscard]] Fields<sw_moment_t> moment_fields();

// The field of a number that is a member of the same name.
#define SW_NUMBER(field)                                                            \
  {                                                                                 \
#field, [](const auto &from, const Look &) { return V::of_number(from.field); } \
  }

// The rungs of an incident that were begun.
[[nodiscard]] std::span<const sw_rung_outcome_t> rungs_of(const sw_incident_t &incident);

// Drains that lasted up to each bound, in seconds, and no longer than the one before; the last has
// no bound.
struct DrainBucket {
  int64_t bound;  // 0: none
  uint64_t count;
};
[[nodiscard]] std::array<DrainBucket, SW_DRAIN_BOUND_COUNT + 1> buckets_of(
    const sw_drains_t &drains);

// `free of slots`, for the first line of every document: "ok: 3 of 4 slots free, 1 serving, ...".
void write_headline(Out &out, const Look &look);

}  // namespace slotwatch
