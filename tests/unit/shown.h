/* SPDX-License-Identifier: Apache-2.0 */
/* What a world's report looks like, as text. */
#ifndef SHOWN_H
#define SHOWN_H

#include <stdio.h>

#include "world.h"

typedef struct shown_t {
  char *text; /* NUL-terminated */
  size_t size;
  size_t room; /* the sink refuses what is beyond */
} shown_t;

static inline int shown_write(void *context, const char *bytes, size_t size) {
  shown_t *shown = context;
  if (shown->size + size > shown->room) {
    return -1;
  }
  shown->text = realloc(shown->text, shown->size + size + 1);
  memcpy(shown->text + shown->size, bytes, size);
  shown->size += size;
  shown->text[shown->size] = '\0';
  return 0;
}

/** The last frame's report, `age` after it. To be freed. */
static inline char *shown_after(const world_t *w, sw_format_t format, sw_usec_t age) {
  shown_t shown = {.room = SIZE_MAX};
  sw_view_t view = {.format = format, .monotonic_now = w->frame.monotonic + age};
  sw_sink_t sink = {.context = &shown, .write = shown_write};
  assert_int_equal(sw_render(w->report, &view, &sink), SW_STATUS_OK);
  return shown.text;
}

static inline void shown_contains(const char *text, const char *part) {
  if (strstr(text, part) == NULL) {
    fail_msg("'%s' is not in: %s", part, text);
  }
}

static inline void shown_lacks(const char *text, const char *part) {
  if (strstr(text, part) != NULL) {
    fail_msg("'%s' is in: %s", part, text);
  }
}

/** A slot that is held by one request with these texts. */
static inline void shown_hold(world_t *w, uint32_t slot, const char *line, const char *client) {
  world_hold(w, slot, 100 + (int32_t)slot);
  w->requests[0] = (sw_request_t){.worker = 1, .state = SW_WORKER_GRACEFUL, .elapsed = 7 * SEC};
  strncpy(w->requests[0].request, line, sizeof(w->requests[0].request) - 1);
  strncpy(w->requests[0].client, client, sizeof(w->requests[0].client) - 1);
  strcpy(w->requests[0].vhost, "example.org:80");
  w->frame.request_count = w->samples[slot].request_count = 1;
}

/** One slot serves, one is stuck since the reload, another drains, and was trimmed. */
static inline void shown_small(world_t *w) {
  strcpy(w->identity.software, "Apache/2.4.57 (Debian)");
  strcpy(w->identity.mpm, "event");
  w->identity.started_wall = WORLD_WALL_BIRTH - 90 * SEC;
  w->identity.watcher_starts = 2;
  w->identity.watcher_pid = 4242;
  w->policy.stall = 3 * SEC;
  w->policy.mode = SW_MODE_DRYRUN;
  w->frame.sample_cost = 125;
  shown_hold(w, 3, "GET /secret HTTP/1.1", "192.0.2.7");
  world_reload(w);
  world_serve(w, 1, 42, "_W__");
  world_run(w, 4 * SEC);
  world_hold(w, 5, 105);
  world_frame(w, SEC);
}

/** A file's text, of the directory where the Makefile is. To be freed. */
static inline char *shown_file(const char *path) {
  enum { most = 1 << 16 };
  FILE *file = fopen(path, "re");
  if (file == NULL) {
    fail_msg("%s cannot be read: the tests run where the Makefile is", path);
    abort();
  }
  char *text = calloc(1, most);
  assert_true(fread(text, 1, most - 1, file) < most - 1);
  (void)fclose(file);
  return text;
}

#endif
