// SPDX-License-Identifier: Apache-2.0
// Where each field of the JSON goes. Fields that are not named here are nobody's business here.
#include "report.hpp"

#include "json.hpp"

namespace slotwatch::ctl {

namespace {

void read(const Reader &from, Slot &to);
void read(const Reader &from, Incident &to);

#define TAKE(field) from.take(#field, to.field)

void read(const Reader &from, Server &to) {
  TAKE(software);
  TAKE(mpm);
  TAKE(generation);
  TAKE(uptime_seconds);
  TAKE(pid_namespace);
}

void read(const Reader &from, WatcherState &to) {
  TAKE(mode);
  TAKE(latched);
  TAKE(stale);
  TAKE(interval_seconds);
  TAKE(sample_age_seconds);
}

void read(const Reader &from, Capacity &to) {
  TAKE(slots);
  TAKE(free);
  TAKE(serving);
  TAKE(draining);
  TAKE(stuck);
  TAKE(recycling);
  TAKE(workers_idle);
  TAKE(workers_busy);
  TAKE(reserve);
  TAKE(reloads_left);
  TAKE(verdict);
}

void read(const Reader &from, Generation &to) {
  TAKE(generation);
  TAKE(slots);
  TAKE(draining_seconds);
}

void read(const Reader &from, Request &to) {
  TAKE(elapsed_seconds);
  TAKE(request);
  TAKE(client);
  TAKE(vhost);
}

void read(const Reader &from, Socket &to) {
  TAKE(role);
  TAKE(peer);
  TAKE(idle_seconds);
}

void read(const Reader &from, RungOutcome &to) {
  TAKE(rung);
  TAKE(outcome);
  TAKE(cut);
}

template <typename T>
void read_list(const Reader &from, const char *name, std::vector<T> &to) {
  from.each(name, [&to](const Reader &item) { read(item, to.emplace_back()); });
}

void read(const Reader &from, Slot &to) {
  TAKE(slot);
  TAKE(pid);
  TAKE(generation);
  TAKE(state);
  TAKE(phase);
  TAKE(trigger);
  TAKE(process);
  TAKE(draining_seconds);
  TAKE(stalled_seconds);
  TAKE(workers);
  TAKE(judged_by);
  TAKE(rung);
  TAKE(suppressed);
  TAKE(clients);
  TAKE(backends);
  read_list(from, "requests", to.requests);
  read_list(from, "sockets", to.sockets);
}

void read(const Reader &from, Incident &to) {
  TAKE(incident);
  TAKE(about);
  TAKE(slot);
  TAKE(pid);
  TAKE(generation);
  TAKE(phase);
  TAKE(trigger);
  TAKE(reason);
  TAKE(verdict);
  TAKE(opened);
  TAKE(closed);
  TAKE(outcome);
  TAKE(repeats);
  read_list(from, "rungs", to.rungs);
}

void read(const Reader &from, Report &to) {
  TAKE(time);
  read(from.part("server"), to.server);
  read(from.part("watcher"), to.watcher);
  read(from.part("capacity"), to.capacity);
  read_list(from, "generations", to.generations);
  read_list(from, "slots", to.slots);
  read_list(from, "incidents", to.incidents);
}

void read(const Reader &from, Events &to) {
  TAKE(time);
  read_list(from, "incidents", to.incidents);
}

void read(const Reader &from, Accepted &to) {
  TAKE(slot);
  TAKE(pid);
  TAKE(state);
}

#undef TAKE

template <typename T>
[[nodiscard]] T parsed(const std::string &text) {
  const rapidjson::Document document = parse_document(text);
  T result;
  read(Reader{document, "document"}, result);
  return result;
}

}  // namespace

Report parse_report(const std::string &document) {
  return parsed<Report>(document);
}

Events parse_events(const std::string &document) {
  return parsed<Events>(document);
}

Accepted parse_accepted(const std::string &document) {
  return parsed<Accepted>(document);
}

}  // namespace slotwatch::ctl
