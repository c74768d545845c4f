// SPDX-License-Identifier: Apache-2.0
#include "fields.hpp"

#include <algorithm>

namespace slotwatch {

namespace {

using V = Value;

[[nodiscard]] bool is_draining(const sw_slot_t &slot) {
  return slot.state != SW_STATE_FREE && slot.state != SW_STATE_SERVING;
}

// A span, number or word that only a draining slot has.
[[nodiscard]] Value if_draining(const sw_slot_t &slot, Value value) {
  return is_draining(slot) ? value : Value{};
}

[[nodiscard]] Value if_held(const sw_slot_t &slot, int64_t number) {
  return slot.state != SW_STATE_FREE ? V::of_number(number) : Value{};
}

// What only an agent knows.
[[nodiscard]] Value if_seen(const sw_slot_t &slot, uint32_t count) {
  return is_draining(slot) && slot.judged_by == SW_JUDGED_BY_AGENT ? V::of_number(count) : Value{};
}

// Linux's numbers, which the agent wrote; this part knows no system.
[[nodiscard]] const char *family_name(uint8_t family) {
  switch (family) {
    case 1:
      return "unix";
    case 2:
      return "inet";
    case 10:
      return "inet6";
    default:
      return "other";
  }
}

constexpr Field<sw_report_t> server[] = {
    {"software", [](const auto &r, const Look &) { return V::of_text(r.identity.software); }},
    {"mpm", [](const auto &r, const Look &) { return V::of_text(r.identity.mpm); }},
    {"generation", [](const auto &r, const Look &) { return V::of_number(r.generation); }},
    {"uptime_seconds",
     [](const auto &r, const Look &) {
       return V::of_seconds(std::max(r.wall - r.identity.started_wall, sw_usec_t{0}));
     }},
    {"pid_namespace",
     [](const auto &r, const Look &) {
       return r.identity.pid_namespace != 0 ? V::of_number(r.identity.pid_namespace) : Value{};
     }},
    {"server_limit_needed",
     [](const auto &r, const Look &) {
       const uint32_t limit = sw_policy_slack_needs(&r.policy, r.slot_count);
       return limit != 0 ? V::of_number(limit) : Value{};
     }},
};

constexpr Field<sw_report_t> watcher[] = {
    {"pid", [](const auto &r, const Look &) { return V::of_number(r.identity.watcher_pid); }},
    {"mode", [](const auto &r, const Look &) { return V::of_word(sw_mode_name(r.policy.mode)); }},
    {"latched", [](const auto &r, const Look &) { return V::of_flag(r.is_latched != 0); }},
    {"interval_seconds",
     [](const auto &r, const Look &) { return V::of_seconds(r.policy.interval); }},
    {"stall_seconds", [](const auto &r, const Look &) { return V::of_seconds(r.policy.stall); }},
    {"grace_seconds", [](const auto &r, const Look &) { return V::of_seconds(r.policy.grace); }},
    {"alert_repeat_seconds",
     [](const auto &r, const Look &) { return V::of_seconds(r.policy.alert_repeat); }},
    {"privacy",
     [](const auto &r, const Look &) { return V::of_word(sw_privacy_name(r.policy.privacy)); }},
    {"judged_by", [](const auto &r,
                     const Look &) { return V::of_word(sw_judged_by_name(r.policy.has_agents)); }},
    {"starts", [](const auto &r, const Look &) { return V::of_number(r.identity.watcher_starts); }},
    {"sample_age_seconds",
     [](const auto &r, const Look &l) { return V::of_seconds(sw_report_age(&r, l.now)); }},
    {"sample_seconds", [](const auto &r, const Look &) { return V::of_seconds(r.sample_cost); }},
    {"stale", [](const auto &, const Look &l) { return V::of_flag(l.is_stale()); }},
};

constexpr Field<sw_capacity_t> capacity[] = {
    SW_NUMBER(slots),
    SW_NUMBER(free),
    SW_NUMBER(serving),
    SW_NUMBER(draining),
    SW_NUMBER(stuck),
    SW_NUMBER(recycling),
    SW_NUMBER(workers_idle),
    SW_NUMBER(workers_busy),
    SW_NUMBER(reserve),
    SW_NUMBER(reloads_left),
    {"verdict", [](const auto &c, const Look &) { return V::of_word(sw_verdict_name(c.verdict)); }},
};

constexpr Field<sw_generation_t> generation[] = {
    SW_NUMBER(generation),
    SW_NUMBER(slots),
    {"draining_seconds", [](const auto &g, const Look &) { return V::of_seconds(g.draining); }},
};

constexpr Field<sw_slot_t> slot[] = {
    {"slot", [](const auto &s, const Look &l) { return V::of_number(l.number_of(s)); }},
    {"pid", [](const auto &s, const Look &) { return if_held(s, s.pid); }},
    {"generation", [](const auto &s, const Look &) { return if_held(s, s.generation); }},
    {"state", [](const auto &s, const Look &) { return V::of_word(sw_state_name(s.state)); }},
    {"phase", [](const auto &s,
                 const Look &) { return if_draining(s, V::of_word(sw_phase_name(s.phase))); }},
    {"trigger",
     [](const auto &s, const Look &) {
       return if_draining(s, V::of_word(sw_trigger_name(s.trigger)));
     }},
    {"process",
     [](const auto &s, const Look &) {
       return if_draining(s, V::of_word(sw_process_name(s.process)));
     }},
    {"draining_seconds",
     [](const auto &s, const Look &) { return if_draining(s, V::of_seconds(s.draining)); }},
    {"stalled_seconds",
     [](const auto &s, const Look &) { return if_draining(s, V::of_seconds(s.stalled)); }},
    {"workers", [](const auto &s, const Look &l) { return V::of_workers(l.workers(s)); }},
    {"incident", [](const auto &s, const Look &) { return V::of_id(s.incident); }},
    {"judged_by",
     [](const auto &s, const Look &) {
       return if_draining(s, V::of_word(sw_judged_by_name(s.judged_by)));
     }},
    {"rung",
     [](const auto &s, const Look &) {
       return s.rung != SW_RUNG_NONE ? V::of_word(sw_rung_name(s.rung)) : Value{};
     }},
    {"next_rung",
     [](const auto &s, const Look &) {
       return s.next_rung != SW_RUNG_NONE ? V::of_word(sw_rung_name(s.next_rung)) : Value{};
     }},
    {"suppressed",
     [](const auto &s, const Look &) {
       return s.suppressed != SW_SUPPRESSION_NONE ? V::of_word(sw_suppression_name(s.suppressed))
                                                  : Value{};
     }},
    {"clients", [](const auto &s, const Look &) { return if_seen(s, s.clients); }},
    {"backends", [](const auto &s, const Look &) { return if_seen(s, s.backends); }},
};

constexpr Field<sw_connections_t> connections[] = {
    SW_NUMBER(total),
    SW_NUMBER(write_completion),
    SW_NUMBER(lingering_close),
    SW_NUMBER(keep_alive),
    SW_NUMBER(suspended),
    {"wait_io", [](const auto &c,
                   const Look &) { return c.wait_io >= 0 ? V::of_number(c.wait_io) : Value{}; }},
};

constexpr Field<sw_request_t> request[] = {
    SW_NUMBER(worker),
    {"state", [](const auto &r, const Look &) { return V::of_letter(r.state); }},
    {"elapsed_seconds",
     [](const auto &r, const Look &) {
       return r.elapsed >= 0 ? V::of_seconds(r.elapsed) : Value{};
     }},
    {"request", [](const auto &r, const Look &) { return V::of_text(r.request); }},
    {"client", [](const auto &r, const Look &) { return V::of_text(r.client); }},
    {"vhost", [](const auto &r, const Look &) { return V::of_text(r.vhost); }},
    {"protocol", [](const auto &r, const Look &) { return V::of_text(r.protocol); }},
};

constexpr Field<sw_socket_t> socket[] = {
    {"role", [](const auto &s, const Look &) { return V::of_word(sw_role_name(s.role)); }},
    {"family", [](const auto &s, const Look &) { return V::of_word(family_name(s.family)); }},
    {"peer", [](const auto &s, const Look &) { return V::of_text(s.peer); }},
    {"idle_seconds",
     [](const auto &s, const Look &) { return s.idle >= 0 ? V::of_seconds(s.idle) : Value{}; }},
    {"queued_bytes", [](const auto &s, const Look &) { return V::of_number(s.queued); }},
    {"acked_bytes", [](const auto &s, const Look &) { return V::of_bytes(s.acked); }},
    {"received_bytes", [](const auto &s, const Look &) { return V::of_bytes(s.received); }},
};

constexpr Field<sw_thread_t> thread[] = {
    {"tid", [](const auto &t, const Look &) { return V::of_number(t.tid); }},
    {"name", [](const auto &t, const Look &) { return V::of_text(t.name); }},
    {"state", [](const auto &t, const Look &) { return V::of_text(t.state); }},
    {"wchan", [](const auto &t,
                 const Look &) { return t.wchan[0] != '\0' ? V::of_text(t.wchan) : Value{}; }},
    {"cpu_seconds", [](const auto &t, const Look &) { return V::of_seconds(t.cpu); }},
};

}  // namespace

Fields<sw_report_t> server_fields() {
  return server;
}
Fields<sw_report_t> watcher_fields() {
  return watcher;
}
Fields<sw_capacity_t> capacity_fields() {
  return capacity;
}
Fields<sw_generation_t> generation_fields() {
  return generation;
}
Fields<sw_slot_t> slot_fields() {
  return slot;
}
Fields<sw_connections_t> connection_fields() {
  return connections;
}
Fields<sw_request_t> request_fields() {
  return request;
}
Fields<sw_socket_t> socket_fields() {
  return socket;
}
Fields<sw_thread_t> thread_fields() {
  return thread;
}

}  // namespace slotwatch
