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
 * Looks whether a pid is a living child of `parent`. It lives while a thread of it does; proc(5),
 * stat, field 20.
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

/** Whether the pid is still that of the child of `parent` that began then, and it lives, or has
 * ended in the hands of a debugger. */
int sw_os_process_is(pid_t pid, uint64_t start_time, pid_t parent);

/** Whether a process of that pid runs: 0 once it has ended, reaped or not, and where the kernel has
 * no pidfd to ask. For where /proc is hidden, so that its state is not seen. */
int sw_os_process_runs(pid_t pid);

/** Whether a debugger holds that process: when it has ended, too, and its parent cannot reap it
 * before. Source: proc(5), status, TracerPid */
int sw_os_process_is_traced(pid_t pid);

/**
 * Signals that child and no other: looked at after a pidfd was opened, which no later process of
 * the same pid can slip under. Source: pidfd_open(2), pidfd_send_signal(2)
 * @return ESRCH if it is not there any more, ENOSYS where the kernel has no pidfd (before 5.3)
 */
int sw_os_process_signal(pid_t pid, uint64_t start_time, pid_t parent, int signal);

/**
 * The PID namespace of this process, as an inode; 0 that of the machine itself, or not known.
 * Source: pid_namespaces(7), /proc/PID/ns/pid
 */
int64_t sw_os_pid_namespace(void);

/** Closes every listening socket of this process (SO_ACCEPTCONN) but these. -1: none */
void sw_os_close_listeners(const int *kept, size_t count);

/* ---- What this process gives up ---- */

/** An errno value for each; 0: it was done. */
typedef struct sw_os_hardening_t {
  int no_new_privileges; /**< Source: prctl(2), PR_SET_NO_NEW_PRIVS */
  int capabilities;      /**< all of them, in all sets but the bounding one */
  int dumpable;          /**< off: its memory is nobody's but root's. Source: ptrace(2) */
  int filter;            /**< ENOTSUP: not known for this architecture. Source: seccomp(2) */
} sw_os_hardening_t;

/** No program that is run from now on has any capability, if this process may see to that: root
 * may, before it becomes another user. Takes nothing from the process itself. */
void sw_os_bound_capabilities(void);
/**
 * Gives up all of it for good, for the processes it starts, too. What cannot be done is left.
 * @param runs_others programs, or code that is not ours, which may need what we do not
 */
sw_os_hardening_t sw_os_harden(int runs_others);
/** The last part of it. @return 0, ENOTSUP, or what seccomp(2) says */
int sw_os_filter(int runs_others);

/* ---- Sockets to listen on ---- */

/** Of a path: sockaddr_un's 107 bytes without the suffix under which a socket is made. */
#define SW_OS_UNIX_PATH_MAX 103
#define SW_OS_NO_GROUP ((gid_t)-1)

/** A listening unix socket with its name in the file system. */
typedef struct sw_os_unix_t {
  int fd; /**< -1: none */
  uint64_t device;
  uint64_t inode;
  char path[SW_OS_UNIX_PATH_MAX + 1];
} sw_os_unix_t;

/**
 * Listens, with mode 0660 from the first. A socket at which nobody listens any more is replaced,
 * without an instant at which there is none.
 * @param group its group; SW_OS_NO_GROUP: this process's
 * @return ENAMETOOLONG; EADDRINUSE: another living process listens there; EEXIST: it is no socket;
 * or what bind(2), lchown(2), rename(2) say
 */
int sw_os_unix_listen(const char *path, gid_t group, sw_os_unix_t *listener);
/** Whether the path still leads to this socket. */
int sw_os_unix_is_there(const sw_os_unix_t *listener);
/** Removes the path if it still leads to this socket, which stays open. */
int sw_os_unix_unlink(const sw_os_unix_t *listener);

/** Closes the connections that wait at a listener; -1: none. Does not wait itself. */
void sw_os_turn_away(int listener);

/** Whether it is `address:port`, of numbers, an IPv6 address in brackets. @return 0, or EINVAL */
int sw_os_tcp_check(const char *address);
/** Listens there. @return EINVAL, or what bind(2) says */
int sw_os_tcp_listen(const char *address, int *listener);

/**
 * Memory that processes share by fork: `fd` is the writer's key to it, `view` all that others get.
 * A view cannot be made writable again, mprotect(2) included: its descriptor was read-only.
 */
typedef struct sw_os_memory_t {
  int fd; /**< -1: none */
  size_t size;
  const void *view;
  void *base; /**< NULL but in memory that all may write */
} sw_os_memory_t;

/** Makes zeroed memory, whose size nobody can change. @param name what /proc/PID/maps calls it */
int sw_os_memory_create(sw_os_memory_t *memory, const char *name, size_t size);
/** Makes zeroed memory that every process forked from now on may write: at `base`, without a
 * descriptor, so that none can change its size. */
int sw_os_memory_create_open(sw_os_memory_t *memory, const char *name, size_t size);
/** Maps it for writing. @param[out] base aligned to a page */
int sw_os_memory_map(const sw_os_memory_t *memory, void **base);
/** Undoes sw_os_memory_map. */
void sw_os_memory_unmap(const sw_os_memory_t *memory, void *base);
/** For a child: gives up the key, and keeps the view. */
void sw_os_memory_disarm(sw_os_memory_t *memory);
/** Gives it back; processes forked before keep their view. */
void sw_os_memory_drop(sw_os_memory_t *memory);

/* ---- Sockets of this process ---- */

/** Sockets that a process had open before it forked: nobody's connection. */
#define SW_OS_INHERITED_MAX 64
typedef struct sw_os_inherited_t {
  uint64_t inodes[SW_OS_INHERITED_MAX];
  uint32_t count;
} sw_os_inherited_t;

/** Takes down the sockets that are open now, but those that listen. */
void sw_os_inherited_record(sw_os_inherited_t *inherited);

/** What tells the roles of sockets apart. The memory is the caller's. */
typedef struct sw_os_roles_t {
  const uint16_t *ports; /**< on which the server listens, in the host's byte order */
  uint32_t port_count;
  const sw_os_inherited_t *inherited;
} sw_os_roles_t;

/** A descriptor, classified. */
typedef struct sw_os_socket_t {
  uint64_t inode;
  uint64_t mark; /**< of its counters when they were read last */
  int fd;
  uint32_t found; /**< number of the search that found it last */
  uint8_t role;   /**< sw_role_t */
  uint8_t family; /**< AF_INET, AF_INET6, AF_UNIX, or another */
  uint8_t is_tcp;
  uint8_t listed; /**< where in the list, from 1; 0: nowhere */
} sw_os_socket_t;

/** 0 if the descriptor is no socket. */
uint64_t sw_os_socket_inode(int fd);
/**
 * What the descriptor is now. A client's is TCP on one of the server's ports; a backend's any other
 * connected TCP, or an AF_UNIX stream to a socket with a name. Other: datagrams, what is not
 * connected, socketpair(2)s, families nobody knows.
 * @return 0 if it is no socket, or one that nobody may touch or needs to know of: a listener, an
 * inherited one, the journal's, syslog's
 */
int sw_os_socket_classify(const sw_os_roles_t *roles, int fd, sw_os_socket_t *found);

/** `address:port`, `[address]:port`, `unix:/path` or `unix:@name`; empty if it has none. Untrusted
 * bytes, NUL-terminated. */
void sw_os_socket_peer(int fd, char *peer, size_t size);

/** The sockets of this process but the standard descriptors', and what is told of them. Zeroed:
 * none. Its memory stays as large as it once was. */
typedef struct sw_os_sockets_t {
  sw_os_socket_t *known; /**< [capacity], by descriptor; there if `found` is `searches` */
  uint32_t capacity;
  uint32_t searches;
  uint32_t count;
  uint32_t readings;
  uint8_t is_outdated; /**< one of them has gone since, or they could not be looked for */
  uint32_t listed;
  sw_socket_t list[SW_AGENT_SOCKETS_MAX]; /**< clients and backends before others */
} sw_os_sockets_t;

/** Looks which there are: about a microsecond for each. Without a free descriptor to look with,
 * what was known stays, and is outdated; where nothing was, `searches` stays 0. */
void sw_os_sockets_find(sw_os_sockets_t *sockets, const sw_os_roles_t *roles);
/** Up to so many are read at once; of more, every other one, and the others by the next call. */
#define SW_OS_READ_ALL 500
/**
 * Reads the counters of those that were found: half a microsecond or more for each.
 * @param[out] evidence clients, backends, others, moved
 */
void sw_os_sockets_read(sw_os_sockets_t *sockets, sw_evidence_t *evidence);
/**
 * Shuts each socket of that role, both ways. Each is classified anew, through a descriptor of our
 * own, under which no other thread can put another socket.
 * @return how many; -1 without a free descriptor to look with: none was shut
 */
int sw_os_sockets_shut(const sw_os_roles_t *roles, uint8_t role);

/* ---- Threads of this process ---- */

/**
 * Lists them but the caller; those that used most CPU where there are more than fit. Some 15
 * microseconds for each.
 * @return how many are listed
 */
uint32_t sw_os_threads_look(sw_thread_t *list, uint32_t capacity);

/** CPU time of this process without the calling thread's. */
sw_usec_t sw_os_cpu_of_others(void);

/* ---- Files of /proc ---- */

/** Up to size - 1 bytes of a file, NUL-terminated. @return whether there were any */
int sw_os_read_file(const char *path, char *text, size_t size);
/** The line of proc(5)'s stat. @return where the third field begins (the second may hold anything,
 * ')' too), or NULL */
const char *sw_os_stat_read(const char *path, char *line, size_t size);
/** The nth field, counted as proc(5) does; `third` is where the third begins. */
unsigned long long sw_os_stat_field(const char *third, int n);

#endif
