/* SPDX-License-Identifier: Apache-2.0 */
/* Processes of a test: each runs one function and exits with what it returns; and limits. */
#ifndef CHILDREN_H
#define CHILDREN_H

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "world.h"

static inline pid_t start(int (*run)(void *), void *context) {
  const pid_t pid = fork();
  assert_true(pid >= 0);
  if (pid == 0) {
    _exit(run(context));
  }
  return pid;
}

static inline int result_of(pid_t pid) {
  int status = 0;
  assert_int_equal(waitpid(pid, &status, 0), pid);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/** Runs until the other end of the pipe is closed, at the latest by the test's own end. */
static inline int wait_for_end(void *pipe_fds) {
  char byte;
  close(((int *)pipe_fds)[1]);
  return (int)read(((int *)pipe_fds)[0], &byte, 1);
}

/** So many descriptors this process may have. @return how many it might before */
static inline rlim_t limit_descriptors(rlim_t most) {
  struct rlimit limit;
  assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
  const rlim_t before = limit.rlim_cur;
  limit.rlim_cur = most;
  assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
  return before;
}

#endif
