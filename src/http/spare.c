/* SPDX-License-Identifier: Apache-2.0 */
#include "spare.h"

#include <poll.h>
#include <stddef.h>
#include <sys/epoll.h>
#include <unistd.h>

/* A dup would not see ENFILE. */
int sw_spare_has(void) {
  int spare = epoll_create1(EPOLL_CLOEXEC);
  if (spare >= 0) {
    close(spare);
  }
  return spare >= 0;
}

int sw_spare_wake(int outer, int inner) {
  struct epoll_event event = {.events = EPOLLIN};
  return epoll_ctl(outer, EPOLL_CTL_ADD, inner, &event);
}

int sw_spare_rest(int outer, int inner, unsigned connections, int is_resting) {
  struct pollfd pollfd = {.fd = inner, .events = POLLIN};
  int must_rest = connections == 0 && poll(&pollfd, 1, 0) > 0 && !sw_spare_has();
  if (must_rest && !is_resting) {
    epoll_ctl(outer, EPOLL_CTL_DEL, inner, NULL);
  } else if (!must_rest && is_resting) {
    sw_spare_wake(outer, inner);
  }
  return must_rest;
}
