// SPDX-License-Identifier: Apache-2.0
// The report as one page, whole without a script and without another file.
#include "documents.hpp"
#include "markup.hpp"

namespace slotwatch {

namespace {

constexpr std::string_view page_head = R"(<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>
:root { color-scheme: light dark; }
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 75rem; padding: 0 1rem; }
h1 { font-size: 1.4rem; } h2 { font-size: 1.1rem; margin-top: 2rem; }
table { border-collapse: collapse; display: block; overflow-x: auto; }
th, td { border-bottom: 1px solid #8885; padding: .2rem .8rem .2rem 0; text-align: left; }
th { font-weight: 600; } td { white-space: nowrap; }
.workers, .text { font-family: ui-monospace, monospace; }
.workers, .text { white-space: pre-wrap; word-break: break-all; }
.workers { display: inline-block; min-width: 13ch; }
.sub td { padding-left: 2rem; }
.free { color: #888; } .stuck td:nth-child(4), .full, .stale { color: #c22; font-weight: 600; }
.draining td:nth-child(4), .recycling td:nth-child(4), .tight { color: #b60; font-weight: 600; }
</style>
)";

// draining_seconds -> draining: units stand in the values of a page.
void write_label(Out &out, std::string_view name) {
  constexpr std::string_view unit = "_seconds";
  if (name.ends_with(unit)) {
    name.remove_suffix(unit.size());
  }
  for (const char byte : name) {
    out << (byte == '_' ? ' ' : byte);
  }
}

void write_value(Out &out, const Value &value) {
  switch (value.kind) {
    case Value::Kind::nothing:
      break;
    case Value::Kind::seconds:
      write_span(out, value.number);
      break;
    case Value::Kind::text:
      out << "<span class=\"text\">";
      write_markup(out, value.bytes);
      out << "</span>";
      break;
    case Value::Kind::workers:
      out << "<span class=\"workers\">";
      write_plain(out, value);
      out << "</span>";
      break;
    default:
      write_plain(out, value);
  }
}

template <typename T>
void write_head_row(Out &out, Fields<T> fields) {
  out << "<tr>";
  for (const Field<T> &field : fields) {
    out << "<th scope=\"col\">";
    write_label(out, field.name);
    out << "</th>";
  }
  out << "</tr>\n";
}

template <typename T>
void write_cells(Out &out, Fields<T> fields, const T &from, const Look &look) {
  for (const Field<T> &field : fields) {
    out << "<td>";
    write_value(out, field.value(from, look));
    out << "</td>";
  }
}

// A table with a row for each of many.
template <typename T>
void write_rows(Out &out, std::string_view heading, Fields<T> fields, std::span<const T> from,
                const Look &look) {
  if (from.empty()) {
    return;
  }
  out << "<h2>" << heading << "</h2>\n<table>\n";
  write_head_row(out, fields);
  for (const T &one : from) {
    out << "<tr>";
    write_cells(out, fields, one, look);
    out << "</tr>\n";
  }
  out << "</table>\n";
}

// A table with a row for each field of one.
template <typename T>
void write_sheet(Out &out, std::string_view heading, Fields<T> fields, const T &from,
                 const Look &look) {
  out << "<h2>" << heading << "</h2>\n<table>\n";
  for (const Field<T> &field : fields) {
    out << "<tr><th scope=\"row\">";
    write_label(out, field.name);
    out << "</th><td>";
    write_value(out, field.value(from, look));
    out << "</td></tr>\n";
  }
  out << "</table>\n";
}

// What a draining slot holds, in one row beneath it: `label value, label value`.
template <typename T>
void write_sub_row(Out &out, std::string_view heading, Fields<T> fields, const T &from,
                   const Look &look) {
  out << "<tr class=\"sub\"><td colspan=\"" << static_cast<int64_t>(slot_fields().size()) << "\">"
      << heading << ": ";
  std::string_view separator;
  for (const Field<T> &field : fields) {
    const Value value = field.value(from, look);
    if (!value.is_nothing()) {
      out << separator;
      write_label(out, field.name);
      out << ' ';
      write_value(out, value);
      separator = ", ";
    }
  }
  out << "</td></tr>\n";
}

void write_slot(Out &out, const sw_slot_t &slot, const Look &look) {
  out << "<tr class=\"" << sw_state_name(slot.state) << "\">";
  write_cells(out, slot_fields(), slot, look);
  out << "</tr>\n";
  if (slot.state == SW_STATE_FREE || slot.state == SW_STATE_SERVING) {
    return;
  }
  write_sub_row(out, "connections", connection_fields(), slot.connections, look);
  for (const sw_request_t &request : look.requests(slot)) {
    write_sub_row(out, "request", request_fields(), request, look);
  }
  for (const sw_socket_t &socket : look.sockets(slot)) {
    write_sub_row(out, "socket", socket_fields(), socket, look);
  }
  for (const sw_thread_t &thread : look.threads(slot)) {
    write_sub_row(out, "thread", thread_fields(), thread, look);
  }
}

void write_slots(Out &out, const Look &look) {
  out << "<h2>Slots</h2>\n<table>\n";
  write_head_row(out, slot_fields());
  for (const sw_slot_t &slot : look.slots()) {
    write_slot(out, slot, look);
  }
  out << "</table>\n";
}

void write_opening(Out &out, const Look &look) {
  const char *verdict = sw_verdict_name(look.report.capacity.verdict);
  out << page_head << "<title>slotwatch: " << (look.is_stale() ? "stale" : verdict)
      << "</title>\n</head>\n<body>\n<h1 class=\"" << (look.is_stale() ? "stale" : verdict)
      << "\">";
  write_headline(out, look);
  out << "</h1>\n<p>As of ";
  write_instant(out, look.report.wall);
  out << ". The same as <a href=\"?format=json\">JSON</a>, <a "
         "href=\"?format=text\">text</a>.</p>\n";
}

}  // namespace

void write_html(Out &out, const Look &look) {
  const sw_report_t &report = look.report;
  write_opening(out, look);
  write_slots(out, look);
  write_rows(out, "Old generations", generation_fields(),
             std::span{report.generations, report.generation_count}, look);
  write_rows(out, "Incidents", incident_fields(),
             std::span{report.incidents, report.incident_count}, look);
  write_sheet(out, "Capacity", capacity_fields(), report.capacity, look);
  write_sheet(out, "Server", server_fields(), report, look);
  write_sheet(out, "Watcher", watcher_fields(), report, look);
  write_sheet(out, "Counters", counter_fields(), report.counters, look);
  out << "</body>\n</html>\n";
}

}  // namespace slotwatch
