// SPDX-License-Identifier: Apache-2.0
// Incidents, and the fields of which there is one each.
#include <type_traits>

#include "html.hpp"

namespace slotwatch {

namespace {

constexpr size_t incidents_most = 10;  // of the page, the newest; more are counted

void write_about(Out &out, const sw_incident_t &incident) {
  if (incident.slot < 0) {
    out << "capacity<td>" << sw_verdict_name(incident.verdict);
    return;
  }
  out << "slot " << int64_t{incident.slot} << " <small>pid " << int64_t{incident.pid}
      << ", generation " << int64_t{incident.generation} << "</small><td>"
      << sw_reason_name(incident.reason) << " <small>" << sw_phase_name(incident.phase) << ", "
      << sw_trigger_name(incident.trigger) << "</small>";
}

void write_incident(Out &out, const sw_incident_t &incident) {
  out << "<tr><th scope=\"row\"><code>";
  write_value(out, Value::of_id(incident.id));
  out << "</code><td>";
  write_about(out, incident);
  out << "<td>";
  write_time(out, incident.opened_wall);
  out << "<td>";
  if (incident.closed_wall != 0) {
    out << sw_reason_name(incident.closed) << " <small>";
    write_time(out, incident.closed_wall);
    out << "</small>";
  } else {
    out << "<b>open</b>";
  }
  out << "<td>";
  std::string_view separator;
  for (const sw_rung_outcome_t &rung : rungs_of(incident)) {
    out << separator << sw_rung_name(rung.rung) << ' ' << sw_outcome_name(rung.outcome) << ", cut "
        << int64_t{rung.cut};
    separator = "; ";
  }
  out << '\n';
}

void begin_sheet(Out &out, std::string_view section, std::string_view heading) {
  out << section << heading << "</h2>\n<dl class=\"sheet\">\n";
}

// Each field that holds something; of counters, that has counted something.
template <typename T>
void write_sheet(Out &out, Fields<T> fields, const T &from, const Look &look) {
  for (const Field<T> &field : fields) {
    const Value value = field.value(from, look);
    const bool is_idle = std::is_same_v<T, sw_counters_t> && value.number == 0;
    if (!value.is_nothing() && !is_idle) {
      out << "<div><dt>";
      write_label(out, field.name);
      out << "<dd>";
      write_value(out, value);
      out << "</div>\n";
    }
  }
}

}  // namespace

void write_incidents(Out &out, const Look &look) {
  static constexpr std::string_view columns[] = {"incident", "about", "why",
                                                 "opened",   "end",   "rungs"};
  const auto all = look.incidents();
  if (all.empty()) {
    return;
  }
  const size_t shown = all.size() < incidents_most ? all.size() : incidents_most;
  begin_table(out, whole_section, "Incidents", columns);
  for (const sw_incident_t &incident : all.first(shown)) {
    write_incident(out, incident);
  }
  end_table(out);
  if (shown < all.size()) {
    out << "<p>The newest " << static_cast<int64_t>(shown) << " of "
        << static_cast<int64_t>(all.size())
        << ". All of them: <a href=\"?format=text\">as text</a>.</p>\n";
  }
  out << "</section>\n";
}

void write_sheets(Out &out, const Look &look) {
  begin_sheet(out, half_section, "Counters");
  write_sheet(out, counter_fields(), look.report.counters, look);
  out << "</dl>\n</section>\n";
  begin_sheet(out, whole_section, "Server");
  write_sheet(out, server_fields(), look.report, look);
  out << "</dl>\n</section>\n";
  begin_sheet(out, whole_section, "Watcher");
  write_sheet(out, watcher_fields(), look.report, look);
  out << "</dl>\n</section>\n";
}

}  // namespace slotwatch
