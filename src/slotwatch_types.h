/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file slotwatch_types.h
 * @brief The plain data of the C ABI. slotwatch.h: the conventions, the functions.
 */
#ifndef SLOTWATCH_TYPES_H
#define SLOTWATCH_TYPES_H

#include <stddef.h>
#include <stdint.h>

#include "slotwatch_recycle.h"
#include "slotwatch_words.h"

/* ---- What goes in ---- */

/** process_score's connection counters (scoreboard.h); stale between queue maintenances. */
typedef struct sw_connections_t {
  uint32_t total;
  uint32_t write_completion;
  uint32_t lingering_close;
  uint32_t keep_alive;
  uint32_t suspended;
  int64_t wait_io; /**< -1 where the server does not keep it (before MMN 20120211.136) */
} sw_connections_t;

/** One worker of a draining slot that is in a request (sw_worker_is_in_request). Texts are
 * NUL-terminated and otherwise untrusted bytes. */
typedef struct sw_request_t {
  uint32_t worker;   /**< index within the slot */
  uint32_t state;    /**< sw_worker_t */
  sw_usec_t elapsed; /**< in this state; -1 unknown (ExtendedStatus Off) */
  char client[64];
  char request[64];
  char vhost[32];
  char protocol[16];
} sw_request_t;

/** One process slot as sampled. Beyond pid, generation and flags only where the slot drains. */
typedef struct sw_sample_t {
  int32_t pid; /**< 0: free */
  int32_t generation;
  uint8_t quiescing;
  uint8_t not_accepting;
  uint8_t process;       /**< sw_process_t */
  uint32_t worker_count; /**< workers of this slot; at most the frame's worker_stride */
  uint64_t start_time; /**< of the process, clock ticks since boot (proc(5) field 22); 0 unknown */
  uint64_t accesses;   /**< sum of the workers' access_count */
  uint64_t bytes;      /**< sum of the workers' bytes_served */
  uint32_t request_first;
  uint32_t request_count;
  uint32_t requests_omitted; /**< workers in a request for which there was no room */
  uint32_t readers;          /**< workers that may be reading a request (sw_worker_may_read) */
  sw_connections_t connections;
  uint8_t is_protected; /**< one of its requests is (SlotWatchProtect) */
  uint8_t is_asked_for; /**< somebody with the right to wants it recycled: the next rung now */
  sw_answered_t answered;
  sw_evidence_t evidence;
} sw_sample_t;

/** Everything that is known at one instant. */
typedef struct sw_frame_t {
  sw_usec_t monotonic;
  sw_usec_t wall;
  sw_usec_t sample_cost; /**< how long the sampler took */
  int32_t generation; /**< of the running configuration, from the parent, not from the scoreboard */
  uint32_t slot_count;          /**< ServerLimit */
  uint32_t worker_stride;       /**< ThreadLimit: bytes from one slot's workers to the next one's */
  const sw_sample_t *samples;   /**< [slot_count] */
  const uint8_t *workers;       /**< [slot_count x worker_stride], untrusted sw_worker_t */
  const sw_request_t *requests; /**< [request_count] */
  uint32_t request_count;
  const sw_socket_t *sockets; /**< [socket_count], of the agents */
  uint32_t socket_count;
  const sw_thread_t *threads; /**< [thread_count], of the agents */
  uint32_t thread_count;
  uint8_t flags_kept; /**< the MPM keeps quiescing and not_accepting (event, worker; not prefork) */
  uint8_t requests_kept; /**< ExtendedStatus On: else a worker's request and times are unknown */
  uint8_t requests_are_tails; /**< SeeRequestTail: only a request line's end is kept */
  uint8_t is_stopping;        /**< the parent stops gracefully: no slot will be needed any more */
} sw_frame_t;

/** The directives, resolved. */
typedef struct sw_policy_t {
  sw_usec_t interval;
  sw_usec_t stall; /**< 0: never */
  sw_usec_t grace; /**< 0: never */
  sw_usec_t alert_repeat;
  uint32_t reserve;           /**< slots */
  uint32_t min_spare_threads; /**< MinSpareThreads */
  uint32_t threads_per_child; /**< ThreadsPerChild */
  uint32_t serving_max;       /**< children that may serve at once: AP_MPMQ_MAX_DAEMONS */
  sw_usec_t min_drain;        /**< under TIGHT a slot that progresses is left alone for this long */
  sw_usec_t budget_period;    /**< in which `budget` recycles may begin, pressure aside */
  uint32_t budget;            /**< at most SW_BUDGET_MAX */
  sw_ladder_t ladder;
  uint8_t mode;       /**< sw_mode_t */
  uint8_t privacy;    /**< sw_privacy_t */
  uint8_t asks;       /**< there are hooks to be asked before each rung */
  uint8_t has_agents; /**< the server calls child_stopping (2.4.49); without: only kill */
} sw_policy_t;

/** A recycle's instant is remembered for the budget: 4 KiB of state. */
#define SW_BUDGET_MAX 512

/** What the report says of the server and its watcher; the watcher fills it in once. */
typedef struct sw_identity_t {
  char software[128];
  char mpm[16];
  sw_usec_t started_wall; /**< the parent's start or last ungraceful restart */
  int32_t watcher_pid;
  uint32_t watcher_starts; /**< watchers since the server's start, this one included */
  int64_t pid_namespace;   /**< whose pids all pids are, an inode; 0: the machine's */
} sw_identity_t;

/* ---- What comes out ---- */

/** One process slot, judged. */
typedef struct sw_slot_t {
  int32_t pid;
  int32_t generation;
  uint8_t state;   /**< sw_state_t */
  uint8_t phase;   /**< sw_phase_t; NONE unless draining */
  uint8_t trigger; /**< sw_trigger_t; NONE unless draining */
  uint8_t process; /**< sw_process_t */
  uint32_t worker_count;
  uint32_t request_first;
  uint32_t request_count;
  uint32_t requests_omitted;
  sw_usec_t draining; /**< for how long; 0 unless draining */
  sw_usec_t stalled;  /**< without progress for how long; 0 unless draining */
  uint64_t incident;  /**< 0: none open */
  sw_connections_t connections;
  uint8_t judged_by;  /**< sw_judged_by_t */
  uint8_t rung;       /**< sw_rung_t now on; NONE unless recycling */
  uint8_t suppressed; /**< sw_suppression_t: why a stuck slot is not being recycled */
  uint8_t next_rung; /**< sw_rung_t that would come next; NONE after the last, or unless draining */
  uint32_t clients, backends, others; /**< sockets, as the agent counts them */
  uint32_t socket_first, socket_count;
  uint32_t thread_first, thread_count;
} sw_slot_t;

/** The slots counted. free + serving + draining + stuck + recycling = slots. */
typedef struct sw_capacity_t {
  uint32_t slots, free, serving, draining, stuck, recycling;
  uint32_t workers_idle, workers_busy; /**< of serving slots */
  uint32_t reserve;
  uint32_t reloads_left; /**< reloads that fit if nothing drains meanwhile */
  uint32_t verdict;      /**< sw_verdict_t */
} sw_capacity_t;

/** An old generation that still holds slots. */
typedef struct sw_generation_t {
  int32_t generation;
  uint32_t slots;
  sw_usec_t draining;
} sw_generation_t;

/** From one thing going wrong to its end. */
typedef struct sw_incident_t {
  uint64_t id;
  sw_usec_t opened_wall;
  sw_usec_t closed_wall; /**< 0: open */
  int32_t slot;          /**< -1: about capacity, not one slot */
  int32_t pid;
  int32_t generation;
  uint32_t repeats;
  uint8_t verdict; /**< sw_verdict_t of a capacity incident; OK for a stuck slot */
  uint8_t phase;   /**< sw_phase_t when opened */
  uint8_t trigger; /**< sw_trigger_t */
  uint8_t reason;  /**< sw_reason_t why opened */
  uint8_t closed;  /**< sw_reason_t why closed */
  sw_rung_outcome_t rungs[SW_LADDER_MAX]; /**< in the order in which they were begun */
} sw_incident_t;

/** How long drains that have ended had lasted, forced ends too. */
typedef struct sw_drains_t {
  uint64_t counts[SW_DRAIN_BOUND_COUNT + 1]; /**< up to each of SW_DRAIN_BOUNDS; the last: longer */
  sw_usec_t sum;
} sw_drains_t;

/** A step of the last hour: its worst frame, and all that happened in it. */
typedef struct sw_moment_t {
  sw_usec_t begun;                                    /**< monotonic */
  uint32_t verdict;                                   /**< sw_verdict_t */
  uint32_t free, serving, draining, stuck, recycling; /**< slots */
  uint32_t reloads;
  uint32_t incidents_opened;
  uint32_t recycled; /**< slots with a rung begun */
} sw_moment_t;
#define SW_MOMENT_STEP (30 * SW_USEC_PER_SEC)
/** An hour. Steps in which nobody watched are not among them. */
#define SW_MOMENTS_MAX 120

typedef struct sw_counters_t {
#define SW_X(field) uint64_t field;
  SW_COUNTERS(SW_X)
#undef SW_X
} sw_counters_t;

/** Old generations told apart at once; more count as slots only. A guard against forged boards. */
#define SW_GENERATIONS_MAX 64
/** Incidents remembered, open and closed: a screen or two of history. */
#define SW_INCIDENTS_MAX 64

/**
 * The published truth: what every document is rendered from. One block without pointers: this
 * header, then slots, workers and requests, reached by the sw_report_ accessors.
 */
typedef struct sw_report_t {
  uint32_t layout; /**< SW_REPORT_LAYOUT of the build that wrote it */
  uint32_t slot_count;
  uint32_t worker_stride;
  uint32_t request_count;
  uint32_t socket_count;
  uint32_t thread_count;
  uint8_t is_latched; /**< the budget is overspent: as DryRun until no slot is stuck */
  uint64_t size;      /**< bytes in use, from this header's first */
  sw_usec_t monotonic;
  sw_usec_t wall;
  sw_usec_t sample_cost;
  int32_t generation;
  uint32_t generation_count;
  uint32_t incident_count;
  sw_policy_t policy;
  sw_identity_t identity;
  sw_capacity_t capacity;
  sw_counters_t counters;
  sw_generation_t generations[SW_GENERATIONS_MAX]; /**< oldest first */
  sw_incident_t incidents[SW_INCIDENTS_MAX];       /**< newest first */
  sw_drains_t drains;
  uint32_t moment_count;
  sw_moment_t moments[SW_MOMENTS_MAX]; /**< oldest first */
} sw_report_t;

/** One line for the error log: which, and what it is about. */
typedef struct sw_alert_t {
  uint16_t id;     /**< of SW_ALERTS: 200 is SW200 */
  uint8_t verdict; /**< sw_verdict_t, of capacity alerts */
  uint8_t phase;   /**< sw_phase_t */
  uint8_t trigger; /**< sw_trigger_t */
  uint8_t reason;  /**< sw_reason_t */
  int32_t slot;    /**< -1: none */
  int32_t pid;
  int32_t generation;
  uint32_t repeat;    /**< how often it has been repeated */
  uint32_t slots;     /**< of a drained generation: the most it held */
  uint8_t rung;       /**< sw_rung_t, of SW300 to SW311 */
  uint8_t outcome;    /**< sw_outcome_t */
  uint8_t suppressed; /**< sw_suppression_t */
  uint32_t cut;       /**< sockets shut */
  uint64_t incident;
  sw_usec_t draining;
  sw_usec_t stalled;
  sw_usec_t open; /**< how long the incident has been open */
} sw_alert_t;

/** What one step wants done, in the caller's memory, and when the next step is due. */
typedef struct sw_plan_t {
  sw_alert_t *alerts;
  size_t alert_capacity; /**< at least sw_plan_capacity */
  size_t alert_count;
  sw_intent_t *intents;
  size_t intent_capacity; /**< at least the engine's slots */
  size_t intent_count;
  sw_usec_t wake_at; /**< monotonic: the next frame, or sooner where a slot becomes stuck by then */
} sw_plan_t;

/**
 * Alerts about slots that one step opens or repeats: a burst is spread over steps, so that an
 * outage does not flood the log. What was told is always told to be over, at once; what is about
 * capacity is told at once, too.
 */
#define SW_PLAN_ALERTS_MAX 32

#endif
