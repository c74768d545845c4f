/* SPDX-License-Identifier: Apache-2.0 */
/* A trace that runs, the values its lines may set, and what came of a frame as text. */
#ifndef TRACE_H
#define TRACE_H

#include <stdio.h>

#include "world.h"

#define COUNT(table) (sizeof(table) / sizeof(*(table)))

typedef struct trace_t {
  const char *path;
  int line;
  world_t *world;
  sw_usec_t now;         /* since the trace's first instant */
  size_t told;           /* alerts of the last frame that were expected */
  uint8_t is_frame_open; /* `at` began a frame that was not stepped yet */
  FILE *file;
} trace_t;

/** Ends the trace that runs. */
__attribute__((noreturn, format(printf, 2, 3))) static inline void trace_fail(const trace_t *trace,
                                                                              const char *format,
                                                                              ...) {
  va_list values;
  va_start(values, format);
  print_error("%s:%d: ", trace->path, trace->line);
  vprint_error(format, values);
  print_error("\n");
  va_end(values);
  fail();
  abort();
}

/* ---- Values ---- */

typedef struct field_t {
  const char *key;
  size_t offset;
  size_t size;
  uint8_t is_time;
} field_t;

#define FIELD(key, type, member, is_time) \
  { key, offsetof(type, member), sizeof(((type *)0)->member), is_time }

static const field_t server_fields[] = {
    FIELD("flags", sw_frame_t, flags_kept, 0),
    FIELD("generation", sw_frame_t, generation, 0),
};
static const field_t policy_fields[] = {
    FIELD("interval", sw_policy_t, interval, 1),  FIELD("stall", sw_policy_t, stall, 1),
    FIELD("grace", sw_policy_t, grace, 1),        FIELD("repeat", sw_policy_t, alert_repeat, 1),
    FIELD("reserve", sw_policy_t, reserve, 0),    FIELD("spare", sw_policy_t, min_spare_threads, 0),
    FIELD("asks", sw_policy_t, asks, 0),          FIELD("agents", sw_policy_t, has_agents, 0),
    FIELD("min-drain", sw_policy_t, min_drain, 1)};
static const field_t slot_fields[] = {
    FIELD("generation", sw_sample_t, generation, 0),
    FIELD("start", sw_sample_t, start_time, 0),
    FIELD("quiescing", sw_sample_t, quiescing, 0),
    FIELD("not-accepting", sw_sample_t, not_accepting, 0),
    FIELD("accesses", sw_sample_t, accesses, 0),
    FIELD("bytes", sw_sample_t, bytes, 0),
    FIELD("connections", sw_sample_t, connections.total, 0),
    FIELD("writing", sw_sample_t, connections.write_completion, 0),
    FIELD("lingering", sw_sample_t, connections.lingering_close, 0),
    FIELD("keep-alive", sw_sample_t, connections.keep_alive, 0),
    FIELD("suspended", sw_sample_t, connections.suspended, 0),
    FIELD("protected", sw_sample_t, is_protected, 0),
    FIELD("asked-for", sw_sample_t, is_asked_for, 0),
    FIELD("agent", sw_sample_t, evidence.is_present, 0),
    FIELD("clients", sw_sample_t, evidence.clients, 0),
    FIELD("backends", sw_sample_t, evidence.backends, 0),
    FIELD("moved", sw_sample_t, evidence.moved, 0),
    FIELD("cpu", sw_sample_t, evidence.cpu, 1),
};

static inline int64_t number_of(const trace_t *trace, const char *text, int is_time) {
  static const struct {
    const char *unit;
    sw_usec_t span;
  } units[] = {{"ms", SW_USEC_PER_MSEC}, {"s", SEC}, {"min", 60 * SEC}, {"h", 3600 * SEC}};
  char *end = NULL;
  const int64_t number = strtoll(text, &end, 10);
  for (size_t at = 0; is_time && at < COUNT(units); ++at) {
    if (end != text && strcmp(end, units[at].unit) == 0) {
      return number * units[at].span;
    }
  }
  if (end == text || *end != '\0' || (is_time && number != 0)) {
    trace_fail(trace, "'%s' is no %s", text, is_time ? "time" : "number");
  }
  return number;
}

static inline const field_t *find_field(const field_t *fields, size_t count, const char *word) {
  const size_t length = strcspn(word, "=");
  for (size_t at = 0; word[length] == '=' && at < count; ++at) {
    if (strlen(fields[at].key) == length && strncmp(word, fields[at].key, length) == 0) {
      return &fields[at];
    }
  }
  return NULL;
}

/* @return whether the table has the key of `key=value` */
static inline int set_field(const trace_t *trace, const field_t *fields, size_t count, void *base,
                            const char *word) {
  const field_t *field = find_field(fields, count, word);
  if (field == NULL) {
    return 0;
  }
  const int64_t number = number_of(trace, strchr(word, '=') + 1, field->is_time);
  void *target = (char *)base + field->offset;
  if (field->size == sizeof(uint8_t)) {
    *(uint8_t *)target = (uint8_t)number;
  } else if (field->size == sizeof(uint32_t)) {
    *(uint32_t *)target = (uint32_t)number;
  } else {
    *(int64_t *)target = number;
  }
  return 1;
}

static inline char *next_word(char **rest) {
  return strtok_r(NULL, " \t\n", rest);
}

static inline void set_fields(const trace_t *trace, const field_t *fields, size_t count, void *base,
                              char **rest) {
  for (char *word = next_word(rest); word != NULL; word = next_word(rest)) {
    if (!set_field(trace, fields, count, base, word)) {
      trace_fail(trace, "'%s' is nothing that can be set here", word);
    }
  }
}

/* `mode=`, `ladder=` (a comma for each blank), `budget=`: the policy values that are texts.
 * @return whether the word is one of them */
static inline int set_policy_text(const trace_t *trace, sw_policy_t *policy, const char *word) {
  char text[64];
  char reason[160] = "is no mode";
  sw_status_t status = SW_STATUS_RANGE;
  const char *value = strchr(word, '=');
  snprintf(text, sizeof(text), "%s", value != NULL ? value + 1 : "");
  for (char *comma = strchr(text, ','); comma != NULL; comma = strchr(comma, ',')) {
    *comma = ' ';
  }
  if (strncmp(word, "mode=", 5) == 0) {
    for (uint32_t mode = 0; mode < SW_MODE_COUNT; ++mode) {
      if (strcmp(text, sw_mode_name(mode)) == 0) {
        policy->mode = (uint8_t)mode;
        status = SW_STATUS_OK;
      }
    }
  } else if (strncmp(word, "ladder=", 7) == 0) {
    status = sw_ladder_parse(text, &policy->ladder, reason, sizeof(reason));
  } else if (strncmp(word, "budget=", 7) == 0) {
    status = sw_budget_parse(text, policy, reason, sizeof(reason));
  } else {
    return 0;
  }
  if (status != SW_STATUS_OK) {
    trace_fail(trace, "'%s': %s", word, reason);
  }
  return 1;
}

/* What the slot's agent or its hooks say of the intent that the last frame came to.
 * @return whether the word is about that */
static inline int set_reply(const trace_t *trace, uint32_t slot, const char *word) {
  world_t *w = trace->world;
  if (strncmp(word, "done=", 5) != 0 && strncmp(word, "answer=", 7) != 0) {
    return 0;
  }
  if (world_intent(w, slot) == NULL) {
    trace_fail(trace, "'%s' to nothing that slot %u was told", word, slot);
  }
  if (word[0] == 'd') {
    world_done(w, slot, (uint32_t)number_of(trace, word + 5, 0));
    return 1;
  }
  for (uint32_t answer = 0; answer < SW_ANSWER_COUNT; ++answer) {
    if (strcmp(word + 7, sw_answer_name(answer)) == 0) {
      world_answer(w, slot, (sw_answer_t)answer);
      return 1;
    }
  }
  return 0;
}

/* ---- What came of a frame, as text ---- */

static inline void describe_alert(const sw_alert_t *a, char *text, size_t size) {
  snprintf(text, size,
           " SW%d slot=%d pid=%d generation=%d phase=%s trigger=%s reason=%s verdict=%s repeat=%u"
           " slots=%u incident=%u draining=%gs stalled=%gs open=%gs rung=%s outcome=%s cut=%u"
           " suppressed=%s ",
           a->id, a->slot, a->pid, a->generation, sw_phase_name(a->phase),
           sw_trigger_name(a->trigger), sw_reason_name(a->reason), sw_verdict_name(a->verdict),
           a->repeat, a->slots, (unsigned)(a->incident & 0xffffff), (double)a->draining / SEC,
           (double)a->stalled / SEC, (double)a->open / SEC, sw_rung_name(a->rung),
           sw_outcome_name(a->outcome), a->cut, sw_suppression_name(a->suppressed));
}

static inline void describe_capacity(const sw_report_t *report, char *text, size_t size) {
  const sw_capacity_t *c = &report->capacity;
  snprintf(text, size,
           " free=%u serving=%u draining=%u stuck=%u recycling=%u idle=%u busy=%u reloads-left=%u"
           " verdict=%s latched=%u opened=%u closed=%u ",
           c->free, c->serving, c->draining, c->stuck, c->recycling, c->workers_idle,
           c->workers_busy, c->reloads_left, sw_verdict_name(c->verdict), report->is_latched,
           (unsigned)report->counters.incidents_opened,
           (unsigned)report->counters.incidents_closed);
}

#endif
