// SPDX-License-Identifier: Apache-2.0
// The report as lines, for a terminal and for grep: the same names as in the JSON.
#include "documents.hpp"

namespace slotwatch {

namespace {

// `section.name: value`, a line each.
template <typename T>
void write_section(Out &out, std::string_view section, Fields<T> fields, const T &from,
                   const Look &look) {
  for (const Field<T> &field : fields) {
    out << section << '.' << field.name << ": ";
    write_plain(out, field.value(from, look));
    out << '\n';
  }
}

// ` name=value`, all in one line, without what there is not.
template <typename T>
void write_pairs(Out &out, Fields<T> fields, const T &from, const Look &look) {
  for (const Field<T> &field : fields) {
    const Value value = field.value(from, look);
    if (!value.is_nothing()) {
      out << ' ' << field.name << '=';
      write_plain(out, value);
    }
  }
}

template <typename T>
void write_list(Out &out, std::string_view heading, Fields<T> fields, std::span<const T> from,
                const Look &look) {
  for (const T &one : from) {
    out << heading << ':';
    write_pairs(out, fields, one, look);
    out << '\n';
  }
}

void write_slot(Out &out, const sw_slot_t &slot, const Look &look) {
  write_list(out, "slot", slot_fields(), std::span{&slot, 1}, look);
  if (slot.state == SW_STATE_FREE || slot.state == SW_STATE_SERVING) {
    return;
  }
  write_list(out, "  connections", connection_fields(), std::span{&slot.connections, 1}, look);
  write_list(out, "  request", request_fields(), look.requests(slot), look);
  if (slot.requests_omitted > 0) {
    out << "  requests_omitted: " << int64_t{slot.requests_omitted} << '\n';
  }
  write_list(out, "  socket", socket_fields(), look.sockets(slot), look);
  write_list(out, "  thread", thread_fields(), look.threads(slot), look);
}

void write_incident(Out &out, const sw_incident_t &incident, const Look &look) {
  write_list(out, "incident", incident_fields(), std::span{&incident, 1}, look);
  write_list(out, "  rung", rung_fields(), rungs_of(incident), look);
}

}  // namespace

void write_text(Out &out, const Look &look) {
  const sw_report_t &report = look.report;
  write_headline(out, look);
  out << "\ntime: ";
  write_instant(out, report.wall);
  out << '\n';
  write_section(out, "server", server_fields(), report, look);
  write_section(out, "watcher", watcher_fields(), report, look);
  write_section(out, "capacity", capacity_fields(), report.capacity, look);
  write_section(out, "counters", counter_fields(), report.counters, look);
  write_list(out, "generation", generation_fields(),
             std::span{report.generations, report.generation_count}, look);
  for (const sw_slot_t &slot : look.slots()) {
    write_slot(out, slot, look);
  }
  for (const sw_incident_t &incident : look.incidents()) {
    write_incident(out, incident, look);
  }
}

void write_text_events(Out &out, const Look &look, sw_usec_t since) {
  const std::span newest_first = look.incidents();
  for (auto incident = newest_first.rbegin(); incident != newest_first.rend(); ++incident) {
    if (changed_after(*incident, since)) {
      write_incident(out, *incident, look);
    }
  }
}

// One line, for probes that look at no more than the status and the first word.
void write_health(Out &out, const Look &look) {
  write_headline(out, look);
  out << '\n';
}

}  // namespace slotwatch
