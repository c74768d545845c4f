// SPDX-License-Identifier: Apache-2.0
// Where a request to the watcher's HTTP leads.
#include <charconv>
#include <string_view>

#include "instant.hpp"
#include "line.hpp"
#include "query.hpp"
#include "slotwatch_http.h"

namespace {

using namespace slotwatch;
using std::string_view;

enum : uint16_t {
  http_ok = 200,
  http_accepted = 202,
  http_bad_request = 400,
  http_forbidden = 403,
  http_not_found = 404,
  http_method_not_allowed = 405,
  http_conflict = 409,
  http_unavailable = 503,
};

// What is one of our own, or a number: nothing that a client sent is sent back.
template <typename... Parts>
void answer_line(sw_route_t &route, uint16_t status, const Parts &...parts) {
  route.action = SW_ACTION_LINE;
  route.status = status;
  Line line{route.line, sizeof(route.line)};
  const sw_sink_t sink{&line, Line::write};
  {
    Out out{sink};
    (out << ... << parts) << '\n';
  }
  route.line[line.used] = '\0';
}

[[nodiscard]] bool read_number(string_view text, int32_t &number) {
  uint32_t value = 0;  // takes no sign, not that of -0 either
  const char *end = text.data() + text.size();
  const auto [last, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc{} || last != end || value > INT32_MAX) {
    return false;
  }
  number = static_cast<int32_t>(value);
  return true;
}

// A path with what leads there; the page's own parameters are the page's to read.
void route_status(string_view query, const sw_http_request_t &request, sw_route_t &route) {
  const char *from = query.empty() ? nullptr : query.data();
  if (sw_format_choose(from, request.accept, &route.format) != SW_STATUS_OK) {
    answer_line(route, http_bad_request, "unknown format: it takes one of ", sw_format_list());
    return;
  }
  route.action = SW_ACTION_STATUS;
}

void route_events(string_view query, const sw_http_request_t & /*request*/, sw_route_t &route) {
  route.action = SW_ACTION_EVENTS;
  route.format = SW_FORMAT_JSON;
  route.since = -1;
  while (!query.empty()) {
    string_view value = next_part(query, '&');
    const string_view name = next_part(value, '=');
    if (name == "since" && !read_instant(value, route.since)) {
      answer_line(route, http_bad_request,
                  "since takes an instant: 2026-11-25T01:04:55.123Z, or Unix seconds");
      return;
    }
    if (name == "format" && value == sw_format_name(SW_FORMAT_TEXT)) {
      route.format = SW_FORMAT_TEXT;
    } else if (name == "format" && value == sw_format_name(SW_FORMAT_JSON)) {
      route.format = SW_FORMAT_JSON;
    } else if (name == "format") {
      answer_line(route, http_bad_request, "unknown format: it takes json or text");
      return;
    } else if (name != "since") {
      answer_line(route, http_bad_request, "unknown parameter: it takes since and format");
      return;
    }
  }
}

void route_health(string_view /*query*/, const sw_http_request_t & /*request*/, sw_route_t &route) {
  route.action = SW_ACTION_STATUS;
  route.format = SW_FORMAT_HEALTH;
}

void route_recycle(string_view query, const sw_http_request_t & /*request*/, sw_route_t &route) {
  route.action = SW_ACTION_RECYCLE;
  route.status = http_accepted;
  route.slot = -1;
  while (!query.empty()) {
    string_view value = next_part(query, '&');
    const string_view name = next_part(value, '=');
    const bool is_slot = name == "slot";
    if (!is_slot && name != "pid") {
      answer_line(route, http_bad_request, "unknown parameter: it takes slot and pid");
      return;
    }
    if (!read_number(value, is_slot ? route.slot : route.pid)) {
      answer_line(route, http_bad_request, is_slot ? "slot" : "pid", " takes a number");
      return;
    }
  }
  if (route.slot < 0) {
    answer_line(route, http_bad_request, "slot is missing: /recycle?slot=N&pid=P");
  }
}

struct Place {
  string_view path;
  const char *allow;
  void (*route)(string_view query, const sw_http_request_t &request, sw_route_t &route);
};

constexpr const char *reading = "GET, HEAD";
constexpr Place places[] = {
    {"/status", reading, route_status},
    {"/events", reading, route_events},
    {"/healthz", reading, route_health},
    {"/recycle", "POST", route_recycle},
};

[[nodiscard]] bool allows(const Place &place, string_view method) {
  return place.allow == reading ? method == "GET" || method == "HEAD" : method == place.allow;
}

[[nodiscard]] bool may_recycle(const sw_http_request_t &request, uint32_t own_uid) {
  return request.is_local != 0 && (request.uid == 0 || request.uid == own_uid);
}

void refuse(const sw_http_request_t &request, sw_route_t &route) {
  route.is_refused = 1;
  answer_line(route, http_forbidden,
              request.is_local != 0 ? "only root and the server's user may recycle"
                                    : "recycling is for the unix socket");
}

// As a proxy asks (RFC 9112, 3.2.2): where it thinks that we are does not matter.
[[nodiscard]] string_view without_authority(string_view target) {
  constexpr string_view scheme = "http://";
  if (target.starts_with(scheme)) {
    target.remove_prefix(std::min(target.find_first_of("/?", scheme.size()), target.size()));
  }
  return target;
}

// What of the slot stands against it, if anything does.
void refuse_slot(sw_route_t &route, const sw_report_t &report) {
  const int64_t number = route.slot;
  const sw_slot_t &slot = sw_report_slots(&report)[number];
  if (report.policy.mode == SW_MODE_OFF) {
    answer_line(route, http_conflict, "SlotWatchRecycle is Off");
  } else if (slot.state == SW_STATE_FREE) {
    answer_line(route, http_conflict, "slot ", number, " is free");
  } else if (route.pid != 0 && route.pid != slot.pid) {
    answer_line(route, http_conflict, "slot ", number, " is held by pid ", int64_t{slot.pid});
  } else if (slot.state == SW_STATE_SERVING) {
    answer_line(route, http_conflict, "slot ", number, " serves, and is left alone");
  } else {
    route.pid = slot.pid;
  }
}

}  // namespace

void sw_http_route(const sw_http_request_t *request, uint32_t own_uid, sw_route_t *route) {
  string_view query = without_authority(request->target);
  const string_view path = next_part(query, '?');
  const auto *place = std::ranges::find(places, path, &Place::path);
  *route = sw_route_t{};
  route->status = http_ok;
  if (place == std::end(places)) {
    answer_line(*route, http_not_found, "there are /status, /events, /healthz and /recycle");
  } else if (!allows(*place, request->method)) {
    route->allow = place->allow;
    answer_line(*route, http_method_not_allowed, "it takes ", place->allow);
  } else if (place->route == route_recycle && !may_recycle(*request, own_uid)) {
    refuse(*request, *route);
  } else {
    place->route(query, *request, *route);
  }
}

void sw_http_look(sw_route_t *route, const sw_report_t *report, sw_usec_t monotonic_now) {
  if (route->action == SW_ACTION_LINE) {
    return;
  }
  if (report == nullptr) {
    answer_line(*route, http_unavailable, "no report: the watcher has not published one yet");
  } else if (route->format == SW_FORMAT_HEALTH &&
             sw_report_is_healthy(report, monotonic_now) == 0) {
    route->status = http_unavailable;
  }
}

void sw_http_recycle(sw_route_t *route, const sw_report_t *report, sw_usec_t monotonic_now) {
  if (sw_report_is_stale(report, monotonic_now) != 0) {
    answer_line(*route, http_unavailable, "the report is stale: the watcher is held up");
  } else if (static_cast<uint32_t>(route->slot) >= report->slot_count) {
    answer_line(*route, http_not_found, "there is no such slot: they are 0 to ",
                int64_t{report->slot_count} - 1);
  } else {
    refuse_slot(*route, *report);
  }
}
