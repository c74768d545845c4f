/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an agent's beats cost, with real connections on loopback and threads that wait.
 * usage: agent_bench SOCKETS THREADS PASSES
 * Prints medians of CPU in microseconds: `beat=... find=... read=... threads=... shut=...`: beat is
 * the mean of BEATS of them, as src/httpd/agent.c has them where there are a thousand sockets: all
 * counters are read in each, sockets looked for and threads looked at in one.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "os/sw_os.h"

#define BEATS 5
#define PASSES_MAX 1000
#define DESCRIPTORS 65536

typedef struct pass_t {
  double beat, find, read, threads;
} pass_t;

static void die(const char *what) {
  fprintf(stderr, "agent_bench: %s: %s\n", what, strerror(errno));
  exit(1);
}

static double cpu_usec(void) {
  struct timespec used;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
  return (double)used.tv_sec * 1e6 + (double)used.tv_nsec / 1e3;
}

static void *wait_for_the_end(void *unused) {
  (void)unused;
  pause();
  return NULL;
}

static void make_threads(long count) {
  for (long at = 0; at < count; ++at) {
    pthread_t thread;
    if (pthread_create(&thread, NULL, wait_for_the_end, NULL) != 0) {
      die("pthread_create");
    }
  }
}

/* Both ends are in this process: half of them clients, half of them backends. @return the port */
static uint16_t make_sockets(long count) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t size = sizeof(address);
  int listener = socket(AF_INET, SOCK_STREAM, 0);
  if (bind(listener, (const struct sockaddr *)&address, size) != 0 || listen(listener, 1) != 0 ||
      getsockname(listener, (struct sockaddr *)&address, &size) != 0) {
    die("listen");
  }
  for (long at = 0; at < count / 2; ++at) {
    int backend = socket(AF_INET, SOCK_STREAM, 0);
    if (backend < 0 || connect(backend, (const struct sockaddr *)&address, size) != 0 ||
        accept(listener, NULL, NULL) < 0) {
      die("connect");
    }
  }
  return ntohs(address.sin_port);
}

static void measure(sw_os_sockets_t *sockets, const sw_os_roles_t *roles, pass_t *pass) {
  static sw_thread_t threads[SW_AGENT_THREADS_MAX];
  sw_evidence_t evidence = {0};
  double begun = cpu_usec();
  sw_os_sockets_find(sockets, roles);
  double found = cpu_usec();
  sw_os_sockets_read(sockets, &evidence);
  double read = cpu_usec();
  sw_os_threads_look(threads, SW_AGENT_THREADS_MAX);
  pass->find = found - begun;
  pass->read = read - found;
  pass->threads = cpu_usec() - read;
  pass->beat = pass->read + (pass->find + pass->threads) / BEATS;
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
  static sw_os_sockets_t sockets;
  const struct rlimit limit = {DESCRIPTORS, DESCRIPTORS};
  size_t count = argc == 4 ? strtoul(argv[3], NULL, 10) : 0;
  if (count < 1 || count > PASSES_MAX) {
    fprintf(stderr, "usage: agent_bench SOCKETS THREADS PASSES (at most %d)\n", PASSES_MAX);
    return 2;
  }
  setrlimit(RLIMIT_NOFILE, &limit);
  uint16_t port = make_sockets(strtol(argv[1], NULL, 10));
  make_threads(strtol(argv[2], NULL, 10));
  sw_os_roles_t roles = {.ports = &port, .port_count = 1};
  sw_os_sockets_find(&sockets, &roles); /* the first classifies each */
  for (size_t at = 0; at < count; ++at) {
    measure(&sockets, &roles, &passes[at]);
  }
  double begun = cpu_usec();
  sw_os_sockets_shut(&roles, SW_ROLE_CLIENT);
  printf("beat=%.0f find=%.0f read=%.0f threads=%.0f shut=%.0f\n",
         median(passes, count, offsetof(pass_t, beat)),
         median(passes, count, offsetof(pass_t, find)),
         median(passes, count, offsetof(pass_t, read)),
         median(passes, count, offsetof(pass_t, threads)), cpu_usec() - begun);
  return 0;
}
