// SPDX-License-Identifier: Apache-2.0
// The report: the judged frame as one block without pointers, for the board and the renderers.
#include <algorithm>
#include <span>

#include "frame.hpp"
#include "ladder.hpp"
#include "privacy.hpp"
#include "timeline.hpp"

namespace slotwatch {
namespace {

// Changes with every size in the block, and by hand where a meaning changes.
constexpr uint32_t report_layout = (2U << 24) ^ (static_cast<uint32_t>(sizeof(sw_report_t)) << 8) ^
                                   static_cast<uint32_t>(sizeof(sw_slot_t) + sizeof(sw_request_t) +
                                                         sizeof(sw_socket_t) + sizeof(sw_thread_t));

[[nodiscard]] constexpr size_t aligned(size_t size) {
  return (size + 7) & ~size_t{7};
}

// Where the parts begin, in bytes from the header.
struct Parts {
  size_t slots, workers, requests, sockets, threads, end;

  explicit Parts(const sw_shape_t &shape)
      : slots{aligned(sizeof(sw_report_t))},
        workers{slots + uint64_t{shape.slots} * sizeof(sw_slot_t)},
        requests{aligned(workers + uint64_t{shape.slots} * shape.worker_stride)},
        sockets{requests + uint64_t{shape.requests} * sizeof(sw_request_t)},
        threads{sockets + uint64_t{shape.sockets} * sizeof(sw_socket_t)},
        end{aligned(threads + uint64_t{shape.threads} * sizeof(sw_thread_t))} {}
  explicit Parts(const sw_report_t &report)
      : Parts{sw_shape_t{report.slot_count, report.worker_stride, report.request_count,
                         report.socket_count, report.thread_count}} {}
};

[[nodiscard]] sw_shape_t shape_of(const sw_frame_t &frame) {
  return {frame.slot_count, frame.worker_stride, frame.request_count, frame.socket_count,
          frame.thread_count};
}

template <typename T>
[[nodiscard]] T *part(sw_report_t *report, size_t offset) {
  return reinterpret_cast<T *>(reinterpret_cast<unsigned char *>(report) + offset);
}

// What its agent says of it; a slot claims no socket and no thread that the report does not have.
void add_evidence(sw_slot_t &slot, const sw_evidence_t &evidence, const sw_frame_t &frame) {
  slot.clients = evidence.clients;
  slot.backends = evidence.backends;
  slot.others = evidence.others;
  slot.socket_first = std::min(evidence.socket_first, frame.socket_count);
  slot.socket_count = std::min(evidence.socket_count, frame.socket_count - slot.socket_first);
  slot.thread_first = std::min(evidence.thread_first, frame.thread_count);
  slot.thread_count = std::min(evidence.thread_count, frame.thread_count - slot.thread_first);
}

// A slot claims no worker and no request that the report does not have.
[[nodiscard]] sw_slot_t slot_of(const Track &track, const sw_frame_t &frame, uint32_t at,
                                const sw_policy_t &policy, sw_usec_t now) {
  const sw_sample_t &sample = frame.samples[at];
  sw_slot_t slot{};
  slot.pid = track.pid;
  slot.generation = track.pid != 0 ? track.generation : 0;
  slot.state = track.state;
  slot.phase = track.phase;
  slot.trigger = track.trigger;
  slot.worker_count = static_cast<uint32_t>(workers_of(frame, at).size());
  if (track.draining == 0) {
    return slot;
  }
  slot.process = sample.process;
  slot.draining = now - track.draining_since;
  slot.stalled = now - track.progress_at;
  slot.incident = track.incident.id;
  slot.connections = sample.connections;
  slot.request_first = std::min(sample.request_first, frame.request_count);
  slot.request_count = std::min(sample.request_count, frame.request_count - slot.request_first);
  slot.requests_omitted = sample.requests_omitted;
  slot.judged_by = track.judged_by;
  slot.rung = track.recycle.rung;
  slot.next_rung = static_cast<uint8_t>(rung_after(slot.rung, track, sample, policy));
  slot.suppressed = track.recycle.suppressed;
  if (has_agent(sample)) {
    add_evidence(slot, sample.evidence, frame);
  }
  return slot;
}

void write_header(sw_report_t &report, const sw_engine_t &engine, const sw_frame_t &frame) {
  report.layout = report_layout;
  report.slot_count = frame.slot_count;
  report.worker_stride = frame.worker_stride;
  report.request_count = frame.request_count;
  report.socket_count = frame.socket_count;
  report.thread_count = frame.thread_count;
  report.is_latched = engine.budget.is_latched;
  report.size = Parts{report}.end;
  report.monotonic = engine.last;
  report.wall = frame.wall;
  report.sample_cost = frame.sample_cost;
  report.generation = frame.generation;
  report.capacity = engine.capacity;
  report.counters = engine.counters;
  report.drains = engine.drains;
  report.moment_count = copy_moments(engine, report.moments);
  report.generation_count = engine.generation_count;
  report.incident_count = engine.incident_count;
  std::ranges::copy(std::span{engine.incidents, engine.incident_count}, report.incidents);
  for (uint32_t at = 0; at < engine.generation_count; ++at) {
    const Generation &held = engine.generations[at];
    report.generations[at] = {held.generation, held.slots, engine.last - held.since};
  }
}

void write_slots(sw_report_t &report, const sw_engine_t &engine, const sw_frame_t &frame,
                 const sw_policy_t &policy) {
  const Parts parts{report};
  auto *slots = part<sw_slot_t>(&report, parts.slots);
  for (uint32_t slot = 0; slot < frame.slot_count; ++slot) {
    slots[slot] = slot_of(engine.tracks()[slot], frame, slot, policy, engine.last);
  }
  std::copy_n(frame.workers, size_t{frame.slot_count} * frame.worker_stride,
              part<uint8_t>(&report, parts.workers));
}

void write_requests(sw_report_t &report, const sw_frame_t &frame, uint32_t privacy) {
  auto *requests = part<sw_request_t>(&report, Parts{report}.requests);
  for (uint32_t at = 0; at < frame.request_count; ++at) {
    requests[at] = publishable(frame.requests[at], privacy, frame.requests_are_tails != 0);
  }
}

void write_evidence(sw_report_t &report, const sw_frame_t &frame, uint32_t privacy) {
  const Parts parts{report};
  auto *sockets = part<sw_socket_t>(&report, parts.sockets);
  for (uint32_t at = 0; at < frame.socket_count; ++at) {
    sockets[at] = publishable(frame.sockets[at], privacy);
  }
  auto *threads = part<sw_thread_t>(&report, parts.threads);
  for (uint32_t at = 0; at < frame.thread_count; ++at) {
    threads[at] = publishable(frame.threads[at]);
  }
}

}  // namespace
}  // namespace slotwatch

using namespace slotwatch;

sw_status_t sw_report_size(const sw_shape_t *shape, size_t *size) {
  if (size == nullptr || shape == nullptr || shape->slots == 0 || shape->worker_stride == 0) {
    return SW_STATUS_ARGUMENT;
  }
  *size = Parts{*shape}.end;
  return SW_STATUS_OK;
}

sw_status_t sw_engine_report(const sw_engine_t *engine, const sw_frame_t *frame,
                             const sw_policy_t *policy, const sw_identity_t *identity,
                             sw_report_t *report, size_t size) {
  if (engine == nullptr || frame == nullptr || policy == nullptr || identity == nullptr ||
      report == nullptr || !frame_makes_sense(*frame) || frame->slot_count > engine->slots) {
    return SW_STATUS_ARGUMENT;
  }
  if (size < Parts{shape_of(*frame)}.end) {
    return SW_STATUS_SPACE;
  }
  write_header(*report, *engine, *frame);
  report->policy = *policy;
  report->identity = *identity;
  write_slots(*report, *engine, *frame, *policy);
  write_requests(*report, *frame, policy->privacy);
  write_evidence(*report, *frame, policy->privacy);
  return SW_STATUS_OK;
}

sw_status_t sw_report_check(const sw_report_t *report, size_t size) {
  const bool fits =
      report != nullptr && size >= sizeof(sw_report_t) && report->layout == report_layout &&
      report->size <= size && report->generation_count <= SW_GENERATIONS_MAX &&
      report->moment_count <= SW_MOMENTS_MAX && report->incident_count <= SW_INCIDENTS_MAX &&
      report->slot_count <= UINT32_MAX / sizeof(sw_slot_t);
  return fits && Parts{*report}.end == report->size ? SW_STATUS_OK : SW_STATUS_LAYOUT;
}

const sw_slot_t *sw_report_slots(const sw_report_t *report) {
  return part<const sw_slot_t>(const_cast<sw_report_t *>(report), Parts{*report}.slots);
}

const uint8_t *sw_report_workers(const sw_report_t *report) {
  return part<const uint8_t>(const_cast<sw_report_t *>(report), Parts{*report}.workers);
}

const sw_request_t *sw_report_requests(const sw_report_t *report) {
  return part<const sw_request_t>(const_cast<sw_report_t *>(report), Parts{*report}.requests);
}

const sw_socket_t *sw_report_sockets(const sw_report_t *report) {
  return part<const sw_socket_t>(const_cast<sw_report_t *>(report), Parts{*report}.sockets);
}

const sw_thread_t *sw_report_threads(const sw_report_t *report) {
  return part<const sw_thread_t>(const_cast<sw_report_t *>(report), Parts{*report}.threads);
}
