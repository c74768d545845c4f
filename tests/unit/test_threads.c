/* SPDX-License-Identifier: Apache-2.0 */
/* Threads of a process, with their names, states and CPU. */
#include <pthread.h>
#include <semaphore.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "os/sw_os.h"
#include "world.h"

#define PATIENCE (10 * SEC) /* a deadline, not a time that passes */

/* Threads that say that they are there, and wait to be told to end. */
typedef struct crowd_t {
  pthread_t threads[8];
  sem_t ready;
  sem_t end;
  const char *name;
} crowd_t;

static void *wait_in_crowd(void *context) {
  crowd_t *crowd = context;
  prctl(PR_SET_NAME, crowd->name);
  sem_post(&crowd->ready);
  sem_wait(&crowd->end);
  return NULL;
}

static void gather(crowd_t *crowd, uint32_t count) {
  sem_init(&crowd->ready, 0, 0);
  sem_init(&crowd->end, 0, 0);
  for (uint32_t at = 0; at < count; ++at) {
    assert_int_equal(pthread_create(&crowd->threads[at], NULL, wait_in_crowd, crowd), 0);
    sem_wait(&crowd->ready);
  }
}

static void disperse(crowd_t *crowd, uint32_t count) {
  for (uint32_t at = 0; at < count; ++at) {
    sem_post(&crowd->end);
  }
  for (uint32_t at = 0; at < count; ++at) {
    pthread_join(crowd->threads[at], NULL);
  }
}

static uint32_t named(const sw_thread_t *list, uint32_t count, const char *name) {
  uint32_t found = 0;
  for (uint32_t at = 0; at < count; ++at) {
    found += strcmp(list[at].name, name) == 0;
  }
  return found;
}

static void threads_are_listed_by_name_but_the_caller(void **state) {
  (void)state;
  crowd_t crowd = {.name = "a thread"};
  sw_thread_t list[SW_AGENT_THREADS_MAX];
  gather(&crowd, 3);
  const uint32_t count = sw_os_threads_look(list, SW_AGENT_THREADS_MAX);
  disperse(&crowd, 3);
  assert_int_equal(named(list, count, "a thread"), 3);
  for (uint32_t at = 0; at < count; ++at) {
    assert_int_not_equal(list[at].tid, (int)syscall(SYS_gettid));
    assert_true(strchr("RSDTtZXIPWK", list[at].state) != NULL);
    assert_true(list[at].cpu >= 0);
  }
}

static void name_with_parentheses_and_spaces_is_whole(void **state) {
  (void)state;
  crowd_t crowd = {.name = ") Z 1 (((( ()"};
  sw_thread_t list[SW_AGENT_THREADS_MAX];
  gather(&crowd, 1);
  const uint32_t count = sw_os_threads_look(list, SW_AGENT_THREADS_MAX);
  disperse(&crowd, 1);
  assert_int_equal(named(list, count, ") Z 1 (((( ()"), 1);
}

static void list_that_is_too_short_is_full(void **state) {
  (void)state;
  crowd_t crowd = {.name = "one of many"};
  sw_thread_t list[3];
  gather(&crowd, 8);
  assert_int_equal(sw_os_threads_look(list, 2), 2);
  assert_int_equal(sw_os_threads_look(list, 0), 0);
  disperse(&crowd, 8);
}

static void *compute(void *end) {
  prctl(PR_SET_NAME, "busy");
  while (__atomic_load_n((int *)end, __ATOMIC_RELAXED) == 0) {
  }
  return NULL;
}

/* Some ticks of the clock, in which /proc counts CPU. */
static void thread_that_computes_is_listed_before_those_that_wait(void **state) {
  (void)state;
  int end = 0;
  pthread_t busy;
  crowd_t crowd = {.name = "idle"};
  sw_thread_t list[1] = {{0}};
  gather(&crowd, 8);
  assert_int_equal(pthread_create(&busy, NULL, compute, &end), 0);
  const sw_usec_t before = sw_os_cpu_of_others();
  const sw_usec_t deadline = sw_os_monotonic() + PATIENCE;
  while (strcmp(list[0].name, "busy") != 0 && sw_os_monotonic() < deadline) {
    assert_int_equal(sw_os_threads_look(list, 1), 1);
  }
  const sw_usec_t after = sw_os_cpu_of_others();
  __atomic_store_n(&end, 1, __ATOMIC_RELAXED);
  pthread_join(busy, NULL);
  disperse(&crowd, 8);
  assert_string_equal(list[0].name, "busy");
  assert_true(list[0].cpu > 0);
  assert_true(after > before);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(threads_are_listed_by_name_but_the_caller),
      cmocka_unit_test(name_with_parentheses_and_spaces_is_whole),
      cmocka_unit_test(list_that_is_too_short_is_full),
      cmocka_unit_test(thread_that_computes_is_listed_before_those_that_wait),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
