// SPDX-License-Identifier: Apache-2.0
#include "sound.hpp"

#include <algorithm>
#include <initializer_list>

#include "frame.hpp"
#include "judge.hpp"
#include "plan.hpp"

namespace slotwatch {

namespace {

[[nodiscard]] bool are_instants(std::initializer_list<sw_usec_t> instants) {
  return std::ranges::all_of(instants,
                             [](sw_usec_t at) { return at >= long_ago && at <= latest_instant; });
}

[[nodiscard]] bool is_sound(const Incident &incident) {
  return incident.level < SW_VERDICT_COUNT && incident.alert_gap >= 0 &&
         incident.alert_gap <= longest_gap &&
         are_instants(
             {incident.opened, incident.last_bad, incident.last_level, incident.next_alert});
}

// Each rung is further up than the one before: there is room for as many as are still to come.
[[nodiscard]] bool is_ladder_sound(const Recycle &recycle) {
  const bool is_on_one = recycle.order != 0;
  return recycle.rung < SW_RUNG_COUNT && recycle.rung_count <= SW_LADDER_MAX &&
         (!is_on_one || (recycle.rung_count > 0 && recycle.rung_count <= recycle.rung));
}

[[nodiscard]] bool is_sound(const Recycle &recycle) {
  return is_ladder_sound(recycle) && recycle.reason < SW_REASON_COUNT &&
         recycle.stage <= Stage::taken && recycle.held_by < SW_SUPPRESSION_COUNT &&
         recycle.suppressed < SW_SUPPRESSION_COUNT && recycle.counted < SW_SUPPRESSION_COUNT &&
         (recycle.deadline == never || are_instants({recycle.deadline})) &&
         are_instants({recycle.begun, recycle.settled, recycle.retry_at});
}

[[nodiscard]] bool is_sound(const Track &track) {
  return track.pid >= 0 && track.state < SW_STATE_COUNT && track.phase < SW_PHASE_COUNT &&
         track.trigger < SW_TRIGGER_COUNT && track.reason < SW_REASON_COUNT &&
         track.judged_by < SW_JUDGED_BY_COUNT && is_sound(track.incident) &&
         is_sound(track.recycle) &&
         are_instants({track.seen_since, track.draining_since, track.progress_at, track.cpu_since});
}

[[nodiscard]] bool is_sound(const Budget &budget) {
  return budget.next < SW_BUDGET_MAX && budget.count <= SW_BUDGET_MAX &&
         std::ranges::all_of(budget.begun, [](sw_usec_t at) { return are_instants({at}); });
}

[[nodiscard]] bool are_counts_sound(const sw_engine_t &engine) {
  return engine.generation_count <= SW_GENERATIONS_MAX &&
         engine.incident_count <= SW_INCIDENTS_MAX && engine.moment_count <= SW_MOMENTS_MAX &&
         engine.next_moment < SW_MOMENTS_MAX && engine.pending_verdict < SW_VERDICT_COUNT &&
         engine.capacity.verdict < SW_VERDICT_COUNT;
}

}  // namespace

bool is_sound(const sw_engine_t &engine) {
  return are_counts_sound(engine) && is_sound(engine.pressure) && is_sound(engine.budget) &&
         are_instants({engine.last, engine.drains.sum}) &&
         std::ranges::all_of(engine.generations,
                             [](const Generation &held) { return are_instants({held.since}); }) &&
         std::ranges::all_of(engine.moments,
                             [](const sw_moment_t &at) { return are_instants({at.begun}); }) &&
         std::ranges::all_of(engine.tracks(), [](const Track &at) { return is_sound(at); });
}

}  // namespace slotwatch
