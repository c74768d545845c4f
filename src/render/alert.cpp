// SPDX-License-Identifier: Apache-2.0
// An alert as one line of the error log. docs/log-lines.md lists the keys.
#include <algorithm>

#include "line.hpp"

namespace slotwatch {

namespace {

// Letters of a slot's workers in one line; what is more is counted.
constexpr size_t most_letters = 64;

class AlertLine {
 public:
  AlertLine(Out &out, const sw_alert_t &alert, const Look &look)
      : out_{out}, alert_{alert}, look_{look} {}

  void write();

 private:
  AlertLine &pair(std::string_view key, const Value &value) {
    out_ << ' ' << key << '=';
    write_plain(out_, value);
    return *this;
  }
  void write_keys();
  void about_slot();
  void about_holders();
  void about_workers(const sw_slot_t &slot);
  void about_oldest(std::span<const sw_request_t> requests);
  void about_capacity();
  void about_rung();
  void about_generation();
  void about_incident();

  Out &out_;
  const sw_alert_t &alert_;
  const Look &look_;
};

void AlertLine::about_incident() {
  pair("open_seconds", Value::of_seconds(alert_.open));
  pair("repeat", Value::of_number(alert_.repeat));
}

void AlertLine::about_slot() {
  pair("slot", Value::of_number(alert_.slot));
  pair("pid", Value::of_number(alert_.pid));
  pair("generation", Value::of_number(alert_.generation));
  pair("phase", Value::of_word(sw_phase_name(alert_.phase)));
  pair("trigger", Value::of_word(sw_trigger_name(alert_.trigger)));
  pair("reason", Value::of_word(sw_reason_name(alert_.reason)));
  pair("draining_seconds", Value::of_seconds(alert_.draining));
  pair("stalled_seconds", Value::of_seconds(alert_.stalled));
}

void AlertLine::about_workers(const sw_slot_t &slot) {
  const std::string_view workers = look_.workers(slot);
  pair("workers", Value::of_workers(workers.substr(0, most_letters)));
  if (workers.size() > most_letters) {
    out_ << '+' << static_cast<int64_t>(workers.size() - most_letters);
  }
}

void AlertLine::about_oldest(std::span<const sw_request_t> requests) {
  if (requests.empty()) {
    return;
  }
  const sw_request_t &oldest = *std::ranges::max_element(requests, {}, &sw_request_t::elapsed);
  pair("request", Value::of_text(oldest.request));
  pair("client", Value::of_text(oldest.client));
  pair("vhost", Value::of_text(oldest.vhost));
}

// Who holds the slot: of the report of the same step, if it is still of the same process.
void AlertLine::about_holders() {
  const auto slots = look_.slots();
  const auto at = static_cast<size_t>(alert_.slot);
  if (alert_.slot < 0 || at >= slots.size() || slots[at].pid != alert_.pid) {
    return;
  }
  const auto requests = look_.requests(slots[at]);
  about_workers(slots[at]);
  pair("judged_by", Value::of_word(sw_judged_by_name(slots[at].judged_by)));
  pair("busy",
       Value::of_number(static_cast<int64_t>(requests.size()) + slots[at].requests_omitted));
  about_oldest(requests);
}

void AlertLine::about_capacity() {
  for (const auto &field : capacity_fields()) {
    pair(field.name, field.value(look_.report.capacity, look_));
  }
}

// What is done, or was; of SW300 and SW301 `cut` is what the agent sees that would be.
void AlertLine::about_rung() {
  pair("rung", Value::of_word(sw_rung_name(alert_.rung)));
  pair("cut", Value::of_number(alert_.cut));
  if (alert_.id == SW_LOG_300) {
    pair("suppressed", Value::of_word(sw_suppression_name(alert_.suppressed)));
  } else if (alert_.id != SW_LOG_301) {
    pair("outcome", Value::of_word(sw_outcome_name(alert_.outcome)));
  }
}

void AlertLine::about_generation() {
  pair("generation", Value::of_number(alert_.generation));
  pair("slots", Value::of_number(alert_.slots));
  pair("draining_seconds", Value::of_seconds(alert_.draining));
}

void AlertLine::write() {
  out_ << "SW";
  out_.padded(alert_.id, 3) << ' ' << sw_log_event(alert_.id);
  if (alert_.incident != 0) {
    pair("incident", Value::of_id(alert_.incident));
  }
  write_keys();
}

void AlertLine::write_keys() {
  switch (alert_.id) {
    case SW_LOG_200:
      about_slot();
      about_holders();
      break;
    case SW_LOG_201:
      about_slot();
      about_incident();
      about_holders();
      break;
    case SW_LOG_202:
      about_slot();
      about_incident();
      break;
    case SW_LOG_220:
      about_generation();
      break;
    case SW_LOG_310:
    case SW_LOG_312:
      about_capacity();
      break;
    case SW_LOG_300:
    case SW_LOG_301:
    case SW_LOG_302:
    case SW_LOG_303:
    case SW_LOG_304:
    case SW_LOG_311:
      about_slot();
      about_rung();
      break;
    default:
      about_incident();
      about_capacity();
  }
}

}  // namespace
}  // namespace slotwatch

using namespace slotwatch;

sw_status_t sw_render_alert(const sw_alert_t *alert, const sw_report_t *report, char *line,
                            size_t size) {
  if (alert == nullptr || report == nullptr || line == nullptr || size == 0) {
    return SW_STATUS_ARGUMENT;
  }
  Line target{line, size};
  const sw_sink_t sink{&target, Line::write};
  Out out{sink};
  AlertLine{out, *alert, Look{*report, report->monotonic}}.write();
  out.flush();
  line[target.used] = '\0';
  return out.has_failed() ? SW_STATUS_SPACE : SW_STATUS_OK;
}
