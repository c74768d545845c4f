// SPDX-License-Identifier: Apache-2.0
// A report, a view and a sink make a document.
#include <algorithm>

#include "documents.hpp"

namespace {

// A frame may be late by one, and another may be under way.
constexpr sw_usec_t fresh_intervals = 3;

// Whether there is such a format.
[[nodiscard]] bool write_document(slotwatch::Out &out, sw_format_t format,
                                  const slotwatch::Look &look) {
  switch (format) {
    case SW_FORMAT_HTML:
      slotwatch::write_html(out, look);
      return true;
    case SW_FORMAT_JSON:
      slotwatch::write_json(out, look);
      return true;
    case SW_FORMAT_OPENMETRICS:
      slotwatch::write_openmetrics(out, look);
      return true;
    case SW_FORMAT_PROMETHEUS:
      slotwatch::write_prometheus(out, look);
      return true;
    case SW_FORMAT_TEXT:
      slotwatch::write_text(out, look);
      return true;
    case SW_FORMAT_HEALTH:
      slotwatch::write_health(out, look);
      return true;
    default:
      return false;
  }
}

}  // namespace

using namespace slotwatch;

sw_usec_t sw_report_age(const sw_report_t *report, sw_usec_t monotonic_now) {
  return std::max(monotonic_now - report->monotonic, sw_usec_t{0});
}

int sw_report_is_stale(const sw_report_t *report, sw_usec_t monotonic_now) {
  return sw_report_age(report, monotonic_now) > fresh_intervals * report->policy.interval;
}

int sw_report_is_healthy(const sw_report_t *report, sw_usec_t monotonic_now) {
  return sw_report_is_stale(report, monotonic_now) == 0 &&
         report->capacity.verdict != SW_VERDICT_FULL;
}

sw_status_t sw_render(const sw_report_t *report, const sw_view_t *view, const sw_sink_t *sink) {
  if (report == nullptr || view == nullptr || sink == nullptr || sink->write == nullptr) {
    return SW_STATUS_ARGUMENT;
  }
  Out out{*sink};
  if (!write_document(out, view->format, Look{*report, view->monotonic_now})) {
    return SW_STATUS_ARGUMENT;
  }
  out.flush();
  return out.has_failed() ? SW_STATUS_SINK : SW_STATUS_OK;
}
