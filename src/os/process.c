/* SPDX-License-Identifier: Apache-2.0 */
#include <dirent.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "sw_os.h"

static const char *read_stat(pid_t pid, char *line, size_t size) {
  char path[32];
  snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
  return sw_os_stat_read(path, line, size);
}

/* hidepid hides the entry, not the process. */
static sw_process_t look_without_proc(pid_t pid) {
  if (kill(pid, 0) == 0) {
    return SW_PROCESS_UNKNOWN;
  }
  return errno == EPERM ? SW_PROCESS_FOREIGN : SW_PROCESS_GONE;
}

sw_os_process_t sw_os_process_look(pid_t pid, pid_t parent) {
  char line[512];
  sw_os_process_t found = {SW_PROCESS_GONE, 0};
  if (pid <= 0) {
    return found;
  }
  const char *third = read_stat(pid, line, sizeof(line));
  if (third == NULL) {
    found.process = look_without_proc(pid);
    return found;
  }
  pid_t its_parent = (pid_t)sw_os_stat_field(third, 4);
  int is_dead = *third == 'Z' || *third == 'X';
  /* The first thread may be dead and another not: it waits for a disk, or a debugger holds it. */
  int has_others = sw_os_stat_field(third, 20) > 1;
  if (is_dead && its_parent == 0) {
    return found; /* its parent is reaping it this very moment: fs/proc/array.c, do_task_stat */
  }
  found.start_time = sw_os_stat_field(third, 22);
  if (its_parent != parent) {
    found.process = SW_PROCESS_FOREIGN;
  } else {
    found.process = is_dead && !has_others ? SW_PROCESS_ZOMBIE : SW_PROCESS_ALIVE;
  }
  return found;
}

void sw_os_process_title(const char *title) {
  char line[1024];
  prctl(PR_SET_NAME, title);
  const char *third = read_stat(getpid(), line, sizeof(line));
  if (third == NULL) {
    return;
  }
  char *begin = (char *)(uintptr_t)sw_os_stat_field(third, 48);
  const char *end = (const char *)(uintptr_t)sw_os_stat_field(third, 49);
  if (begin == NULL || end <= begin) {
    return;
  }
  size_t room = (size_t)(end - begin);
  memset(begin, 0, room);
  memcpy(begin, title, strnlen(title, room - 1));
}

int sw_os_end_with_parent(pid_t parent, int signal) {
  if (prctl(PR_SET_PDEATHSIG, signal) != 0) {
    return errno;
  }
  return getppid() == parent ? 0 : ESRCH; /* it ended before */
}

int sw_os_process_is_traced(pid_t pid) {
  static const char name[] = "\nTracerPid:\t";
  char path[32];
  char text[1024];
  snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
  const char *tracer = sw_os_read_file(path, text, sizeof(text)) ? strstr(text, name) : NULL;
  return tracer != NULL && atoi(tracer + sizeof(name) - 1) > 0;
}

int sw_os_process_is(pid_t pid, uint64_t start_time, pid_t parent) {
  sw_os_process_t found = sw_os_process_look(pid, parent);
  int is_there = found.process == SW_PROCESS_ALIVE ||
                 (found.process == SW_PROCESS_ZOMBIE && sw_os_process_is_traced(pid));
  return is_there && found.start_time == start_time;
}

int sw_os_process_signal(pid_t pid, uint64_t start_time, pid_t parent, int signal) {
  int fd = (int)syscall(SYS_pidfd_open, pid, 0);
  if (fd < 0) {
    return errno;
  }
  int error = ESRCH;
  if (sw_os_process_is(pid, start_time, parent)) {
    error = syscall(SYS_pidfd_send_signal, fd, signal, NULL, 0) == 0 ? 0 : errno;
  }
  close(fd);
  return error;
}

int sw_os_process_runs(pid_t pid) {
  int fd = (int)syscall(SYS_pidfd_open, pid, 0);
  if (fd < 0) {
    return 0;
  }
  int has_ended = poll(&(struct pollfd){.fd = fd, .events = POLLIN}, 1, 0) > 0;
  close(fd);
  return !has_ended;
}

int64_t sw_os_pid_namespace(void) {
  static const ino_t of_machine = 0xEFFFFFFC; /* linux/proc_ns.h, PROC_PID_INIT_INO */
  struct stat space;
  if (stat("/proc/self/ns/pid", &space) != 0 || space.st_ino == of_machine) {
    return 0;
  }
  return (int64_t)space.st_ino;
}

static int is_listener(int fd) {
  int accepts = 0;
  socklen_t size = sizeof(accepts);
  return getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &accepts, &size) == 0 && accepts;
}

static int is_one_of(int fd, const int *some, size_t count) {
  for (size_t at = 0; at < count; ++at) {
    if (some[at] == fd) {
      return 1;
    }
  }
  return 0;
}

void sw_os_close_listeners(const int *kept, size_t count) {
  DIR *all = opendir("/proc/self/fd");
  if (all == NULL) {
    return;
  }
  for (const struct dirent *entry = readdir(all); entry != NULL; entry = readdir(all)) {
    int fd = atoi(entry->d_name);
    if (fd > 2 && is_listener(fd) && !is_one_of(fd, kept, count)) {
      close(fd);
    }
  }
  closedir(all);
}
