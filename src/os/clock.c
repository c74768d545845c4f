/* SPDX-License-Identifier: Apache-2.0 */
#include <time.h>

#include "sw_os.h"

static sw_usec_t now_of(clockid_t clock) {
  struct timespec now;
  clock_gettime(clock, &now);
  return (sw_usec_t)now.tv_sec * SW_USEC_PER_SEC + now.tv_nsec / 1000;
}

sw_usec_t sw_os_monotonic(void) {
  return now_of(CLOCK_MONOTONIC);
}

sw_usec_t sw_os_wall(void) {
  return now_of(CLOCK_REALTIME);
}
