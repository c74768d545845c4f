/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a socket is for. Whoever is unsure says "other": a connection that is not recognised stays
 * until its process is killed, one that is cut by mistake is gone.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "sw_os.h"

typedef union address_t {
  struct sockaddr any;
  struct sockaddr_in in;
  struct sockaddr_in6 in6;
  struct sockaddr_un un;
  struct sockaddr_storage room;
} address_t;

uint64_t sw_os_socket_inode(int fd) {
  struct stat file;
  return fstat(fd, &file) == 0 && S_ISSOCK(file.st_mode) ? file.st_ino : 0;
}

static int option_of(int fd, int option) {
  int value = 0;
  socklen_t size = sizeof(value);
  return getsockopt(fd, SOL_SOCKET, option, &value, &size) == 0 ? value : -1;
}

static int is_inherited(const sw_os_roles_t *roles, uint64_t inode) {
  for (uint32_t at = 0; roles->inherited != NULL && at < roles->inherited->count; ++at) {
    if (roles->inherited->inodes[at] == inode) {
      return 1;
    }
  }
  return 0;
}

static int is_of_server(const sw_os_roles_t *roles, const address_t *own) {
  uint16_t port = ntohs(own->any.sa_family == AF_INET ? own->in.sin_port : own->in6.sin6_port);
  for (uint32_t at = 0; at < roles->port_count; ++at) {
    if (roles->ports[at] == port) {
      return 1;
    }
  }
  return 0;
}

/* A container may refuse TCP_INFO. Without its counters only what waits in the queues shows that
 * something moves. */
static int classify_without_info(const sw_os_roles_t *roles, const address_t *own,
                                 sw_os_socket_t *found) {
  address_t peer;
  socklen_t size = sizeof(peer);
  if (option_of(found->fd, SO_PROTOCOL) != IPPROTO_TCP) {
    return 1;
  }
  if (getpeername(found->fd, &peer.any, &size) == 0) {
    found->role = is_of_server(roles, own) ? SW_ROLE_CLIENT : SW_ROLE_BACKEND;
  }
  return option_of(found->fd, SO_ACCEPTCONN) == 0;
}

/* One call tells whether it is TCP at all, whether it listens, and whether it is connected. */
static int classify_inet(const sw_os_roles_t *roles, const address_t *own, sw_os_socket_t *found) {
  struct tcp_info info = {0};
  socklen_t size = offsetof(struct tcp_info, tcpi_options);
  if (getsockopt(found->fd, IPPROTO_TCP, TCP_INFO, &info, &size) != 0) {
    return classify_without_info(roles, own, found);
  }
  found->is_tcp = 1;
  if (info.tcpi_state != TCP_CLOSE) {
    found->role = is_of_server(roles, own) ? SW_ROLE_CLIENT : SW_ROLE_BACKEND;
  }
  return info.tcpi_state != TCP_LISTEN;
}

static int is_logger(const char *path) {
  static const char journal[] = "/run/systemd/journal/";
  return strcmp(path, "/dev/log") == 0 || strncmp(path, journal, sizeof(journal) - 1) == 0;
}

static int classify_unix(sw_os_socket_t *found) {
  address_t peer = {0}; /* so that a path ends with a NUL wherever it ends */
  socklen_t size = sizeof(peer);
  if (option_of(found->fd, SO_ACCEPTCONN) != 0) {
    return 0;
  }
  if (getpeername(found->fd, &peer.any, &size) != 0) {
    return 1;
  }
  int is_named = size > offsetof(struct sockaddr_un, sun_path);
  if (is_named && option_of(found->fd, SO_TYPE) == SOCK_STREAM) {
    found->role = SW_ROLE_BACKEND;
  }
  return !is_named || !is_logger(peer.un.sun_path);
}

int sw_os_socket_classify(const sw_os_roles_t *roles, int fd, sw_os_socket_t *found) {
  address_t own = {0};
  socklen_t size = sizeof(own);
  *found = (sw_os_socket_t){.fd = fd, .inode = sw_os_socket_inode(fd), .role = SW_ROLE_OTHER};
  if (found->inode == 0 || is_inherited(roles, found->inode) ||
      getsockname(fd, &own.any, &size) != 0) {
    return 0;
  }
  found->family = (uint8_t)own.any.sa_family;
  switch (own.any.sa_family) {
    case AF_INET:
    case AF_INET6:
      return classify_inet(roles, &own, found);
    case AF_UNIX:
      return classify_unix(found);
    default:
      return 1;
  }
}

/* ---- Peers ---- */

static void write_inet(const void *address, in_port_t port, char *peer, size_t size) {
  char text[INET_ADDRSTRLEN] = "";
  inet_ntop(AF_INET, address, text, sizeof(text));
  snprintf(peer, size, "%s:%u", text, (unsigned)ntohs(port));
}

static void write_inet6(const struct sockaddr_in6 *address, char *peer, size_t size) {
  char text[INET6_ADDRSTRLEN] = "";
  if (IN6_IS_ADDR_V4MAPPED(&address->sin6_addr)) {
    write_inet(&address->sin6_addr.s6_addr[12], address->sin6_port, peer, size);
    return;
  }
  inet_ntop(AF_INET6, &address->sin6_addr, text, sizeof(text));
  snprintf(peer, size, "[%s]:%u", text, (unsigned)ntohs(address->sin6_port));
}

/* An abstract name begins with a NUL and need not end with one. */
static void write_unix(const struct sockaddr_un *address, socklen_t length, char *peer,
                       size_t size) {
  size_t used = length > offsetof(struct sockaddr_un, sun_path)
                    ? length - offsetof(struct sockaddr_un, sun_path)
                    : 0;
  int is_abstract = used > 1 && address->sun_path[0] == '\0';
  if (used > 0) {
    snprintf(peer, size, "unix:%s%.*s", is_abstract ? "@" : "", (int)used - is_abstract,
             address->sun_path + is_abstract);
  }
}

void sw_os_socket_peer(int fd, char *peer, size_t size) {
  address_t address = {0};
  socklen_t length = sizeof(address);
  memset(peer, 0, size);
  if (getpeername(fd, &address.any, &length) != 0) {
    return;
  }
  if (address.any.sa_family == AF_INET) {
    write_inet(&address.in.sin_addr, address.in.sin_port, peer, size);
  } else if (address.any.sa_family == AF_INET6) {
    write_inet6(&address.in6, peer, size);
  } else if (address.any.sa_family == AF_UNIX) {
    write_unix(&address.un, length, peer, size);
  }
}
