// SPDX-License-Identifier: Apache-2.0
// What is known of a process that is about to be killed, a line each: nobody can look afterwards.
#include "line.hpp"

namespace slotwatch {

namespace {

template <typename T>
void write_line(Out &out, std::string_view heading, Fields<T> fields, const T &from,
                const Look &look) {
  out << heading;
  for (const Field<T> &field : fields) {
    const Value value = field.value(from, look);
    if (!value.is_nothing()) {
      out << ' ' << field.name << '=';
      write_plain(out, value);
    }
  }
}

// Writes the one that `at` leads to, if it is of this list; else counts on beyond it.
template <typename T>
[[nodiscard]] bool write_of(Out &out, std::string_view heading, Fields<T> fields,
                            std::span<const T> list, size_t &at, const Look &look) {
  if (at >= list.size()) {
    at -= list.size();
    return false;
  }
  write_line(out, heading, fields, list[at], look);
  return true;
}

void write_process(Out &out, const sw_intent_t &intent) {
  out << "SW" << int64_t{SW_LOG_305} << ' ' << sw_log_event(SW_LOG_305)
      << " slot=" << int64_t{intent.slot} << " pid=" << int64_t{intent.pid} << ' ';
}

[[nodiscard]] bool write_evidence(Out &out, const sw_intent_t &intent, size_t at,
                                  const Look &look) {
  const auto slots = look.slots();
  const auto number = static_cast<size_t>(intent.slot);
  if (intent.slot < 0 || number >= slots.size() || slots[number].pid != intent.pid) {
    return false;
  }
  const sw_slot_t &slot = slots[number];
  write_process(out, intent);
  return write_of(out, "thread", thread_fields(), look.threads(slot), at, look) ||
         write_of(out, "socket", socket_fields(), look.sockets(slot), at, look) ||
         write_of(out, "request", request_fields(), look.requests(slot), at, look);
}

}  // namespace
}  // namespace slotwatch

using namespace slotwatch;

sw_status_t sw_render_evidence(const sw_intent_t *intent, const sw_report_t *report, uint32_t at,
                               char *line, size_t size) {
  if (intent == nullptr || report == nullptr || line == nullptr || size == 0) {
    return SW_STATUS_ARGUMENT;
  }
  Line target{line, size};
  const sw_sink_t sink{&target, Line::write};
  Out out{sink};
  const bool is_there = write_evidence(out, *intent, at, Look{*report, report->monotonic});
  out.flush();
  line[is_there ? target.used : 0] = '\0';
  if (!is_there) {
    return SW_STATUS_RANGE;
  }
  return out.has_failed() ? SW_STATUS_SPACE : SW_STATUS_OK;
}
