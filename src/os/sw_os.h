/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file sw_os.h
 * @brief What the module asks of Linux. Knows nothing of httpd.
 *
 * Functions that can fail return 0, or an errno value.
 */
#ifndef SW_OS_H
#define SW_OS_H

#include <stddef.h>
#include <sys/types.h>

#include "slotwatch_types.h"

/** CLOCK_MONOTONIC. */
sw_usec_t sw_os_monotonic(void);
/** CLOCK_REALTIME. */
sw_usec_t sw_os_wall(void);

/** What sw_os_process_look found. */
typedef struct sw_os_process_t {
  sw_process_t process;
  uint64_t start_time; /**< clock ticks since boot; 0 unknown. Source: proc(5), stat, field 22 */
} sw_os_process_t;

/**
 * Looks whether a pid is a living child of `parent`.
 * UNKNOWN if the pid may be signalled but its /proc entry is hidden (hidepid).
 */
sw_os_process_t sw_os_process_look(pid_t pid, pid_t parent);

/** Names this process in ps and top. Overwrites argv. Source: proc(5), stat, fields 48 and 49 */
void sw_os_process_title(const char *title);

/**
 * Ends this process with `signal` when its parent ends. To be called after any change of
 * credentials, which undoes it. Source: prctl(2), PR_SET_PDEATHSIG
 */
int sw_os_end_with_parent(pid_t parent, int signal);

/** Whether the pid is still that of the living child of `parent` that began then. */
int sw_os_process_is(pid_t pid, uint64_t start_time, pid_t parent);

/**
 * Signals that child and no other: looked at after a pidfd was opened, which no later process of
 * the same pid can slip under. Source: pidfd_open(2), pidfd_send_signal(2)
 * @return ESRCH if it is not there any more, ENOSYS where the kernel has no pidfd (before 5.3)
 */
int sw_os_process_signal(pid_t pid, uint64_t start_time, pid_t parent, int signal);

/** Closes every listening socket of this process (SO_ACCEPTCONN). */
void sw_os_close_listeners(void);

/**
 * Memory that processes share by fork: `fd` is the writer's key to it, `view` all that others get.
 * A view cannot be made writable again, mprotect(2) included: its descriptor was read-only.
 */
typedef struct sw_os_memory_t {
  int fd;
  size_t size;
  const void *view;
} sw_os_memory_t;

/** Makes zeroed memory. @param name what /proc/PID/maps calls it */
int sw_os_memory_create(sw_os_memory_t *memory, const char *name, size_t size);
/** Maps it for writing. @param[out] base aligned to a page */
int sw_os_memory_map(const sw_os_memory_t *memory, void **base);
/** Gives it back; processes forked before keep their view. */
void sw_os_memory_drop(sw_os_memory_t *memory);

#endif
