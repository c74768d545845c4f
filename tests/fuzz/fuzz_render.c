/* SPDX-License-Identifier: Apache-2.0 */
/* Hostile texts and numbers in every document, and in the lines of the log. */
#include "fuzz.h"
#include "slotwatch_http.h"
#include "unit/world.h"
#include "valid.h"

/* Each of these is what a child can write: bytes as they come. */
static void read_frame(world_t *w, input_t *input) {
  w->policy.privacy = (uint8_t)(take_number(input) % SW_PRIVACY_COUNT);
  w->frame.requests_are_tails = (uint8_t)(take_number(input) % 2);
  for (uint32_t slot = 0; slot < 3; ++slot) {
    sw_sample_t *sample = &w->samples[slot];
    world_hold(w, slot, 100 + (int32_t)slot);
    world_agent(w, slot, 1, 1);
    take(input, &sample->connections, sizeof(sample->connections));
    sample->request_count = sample->evidence.socket_count = sample->evidence.thread_count = 2;
    sample->request_first = sample->evidence.socket_first = slot * 2;
    sample->evidence.thread_first = slot * 2;
  }
  for (uint32_t at = 0; at < 6; ++at) {
    take(input, &w->requests[at], sizeof(w->requests[at]));
    take(input, &w->sockets[at], sizeof(w->sockets[at]));
    take(input, &w->threads[at], sizeof(w->threads[at]));
  }
  w->frame.request_count = w->frame.socket_count = w->frame.thread_count = 6;
  take(input, w->workers, WORLD_WORKERS);
  take(input, w->identity.software, sizeof(w->identity.software) - 1);
}

static void expect_line(const char *line) {
  HOLDS(strncmp(line, "SW", 2) == 0 && strnlen(line, SW_LINE_MAX) < SW_LINE_MAX);
  HOLDS(is_printable(line, strlen(line)));
}

static void expect_lines(const world_t *w) {
  char line[SW_LINE_MAX];
  for (size_t at = 0; at < w->plan.alert_count; ++at) {
    HOLDS(sw_render_alert(&w->plan.alerts[at], w->report, line, sizeof(line)) == SW_STATUS_OK);
    expect_line(line);
  }
  for (int32_t slot = 0; slot < 3; ++slot) {
    const sw_intent_t intent = {.slot = slot, .pid = world_slot(w, (uint32_t)slot)->pid};
    for (uint32_t at = 0;
         sw_render_evidence(&intent, w->report, at, line, sizeof(line)) == SW_STATUS_OK; ++at) {
      expect_line(line);
    }
  }
}

/* In metrics the software's name stands as it is, but for what is no UTF-8. */
static int is_whole(sw_format_t format, const char *text, size_t size) {
  switch (format) {
    case SW_FORMAT_JSON:
      return is_json(text, size);
    case SW_FORMAT_OPENMETRICS:
    case SW_FORMAT_PROMETHEUS:
      return is_utf8(text, size);
    case SW_FORMAT_HTML:
      return is_printable(text, size) && is_balanced(text, size);
    default:
      return is_printable(text, size);
  }
}

static void expect_documents(const world_t *w) {
  for (uint32_t format = 0; format < SW_FORMAT_COUNT; ++format) {
    document_t document = {0};
    const sw_sink_t sink = {&document, document_write};
    const sw_view_t view = {(sw_format_t)format, w->frame.monotonic};
    HOLDS(sw_render(w->report, &view, &sink) == SW_STATUS_OK);
    HOLDS(is_whole(view.format, document.text, document.size));
    free(document.text);
  }
}

static void expect_events(const world_t *w) {
  document_t document = {0};
  const sw_sink_t sink = {&document, document_write};
  const sw_route_t route = {.action = SW_ACTION_EVENTS, .format = SW_FORMAT_JSON, .since = -1};
  HOLDS(sw_render_events(w->report, &route, &sink) == SW_STATUS_OK);
  HOLDS(is_json(document.text, document.size));
  free(document.text);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
  input_t input = {bytes, size};
  world_t *w = world_new(WORLD_SLOTS, WORLD_THREADS);
  w->policy.stall = SEC;
  read_frame(w, &input);
  for (int frame = 0; frame < 4; ++frame) {
    world_frame(w, SEC);
    expect_lines(w);
  }
  expect_documents(w);
  expect_events(w);
  world_free(w);
  return 0;
}
