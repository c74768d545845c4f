/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The sockets of this process. They are found now and then, which costs several calls for each, and
 * their counters read in between, which costs one.
 */
#include <dirent.h>
#include <fcntl.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

/* glibc's <netinet/tcp.h> ends before the counters. */
#include <linux/tcp.h>

#include "sw_os.h"

#define STANDARD_FDS 3 /* stdin, stdout, stderr */
/* Of glibc's netinet/tcp.h, which does not go with the kernel's. */
#define STATE_ESTABLISHED 1
#define STATE_CLOSE 7
#define STATE_CLOSE_WAIT 8

/* ---- Each descriptor ---- */

typedef struct search_t {
  const sw_os_roles_t *roles;
  sw_os_sockets_t *sockets;
  uint64_t standard[STANDARD_FDS];
  uint8_t role;
  uint32_t shut;
} search_t;

/* Whatever shares its socket with a standard descriptor is the log's or the terminal's. */
static int is_standard(const search_t *search, uint64_t inode) {
  return inode == search->standard[0] || inode == search->standard[1] ||
         inode == search->standard[2];
}

/* NULL where no descriptor is left: then nothing is known, which is not that there is nothing. */
static DIR *open_fds(void) {
  return opendir("/proc/self/fd");
}

static void for_each_fd(search_t *search, DIR *all, void (*visit)(search_t *search, int fd)) {
  for (int fd = 0; fd < STANDARD_FDS; ++fd) {
    search->standard[fd] = sw_os_socket_inode(fd);
  }
  for (const struct dirent *entry = readdir(all); entry != NULL; entry = readdir(all)) {
    int fd = atoi(entry->d_name);
    if (fd >= STANDARD_FDS && fd != dirfd(all)) {
      visit(search, fd);
    }
  }
  closedir(all);
}

/* ---- Inherited ---- */

void sw_os_inherited_record(sw_os_inherited_t *inherited) {
  static const sw_os_roles_t nobody;
  sw_os_sockets_t sockets = {0};
  sw_os_sockets_find(&sockets, &nobody);
  inherited->count = 0;
  for (uint32_t fd = 0; fd < sockets.capacity && inherited->count < SW_OS_INHERITED_MAX; ++fd) {
    if (sockets.known[fd].found == sockets.searches) {
      inherited->inodes[inherited->count++] = sockets.known[fd].inode;
    }
  }
  free(sockets.known);
}

/* ---- Finding ---- */

static int has_room(sw_os_sockets_t *sockets, uint32_t fd) {
  if (fd < sockets->capacity) {
    return 1;
  }
  uint32_t capacity = 2 * fd;
  sw_os_socket_t *known = realloc(sockets->known, capacity * sizeof(*known));
  if (known == NULL) {
    return 0;
  }
  memset(known + sockets->capacity, 0, (capacity - sockets->capacity) * sizeof(*known));
  sockets->known = known;
  sockets->capacity = capacity;
  return 1;
}

/* What is connected stays what it is. */
static int is_as_before(const sw_os_socket_t *known, const sw_os_sockets_t *sockets) {
  return known->found + 1 == sockets->searches && known->role != SW_ROLE_OTHER &&
         known->inode == sw_os_socket_inode(known->fd);
}

static void find(search_t *search, int fd) {
  sw_os_sockets_t *sockets = search->sockets;
  sw_os_socket_t found;
  if (!has_room(sockets, (uint32_t)fd)) {
    return;
  }
  sw_os_socket_t *known = &sockets->known[fd];
  if (!is_as_before(known, sockets)) {
    if (!sw_os_socket_classify(search->roles, fd, &found) || is_standard(search, found.inode)) {
      return;
    }
    *known = found;
  }
  known->found = sockets->searches;
  ++sockets->count;
  known->listed = 0;
}

static void list_those(sw_os_sockets_t *sockets, int is_other) {
  for (uint32_t fd = 0; fd < sockets->capacity && sockets->listed < SW_AGENT_SOCKETS_MAX; ++fd) {
    sw_os_socket_t *known = &sockets->known[fd];
    if (known->found == sockets->searches && (known->role == SW_ROLE_OTHER) == is_other) {
      sw_socket_t *listed = &sockets->list[sockets->listed++];
      *listed = (sw_socket_t){.role = known->role, .family = known->family, .idle = -1};
      sw_os_socket_peer(known->fd, listed->peer, sizeof(listed->peer));
      known->listed = (uint8_t)sockets->listed;
    }
  }
}

void sw_os_sockets_find(sw_os_sockets_t *sockets, const sw_os_roles_t *roles) {
  search_t search = {.sockets = sockets, .roles = roles};
  DIR *all = open_fds();
  if (all == NULL) {
    sockets->is_outdated = 1;
    return;
  }
  ++sockets->searches;
  sockets->listed = 0;
  sockets->count = 0;
  sockets->is_outdated = 0;
  for_each_fd(&search, all, find);
  list_those(sockets, 0);
  list_those(sockets, 1);
}

/* ---- Reading ---- */

typedef struct counters_t {
  uint64_t acked, received;
  sw_usec_t idle;
  uint8_t is_closed;
  uint8_t is_ending; /* we have shut it: what still comes is the peer taking leave */
} counters_t;

#define TELLS(size, field) \
  ((size) >= offsetof(struct tcp_info, field) + sizeof(((struct tcp_info *)0)->field))

static int read_tcp(int fd, counters_t *counters) {
  struct tcp_info info = {0};
  socklen_t size = offsetof(struct tcp_info, tcpi_segs_out);
  if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size) != 0) {
    return 0;
  }
  counters->is_closed = info.tcpi_state == STATE_CLOSE;
  counters->is_ending = info.tcpi_state != STATE_ESTABLISHED && info.tcpi_state != STATE_CLOSE_WAIT;
  if (TELLS(size, tcpi_last_data_recv)) {
    uint32_t sent = info.tcpi_last_data_sent;
    uint32_t received = info.tcpi_last_data_recv;
    counters->idle = (sw_usec_t)(sent < received ? sent : received) * SW_USEC_PER_MSEC;
  }
  if (TELLS(size, tcpi_bytes_received)) {
    counters->acked = info.tcpi_bytes_acked;
    counters->received = info.tcpi_bytes_received;
  }
  return 1;
}

static uint32_t queue_of(int fd, unsigned long request) {
  int bytes = 0;
  return ioctl(fd, request, &bytes) == 0 && bytes > 0 ? (uint32_t)bytes : 0;
}

/* Vigna's splitmix64: every bit of what goes in changes half of those that come out. */
static uint64_t mixed(uint64_t value) {
  value = (value ^ (value >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
  value = (value ^ (value >> 27)) * UINT64_C(0x94d049bb133111eb);
  return value ^ (value >> 31);
}

/* AF_UNIX counts no bytes: what waits in its queues has to do. */
static uint64_t mark_of(const sw_os_socket_t *known, const counters_t *counters) {
  if (counters->is_ending) {
    return mixed(known->inode);
  }
  uint64_t out = known->is_tcp ? counters->acked : queue_of(known->fd, SIOCOUTQ);
  uint64_t in = known->is_tcp ? counters->received : queue_of(known->fd, SIOCINQ);
  return mixed(known->inode + mixed(out + mixed(in)));
}

static void update_listed(sw_os_sockets_t *sockets, const sw_os_socket_t *known,
                          const counters_t *counters) {
  if (known->listed != 0) {
    sw_socket_t *listed = &sockets->list[known->listed - 1];
    listed->role = known->role;
    listed->acked = counters->acked;
    listed->received = counters->received;
    listed->idle = counters->idle;
    listed->queued = queue_of(known->fd, SIOCOUTQ);
  }
}

static void count(sw_evidence_t *evidence, uint8_t role) {
  evidence->clients += role == SW_ROLE_CLIENT;
  evidence->backends += role == SW_ROLE_BACKEND;
  evidence->others += role == SW_ROLE_OTHER;
}

static int is_due(const sw_os_sockets_t *sockets, const sw_os_socket_t *known) {
  return sockets->count <= SW_OS_READ_ALL || known->listed != 0 ||
         ((uint32_t)known->fd + sockets->readings) % 2 == 0;
}

/* What has been closed counts no more; what is not connected any more, as other. @return whether it
 * is still there */
static int read_one(sw_os_sockets_t *sockets, sw_os_socket_t *known) {
  counters_t counters = {.idle = -1};
  if (known->is_tcp ? !read_tcp(known->fd, &counters)
                    : sw_os_socket_inode(known->fd) != known->inode) {
    return 0;
  }
  if (counters.is_closed) {
    known->role = SW_ROLE_OTHER; /* and the next search looks at it anew */
  }
  known->mark = mark_of(known, &counters);
  update_listed(sockets, known, &counters);
  return 1;
}

void sw_os_sockets_read(sw_os_sockets_t *sockets, sw_evidence_t *evidence) {
  evidence->clients = evidence->backends = evidence->others = 0;
  evidence->moved = 0;
  ++sockets->readings;
  for (uint32_t fd = 0; fd < sockets->capacity; ++fd) {
    sw_os_socket_t *known = &sockets->known[fd];
    if (known->found != sockets->searches) {
      continue;
    }
    if (is_due(sockets, known) && !read_one(sockets, known)) {
      *known = (sw_os_socket_t){.fd = known->fd};
      sockets->is_outdated = 1;
      continue;
    }
    count(evidence, known->role);
    evidence->moved += known->mark;
  }
}

/* ---- Shutting ---- */

/* The number may be closed and given to another socket at any time, a duplicate may not. Where
 * there are no more descriptors, the number has to do: a moment is all that is left for that. */
static void shut(search_t *search, int fd) {
  sw_os_socket_t found;
  if (!sw_os_socket_classify(search->roles, fd, &found) || found.role != search->role) {
    return;
  }
  int own = fcntl(fd, F_DUPFD_CLOEXEC, STANDARD_FDS);
  int held = own >= 0 ? own : fd;
  if (sw_os_socket_classify(search->roles, held, &found) && found.role == search->role &&
      !is_standard(search, found.inode) && shutdown(held, SHUT_RDWR) == 0) {
    ++search->shut;
  }
  if (own >= 0) {
    close(own);
  }
}

int sw_os_sockets_shut(const sw_os_roles_t *roles, uint8_t role) {
  search_t search = {.roles = roles, .role = role};
  DIR *all = open_fds();
  if (all == NULL) {
    return -1;
  }
  for_each_fd(&search, all, shut);
  return (int)search.shut;
}
