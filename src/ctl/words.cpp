// SPDX-License-Identifier: Apache-2.0
#include "words.hpp"

#include <algorithm>

#include "span.hpp"
#include "text.hpp"

namespace slotwatch::ctl {

namespace {

struct Meaning {
  std::string_view word;
  std::string_view text;
};

// Phases of which no request and no socket tells.
constexpr std::array<Meaning, 6> phases{{
    {"requests", "a request"},
    {"connections", "connections"},
    {"leaked", "connections that nobody can move"},
    {"ghost", "its workers have ended, the process has not"},
    {"listener-blocked", "its listener, which waits for something"},
    {"unsignalled", "it has not read the parent's message to end"},
}};

constexpr std::array<Meaning, 9> suppressions{{
    {"off", "SlotWatchRecycle is Off"},
    {"dryrun", "SlotWatchRecycle is DryRun"},
    {"budget", "SlotWatchBudget is spent"},
    {"veto", "a module or SlotWatchRecycleExec does not allow it"},
    {"protected", "SlotWatchProtect spares a request in it"},
    {"min-drain", "SlotWatchMinDrain is not over"},
    {"identity", "its process is not known to be a child of this server"},
    {"evidence", "no agent is heard of it"},
    {"ladder", "no rung of SlotWatchLadder helps"},
}};

template <size_t N>
[[nodiscard]] std::string meaning_of(const std::array<Meaning, N> &table, std::string_view word) {
  const auto *const found = std::ranges::find(table, word, &Meaning::word);
  return std::string{found != table.end() ? found->text : word};
}

[[nodiscard]] const State *find_state(std::string_view name) {
  const auto *const found = std::ranges::find(states, name, &State::name);
  return found != states.end() ? found : nullptr;
}

[[nodiscard]] const Socket *idlest(const Slot &slot, std::string_view role) {
  const Socket *result = nullptr;
  for (const Socket &socket : slot.sockets) {
    if (socket.role == role &&
        (result == nullptr || socket.idle_seconds.value_or(0) > result->idle_seconds.value_or(0))) {
      result = &socket;
    }
  }
  return result;
}

[[nodiscard]] std::string told(const Socket &socket) {
  std::string text = socket.role;
  if (!socket.peer.empty()) {
    text += " " + socket.peer;
  }
  if (socket.idle_seconds) {
    text += ", idle " + show_span(*socket.idle_seconds);
  }
  return text;
}

[[nodiscard]] std::string told(const Request &request) {
  std::string text = request.request.empty() ? "a request" : request.request;
  if (!request.client.empty()) {
    text += " from " + request.client;
  }
  if (!request.vhost.empty()) {
    text += " at " + request.vhost;
  }
  return text;
}

[[nodiscard]] std::string more_than(size_t count) {
  return count > 1 ? ", " + std::to_string(count - 1) + " more" : "";
}

}  // namespace

size_t rank_of(std::string_view state) {
  const State *found = find_state(state);
  return found != nullptr ? static_cast<size_t>(found - states.data()) : states.size();
}

Colour colour_of_state(std::string_view state) {
  const State *found = find_state(state);
  return found != nullptr ? found->colour : Colour::none;
}

Colour colour_of_verdict(std::string_view verdict) {
  if (verdict == "ok") {
    return Colour::green;
  }
  return verdict == "tight" ? Colour::yellow : Colour::red;
}

std::string held_by(const Slot &slot) {
  if (!slot.is_draining()) {
    return "";
  }
  const Socket *backend = idlest(slot, "backend");
  if (!slot.requests.empty()) {
    const auto longest = std::ranges::max_element(slot.requests, {}, [](const Request &request) {
      return request.elapsed_seconds.value_or(0);
    });
    return told(*longest) + more_than(slot.requests.size()) +
           (backend != nullptr ? "; " + told(*backend) : "");
  }
  const Socket *holder = backend != nullptr ? backend : idlest(slot, "client");
  return holder != nullptr ? told(*holder) + more_than(slot.sockets.size())
                           : meaning_of(phases, slot.phase);
}

std::string recycling_of(const Slot &slot) {
  if (!slot.rung.empty()) {
    return slot.rung;
  }
  return slot.suppressed.empty() ? "" : "no: " + slot.suppressed;
}

std::string suppression_text(std::string_view suppressed) {
  return meaning_of(suppressions, suppressed);
}

std::string told(const Slot &slot) {
  std::string text = "slot " + std::to_string(slot.slot);
  if (slot.pid) {
    text += ", pid " + std::to_string(*slot.pid) + ", generation " +
            std::to_string(slot.generation.value_or(0));
  }
  text += ": ";
  if (!slot.is_draining()) {
    return text + slot.state;
  }
  text += (slot.state == "draining" ? "" : slot.state + ", ") + "draining for " +
          show_span(slot.draining_seconds.value_or(0)) + ", " + slot.phase + ": " + held_by(slot);
  if (!slot.rung.empty()) {
    return text + "; being recycled (" + slot.rung + ")";
  }
  return text +
         (slot.suppressed.empty() ? "" : "; not recycled: " + suppression_text(slot.suppressed));
}

std::string headline(const Report &report) {
  const Capacity &capacity = report.capacity;
  std::string text;
  if (report.watcher.stale) {
    text =
        "stale: this is what was known " + show_span(report.watcher.sample_age_seconds) + " ago: ";
  }
  return text + capacity.verdict + ": " + std::to_string(capacity.free) + " of " +
         count_of(capacity.slots, "slot") + " free, " + std::to_string(capacity.serving) +
         " serving, " + std::to_string(capacity.draining) + " draining, " +
         std::to_string(capacity.stuck) + " stuck, " + std::to_string(capacity.recycling) +
         " recycling; room for " + count_of(capacity.reloads_left, "more reload");
}

Colour colour_of_headline(const Report &report) {
  return report.watcher.stale ? Colour::red : colour_of_verdict(report.capacity.verdict);
}

std::string server_line(const Report &report) {
  return report.server.software + ", " + report.server.mpm + ", generation " +
         std::to_string(report.server.generation) + ", up " +
         show_span(report.server.uptime_seconds) + "; SlotWatchRecycle " + report.watcher.mode +
         (report.watcher.latched ? " (latched: SlotWatchBudget is spent)" : "") +
         (report.server.pid_namespace
              ? "; pids are of PID namespace " + std::to_string(*report.server.pid_namespace)
              : "");
}

}  // namespace slotwatch::ctl
