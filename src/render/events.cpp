// SPDX-License-Identifier: Apache-2.0
// The documents of the watcher's HTTP that are not the report.
#include "documents.hpp"
#include "slotwatch_http.h"

using namespace slotwatch;

namespace {

template <typename Write>
[[nodiscard]] sw_status_t write_to(const sw_sink_t &sink, const Write &write) {
  Out out{sink};
  write(out);
  out.flush();
  return out.has_failed() ? SW_STATUS_SINK : SW_STATUS_OK;
}

}  // namespace

namespace slotwatch {

// To the millisecond, as instants are shown: what is asked for is what was shown last.
bool changed_after(const sw_incident_t &incident, sw_usec_t since) {
  const sw_usec_t last = std::max(incident.opened_wall, incident.closed_wall);
  return since < 0 || last / SW_USEC_PER_MSEC > since / SW_USEC_PER_MSEC;
}

}  // namespace slotwatch

sw_status_t sw_render_events(const sw_report_t *report, const sw_route_t *route,
                             const sw_sink_t *sink) {
  return write_to(*sink, [=](Out &out) {
    const Look look{*report, report->monotonic};
    if (route->format == SW_FORMAT_TEXT) {
      write_text_events(out, look, route->since);
    } else {
      write_json_events(out, look, route->since);
    }
  });
}

sw_status_t sw_render_asked(const sw_report_t *report, const sw_route_t *route,
                            const sw_sink_t *sink) {
  return write_to(*sink, [=](Out &out) {
    const Look look{*report, report->monotonic};
    write_json_asked(out, look, look.slots()[static_cast<size_t>(route->slot)]);
  });
}
