/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What one frame costs, on a scoreboard as httpd lays it out with every worker serving.
 * usage: frame_bench SLOTS THREADS PASSES
 * Prints medians in microseconds: `slots=256 threads=64 bare=... sample=... frame=... warm=...`:
 * bare reads the same status bytes and nothing else, frame is all that the watcher does: sample,
 * step, report, publish. Caches are emptied before each of them, but for warm, a frame right after
 * another.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "httpd/sampler.h"
#include "scoreboard.h"
#include "slotwatch.h"

/* Twice the largest L3 that a core of today's servers has to itself. */
#define EVICTION_BYTES ((size_t)64 << 20)
#define PASSES_MAX 1000
#define CACHE_LINE 64

typedef struct bench_t {
  uint32_t slots;
  uint32_t threads;
  worker_score **workers;
  char *eviction;
  sw_sampler_t sampler;
  sw_policy_t policy;
  sw_identity_t identity;
  sw_plan_t plan;
  sw_board_t *board;
  size_t state_size;
  size_t report_size;
  volatile uint64_t sum; /* so that the bare pass is not optimised away */
} bench_t;

typedef struct pass_t {
  double bare, sample, frame, warm;
} pass_t;

static void die(const char *what) {
  fprintf(stderr, "frame_bench: %s: %s\n", what, strerror(errno));
  exit(1);
}

static void expect(sw_status_t status, const char *what) {
  if (status != SW_STATUS_OK) {
    fprintf(stderr, "frame_bench: %s: %s\n", what, sw_status_text(status));
    exit(1);
  }
}

static double now_usec(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

/* Shared memory, as httpd's own scoreboard is. */
static void *shared(size_t size) {
  void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) {
    die("mmap");
  }
  return memory;
}

/* ap_calc_scoreboard_size: the processes in a row, then each slot's workers. Source:
 * server/scoreboard.c */
static sw_scoreboard_t make_scoreboard(bench_t *bench) {
  process_score *processes = shared(bench->slots * sizeof(process_score));
  worker_score *workers = shared((size_t)bench->slots * bench->threads * sizeof(worker_score));
  bench->workers = calloc(bench->slots, sizeof(worker_score *));
  if (bench->workers == NULL) {
    die("calloc");
  }
  for (uint32_t slot = 0; slot < bench->slots; ++slot) {
    bench->workers[slot] = workers + (size_t)slot * bench->threads;
    processes[slot].pid = (pid_t)(slot + 2);
    for (uint32_t at = 0; at < bench->threads; ++at) {
      bench->workers[slot][at].pid = processes[slot].pid;
      bench->workers[slot][at].status = at % 4 == 0 ? SERVER_BUSY_WRITE : SERVER_READY;
    }
  }
  return (sw_scoreboard_t){
      .processes = (const char *)processes,
      .process_stride = sizeof(process_score),
      .workers = bench->workers,
      .worker_stride = sizeof(worker_score),
      .slots = bench->slots,
      .threads = bench->threads,
      .threads_per_child = bench->threads,
      .keeps_requests = 1,
      .keeps_flags = 1,
  };
}

static void make_board(bench_t *bench) {
  size_t size = 0;
  sw_shape_t shape = {.slots = bench->slots,
                      .worker_stride = bench->threads,
                      .requests = sw_sampler_request_capacity(bench->slots, bench->threads)};
  expect(sw_engine_size(bench->slots, &bench->state_size), "sw_engine_size");
  expect(sw_report_size(&shape, &bench->report_size), "sw_report_size");
  expect(sw_board_size(bench->state_size, bench->report_size, &size), "sw_board_size");
  expect(sw_board_open(shared(size), size, bench->state_size, bench->report_size, &bench->board),
         "sw_board_open");
}

static void make_bench(bench_t *bench) {
  sw_scoreboard_t scoreboard = make_scoreboard(bench);
  if (sw_sampler_init(&bench->sampler, &scoreboard, 0, getpid()) != 0) {
    die("sw_sampler_init");
  }
  make_board(bench);
  sw_policy_init(&bench->policy);
  bench->policy.serving_max = bench->slots;
  bench->policy.threads_per_child = bench->threads;
  bench->plan.alert_capacity = sw_plan_capacity(bench->slots);
  bench->plan.alerts = calloc(bench->plan.alert_capacity, sizeof(sw_alert_t));
  bench->plan.intent_capacity = bench->slots;
  bench->plan.intents = calloc(bench->plan.intent_capacity, sizeof(sw_intent_t));
  bench->eviction = malloc(EVICTION_BYTES);
  if (bench->plan.alerts == NULL || bench->plan.intents == NULL || bench->eviction == NULL) {
    die("malloc");
  }
}

static void empty_caches(bench_t *bench) {
  for (size_t at = 0; at < EVICTION_BYTES; at += CACHE_LINE) {
    bench->eviction[at]++;
  }
  __asm__ volatile("" : : "r"(bench->eviction) : "memory");
}

static double bare_pass(bench_t *bench) {
  empty_caches(bench);
  double begun = now_usec();
  uint64_t sum = 0;
  for (uint32_t slot = 0; slot < bench->slots; ++slot) {
    const worker_score *workers = bench->workers[slot];
    for (uint32_t at = 0; at < bench->threads; ++at) {
      sum += workers[at].status;
    }
  }
  bench->sum = sum;
  return now_usec() - begun;
}

/* The watcher's work_frame (src/httpd/watcher.c). @param[out] sample_usec the sampler's part */
static double frame_pass(bench_t *bench, double *sample_usec) {
  void *state;
  sw_report_t *report;
  sw_engine_t *engine;
  sw_frame_t frame;
  int adopted;
  double begun = now_usec();
  sw_sampler_take(&bench->sampler, &frame);
  *sample_usec = now_usec() - begun;
  sw_board_begin(bench->board, &state, &report);
  expect(sw_engine_open(state, bench->state_size, frame.slot_count, frame.wall, &engine, &adopted),
         "sw_engine_open");
  expect(sw_engine_step(engine, &frame, &bench->policy, &bench->plan), "sw_engine_step");
  expect(sw_engine_report(engine, &frame, &bench->policy, &bench->identity, report,
                          bench->report_size),
         "sw_engine_report");
  sw_board_commit(bench->board);
  return now_usec() - begun;
}

static void measure(bench_t *bench, pass_t *pass) {
  double warm_sample;
  pass->bare = bare_pass(bench);
  empty_caches(bench);
  pass->frame = frame_pass(bench, &pass->sample);
  pass->warm = frame_pass(bench, &warm_sample);
}

static int by_value(const void *left, const void *right) {
  double difference = *(const double *)left - *(const double *)right;
  return (difference > 0) - (difference < 0);
}

static double median(const pass_t *passes, size_t count, size_t offset) {
  static double values[PASSES_MAX];
  for (size_t at = 0; at < count; ++at) {
    memcpy(&values[at], (const char *)&passes[at] + offset, sizeof(double));
  }
  qsort(values, count, sizeof(*values), by_value);
  return values[count / 2];
}

int main(int argc, char **argv) {
  static pass_t passes[PASSES_MAX];
  static bench_t bench;
  long count = argc == 4 ? strtol(argv[3], NULL, 10) : 0;
  if (count < 1 || count > PASSES_MAX) {
    fprintf(stderr, "usage: frame_bench SLOTS THREADS PASSES (at most %d)\n", PASSES_MAX);
    return 2;
  }
  bench.slots = (uint32_t)strtoul(argv[1], NULL, 10);
  bench.threads = (uint32_t)strtoul(argv[2], NULL, 10);
  make_bench(&bench);
  frame_pass(&bench, &passes[0].sample); /* the first touches every page */
  for (long at = 0; at < count; ++at) {
    measure(&bench, &passes[at]);
  }
  printf("slots=%u threads=%u bare=%.1f sample=%.1f frame=%.1f warm=%.1f\n", bench.slots,
         bench.threads, median(passes, (size_t)count, offsetof(pass_t, bare)),
         median(passes, (size_t)count, offsetof(pass_t, sample)),
         median(passes, (size_t)count, offsetof(pass_t, frame)),
         median(passes, (size_t)count, offsetof(pass_t, warm)));
  return 0;
}
