/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file slotwatch.h
 * @brief The C ABI of mod_slotwatch's core (decides) and renderers (show).
 *
 * Conventions:
 * 1. All memory is the caller's. Nothing here allocates, but for the JSON writer's few KiB.
 * 2. Fallible functions return sw_status_t and write their outputs only on SW_STATUS_OK.
 * 3. Structs are plain; one that is zeroed means "nothing".
 * 4. Nothing here reads a clock, a file or a global: time comes in as an argument. Every function
 * may be called from any thread as long as no two of them work on the same memory.
 * 5. What a child can write (samples, worker states, texts) is untrusted: any byte has an answer.
 * 6. Functions that return a word return "unknown" for a value outside its table, never NULL.
 */
#ifndef SLOTWATCH_H
#define SLOTWATCH_H

#include "slotwatch_render.h"
#include "slotwatch_types.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Of the module; slotwatchctl says the same of itself. */
#define SW_VERSION "0.1.0"

/* ---- Words ---- */

const char *sw_status_text(sw_status_t status);
const char *sw_state_name(uint32_t state);
const char *sw_phase_name(uint32_t phase);
const char *sw_trigger_name(uint32_t trigger);
const char *sw_reason_name(uint32_t reason);
const char *sw_verdict_name(uint32_t verdict);
const char *sw_mode_name(uint32_t mode);
const char *sw_privacy_name(uint32_t privacy);
const char *sw_process_name(uint32_t process);
const char *sw_rung_name(uint32_t rung);
const char *sw_outcome_name(uint32_t outcome);
const char *sw_suppression_name(uint32_t suppression);
const char *sw_answer_name(uint32_t answer);
const char *sw_role_name(uint32_t role);
const char *sw_judged_by_name(uint32_t judged_by);
const char *sw_format_name(uint32_t format);
/** mod_status's letter for a worker state; '?' for a byte that is none. */
char sw_worker_letter(uint32_t state);
/** Whether a worker in this state is in a request or reads one: R W K L D C. */
int sw_worker_is_busy(uint32_t state);
/**
 * Whether a worker of a draining slot is in a request: by its letter, or by its last request, which
 * began and did not end. Every worker of a child that drains is made G once (event.c,
 * close_listeners), and one that waits stays so. With ExtendedStatus Off both instants are 0.
 */
int sw_worker_is_in_request(uint32_t state, sw_usec_t started, sw_usec_t stopped);
/**
 * Whether a worker of a draining slot may be reading a request: it waits (G), and what it last told
 * was a client and no request. One that has answered keeps the request that it answered.
 */
int sw_worker_may_read(uint32_t state, const char *client, const char *request);

/* ---- Log lines: the one table of ids. docs/log-lines.md says what each means. ---- */

/* clang-format off */
#define SW_LOG_LINES(X)                   \
  X(100, "watcher-started",      NOTICE)  \
  X(101, "watcher-ended",        NOTICE)  \
  X(102, "watcher-died",         ERR)     \
  X(103, "watcher-delayed",      ERR)     \
  X(104, "watcher-not-started",  NOTICE)  \
  X(105, "state-formatted",      NOTICE)  \
  X(106, "agents-unsupported",   NOTICE)  \
  X(110, "no-slack",             WARNING) \
  X(111, "abi-mismatch",         EMERG)   \
  X(112, "mpm-unsupported",      ERR)     \
  X(113, "prompt-not-used",      WARNING) \
  X(200, "stuck",                WARNING) \
  X(201, "still-stuck",          WARNING) \
  X(202, "cleared",              NOTICE)  \
  X(210, "tight",                WARNING) \
  X(211, "full",                 ERR)     \
  X(212, "restored",             NOTICE)  \
  X(220, "generation-drained",   INFO)    \
  X(300, "would-recycle",        NOTICE)  \
  X(301, "recycling",            WARNING) \
  X(302, "rung-done",            NOTICE)  \
  X(303, "freed",                NOTICE)  \
  X(304, "not-freed",            ERR)     \
  X(305, "evidence",             NOTICE)  \
  X(310, "latched",              ERR)     \
  X(311, "vetoed",               NOTICE)  \
  X(312, "unlatched",            NOTICE)  \
  X(313, "recycle-requested",    NOTICE)  \
  X(314, "recycle-refused",      WARNING) \
  X(400, "watcher-cannot-start", ERR)     \
  X(401, "frame-slow",           WARNING) \
  X(402, "foreign-pid",          WARNING) \
  X(403, "frame-failed",         ERR)     \
  X(404, "exec-failed",          ERR)     \
  X(405, "exec-timeout",         WARNING) \
  X(406, "kill-unavailable",     ERR)     \
  X(407, "agent-not-started",    WARNING) \
  X(408, "socket-unavailable",   ERR)     \
  X(409, "listen-unavailable",   ERR)     \
  X(410, "http-unavailable",     WARNING) \
  X(411, "lines-lost",           WARNING) \
  X(412, "hardening-incomplete", NOTICE)  \
  X(413, "processes-hidden",     WARNING)
/* clang-format on */
#define SW_X(id, event, level) SW_LOG_##id = id,
typedef enum sw_log_t { SW_LOG_LINES(SW_X) SW_LOG_LAST } sw_log_t;
#undef SW_X
/** The event word of a log id ("stuck" for 200). */
const char *sw_log_event(uint32_t id);

/* ---- Policy ---- */

/** The durations and numbers of the directives' defaults; what each means: docs/directives.md. */
void sw_policy_init(sw_policy_t *policy);

/** The values a directive takes; `reason` texts name it. */
/* clang-format off */
#define SW_SETTINGS(X)                                                    \
  X(INTERVAL,     interval,     "SlotWatchInterval",                      \
    100 * SW_USEC_PER_MSEC, 60 * SW_USEC_PER_SEC,          0,             \
    "100ms to 60s")                                                       \
  X(STALL,        stall,        "SlotWatchStall",                         \
    0,                      7 * (86400 * SW_USEC_PER_SEC), 1,             \
    "3 intervals to 7 days, or 0 for never")                              \
  X(GRACE,        grace,        "SlotWatchGrace",                         \
    0,                      7 * (86400 * SW_USEC_PER_SEC), 1,             \
    "3 intervals to 7 days, or 0 for never")                              \
  X(ALERT_REPEAT, alert_repeat, "SlotWatchAlertRepeat",                   \
    SW_USEC_PER_SEC,        3600 * SW_USEC_PER_SEC,        0,             \
    "1s to 1h")                                                           \
  X(MIN_DRAIN,    min_drain,    "SlotWatchMinDrain",                      \
    0,                      3600 * SW_USEC_PER_SEC,        0,             \
    "0 to 1h")
/* clang-format on */
#define SW_X(word, field, name, low, high, at_least_3_intervals, range) SW_SETTING_##word,
typedef enum sw_setting_t { SW_SETTINGS(SW_X) SW_SETTING_COUNT } sw_setting_t;
#undef SW_X

/**
 * Sets one span.
 * @return RANGE if it is outside what the setting takes; sw_setting_range says what that is.
 */
sw_status_t sw_policy_set(sw_policy_t *policy, sw_setting_t setting, sw_usec_t value);
const char *sw_setting_name(sw_setting_t setting);
const char *sw_setting_range(sw_setting_t setting);

/**
 * Reads `SlotWatchLadder`: rungs in the order backends, clients, kill, each at most once, with
 * `:span` (ms, s, min, h; seconds without a unit; 100 ms to 1 h) but for the last, whose span is
 * 5 s if none is given.
 * @param[out] reason a sentence with what is wrong and what is accepted; NUL-terminated
 * @return RANGE if it is none
 */
sw_status_t sw_ladder_parse(const char *text, sw_ladder_t *ladder, char *reason,
                            size_t reason_size);
/**
 * Reads `SlotWatchBudget`: `N/span`, N from 0 to SW_BUDGET_MAX, the span from 1 s to 1 day.
 * @return RANGE if it is none
 */
sw_status_t sw_budget_parse(const char *text, sw_policy_t *policy, char *reason,
                            size_t reason_size);
/**
 * Whether `SlotWatchProtect`'s word covers the request: one that begins with '/' is a prefix of
 * its path, any other a name of a virtual host (without its port, ignoring case). Where httpd cut
 * the text off before it can tell, it does.
 */
int sw_protect_covers(const char *word, const sw_request_t *request);

/**
 * Whether the settings fit each other.
 * @param[out] reason a sentence with the directive, why not, and the accepted range; NUL-terminated
 * @return RANGE if not
 */
sw_status_t sw_policy_check(const sw_policy_t *policy, char *reason, size_t reason_size);

/** `SlotWatchReserve auto`: ceil(MinSpareThreads / ThreadsPerChild), at least 1. */
uint32_t sw_policy_auto_reserve(uint32_t min_spare_threads, uint32_t threads_per_child);

/**
 * The least ServerLimit that leaves `reserve` slots when all children that may serve do.
 * @return 0 if `slots` is enough already
 */
uint32_t sw_policy_slack_needs(const sw_policy_t *policy, uint32_t slots);

/* ---- Frame ---- */

/** Whether the slot's child is on its way out: pid != 0, and quiescing or of another generation. */
int sw_sample_is_draining(const sw_sample_t *sample, int32_t running_generation);

/* ---- Engine: frame -> tracks -> verdicts -> plan ---- */

/** What is kept from frame to frame; plain bytes: may lie in shared memory, outlive this code. */
typedef struct sw_engine_t sw_engine_t;

/** Bytes of state for that many slots. @return RANGE beyond 1,000,000 (httpd's bound is 20,000) */
sw_status_t sw_engine_size(uint32_t slots, size_t *size);

/**
 * Takes a block as it is if it holds this build's state for as many slots, or lays it out anew.
 * @param block aligned to 8; zeroed when new
 * @param wall the time now, from which incident ids start
 * @param[out] engine the block, ready for sw_engine_step
 * @param[out] adopted 1 if the earlier state is kept
 */
sw_status_t sw_engine_open(void *block, size_t size, uint32_t slots, sw_usec_t wall,
                           sw_engine_t **engine, int *adopted);

/**
 * One frame further. A pure function of its arguments.
 * A frame from the past counts as one at the last instant; one with fewer slots than the state
 * frees the rest.
 * @param plan its `alerts`, `intents` and their capacities are set by the caller
 * @return ARGUMENT if a pointer or a count makes no sense; SPACE if the plan is too small
 */
sw_status_t sw_engine_step(sw_engine_t *engine, const sw_frame_t *frame, const sw_policy_t *policy,
                           sw_plan_t *plan);

/** Alerts that one step can come to: four for every slot, and SW_PLAN_ALERTS_MAX others. */
size_t sw_plan_capacity(uint32_t slots);

/* ---- Report ---- */

/** What a report has room for. */
typedef struct sw_shape_t {
  uint32_t slots;
  uint32_t worker_stride;
  uint32_t requests;
  uint32_t sockets;
  uint32_t threads;
} sw_shape_t;

/** Bytes for a report of that shape. */
sw_status_t sw_report_size(const sw_shape_t *shape, size_t *size);

/**
 * Writes the report of the frame that was stepped last, with the policy's privacy applied.
 * @return SPACE if `size` is less than sw_report_size says
 */
sw_status_t sw_engine_report(const sw_engine_t *engine, const sw_frame_t *frame,
                             const sw_policy_t *policy, const sw_identity_t *identity,
                             sw_report_t *report, size_t size);

/** Whether `size` bytes at `report` hold a whole report of this build. @return LAYOUT if not */
sw_status_t sw_report_check(const sw_report_t *report, size_t size);
const sw_slot_t *sw_report_slots(const sw_report_t *report);
/** slot_count x worker_stride sw_worker_t */
const uint8_t *sw_report_workers(const sw_report_t *report);
const sw_request_t *sw_report_requests(const sw_report_t *report);
const sw_socket_t *sw_report_sockets(const sw_report_t *report);
const sw_thread_t *sw_report_threads(const sw_report_t *report);

/* ---- Board: one writer, any number of readers, no locks ---- */

/**
 * Two banks of state and report in memory that processes share: one stands, one is being written.
 * Zeroed memory is a board on which nothing stands.
 */
typedef struct sw_board_t sw_board_t;

/** Bytes for a board whose banks hold a state and a report of these sizes. */
sw_status_t sw_board_size(size_t state_size, size_t report_size, size_t *size);
/**
 * For the writer: makes `memory` a board of these sizes unless it is one already.
 * @param memory aligned to 64
 * @return SPACE if `size` is less than sw_board_size says
 */
sw_status_t sw_board_open(void *memory, size_t size, size_t state_size, size_t report_size,
                          sw_board_t **board);
/**
 * For the writer: the bank that is not standing, to work in until sw_board_commit.
 * A writer that dies before that leaves what stood standing.
 * @param[out] state a copy of the state that stands; zeroed if there is none
 * @param[out] report unspecified content, to be written whole
 */
void sw_board_begin(sw_board_t *board, void **state, sw_report_t **report);
/** For the writer: makes the bank of sw_board_begin the one that stands. */
void sw_board_commit(sw_board_t *board);
/**
 * For readers: copies out the report that stands. Never blocks; its tries are bounded.
 * @param memory read-only will do; `memory_size` bytes of it
 * @param[out] report `size` bytes
 * @return EMPTY, LAYOUT (another build's board), SPACE, or BUSY after the last try
 */
sw_status_t sw_board_read(const void *memory, size_t memory_size, sw_report_t *report, size_t size);
/** Commits so far; 0 also for memory that is not a board of this build. */
uint64_t sw_board_commits(const void *memory, size_t memory_size);
/** Bytes that sw_board_read may need; 0 for memory that is not a board of this build. */
size_t sw_board_report_size(const void *memory, size_t memory_size);

#ifdef __cplusplus
}
#endif

#endif
