// SPDX-License-Identifier: Apache-2.0
// What the watcher tells, as far as it is used here; names and meaning as in docs/status-page.md.
// Texts are printable.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace slotwatch::ctl {

struct Server {
  std::string software;
  std::string mpm;
  int64_t generation = 0;
  double uptime_seconds = 0;
  std::optional<int64_t> pid_namespace;
};

struct WatcherState {
  std::string mode;
  bool latched = false;
  bool stale = false;
  double interval_seconds = 0;
  double sample_age_seconds = 0;
};

struct Capacity {
  int64_t slots = 0;
  int64_t free = 0;
  int64_t serving = 0;
  int64_t draining = 0;
  int64_t stuck = 0;
  int64_t recycling = 0;
  int64_t workers_idle = 0;
  int64_t workers_busy = 0;
  int64_t reserve = 0;
  int64_t reloads_left = 0;
  std::string verdict;
};

struct Generation {
  int64_t generation = 0;
  int64_t slots = 0;
  double draining_seconds = 0;
};

struct Request {
  std::optional<double> elapsed_seconds;
  std::string request;
  std::string client;
  std::string vhost;
};

struct Socket {
  std::string role;
  std::string peer;
  std::optional<double> idle_seconds;
};

struct Slot {
  int64_t slot = 0;
  std::optional<int64_t> pid;
  std::optional<int64_t> generation;
  std::string state;
  std::string phase;
  std::string trigger;
  std::string process;
  std::optional<double> draining_seconds;
  std::optional<double> stalled_seconds;
  std::string workers;
  std::string judged_by;
  std::string rung;
  std::string suppressed;
  std::optional<int64_t> clients;
  std::optional<int64_t> backends;
  std::vector<Request> requests;
  std::vector<Socket> sockets;

  // On its way out, whatever is being done about it.
  [[nodiscard]] bool is_draining() const { return state != "free" && state != "serving"; }
};

struct RungOutcome {
  std::string rung;
  std::string outcome;
  int64_t cut = 0;
};

struct Incident {
  std::string incident;
  std::string about;
  std::optional<int64_t> slot;
  std::optional<int64_t> pid;
  std::optional<int64_t> generation;
  std::string phase;
  std::string trigger;
  std::string reason;
  std::string verdict;
  std::string opened;
  std::string closed;  // empty: it is open
  std::string outcome;
  int64_t repeats = 0;
  std::vector<RungOutcome> rungs;
};

struct Report {
  std::string time;
  Server server;
  WatcherState watcher;
  Capacity capacity;
  std::vector<Generation> generations;
  std::vector<Slot> slots;
  std::vector<Incident> incidents;
};

// The answer to GET /events.
struct Events {
  std::string time;
  std::vector<Incident> incidents;
};

// The answer to POST /recycle.
struct Accepted {
  int64_t slot = 0;
  int64_t pid = 0;
  std::string state;
};

[[nodiscard]] Report parse_report(const std::string &document);
[[nodiscard]] Events parse_events(const std::string &document);
[[nodiscard]] Accepted parse_accepted(const std::string &document);

}  // namespace slotwatch::ctl
