// SPDX-License-Identifier: Apache-2.0
// The slots that drain, worst first: since when, why, who holds them, what would come next.
#include <algorithm>
#include <array>
#include <tuple>

#include "html.hpp"
#include "markup.hpp"

namespace slotwatch {

namespace {

constexpr size_t rows_most = 16;  // of the page; more are counted
constexpr size_t requests_most = 2;
constexpr size_t sockets_most = 2;
constexpr size_t threads_most = 1;

[[nodiscard]] bool is_draining(const sw_slot_t &slot) {
  return slot.state != SW_STATE_FREE && slot.state != SW_STATE_SERVING;
}

// Recycling, stuck, draining; in each the longest first. The states are numbered that way.
[[nodiscard]] bool is_worse(const sw_slot_t &left, const sw_slot_t &right) {
  return std::tie(left.state, left.draining) > std::tie(right.state, right.draining);
}

struct Worst {
  std::array<const sw_slot_t *, rows_most> rows{};
  size_t shown = 0;
  size_t all = 0;

  explicit Worst(const Look &look) {
    for (const sw_slot_t &slot : look.slots()) {
      if (is_draining(slot)) {
        ++all;
        insert(slot);
      }
    }
  }

 private:
  void insert(const sw_slot_t &slot) {
    size_t at = shown;
    while (at > 0 && is_worse(slot, *rows[at - 1])) {
      --at;
    }
    if (at == rows_most) {
      return;
    }
    shown += shown < rows_most ? 1 : 0;
    for (size_t behind = shown - 1; behind > at; --behind) {
      rows[behind] = rows[behind - 1];
    }
    rows[at] = &slot;
  }
};

// ---- Who ----

// ` before text`, where there is a text.
template <size_t N>
void write_part(Out &out, std::string_view before, const char (&text)[N]) {
  const Value value = Value::of_text(text);
  if (!value.bytes.empty()) {
    out << before;
    write_markup(out, value.bytes);
  }
}

void write_request(Out &out, const sw_request_t &request) {
  out << "<li>";
  if (request.request[0] != '\0') {
    write_part(out, "<code>", request.request);
    out << "</code> ";
  }
  out << "in worker " << int64_t{request.worker} << ' ' << sw_worker_letter(request.state);
  write_part(out, " from ", request.client);
  write_part(out, " at ", request.vhost);
  if (request.elapsed >= 0) {
    out << ", ";
    write_span(out, request.elapsed);
  }
}

void write_socket(Out &out, const sw_socket_t &socket) {
  out << "<li>" << sw_role_name(socket.role);
  write_part(out, " ", socket.peer);
  if (socket.idle >= 0) {
    out << ", idle ";
    write_span(out, socket.idle);
  }
  if (socket.queued > 0) {
    out << ", " << int64_t{socket.queued} << " bytes queued";
  }
}

void write_thread(Out &out, const sw_thread_t &thread) {
  out << "<li>thread ";
  write_markup(out, Value::of_text(thread.name).bytes);
  out << ' ';
  write_markup(out, {&thread.state, 1});
  write_part(out, " ", thread.wchan);
}

// As httpd counts them, where nobody is known by name.
void write_connections(Out &out, const sw_connections_t &connections, const Look &look) {
  std::string_view separator = "<li>connections: ";
  for (const Field<sw_connections_t> &field : connection_fields()) {
    const Value value = field.value(connections, look);
    if (value.number > 0) {
      out << separator << value.number << ' ';
      write_label(out, field.name);
      separator = ", ";
    }
  }
}

template <typename T>
[[nodiscard]] std::span<const T> first_of(std::span<const T> all, size_t most) {
  return all.first(all.size() < most ? all.size() : most);
}

void write_who(Out &out, const sw_slot_t &slot, const Look &look) {
  const auto requests = first_of(look.requests(slot), requests_most);
  const auto sockets = first_of(look.sockets(slot), sockets_most);
  const auto threads = first_of(look.threads(slot), threads_most);
  const size_t more = look.requests(slot).size() - requests.size() + slot.requests_omitted +
                      look.sockets(slot).size() - sockets.size() + look.threads(slot).size() -
                      threads.size();
  out << "<td><ul>";
  for (const sw_request_t &request : requests) {
    write_request(out, request);
  }
  for (const sw_socket_t &socket : sockets) {
    write_socket(out, socket);
  }
  for (const sw_thread_t &thread : threads) {
    write_thread(out, thread);
  }
  if (requests.empty() && sockets.empty()) {
    write_connections(out, slot.connections, look);
  }
  if (more > 0) {
    out << "<li>and " << static_cast<int64_t>(more) << " more";
  }
  out << "</ul>";
}

// ---- Next ----

void write_cuts(Out &out, const sw_slot_t &slot, const Look &look) {
  if (slot.judged_by != SW_JUDGED_BY_AGENT) {
    // prefork counts no connections
    const size_t requests = look.requests(slot).size() + slot.requests_omitted;
    out << "connections "
        << std::max(int64_t{slot.connections.total}, static_cast<int64_t>(requests));
    return;
  }
  if (slot.next_rung != SW_RUNG_BACKENDS) {
    out << "clients " << int64_t{slot.clients};
  }
  if (slot.next_rung != SW_RUNG_CLIENTS) {
    out << (slot.next_rung == SW_RUNG_KILL ? ", " : "") << "backends " << int64_t{slot.backends};
  }
}

void write_next(Out &out, const sw_slot_t &slot, const Look &look) {
  out << "<td>";
  if (slot.rung != SW_RUNG_NONE) {
    out << "now " << sw_rung_name(slot.rung) << ", then ";
  }
  if (slot.next_rung != SW_RUNG_NONE) {
    out << sw_rung_name(slot.next_rung) << " <small>cuts ";
    write_cuts(out, slot, look);
    out << "</small>";
  } else {
    out << "nothing";
  }
  if (slot.suppressed != SW_SUPPRESSION_NONE) {
    out << " <small>held back: " << sw_suppression_name(slot.suppressed) << "</small>";
  }
}

void write_row(Out &out, const sw_slot_t &slot, const Look &look) {
  const Mark mark = mark_of(slot.state);
  out << "<tr><th scope=\"row\">" << look.number_of(slot) << " <small>pid " << int64_t{slot.pid}
      << ", generation " << int64_t{slot.generation} << "</small><td><b class=\"" << mark.style
      << "\">" << mark.letter << "</b> " << sw_state_name(slot.state) << " <small>draining for ";
  write_span(out, slot.draining);
  out << "</small><td>" << sw_phase_name(slot.phase) << " <small>since a "
      << sw_trigger_name(slot.trigger) << "</small>";
  write_who(out, slot, look);
  out << "<td>";
  write_span(out, slot.stalled);
  out << " ago <small>says the " << sw_judged_by_name(slot.judged_by) << "</small>";
  write_next(out, slot, look);
  out << '\n';
}

}  // namespace

void write_holders(Out &out, const Look &look) {
  static constexpr std::string_view columns[] = {"slot",    "state",      "phase",
                                                 "held by", "last moved", "next rung"};
  const Worst worst{look};
  if (worst.all == 0) {
    return;
  }
  begin_table(out, whole_section, "Draining slots", columns);
  for (const sw_slot_t *slot : std::span{worst.rows}.first(worst.shown)) {
    write_row(out, *slot, look);
  }
  end_table(out);
  if (worst.all > worst.shown) {
    out << "<p>The worst " << static_cast<int64_t>(worst.shown) << " of "
        << static_cast<int64_t>(worst.all)
        << ". All of them: <a href=\"?format=text\">as text</a>.</p>\n";
  }
  out << "</section>\n";
}

}  // namespace slotwatch
