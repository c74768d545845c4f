// SPDX-License-Identifier: Apache-2.0
#include "track.hpp"

namespace slotwatch {

namespace {

// FNV-1a (Fowler, Noll, Vo): enough to tell "something moved"; nobody gains by a collision but a
// stall told one change late.
class Digest {
 public:
  void add(uint64_t value) { hash_ = (hash_ ^ value) * 0x100000001b3U; }
  [[nodiscard]] uint64_t value() const { return hash_; }

 private:
  uint64_t hash_ = 0xcbf29ce484222325U;
};

// All that the scoreboard shows to move while a child drains. Bytes and accesses are counted by
// httpd at the end of a request, the connection counters at queue maintenance. `quiescing` goes
// from 1 to 2 when the parent has seen it (event.c, perform_idle_server_maintenance): nothing
// moved.
[[nodiscard]] uint64_t digest_of(const sw_sample_t &sample, Workers workers) {
  Digest digest;
  for (const uint8_t state : workers) {
    digest.add(state);
  }
  const sw_connections_t &c = sample.connections;
  for (const uint64_t value :
       {sample.accesses, sample.bytes, uint64_t{sample.quiescing != 0},
        uint64_t{sample.not_accepting != 0}, uint64_t{c.total}, uint64_t{c.write_completion},
        uint64_t{c.lingering_close}, uint64_t{c.keep_alive}, uint64_t{c.suspended},
        static_cast<uint64_t>(c.wait_io)}) {
    digest.add(value);
  }
  return digest.value();
}

void start_draining(Track &track, const sw_sample_t &sample, const sw_frame_t &frame,
                    sw_usec_t now) {
  track.draining = 1;
  track.draining_since = now;
  track.trigger = sample.generation != frame.generation ? SW_TRIGGER_RELOAD : SW_TRIGGER_TRIM;
}

void stop_draining(Track &track) {
  track.draining = 0;
  track.draining_since = 0;
  track.progress_at = 0;
  track.digest = 0;
  track.trigger = SW_TRIGGER_NONE;
}

// A listener that wakes up ten times a second uses far less than a twentieth of a CPU; a handler
// that computes, far more.
constexpr sw_usec_t busy_divisor = 20;

[[nodiscard]] sw_usec_t cpu_of(const sw_sample_t &sample) {
  return std::clamp(sample.evidence.cpu, sw_usec_t{0}, latest_instant);
}

void start_reckoning(Track &track, const sw_sample_t &sample, sw_usec_t now) {
  track.cpu = cpu_of(sample);
  track.cpu_since = now;
}

[[nodiscard]] bool has_computed(const Track &track, sw_usec_t cpu, sw_usec_t now) {
  const sw_usec_t elapsed = now - track.cpu_since;
  return elapsed > 0 && cpu - track.cpu >= std::max(elapsed / busy_divisor, sw_usec_t{1});
}

constexpr sw_usec_t nothing_moved = -1;

// When something moved: an agent looks more often than frames are taken, and says it.
[[nodiscard]] sw_usec_t moved_at(const Track &track, const sw_evidence_t &evidence, sw_usec_t now) {
  if (evidence.moved == track.moved) {
    return nothing_moved;
  }
  return evidence.moved_at == 0 ? now : std::clamp(evidence.moved_at, track.progress_at, now);
}

// Follows what the agent says. It is not progress that there is one now and was none before.
[[nodiscard]] sw_usec_t agent_saw_progress(Track &track, const sw_sample_t &sample, sw_usec_t now) {
  const bool was_heard = track.judged_by == SW_JUDGED_BY_AGENT;
  track.judged_by = has_agent(sample) ? SW_JUDGED_BY_AGENT : SW_JUDGED_BY_SCOREBOARD;
  if (!has_agent(sample)) {
    return nothing_moved;
  }
  const sw_usec_t cpu = cpu_of(sample);
  const sw_usec_t at = has_computed(track, cpu, now) ? now : moved_at(track, sample.evidence, now);
  track.moved = sample.evidence.moved;
  if (!was_heard || cpu < track.cpu) {
    start_reckoning(track, sample, now);
  }
  return was_heard ? at : nothing_moved;
}

}  // namespace

bool is_same_process(const Track &track, const sw_sample_t &sample) {
  const bool starts_known = track.start_time != 0 && sample.start_time != 0;
  return track.pid == sample.pid && (!starts_known || track.start_time == sample.start_time);
}

void observe(Track &track, const sw_frame_t &frame, uint32_t slot, sw_usec_t now) {
  const sw_sample_t &sample = frame.samples[slot];
  track.pid = sample.pid > 0 ? sample.pid : 0;
  track.generation = sample.generation;
  if (track.seen_since == 0) {
    track.seen_since = now;
  }
  if (sample.start_time != 0) {
    track.start_time = sample.start_time;
  }
  if (sw_sample_is_draining(&sample, frame.generation) == 0) {
    stop_draining(track);
    return;
  }
  const uint64_t digest = digest_of(sample, workers_of(frame, slot));
  if (track.draining == 0) {
    start_draining(track, sample, frame, now);
    track.progress_at = now;
  }
  const sw_usec_t seen_at = agent_saw_progress(track, sample, now);
  const sw_usec_t progress_at = digest != track.digest ? now : seen_at;
  if (progress_at != nothing_moved) {
    track.progress_at = progress_at;
    start_reckoning(track, sample, now);
  }
  track.digest = digest;
}

}  // namespace slotwatch
