/* SPDX-License-Identifier: Apache-2.0 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "sw_os.h"

/* The name stands before the third field, in parentheses, and may hold some itself. */
static void copy_name(sw_thread_t *thread, const char *line, const char *third) {
  const char *begin = strchr(line, '(');
  const char *end = third - 2;
  size_t length = begin != NULL && begin < end ? (size_t)(end - begin - 1) : 0;
  if (length >= sizeof(thread->name)) {
    length = sizeof(thread->name) - 1;
  }
  if (length > 0) {
    memcpy(thread->name, begin + 1, length);
  }
}

static int look(int tid, sw_thread_t *thread) {
  char path[64];
  char line[512];
  snprintf(path, sizeof(path), "/proc/self/task/%d/stat", tid);
  const char *third = sw_os_stat_read(path, line, sizeof(line));
  if (third == NULL) {
    return 0;
  }
  *thread = (sw_thread_t){.tid = tid, .state = *third};
  copy_name(thread, line, third);
  sw_usec_t ticks =
      (sw_usec_t)(sw_os_stat_field(third, 14) + sw_os_stat_field(third, 15)); /* user, system */
  thread->cpu = ticks * (SW_USEC_PER_SEC / sysconf(_SC_CLK_TCK));
  return 1;
}

/* "0" for one that runs, or where the kernel does not tell. */
static void look_wchan(sw_thread_t *thread) {
  char path[64];
  char text[sizeof(thread->wchan)];
  snprintf(path, sizeof(path), "/proc/self/task/%d/wchan", (int)thread->tid);
  if (sw_os_read_file(path, text, sizeof(text)) && strcmp(text, "0") != 0) {
    memcpy(thread->wchan, text, strlen(text) + 1);
  }
}

static sw_thread_t *least_of(sw_thread_t *list, uint32_t count) {
  sw_thread_t *least = list;
  for (uint32_t at = 1; at < count; ++at) {
    least = list[at].cpu < least->cpu ? &list[at] : least;
  }
  return least;
}

static void take(const sw_thread_t *thread, sw_thread_t *list, uint32_t capacity, uint32_t *count) {
  if (*count < capacity) {
    list[(*count)++] = *thread;
    return;
  }
  sw_thread_t *least = least_of(list, *count);
  if (thread->cpu > least->cpu) {
    *least = *thread;
  }
}

uint32_t sw_os_threads_look(sw_thread_t *list, uint32_t capacity) {
  DIR *all = capacity > 0 ? opendir("/proc/self/task") : NULL;
  uint32_t count = 0;
  if (all == NULL) {
    return 0;
  }
  long self = syscall(SYS_gettid);
  for (const struct dirent *entry = readdir(all); entry != NULL; entry = readdir(all)) {
    int tid = atoi(entry->d_name); /* 0 of "." and ".." */
    sw_thread_t thread;
    if (tid > 0 && tid != self && look(tid, &thread)) {
      take(&thread, list, capacity, &count);
    }
  }
  closedir(all);
  for (uint32_t at = 0; at < count; ++at) {
    look_wchan(&list[at]);
  }
  return count;
}

static sw_usec_t time_of(clockid_t clock) {
  struct timespec used = {0};
  clock_gettime(clock, &used);
  return (sw_usec_t)used.tv_sec * SW_USEC_PER_SEC + used.tv_nsec / 1000;
}

sw_usec_t sw_os_cpu_of_others(void) {
  return time_of(CLOCK_PROCESS_CPUTIME_ID) - time_of(CLOCK_THREAD_CPUTIME_ID);
}
