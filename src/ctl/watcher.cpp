// SPDX-License-Identifier: Apache-2.0
#include "watcher.hpp"

#include <thread>

#include "failure.hpp"
#include "find.hpp"
#include "text.hpp"

namespace slotwatch::ctl {

namespace {

// For so long nobody listens, or has a report, for no worse reason than a reload.
constexpr Seconds gap{1};
constexpr std::chrono::milliseconds pause{50};

constexpr long http_ok = 200;
constexpr long http_accepted = 202;
constexpr long http_forbidden = 403;
constexpr long http_unavailable = 503;

}  // namespace

std::unique_ptr<Client> Watcher::connect() const {
  return std::make_unique<Client>(find_socket(named_));
}

std::string Watcher::body_of(Answer answer) {
  if (answer.status == http_ok) {
    return std::move(answer.body);
  }
  const Trouble trouble = answer.status == http_unavailable ? Trouble::absent : Trouble::lasting;
  throw NoServer{trouble, "the watcher answers " + std::to_string(answer.status) + ": " +
                              first_line(answer.body)};
}

std::string Watcher::get_once(const std::string &target, Deadline until) const {
  return body_of(connect()->once("GET", target, until));
}

std::string Watcher::get(const std::string &target, Deadline until) const {
  const Deadline patience = until.or_in(gap);
  for (;;) {
    try {
      return get_once(target, until);
    } catch (const NoServer &failure) {
      const bool is_absent = failure.trouble() == Trouble::absent && !patience.is_over();
      const bool is_closed = failure.trouble() == Trouble::closed && !until.is_over();
      if (!is_absent && !is_closed) {
        throw;
      }
    }
    std::this_thread::sleep_for(until.left(pause));
  }
}

std::string Watcher::events(const std::string &since, Deadline until) const {
  return get("/events" + (since.empty() ? "" : "?since=" + since), until);
}

std::string Watcher::recycle_target(int64_t slot, int64_t pid) {
  return "/recycle?slot=" + std::to_string(slot) + "&pid=" + std::to_string(pid);
}

Accepted Watcher::accepted(const Answer &answer) {
  if (answer.status == http_accepted) {
    return parse_accepted(answer.body);
  }
  const std::string line = first_line(answer.body);
  if (answer.status == http_forbidden) {
    throw Failure{"not allowed: " + line, Exit::no};
  }
  const bool is_refused = answer.status >= 400 && answer.status < 500;
  throw Failure{"not recycled: " + line, is_refused ? Exit::no : Exit::trouble};
}

Accepted Watcher::recycle(int64_t slot, int64_t pid, Deadline until) const {
  return accepted(connect()->once("POST", recycle_target(slot, pid), until));
}

}  // namespace slotwatch::ctl
