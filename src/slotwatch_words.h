/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file slotwatch_words.h
 * @brief The words of the C ABI: each table is the one place where a word and its spelling stand.
 */
#ifndef SLOTWATCH_WORDS_H
#define SLOTWATCH_WORDS_H

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
  X(CAPACITY, "capacity") \
  X(TIGHT,    "tight")    \
  X(FULL,     "full")     \
  X(REQUEST,  "request")
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

/** What may be done about a stuck slot: nothing, tell what would be done, do it. */
#define SW_MODES(X)   \
  X(OFF,    "off")    \
  X(DRYRUN, "dryrun") \
  X(ON,     "on")
#define SW_X(word, name) SW_MODE_##word,
typedef enum sw_mode_t { SW_MODES(SW_X) SW_MODE_COUNT } sw_mode_t;
#undef SW_X

/** What is done to a slot: shut its sockets to backends, its clients', or SIGKILL. */
#define SW_RUNGS(X)       \
  X(NONE,     "none")     \
  X(BACKENDS, "backends") \
  X(CLIENTS,  "clients")  \
  X(KILL,     "kill")
#define SW_X(word, name) SW_RUNG_##word,
typedef enum sw_rung_t { SW_RUNGS(SW_X) SW_RUNG_COUNT } sw_rung_t;
#undef SW_X

/** What became of a rung. NOTHING: there was nothing to shut. TAKEN: another module saw to it. */
#define SW_OUTCOMES(X)      \
  X(PENDING,  "pending")    \
  X(FREED,    "freed")      \
  X(EXPIRED,  "expired")    \
  X(NOTHING,  "nothing")    \
  X(VETOED,   "vetoed")     \
  X(TAKEN,    "taken")      \
  X(CANCELLED, "cancelled")
#define SW_X(word, name) SW_OUTCOME_##word,
typedef enum sw_outcome_t { SW_OUTCOMES(SW_X) SW_OUTCOME_COUNT } sw_outcome_t;
#undef SW_X

/** Why a slot is not being recycled that could be. */
#define SW_SUPPRESSIONS(X)    \
  X(NONE,      "none")        \
  X(OFF,       "off")         \
  X(DRYRUN,    "dryrun")      \
  X(BUDGET,    "budget")      \
  X(VETO,      "veto")        \
  X(PROTECTED, "protected")   \
  X(MIN_DRAIN, "min-drain")   \
  X(IDENTITY,  "identity")    \
  X(EVIDENCE,  "evidence")    \
  X(LADDER,    "ladder")
#define SW_X(word, name) SW_SUPPRESSION_##word,
typedef enum sw_suppression_t { SW_SUPPRESSIONS(SW_X) SW_SUPPRESSION_COUNT } sw_suppression_t;
#undef SW_X

/** What a hook says of a rung. PENDING: it has not said yet. */
#define SW_ANSWERS(X)   \
  X(PENDING, "pending") \
  X(ALLOW,   "allow")   \
  X(VETO,    "veto")    \
  X(TAKEN,   "taken")
#define SW_X(word, name) SW_ANSWER_##word,
typedef enum sw_answer_t { SW_ANSWERS(SW_X) SW_ANSWER_COUNT } sw_answer_t;
#undef SW_X

/** What a socket of a child is for. */
#define SW_ROLES(X)     \
  X(OTHER,   "other")   \
  X(CLIENT,  "client")  \
  X(BACKEND, "backend")
#define SW_X(word, name) SW_ROLE_##word,
typedef enum sw_role_t { SW_ROLES(SW_X) SW_ROLE_COUNT } sw_role_t;
#undef SW_X

/** What shows a slot's progress. */
#define SW_JUDGES(X)          \
  X(SCOREBOARD, "scoreboard") \
  X(AGENT,      "agent")
#define SW_X(word, name) SW_JUDGED_BY_##word,
typedef enum sw_judged_by_t { SW_JUDGES(SW_X) SW_JUDGED_BY_COUNT } sw_judged_by_t;
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
#define SW_FORMATS(X)           \
  X(HTML,        "html")        \
  X(JSON,        "json")        \
  X(OPENMETRICS, "openmetrics") \
  X(TEXT,        "text")        \
  X(PROMETHEUS,  "prometheus")  \
  X(HEALTH,      "health")
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

/** The histogram of drains: X(seconds), a drain that lasted up to so long. */
#define SW_DRAIN_BOUNDS(X) \
  X(1) X(5) X(15) X(30) X(60) X(120) X(300) X(600) X(1800) X(3600) X(21600)
#define SW_X(seconds) +1
enum { SW_DRAIN_BOUND_COUNT = 0 SW_DRAIN_BOUNDS(SW_X) };
#undef SW_X

/** Counters since the state was laid out (the server's start); X(field). */
#define SW_COUNTERS(X)   \
  X(frames)              \
  X(incidents_opened)    \
  X(incidents_closed)    \
  X(alerts)              \
  X(alerts_deferred)     \
  X(generations_drained)  \
  X(reloads)              \
  X(recycled_backends)    \
  X(recycled_clients)     \
  X(recycled_kill)        \
  X(recycled_reload)      \
  X(recycled_trim)        \
  X(not_freed)            \
  X(connections_cut)      \
  X(suppressed_off)       \
  X(suppressed_dryrun)    \
  X(suppressed_budget)    \
  X(suppressed_veto)      \
  X(suppressed_protected) \
  X(suppressed_min_drain) \
  X(suppressed_identity)  \
  X(suppressed_evidence)  \
  X(suppressed_ladder)

/* clang-format on */

#endif
