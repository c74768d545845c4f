// SPDX-License-Identifier: Apache-2.0
// The report in the page of another module: mod_status's. docs/mod-status.md says what each is.
#include <algorithm>

#include "documents.hpp"
#include "markup.hpp"

namespace slotwatch {

namespace {

using Names = std::span<const std::string_view>;

// All of the capacity's, and of these tables those that a collector can use.
constexpr std::string_view watcher[] = {"mode", "latched", "sample_age_seconds", "stale"};
constexpr std::string_view counters[] = {
    "incidents_opened", "generations_drained", "reloads",   "recycled_backends",
    "recycled_clients", "recycled_kill",       "not_freed", "connections_cut"};

// reloads_left -> SlotWatchReloadsLeft, as mod_status spells its own.
void write_key(Out &out, std::string_view name) {
  out << "SlotWatch";
  bool begins = true;
  for (const char byte : name) {
    if (byte != '_') {
      out << (begins ? static_cast<char>(byte - 'a' + 'A') : byte);
    }
    begins = byte == '_';
  }
}

// A flag is a number: most collectors take nothing else.
void write_line(Out &out, std::string_view name, const Value &value) {
  write_key(out, name);
  out << ": ";
  write_plain(out, value.kind == Value::Kind::flag ? Value::of_number(value.number) : value);
  out << '\n';
}

template <typename T>
void write_lines(Out &out, Fields<T> fields, Names names, const T &from, const Look &look) {
  for (const Field<T> &field : fields) {
    if (names.empty() || std::ranges::find(names, field.name) != names.end()) {
      write_line(out, field.name, field.value(from, look));
    }
  }
}

void write_auto(Out &out, const Look &look) {
  const sw_report_t &report = look.report;
  write_lines(out, capacity_fields(), {}, report.capacity, look);
  write_line(out, "oldest_drain_seconds", Value::of_seconds(look.oldest_drain()));
  write_lines(out, watcher_fields(), watcher, report, look);
  write_lines(out, counter_fields(), counters, report.counters, look);
}

// As mod_status begins what its other modules have; no table, so ?notable is the same.
void open_section(Out &out) {
  out << "<hr />\n<h2>mod_slotwatch</h2>\n<dl>\n<dt>";
}

void close_section(Out &out) {
  out << "</dt>\n</dl>\n";
}

void write_section(Out &out, const Look &look) {
  open_section(out);
  write_headline(out, look);
  out << "</dt>\n<dt>Oldest drain: ";
  write_span(out, look.oldest_drain());
  out << "</dt>\n<dt>SlotWatchRecycle: " << sw_mode_name(look.report.policy.mode)
      << (look.report.is_latched != 0 ? ", latched" : "");
  close_section(out);
}

void write_missing(Out &out, std::string_view why, bool is_auto) {
  if (is_auto) {
    write_line(out, "verdict", Value::of_word("none"));
    return;
  }
  open_section(out);
  write_markup(out, why);
  close_section(out);
}

}  // namespace

}  // namespace slotwatch

using namespace slotwatch;

sw_status_t sw_render_section(const sw_report_t *report, const char *why_not, const sw_view_t *view,
                              const sw_sink_t *sink) {
  if ((report == nullptr && why_not == nullptr) || view == nullptr || sink == nullptr ||
      sink->write == nullptr ||
      (view->format != SW_FORMAT_HTML && view->format != SW_FORMAT_TEXT)) {
    return SW_STATUS_ARGUMENT;
  }
  const bool is_auto = view->format == SW_FORMAT_TEXT;
  Out out{*sink};
  if (report == nullptr) {
    write_missing(out, why_not, is_auto);
  } else if (is_auto) {
    write_auto(out, Look{*report, view->monotonic_now});
  } else {
    write_section(out, Look{*report, view->monotonic_now});
  }
  out.flush();
  return out.has_failed() ? SW_STATUS_SINK : SW_STATUS_OK;
}
