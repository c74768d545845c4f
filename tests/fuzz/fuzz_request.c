/* SPDX-License-Identifier: Apache-2.0 */
/* Requests to the watcher's socket and to the handler: only who may, recycles, and only by POST. */
#include "fuzz.h"
#include "slotwatch_http.h"
#include "unit/world.h"

#define OWN_UID 33

static void expect_rights(const sw_http_request_t *request, const sw_route_t *route) {
  const int may = request->is_local && (request->uid == 0 || request->uid == OWN_UID);
  HOLDS(route->action <= SW_ACTION_RECYCLE);
  HOLDS(route->action != SW_ACTION_RECYCLE || (may && strcmp(request->method, "POST") == 0));
  HOLDS(!route->is_refused || !may);
}

static void expect_line(const sw_route_t *route) {
  const size_t size = strnlen(route->line, sizeof(route->line));
  HOLDS(size > 0 && size < sizeof(route->line) && route->line[size - 1] == '\n');
  HOLDS(route->status >= 200 && route->status <= 599);
}

static void follow(const world_t *w, sw_route_t *route) {
  const sw_usec_t now = w->frame.monotonic;
  document_t document = {0};
  const sw_sink_t sink = {&document, document_write};
  if (route->action == SW_ACTION_RECYCLE) {
    sw_http_recycle(route, w->report, now);
  } else {
    sw_http_look(route, w->report, now);
  }
  if (route->action == SW_ACTION_RECYCLE) {
    HOLDS(world_slot(w, (uint32_t)route->slot)->pid == route->pid);
    HOLDS(world_slot(w, (uint32_t)route->slot)->state != SW_STATE_SERVING);
    HOLDS(sw_render_asked(w->report, route, &sink) == SW_STATUS_OK);
  } else if (route->action == SW_ACTION_EVENTS) {
    HOLDS(sw_render_events(w->report, route, &sink) == SW_STATUS_OK);
  } else if (route->action == SW_ACTION_LINE) {
    expect_line(route);
  }
  free(document.text);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
  input_t input = {bytes, size};
  sw_route_t route = {0};
  sw_format_t format;
  world_t *w = world_new(WORLD_SLOTS, WORLD_THREADS);
  world_serve(w, 0, 100, "_W_");
  world_hold(w, 1, 101);
  world_run(w, 40 * SEC);
  const uint32_t who = take_number(&input);
  char *method = take_text(&input);
  char *target = take_text(&input);
  char *accept = take_text(&input);
  const sw_http_request_t request = {
      .method = method,
      .target = target,
      .accept = *accept != '\0' ? accept : NULL,
      .is_local = who % 2,
      .uid = who % 3 == 0   ? 0
             : who % 3 == 1 ? OWN_UID
                            : 1000,
      .pid = 1,
  };
  sw_http_route(&request, OWN_UID, &route);
  expect_rights(&request, &route);
  follow(w, &route);
  if (sw_format_choose(target, accept, &format) == SW_STATUS_OK) {
    HOLDS(format < SW_FORMAT_COUNT);
  }
  free(method);
  free(target);
  free(accept);
  world_free(w);
  return 0;
}
