/* SPDX-License-Identifier: Apache-2.0 */
/* Runs recorded lists of frames, each a test of its own: test_traces FILE... ; ../traces/README.md
 * has the format. */
#include "trace.h"

/* ---- What is expected ---- */

static void expect_word(const trace_t *trace, const char *text, const char *word) {
  char padded[64];
  snprintf(padded, sizeof(padded), " %s ", word);
  if (strstr(text, padded) == NULL) {
    trace_fail(trace, "not %s, but%s", word, text);
  }
}

static void expect_slots(const trace_t *trace, char **rest) {
  const world_t *w = trace->world;
  for (uint32_t slot = 0; slot < w->frame.slot_count; ++slot) {
    const sw_slot_t *s = world_slot(w, slot);
    const char *word = next_word(rest);
    char text[64];
    snprintf(text, sizeof(text), " %s %s:%s ", sw_state_name(s->state), sw_state_name(s->state),
             sw_phase_name(s->phase));
    if (word == NULL) {
      trace_fail(trace, "slot %u has no word", slot);
    }
    expect_word(trace, text, word);
  }
}

/* All that is to be done, and nothing else: `0:kill 2:backends?`. */
static void expect_intents(const trace_t *trace, char **rest) {
  const sw_plan_t *plan = &trace->world->plan;
  char wanted[512] = "";
  char found[512] = "";
  for (const char *word = next_word(rest); word != NULL; word = next_word(rest)) {
    snprintf(wanted + strlen(wanted), sizeof(wanted) - strlen(wanted), " %s", word);
  }
  for (size_t at = 0; at < plan->intent_count; ++at) {
    const sw_intent_t *intent = &plan->intents[at];
    snprintf(found + strlen(found), sizeof(found) - strlen(found), " %d:%s%s", intent->slot,
             sw_rung_name(intent->rung), intent->is_question ? "?" : "");
  }
  if (strcmp(wanted, found) != 0) {
    trace_fail(trace, "not intents%s, but%s", wanted, found);
  }
}

/* ---- Frames ---- */

static void expect_nothing_more(const trace_t *trace) {
  if (trace->world != NULL && trace->told < trace->world->plan.alert_count) {
    char text[512];
    describe_alert(&trace->world->plan.alerts[trace->told], text, sizeof(text));
    trace_fail(trace, "not expected at %gs:%s", (double)trace->now / SEC, text);
  }
}

static void step(trace_t *trace) {
  world_frame(trace->world, 0);
  trace->told = 0;
  trace->is_frame_open = 0;
}

static void finish_frame(trace_t *trace) {
  if (trace->is_frame_open) {
    step(trace);
  }
  expect_nothing_more(trace);
}

static void go_to(trace_t *trace, sw_usec_t now) {
  trace->world->frame.monotonic += now - trace->now;
  trace->world->frame.wall += now - trace->now;
  trace->now = now;
}

/* ---- The lines ---- */

static void run_server(trace_t *trace, char **rest) {
  uint32_t sizes[2] = {0};
  const field_t fields[] = {{"slots", 0, sizeof(uint32_t), 0},
                            {"workers", sizeof(uint32_t), sizeof(uint32_t), 0}};
  for (int at = 0; at < 2; ++at) {
    const char *word = next_word(rest);
    if (word == NULL || !set_field(trace, fields, COUNT(fields), sizes, word)) {
      trace_fail(trace, "server slots=N workers=N");
    }
  }
  if (sizes[0] == 0 || sizes[1] == 0) {
    trace_fail(trace, "a server has slots and workers");
  }
  trace->world = world_new(sizes[0], sizes[1]);
  trace->world->policy.mode = SW_MODE_DRYRUN;
  set_fields(trace, server_fields, COUNT(server_fields), &trace->world->frame, rest);
}

static void run_policy(trace_t *trace, char **rest) {
  sw_policy_t *policy = &trace->world->policy;
  for (const char *word = next_word(rest); word != NULL; word = next_word(rest)) {
    if (!set_policy_text(trace, policy, word) &&
        !set_field(trace, policy_fields, COUNT(policy_fields), policy, word)) {
      trace_fail(trace, "'%s' is nothing that a policy has", word);
    }
  }
}

/* The watcher dies and another takes up what it left behind. */
static void run_restart(trace_t *trace, char **rest) {
  (void)rest;
  int adopted = 0;
  world_t *w = trace->world;
  finish_frame(trace);
  void *block = malloc(w->block_size);
  memcpy(block, w->block, w->block_size);
  memset(w->block, 0xee, w->block_size);
  free(w->block);
  w->block = block;
  assert_int_equal(sw_engine_open(block, w->block_size, w->frame.slot_count, w->frame.wall,
                                  &w->engine, &adopted),
                   SW_STATUS_OK);
  assert_true(adopted);
}

static void run_at(trace_t *trace, char **rest) {
  finish_frame(trace);
  const char *time = next_word(rest);
  go_to(trace, number_of(trace, time != NULL ? time : "", 1));
  set_fields(trace, server_fields, COUNT(server_fields), &trace->world->frame, rest);
  trace->is_frame_open = 1;
}

/* A frame each interval, all of them quiet. */
static void run_until(trace_t *trace, char **rest) {
  const char *time = next_word(rest);
  const sw_usec_t end = number_of(trace, time != NULL ? time : "", 1);
  finish_frame(trace);
  while (trace->now + trace->world->policy.interval <= end) {
    go_to(trace, trace->now + trace->world->policy.interval);
    step(trace);
    expect_nothing_more(trace);
  }
}

/* `nth` of the range: its pid is as many further on. */
static void set_slot(trace_t *trace, uint32_t slot, uint32_t nth, const char *word) {
  world_t *w = trace->world;
  sw_sample_t *sample = &w->samples[slot];
  if (strcmp(word, "free") == 0) {
    world_end(w, slot);
  } else if (strncmp(word, "pid=", 4) == 0) {
    world_serve(w, slot, (int32_t)number_of(trace, word + 4, 0) + (int32_t)nth, "");
  } else if (strncmp(word, "workers=", 8) == 0) {
    world_letters(w, slot, word + 8);
  } else if (strcmp(word, "zombie") == 0) {
    sample->process = SW_PROCESS_ZOMBIE;
  } else if (strcmp(word, "alive") == 0) {
    sample->process = SW_PROCESS_ALIVE;
    sample->start_time = (uint64_t)sample->pid * 10;
  } else if (strcmp(word, "drains") == 0) {
    sample->quiescing = sample->not_accepting = 1;
  } else if (!set_reply(trace, slot, word) &&
             !set_field(trace, slot_fields, COUNT(slot_fields), sample, word)) {
    trace_fail(trace, "'%s' is nothing that a slot has", word);
  }
}

static void run_slot(trace_t *trace, char **rest) {
  unsigned first = 0;
  unsigned last = 0;
  const char *range = next_word(rest);
  const int ends = range != NULL ? sscanf(range, "%u-%u", &first, &last) : 0;
  last = ends == 1 ? first : last;
  if (ends < 1 || last >= trace->world->frame.slot_count) {
    trace_fail(trace, "slot N or slot N-M");
  }
  for (const char *word = next_word(rest); word != NULL; word = next_word(rest)) {
    for (uint32_t slot = first; slot <= last; ++slot) {
      set_slot(trace, slot, slot - first, word);
    }
  }
}

static void run_expect(trace_t *trace, char **rest) {
  const sw_plan_t *plan = &trace->world->plan;
  char text[512] = " no alert ";
  char *word = next_word(rest);
  if (trace->is_frame_open) {
    step(trace);
  }
  if (word != NULL && strcmp(word, "slots") == 0) {
    expect_slots(trace, rest);
    return;
  }
  if (word != NULL && strcmp(word, "intents") == 0) {
    expect_intents(trace, rest);
    return;
  }
  if (word != NULL && strncmp(word, "SW", 2) == 0) {
    if (trace->told < plan->alert_count) {
      describe_alert(&plan->alerts[trace->told++], text, sizeof(text));
    }
  } else {
    describe_capacity(trace->world->report, text, sizeof(text));
  }
  for (; word != NULL; word = next_word(rest)) {
    expect_word(trace, text, word);
  }
}

static void run_line(trace_t *trace, char *line) {
  static const struct {
    const char *word;
    void (*run)(trace_t *trace, char **rest);
  } verbs[] = {{"server", run_server},  {"policy", run_policy}, {"at", run_at},
               {"until", run_until},    {"slot", run_slot},     {"expect", run_expect},
               {"restart", run_restart}};
  char *rest = NULL;
  line[strcspn(line, "#")] = '\0';
  const char *verb = strtok_r(line, " \t\n", &rest);
  if (verb == NULL) {
    return;
  }
  for (size_t at = 0; at < COUNT(verbs); ++at) {
    if (strcmp(verb, verbs[at].word) == 0 && (at == 0) == (trace->world == NULL)) {
      verbs[at].run(trace, &rest);
      return;
    }
  }
  trace_fail(trace, "'%s' is no line here: server first and once, then policy, at, ...", verb);
}

/* ---- Files ---- */

static int open_trace(void **state) {
  trace_t *trace = calloc(1, sizeof(*trace));
  trace->path = *state;
  *state = trace;
  return 0;
}

static int close_trace(void **state) {
  trace_t *trace = *state;
  if (trace->world != NULL) {
    world_free(trace->world);
  }
  if (trace->file != NULL) {
    fclose(trace->file);
  }
  free(trace);
  return 0;
}

static void run_trace(void **state) {
  trace_t *trace = *state;
  char line[512];
  trace->file = fopen(trace->path, "r");
  assert_non_null(trace->file);
  while (fgets(line, sizeof(line), trace->file) != NULL) {
    ++trace->line;
    run_line(trace, line);
  }
  assert_non_null(trace->world);
  finish_frame(trace);
}

int main(int argc, char **argv) {
  if (argc < 2) {
    fprintf(stderr, "usage: test_traces FILE...\n");
    return 2;
  }
  const size_t count = (size_t)argc - 1;
  struct CMUnitTest *tests = calloc(count, sizeof(*tests));
  for (size_t at = 0; at < count; ++at) {
    tests[at] = (struct CMUnitTest){argv[at + 1], run_trace, open_trace, close_trace, argv[at + 1]};
  }
  const int failed = _cmocka_run_group_tests("traces", tests, count, NULL, NULL);
  free(tests);
  return failed;
}
