// SPDX-License-Identifier: Apache-2.0
// Finding one's way in a report; what its numbers claim beyond it is cut.
#include <algorithm>

#include "fields.hpp"

namespace slotwatch {

namespace {

template <typename T>
[[nodiscard]] std::span<const T> part_of(std::span<const T> all, size_t first, size_t count) {
  first = std::min(first, all.size());
  return all.subspan(first, std::min(count, all.size() - first));
}

}  // namespace

std::span<const sw_slot_t> Look::slots() const {
  return {sw_report_slots(&report), report.slot_count};
}

std::span<const sw_incident_t> Look::incidents() const {
  return {report.incidents, report.incident_count};
}

std::span<const sw_moment_t> Look::moments() const {
  return {report.moments, report.moment_count};
}

std::span<const sw_request_t> Look::requests(const sw_slot_t &slot) const {
  return part_of(std::span{sw_report_requests(&report), report.request_count}, slot.request_first,
                 slot.request_count);
}

std::span<const sw_socket_t> Look::sockets(const sw_slot_t &slot) const {
  return part_of(std::span{sw_report_sockets(&report), report.socket_count}, slot.socket_first,
                 slot.socket_count);
}

std::span<const sw_thread_t> Look::threads(const sw_slot_t &slot) const {
  return part_of(std::span{sw_report_threads(&report), report.thread_count}, slot.thread_first,
                 slot.thread_count);
}

std::string_view Look::workers(const sw_slot_t &slot) const {
  const auto first = static_cast<size_t>(number_of(slot)) * report.worker_stride;
  const auto *states = reinterpret_cast<const char *>(sw_report_workers(&report));
  return {states + first, std::min(slot.worker_count, report.worker_stride)};
}

int64_t Look::number_of(const sw_slot_t &slot) const {
  return &slot - sw_report_slots(&report);
}

sw_usec_t Look::oldest_drain() const {
  sw_usec_t oldest = 0;
  for (const sw_slot_t &slot : slots()) {
    oldest = std::max(oldest, slot.draining);
  }
  return oldest;
}

std::span<const sw_rung_outcome_t> rungs_of(const sw_incident_t &incident) {
  const std::span all{incident.rungs};
  const auto begun = std::ranges::find(all, SW_RUNG_NONE, &sw_rung_outcome_t::rung);
  return all.first(static_cast<size_t>(begun - all.begin()));
}

std::array<DrainBucket, SW_DRAIN_BOUND_COUNT + 1> buckets_of(const sw_drains_t &drains) {
  constexpr int64_t bounds[] = {
#define SW_X(seconds) seconds,
      SW_DRAIN_BOUNDS(SW_X)
#undef SW_X
          0};
  std::array<DrainBucket, SW_DRAIN_BOUND_COUNT + 1> buckets{};
  for (size_t at = 0; at < buckets.size(); ++at) {
    buckets[at] = {bounds[at], drains.counts[at]};
  }
  return buckets;
}

void write_headline(Out &out, const Look &look) {
  const sw_capacity_t &capacity = look.report.capacity;
  if (look.is_stale()) {
    out << "stale: this is what was known ";
    write_span(out, sw_report_age(&look.report, look.now));
    out << " ago: ";
  }
  out << sw_verdict_name(capacity.verdict) << ": " << int64_t{capacity.free} << " of "
      << int64_t{capacity.slots} << " slots free, " << int64_t{capacity.serving} << " serving, "
      << int64_t{capacity.draining} << " draining, " << int64_t{capacity.stuck} << " stuck, "
      << int64_t{capacity.recycling} << " recycling; room for " << int64_t{capacity.reloads_left}
      << (capacity.reloads_left == 1 ? " more reload" : " more reloads");
}

}  // namespace slotwatch
