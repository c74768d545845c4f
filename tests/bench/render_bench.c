/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a document costs, of a server that serves and of one in the full outage.
 * usage: render_bench SLOTS THREADS PASSES
 * Prints a line for each: `quiet html bytes=... usec=...` (the median, rendering alone).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "slotwatch.h"

#define PASSES_MAX 1000
#define PER_SLOT 16 /* requests, sockets, threads: as many as a report holds of 256 slots */
#define STEPS (SW_MOMENTS_MAX + 8)

typedef struct bench_t {
  sw_frame_t frame;
  sw_sample_t *samples;
  uint8_t *workers;
  sw_request_t *requests;
  sw_socket_t *sockets;
  sw_thread_t *threads;
  sw_policy_t policy;
  sw_identity_t identity;
  sw_plan_t plan;
  sw_engine_t *engine;
  sw_report_t *report;
  size_t report_size;
} bench_t;

static void die(const char *what) {
  fprintf(stderr, "render_bench: %s failed\n", what);
  exit(1);
}

static void expect(sw_status_t status, const char *what) {
  if (status != SW_STATUS_OK) {
    die(what);
  }
}

static void *room(size_t count, size_t size) {
  void *memory = calloc(count, size);
  if (memory == NULL) {
    die("calloc");
  }
  return memory;
}

static void make_engine(bench_t *bench, uint32_t slots, uint32_t threads) {
  size_t size = 0;
  int adopted = 0;
  sw_shape_t shape = {slots, threads, slots * PER_SLOT, slots * PER_SLOT, slots * PER_SLOT};
  expect(sw_engine_size(slots, &size), "sw_engine_size");
  expect(sw_engine_open(room(1, size), size, slots, 1700000000 * SW_USEC_PER_SEC, &bench->engine,
                        &adopted),
         "sw_engine_open");
  expect(sw_report_size(&shape, &bench->report_size), "sw_report_size");
  bench->report = room(1, bench->report_size);
  bench->plan.alert_capacity = sw_plan_capacity(slots);
  bench->plan.alerts = room(bench->plan.alert_capacity, sizeof(sw_alert_t));
  bench->plan.intent_capacity = slots;
  bench->plan.intents = room(slots, sizeof(sw_intent_t));
}

static void make_bench(bench_t *bench, uint32_t slots, uint32_t threads) {
  *bench = (bench_t){.identity = {.software = "Apache/2.4.71 (Debian)", .mpm = "event"}};
  bench->samples = room(slots, sizeof(*bench->samples));
  bench->workers = room(slots, threads);
  bench->requests = room((size_t)slots * PER_SLOT, sizeof(*bench->requests));
  bench->sockets = room((size_t)slots * PER_SLOT, sizeof(*bench->sockets));
  bench->threads = room((size_t)slots * PER_SLOT, sizeof(*bench->threads));
  sw_policy_init(&bench->policy);
  bench->policy.serving_max = slots;
  bench->policy.threads_per_child = threads;
  bench->policy.min_spare_threads = threads;
  bench->policy.reserve = 3;
  bench->policy.has_agents = 1;
  bench->frame = (sw_frame_t){.monotonic = 1000000 * SW_USEC_PER_SEC,
                              .wall = 1700000000 * SW_USEC_PER_SEC,
                              .generation = 9,
                              .slot_count = slots,
                              .worker_stride = threads,
                              .samples = bench->samples,
                              .workers = bench->workers,
                              .requests = bench->requests,
                              .sockets = bench->sockets,
                              .threads = bench->threads,
                              .flags_kept = 1,
                              .requests_kept = 1};
  make_engine(bench, slots, threads);
}

/* Half of its workers are in a request. */
static void serve(bench_t *bench, uint32_t slot) {
  const uint32_t threads = bench->frame.worker_stride;
  bench->samples[slot] = (sw_sample_t){.pid = (int32_t)(1000000 + slot),
                                       .generation = bench->frame.generation,
                                       .process = SW_PROCESS_ALIVE,
                                       .start_time = slot + 1,
                                       .worker_count = threads};
  for (uint32_t at = 0; at < threads; ++at) {
    bench->workers[slot * threads + at] = at % 2 == 0 ? SW_WORKER_WRITE : SW_WORKER_READY;
  }
}

/* All that a report can tell of it. */
static void hold(bench_t *bench, uint32_t slot) {
  serve(bench, slot);
  const uint32_t first = slot * PER_SLOT;
  sw_sample_t *sample = &bench->samples[slot];
  sample->pid += 100000;
  sample->generation = bench->frame.generation - 1 - (int32_t)slot % 8;
  sample->quiescing = sample->not_accepting = 1;
  sample->request_first = sample->evidence.socket_first = sample->evidence.thread_first = first;
  sample->request_count = sample->evidence.socket_count = sample->evidence.thread_count = PER_SLOT;
  sample->evidence.is_present = 1;
  sample->evidence.clients = sample->evidence.backends = PER_SLOT / 2;
  for (uint32_t at = first; at < first + PER_SLOT; ++at) {
    bench->requests[at] = (sw_request_t){.worker = at % PER_SLOT,
                                         .state = SW_WORKER_WRITE,
                                         .elapsed = 123456789,
                                         .client = "2001:db8:1234:5678:9abc:def0:1234:5678",
                                         .request = "GET /<a href=\"x\">&amp;/a/rather/long/path/",
                                         .vhost = "www.customer-4711.example.org",
                                         .protocol = "http/1.1"};
    bench->sockets[at] =
        (sw_socket_t){.role = SW_ROLE_CLIENT, .family = 2, .peer = "192.0.2.7:443"};
    bench->threads[at] = (sw_thread_t){.tid = (int32_t)at, .name = "apache2", .state = 'S'};
  }
}

static void step(bench_t *bench, sw_usec_t span) {
  bench->frame.monotonic += span;
  bench->frame.wall += span;
  expect(sw_engine_step(bench->engine, &bench->frame, &bench->policy, &bench->plan), "step");
}

/* An hour in which every moment differs from the one before, with an incident now and then. */
static void live_an_hour(bench_t *bench) {
  const uint32_t slots = bench->frame.slot_count;
  for (uint32_t at = 0; at < STEPS; ++at) {
    for (uint32_t slot = 0; slot < slots; ++slot) {
      if (slot < at * 37 % slots) {
        hold(bench, slot);
      } else {
        serve(bench, slot);
      }
    }
    step(bench, SW_MOMENT_STEP);
  }
}

static void end_in(bench_t *bench, int in_outage) {
  const uint32_t slots = bench->frame.slot_count;
  for (uint32_t slot = 0; slot < slots; ++slot) {
    if (in_outage) {
      hold(bench, slot);
    } else {
      serve(bench, slot);
    }
  }
  if (in_outage) {
    bench->frame.request_count = bench->frame.socket_count = bench->frame.thread_count =
        slots * PER_SLOT;
  }
  step(bench, SW_USEC_PER_SEC);
  step(bench, 100 * SW_USEC_PER_SEC);
  expect(sw_engine_report(bench->engine, &bench->frame, &bench->policy, &bench->identity,
                          bench->report, bench->report_size),
         "sw_engine_report");
}

static int count_bytes(void *context, const char *bytes, size_t size) {
  (void)bytes;
  *(size_t *)context += size;
  return 0;
}

static double now_usec(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

static int by_value(const void *left, const void *right) {
  double difference = *(const double *)left - *(const double *)right;
  return (difference > 0) - (difference < 0);
}

static void measure(const bench_t *bench, const char *when, sw_format_t format, size_t passes) {
  static double usec[PASSES_MAX];
  size_t bytes = 0;
  for (size_t at = 0; at < passes; ++at) {
    bytes = 0;
    sw_view_t view = {.format = format, .monotonic_now = bench->frame.monotonic};
    sw_sink_t sink = {.context = &bytes, .write = count_bytes};
    double begun = now_usec();
    expect(sw_render(bench->report, &view, &sink), "sw_render");
    usec[at] = now_usec() - begun;
  }
  qsort(usec, passes, sizeof(*usec), by_value);
  printf("%s %s bytes=%zu usec=%.1f\n", when, sw_format_name(format), bytes, usec[passes / 2]);
}

int main(int argc, char **argv) {
  static const char *const whens[] = {"quiet", "outage"};
  long passes = argc == 4 ? strtol(argv[3], NULL, 10) : 0;
  if (passes < 1 || passes > PASSES_MAX) {
    fprintf(stderr, "usage: render_bench SLOTS THREADS PASSES (at most %d)\n", PASSES_MAX);
    return 2;
  }
  for (int in_outage = 0; in_outage < 2; ++in_outage) {
    bench_t bench;
    make_bench(&bench, (uint32_t)strtoul(argv[1], NULL, 10), (uint32_t)strtoul(argv[2], NULL, 10));
    live_an_hour(&bench);
    end_in(&bench, in_outage);
    measure(&bench, whens[in_outage], SW_FORMAT_HTML, (size_t)passes);
    measure(&bench, whens[in_outage], SW_FORMAT_JSON, (size_t)passes);
    measure(&bench, whens[in_outage], SW_FORMAT_OPENMETRICS, (size_t)passes);
  }
  return 0;
}
