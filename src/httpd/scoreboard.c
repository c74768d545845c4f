/* SPDX-License-Identifier: Apache-2.0 */
#include "ap_mpm.h"
#include "sampler.h"
#include "sw_httpd.h"

uint32_t sw_scoreboard_slots(void) {
  return (uint32_t)sw_config_mpm(AP_MPMQ_HARD_LIMIT_DAEMONS, 1);
}

uint32_t sw_scoreboard_threads(void) {
  return (uint32_t)sw_config_mpm(AP_MPMQ_HARD_LIMIT_THREADS, 1);
}

static size_t distance(const void *from, const void *to) {
  return (size_t)((const char *)to - (const char *)from);
}

/* Strides are taken from the server's own accessors: its structs may be longer than ours. */
sw_scoreboard_t sw_scoreboard_find(uint32_t threads_per_child) {
  sw_scoreboard_t board = {
      .processes = (const char *)ap_get_scoreboard_process(0),
      .process_stride = sizeof(process_score),
      .workers = ap_scoreboard_image->servers,
      .worker_stride = sizeof(worker_score),
      .slots = sw_scoreboard_slots(),
      .threads = sw_scoreboard_threads(),
      .has_wait_io = (uint8_t)sw_abi_has_wait_io(),
      .keeps_requests = (uint8_t)(ap_extended_status != 0),
      .keeps_tails = (uint8_t)(ap_mod_status_reqtail != 0),
      .keeps_flags = (uint8_t)(strcmp(ap_show_mpm(), "prefork") != 0),
  };
  board.threads_per_child = threads_per_child < board.threads ? threads_per_child : board.threads;
  if (board.slots > 1) {
    board.process_stride = distance(board.processes, ap_get_scoreboard_process(1));
  }
  if (board.threads > 1) {
    board.worker_stride = distance(ap_get_scoreboard_worker_from_indexes(0, 0),
                                   ap_get_scoreboard_worker_from_indexes(0, 1));
  }
  return board;
}
