/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file slotwatch_types.h
 * @brief The words and the plain data of the C ABI. slotwatch.h: the conventions, the functions.
 */
#ifndef SLOTWATCH_TYPES_H
#define SLOTWATCH_TYPES_H

#include <stddef.h>
#include <stdint.h>

/** An instant or a span in microseconds. CLOCK_MONOTONIC unless named `wall`: Unix time. */
typedef int64_t sw_usec_t;

#define SW_USEC_PER_SEC ((sw_usec_t)1000000)
#define SW_USEC_PER_MSEC ((sw_usec_t)1000)

/* ---- Words. Each table is the one place where a word and its spelling stand. ---- */
/* clang-format off */

/** What a fallible function came to. */
#define SW_STATUSES(X)                                         \
  X(OK,       "ok")                                            \
  X(ARGUMENT, "an argument is missing or contradicts another") \
  X(RANGE,    "a value is out of range")                       \
  X(SPACE,    "the caller's memory is too small")              \
  X(LAYOUT,   "the memory was laid out by another build")      \
  X(EMPTY,    "nothing has been published yet")                \
  X(BUSY,     "the writer was faster than every try to read")  \
  X(SINK,     "the sink did not take what was written")
#define SW_X(word, name) SW_STATUS_##word,
typedef enum sw_status_t { SW_STATUSES(SW_X) SW_STATUS_COUNT } sw_status_t;
#undef SW_X

/** What a process slot is doing. */
#define SW_STATES(X)        \
  X(FREE,      "free")      \
  X(SERVING,   "serving")   \
  X(DRAINING,  "draining")  \
  X(STUCK,     "stuck")     \
  X(RECYCLING, "recycling")
#define SW_X(word, name) SW_STATE_##word,
typedef enum sw_state_t { SW_STATES(SW_X) SW_STATE_COUNT } sw_state_t;
#undef SW_X

/** Why a draining slot is still held. docs/how-it-works.md says how each is told apart. */
#define SW_PHASES(X)                      \
  X(NONE,             "none")             \
  X(UNSIGNALLED,      "unsignalled")      \
  X(LISTENER_BLOCKED, "listener-blocked") \
  X(REQUESTS,         "requests")         \
  X(CONNECTIONS,      "connections")      \
  X(LEAKED,           "leaked")           \
  X(GHOST,            "ghost")
#define SW_X(word, name) SW_PHASE_##word,
typedef enum sw_phase_t { SW_PHASES(SW_X) SW_PHASE_COUNT } sw_phase_t;
#undef SW_X

/** What made a slot drain: a new generation, or a child that ended within its own. */
#define SW_TRIGGERS(X) \
  X(NONE,   "none")    \
  X(RELOAD, "reload")  \
  X(TRIM,   "trim")
#define SW_X(word, name) SW_TRIGGER_##word,
typedef enum sw_trigger_t { SW_TRIGGERS(SW_X) SW_TRIGGER_COUNT } sw_trigger_t;
#undef SW_X

/** Why an incident was opened or closed. */
#define SW_REASONS(X)     \
  X(NONE,     "none")     \
  X(STALL,    "stall")    \
  X(GRACE,    "grace")    \
  X(EXITED,   "exited")   \
  X(PROGRESS, "progress") \
  X(CAPACITY, "capacity")
#define SW_X(word, name) SW_REASON_##word,
typedef enum sw_reason_t { SW_REASONS(SW_X) SW_REASON_COUNT } sw_reason_t;
#undef SW_X

/** How short the server is of slots; what an incident that is not about one slot is called. */
#define SW_VERDICTS(X) \
  X(OK,    "ok")       \
  X(TIGHT, "tight")    \
  X(FULL,  "full")
#define SW_X(word, name) SW_VERDICT_##word,
typedef enum sw_verdict_t { SW_VERDICTS(SW_X) SW_VERDICT_COUNT } sw_verdict_t;
#undef SW_X

/** What may be done about a stuck slot. Only OFF is built so far: the module watches and tells. */
#define SW_MODES(X)   \
  X(OFF,    "off")    \
  X(DRYRUN, "dryrun") \
  X(ON,     "on")
#define SW_X(word, name) SW_MODE_##word,
typedef enum sw_mode_t { SW_MODES(SW_X) SW_MODE_COUNT } sw_mode_t;
#undef SW_X

/** What of requests and clients is shown; the spelling is the directive's. */
#define SW_PRIVACIES(X)   \
  X(FULL,     "Full")     \
  X(NOQUERY,  "NoQuery")  \
  X(NOCLIENT, "NoClient") \
  X(NONE,     "None")
#define SW_X(word, name) SW_PRIVACY_##word,
typedef enum sw_privacy_t { SW_PRIVACIES(SW_X) SW_PRIVACY_COUNT } sw_privacy_t;
#undef SW_X

/** What the kernel says of a draining slot's pid. */
#define SW_PROCESSES(X) \
  X(UNKNOWN, "unknown") \
  X(ALIVE,   "alive")   \
  X(ZOMBIE,  "zombie")  \
  X(GONE,    "gone")    \
  X(FOREIGN, "foreign")
#define SW_X(word, name) SW_PROCESS_##word,
typedef enum sw_process_t { SW_PROCESSES(SW_X) SW_PROCESS_COUNT } sw_process_t;
#undef SW_X

/** The documents the report can be rendered as; the spelling is that of `?format=`. */
#define SW_FORMATS(X) \
  X(HTML,   "html")   \
  X(JSON,   "json")   \
  X(TEXT,   "text")   \
  X(HEALTH, "health")
#define SW_X(word, name) SW_FORMAT_##word,
typedef enum sw_format_t { SW_FORMATS(SW_X) SW_FORMAT_COUNT } sw_format_t;
#undef SW_X

/** httpd's worker states as scoreboard.h numbers them, with mod_status's letters. */
#define SW_WORKERS(X) \
  X(DEAD,      '.')   \
  X(STARTING,  'S')   \
  X(READY,     '_')   \
  X(READ,      'R')   \
  X(WRITE,     'W')   \
  X(KEEPALIVE, 'K')   \
  X(LOG,       'L')   \
  X(DNS,       'D')   \
  X(CLOSING,   'C')   \
  X(GRACEFUL,  'G')   \
  X(IDLE_KILL, 'I')
#define SW_X(word, letter) SW_WORKER_##word,
typedef enum sw_worker_t { SW_WORKERS(SW_X) SW_WORKER_COUNT } sw_worker_t;
#undef SW_X

/** Counters since the state was laid out (the server's start); X(field). */
#define SW_COUNTERS(X)   \
  X(frames)              \
  X(incidents_opened)    \
  X(incidents_closed)    \
  X(alerts)              \
  X(alerts_deferred)     \
  X(generations_drained)

/* clang-format on */

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

/** One worker in a request (sw_worker_is_in_request), of a draining slot. Texts: NUL-terminated, else untrusted bytes. */
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
  uint32_t requests_omitted; /**< busy workers for which there was no room */
  sw_connections_t connections;
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
  uint8_t flags_kept; /**< the MPM keeps quiescing and not_accepting (event, worker; not prefork) */
  uint8_t requests_are_tails; /**< SeeRequestTail: only a request line's end is kept */
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
  uint8_t mode;               /**< sw_mode_t */
  uint8_t privacy;            /**< sw_privacy_t */
} sw_policy_t;

/** What the report says of the server and its watcher; the watcher fills it in once. */
typedef struct sw_identity_t {
  char software[128];
  char mpm[16];
  sw_usec_t started_wall; /**< the parent's start or last ungraceful restart */
  int32_t watcher_pid;
  uint32_t watcher_starts; /**< watchers since the server's start, this one included */
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
} sw_incident_t;

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
  uint64_t size; /**< bytes in use, from this header's first */
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
  uint32_t repeat; /**< how often it has been repeated */
  uint32_t slots;  /**< of a drained generation: the most it held */
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
  sw_usec_t wake_at; /**< monotonic: the next frame, or sooner where a slot becomes stuck by then */
} sw_plan_t;

/**
 * Alerts about slots that one step opens or repeats: a burst is spread over steps, so that an
 * outage does not flood the log. What was told is always told to be over, at once; what is about
 * capacity is told at once, too.
 */
#define SW_PLAN_ALERTS_MAX 32

#endif
