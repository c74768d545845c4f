// SPDX-License-Identifier: Apache-2.0
// slotwatchctl events: what was opened and closed, in the order of time.
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <deque>
#include <limits>
#include <vector>

#include "commands.hpp"
#include "incident.hpp"
#include "instant.hpp"
#include "output.hpp"
#include "text.hpp"
#include "watcher.hpp"

namespace slotwatch::ctl {

namespace {

constexpr int poll_ms = 1000;

struct Event {
  Instant at;
  std::string key;  // what it is, whatever else changes
  std::string line;
};

[[nodiscard]] Instant instant_of(const std::string &text) {
  const auto instant = parse_instant(text);
  if (!instant) {
    throw Failure{"the server's answer is no list of events: " + text + " is no instant"};
  }
  return *instant;
}

// In the order of time.
[[nodiscard]] std::vector<Event> events_of(const std::vector<Incident> &incidents) {
  std::vector<Event> all;
  for (const Incident &incident : incidents) {
    all.push_back(
        {instant_of(incident.opened), incident.incident + " opened", opened_line(incident)});
    if (!incident.closed.empty()) {
      all.push_back(
          {instant_of(incident.closed), incident.incident + " closed", closed_line(incident)});
    }
  }
  std::ranges::stable_sort(all, {}, &Event::at);
  return all;
}

// An instant, or Unix seconds, or a span with a unit: so long ago. The Instant, in microseconds.
[[nodiscard]] Instant parse_since(const std::string &text) {
  using namespace std::chrono;
  if (const auto instant = parse_instant(text)) {
    return *instant;
  }
  constexpr int64_t last_second = 253402300799;  // of the year 9999
  const auto seconds = parse_number(text);
  if (seconds && *seconds >= 0 && *seconds <= last_second) {
    return *seconds * per_second;
  }
  const auto span = parse_span(text);
  if (!span || seconds) {
    throw Failure{"--since: " + printable(text) +
                  " is none of 2026-11-25T01:04:55Z, Unix seconds, or a span such as 10min"};
  }
  const auto now = duration_cast<microseconds>(system_clock::now().time_since_epoch());
  return now.count() - duration_cast<microseconds>(*span).count();
}

// As the watcher takes it; it cannot be asked about parts of a second that were given here.
[[nodiscard]] std::string whole_seconds(Instant since) {
  return std::to_string(since / per_second);
}

// The server remembers 64 incidents, each opened and closed.
constexpr size_t most_known = 128;

constexpr Instant beginning = std::numeric_limits<Instant>::min();

class Listing {
 public:
  explicit Listing(const Options &options) : watcher_{options.socket}, is_json_{options.json} {
    if (!options.since.empty()) {
      since_ = parse_since(options.since);
      asked_ = whole_seconds(since_);
    }
  }

  // Asks once, and writes what is new.
  void go_on() {
    const std::string document = watcher_.events(asked_, Deadline::in(usual_timeout));
    const Events events = parse_events(document);
    const std::vector<std::string> lines = new_lines(events);
    if (!is_json_) {
      std::ranges::for_each(lines, [this](const std::string &line) { out_.line(line); });
    } else if (!has_asked_ || !lines.empty()) {
      out_.write(printable_json(document) + (document.ends_with('\n') ? "" : "\n"));
    }
    since_ = std::min(since_, instant_of(events.time));  // the clock may have been set back
    asked_ = events.time;
    has_asked_ = true;
  }

  void pause() const { out_.wait_ms(poll_ms); }

 private:
  [[nodiscard]] std::vector<std::string> new_lines(const Events &events) {
    std::vector<std::string> lines;
    for (Event &event : events_of(events.incidents)) {
      if (std::ranges::find(known_, event.key) == known_.end()) {
        known_.push_back(std::move(event.key));
        if (event.at > since_) {
          lines.push_back(std::move(event.line));
        }
      }
    }
    while (known_.size() > most_known) {
      known_.pop_front();
    }
    return lines;
  }

  Output out_{1};
  Watcher watcher_;
  bool is_json_;
  bool has_asked_ = false;
  Instant since_ = beginning;
  std::string asked_;
  std::deque<std::string> known_;
};

// What was written stands: each line is a write of its own.
extern "C" void end_well(int /*signal*/) {
  _exit(0);
}

[[noreturn]] void follow(Listing &listing) {
  for (;;) {
    listing.pause();
    try {
      listing.go_on();
    } catch (const NoServer &) {
      continue;  // it may come back
    }
  }
}

}  // namespace

Exit events(const Options &options) {
  Listing listing{options};
  if (!options.follow) {
    listing.go_on();
    return Exit::ok;
  }
  static_cast<void>(std::signal(SIGINT, end_well));
  static_cast<void>(std::signal(SIGTERM, end_well));
  try {
    listing.go_on();
    follow(listing);
  } catch (const OutputClosed &) {
    return Exit::ok;
  }
}

}  // namespace slotwatch::ctl
