/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Renders a report that is made up, for the tests of the page in a browser.
 * usage: draw_page SCENE html|json; the scenes stand at the end. draw_page policy: the page's.
 */
#include <stdio.h>

#include "recycle.h"
#include "shown.h"

#define HOSTILE "GET /<script>alert(1)</script>\"'&amp;\\\n\x1b[31m\xc3\xa9\xf0\x9f\x98\x80 "

/* As often as it goes in whole. */
static void fill(char *text, size_t size, const char *with) {
  const size_t length = strlen(with);
  for (size_t used = 0; used + length < size; used += length) {
    memcpy(text + used, with, length + 1);
  }
}

static world_t *new_server(uint32_t slots, uint32_t threads) {
  world_t *w = world_new(slots, threads);
  w->policy.mode = SW_MODE_ON;
  w->policy.has_agents = 1;
  strcpy(w->identity.software, "Apache/2.4.71 (<Debian>)");
  strcpy(w->identity.mpm, "event");
  w->identity.started_wall = w->frame.wall - 90061 * SEC;
  w->identity.watcher_pid = 4711;
  for (uint32_t slot = 0; slot < slots / 2; ++slot) {
    world_serve(w, slot, 1000 + (int32_t)slot, "_WK_CR_");
  }
  world_frame(w, SEC + 234567);
  return w;
}

static world_t *calm(void) {
  world_t *w = new_server(8, 8);
  world_frame(w, SEC);
  return w;
}

/* Nothing is known but that nothing is there. */
static world_t *nothing(void) {
  world_t *w = world_new(1, 1);
  w->report->moment_count = 0;
  world_frame(w, SEC);
  w->report->moment_count = 0;
  return w;
}

/* An hour of reloads, in which nobody watched for a while. */
static void live_an_hour(world_t *w) {
  for (int at = 0; at < 100; ++at) {
    const uint32_t slot = (uint32_t)at % 5;
    if (at % 7 == 0) {
      world_reload(w);
    }
    if (at % 3 == 0) {
      world_hold(w, slot, 2000 + at);
    } else {
      world_end(w, slot);
    }
    world_frame(w, at == 40 ? 300 * SEC : 31 * SEC + 7);
  }
}

static void hold_with_texts(world_t *w) {
  w->requests[0] = (sw_request_t){.worker = 1, .state = SW_WORKER_WRITE, .elapsed = 7654321};
  w->requests[1] = (sw_request_t){.worker = 2, .state = 255, .elapsed = -1};
  w->requests[2] = (sw_request_t){.worker = 3, .state = SW_WORKER_GRACEFUL, .elapsed = 99 * SEC};
  strcpy(w->requests[0].request, HOSTILE);
  strcpy(w->requests[0].client, "<i>2001:db8::1</i>");
  strcpy(w->requests[0].vhost, "www.example.org:443");
  w->sockets[0] = (sw_socket_t){
      .role = SW_ROLE_BACKEND, .family = 1, .idle = -1, .queued = 9, .peer = "unix:/run/<b>"};
  w->sockets[1] = (sw_socket_t){.role = SW_ROLE_CLIENT, .family = 2, .idle = 3661 * SEC};
  w->sockets[2] = (sw_socket_t){.role = SW_ROLE_OTHER};
  w->threads[0] = (sw_thread_t){.tid = 1, .state = 'S', .name = "apache2", .wchan = "do_<poll>"};
  w->threads[1] = (sw_thread_t){.tid = 2, .state = 'R', .name = "apache2"};
  w->frame.request_count = w->samples[0].request_count = 3;
  w->samples[0].requests_omitted = 4;
  w->frame.socket_count = w->samples[0].evidence.socket_count = 3;
  w->frame.thread_count = w->samples[0].evidence.thread_count = 2;
}

/* Every slot held, each in another way. */
static world_t *outage(void) {
  world_t *w = new_server(24, 8);
  w->policy.privacy = SW_PRIVACY_FULL;
  w->policy.reserve = 3;
  w->policy.grace = 0;
  live_an_hour(w);
  for (uint32_t slot = 0; slot < 24; ++slot) {
    world_hold(w, slot, 3000 + (int32_t)slot);
    w->samples[slot].generation -= (int32_t)slot % 5;
    w->samples[slot].connections = (sw_connections_t){.total = slot, .keep_alive = 1};
    if (slot % 4 != 3) {
      world_agent(w, slot, slot, slot % 3);
    }
    world_letters(w, slot, slot % 6 == 5 ? "........" : "WGG.GGG.");
    world_frame(w, 1700001);
  }
  hold_with_texts(w);
  world_run(w, 33 * SEC);
  return w;
}

/* What is past: incidents and drains, and nothing that drains. */
static world_t *past(void) {
  world_t *w = new_server(8, 4);
  live_an_hour(w);
  for (uint32_t slot = 0; slot < 5; ++slot) {
    world_serve(w, slot, 4000 + (int32_t)slot, "____");
  }
  world_run(w, 10 * SEC);
  return w;
}

/* Slots on each rung, too few free ones, a budget that is spent, and what came of it before. */
static world_t *recycling(void) {
  world_t *w = new_server(8, 4);
  w->policy.reserve = 6;
  w->policy.budget = 2;
  w->identity.pid_namespace = 4026532281;
  recycle_begin(w, 5, 3, 0);
  world_done(w, 5, 3);
  world_frame(w, SEC);
  world_end(w, 5);
  world_run(w, 60 * SEC);
  for (uint32_t slot = 0; slot < 3; ++slot) {
    world_hold(w, slot, 5000 + (int32_t)slot);
    world_agent(w, slot, 2, 1);
  }
  recycle_begin(w, 6, 0, 1);
  world_frame(w, SEC);
  return w;
}

/* Nobody sees a connection, only requests of which nothing may be shown. */
static world_t *prefork(void) {
  world_t *w = world_new(6, 1);
  strcpy(w->identity.mpm, "prefork");
  world_hold(w, 3, 7);
  w->requests[0] = (sw_request_t){.state = SW_WORKER_WRITE, .elapsed = -1};
  w->frame.request_count = w->samples[3].request_count = 1;
  world_frame(w, SEC);
  return w;
}

/* The longest texts there can be, each one word, and of characters that take most room. */
static world_t *longest(void) {
  static const char *const texts[] = {"\xe2\x80\xae\xe2\x80\xac", "WWWW", "\"", "\x01", "&lt;"};
  world_t *w = new_server(4, 4);
  w->policy.privacy = SW_PRIVACY_FULL;
  world_hold(w, 2, INT32_MAX);
  world_agent(w, 2, UINT32_MAX, UINT32_MAX);
  for (size_t at = 0; at < 2; ++at) {
    sw_request_t *request = &w->requests[at];
    *request = (sw_request_t){.state = SW_WORKER_WRITE, .elapsed = INT64_MAX};
    fill(request->request, sizeof(request->request), texts[2 * at]);
    fill(request->client, sizeof(request->client), texts[at + 1]);
    fill(request->vhost, sizeof(request->vhost), texts[at + 3]);
    w->sockets[at] = (sw_socket_t){.role = SW_ROLE_BACKEND, .queued = UINT32_MAX};
    fill(w->sockets[at].peer, sizeof(w->sockets[at].peer), texts[at]);
    w->threads[at] = (sw_thread_t){.state = '<'};
    fill(w->threads[at].name, sizeof(w->threads[at].name), texts[at + 1]);
    fill(w->threads[at].wchan, sizeof(w->threads[at].wchan), texts[at + 1]);
  }
  fill(w->identity.software, sizeof(w->identity.software), "W");
  w->frame.request_count = w->samples[2].request_count = 2;
  w->frame.socket_count = w->samples[2].evidence.socket_count = 2;
  w->frame.thread_count = w->samples[2].evidence.thread_count = 2;
  world_run(w, 31 * SEC);
  return w;
}

/* Too many workers for their letters to have room. */
static world_t *wide(void) {
  world_t *w = new_server(4, 40);
  world_letters(w, 1, "_________________________________WWWWWWW");
  w->workers[3] = 77;
  world_hold(w, 2, 7);
  world_frame(w, SEC);
  return w;
}

/* Too many letters for a page. */
static world_t *many(void) {
  world_t *w = new_server(200, 16);
  world_hold(w, 150, 7);
  world_letters(w, 150, "WWWWCCCCCCCCCC..");
  world_frame(w, SEC);
  return w;
}

static world_t *big(void) {
  static const char letters[] = "____________________________________________________WWWWWKKKCCCR";
  world_t *w = new_server(1024, 64);
  for (uint32_t slot = 0; slot < 512; ++slot) {
    world_letters(w, slot, letters + slot % 8);
  }
  for (uint32_t slot = 100; slot < 160; ++slot) {
    world_hold(w, slot, 3000 + (int32_t)slot);
    world_letters(w, slot, letters);
  }
  world_run(w, 35 * SEC);
  return w;
}

static const struct {
  const char *name;
  world_t *(*make)(void);
  sw_usec_t age;
} scenes[] = {
    {"calm", calm, 0},           {"stale", calm, 3 * SEC + 56789},
    {"nothing", nothing, 12345}, {"outage", outage, 345},
    {"wide", wide, SEC},         {"big", big, 0},
    {"past", past, 77},          {"recycling", recycling, 0},
    {"prefork", prefork, 0},     {"longest", longest, 0},
    {"many", many, 0},
};

int main(int argc, char **argv) {
  if (argc == 2 && strcmp(argv[1], "policy") == 0) {
    fputs(sw_format_security_policy(SW_FORMAT_HTML), stdout);
    return 0;
  }
  for (size_t at = 0; argc == 3 && at < sizeof(scenes) / sizeof(*scenes); ++at) {
    if (strcmp(scenes[at].name, argv[1]) == 0) {
      world_t *w = scenes[at].make();
      const int is_html = strcmp(argv[2], "html") == 0;
      char *text = shown_after(w, is_html ? SW_FORMAT_HTML : SW_FORMAT_JSON, scenes[at].age);
      fputs(text, stdout);
      free(text);
      world_free(w);
      return 0;
    }
  }
  fputs("usage: draw_page SCENE html|json\n", stderr);
  return 2;
}
