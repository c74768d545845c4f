/* SPDX-License-Identifier: Apache-2.0 */
#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "sw_os.h"

/* Clients that may wait while a watcher is replaced. */
#define BACKLOG 128
/* A socket is made beside its place, and moved there when it is complete. */
#define BESIDE ".new"

static struct sockaddr_un address_of(const char *path) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  memcpy(address.sun_path, path, strnlen(path, sizeof(address.sun_path) - 1));
  return address;
}

/* Who listened at this socket may be gone, and another process that was forked from it still have
 * the socket open: it is nobody's then. Source: unix(7), SO_PEERCRED */
static int is_served(int connected) {
  struct ucred peer;
  socklen_t size = sizeof(peer);
  if (getsockopt(connected, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0 || peer.pid == 0) {
    return 1; /* in another namespace: not ours to judge */
  }
  return peer.pid != getpid() && (kill(peer.pid, 0) == 0 || errno != ESRCH);
}

/* 0 if the path may be taken. */
static int look_at_place(const char *path) {
  struct sockaddr_un address = address_of(path);
  struct stat found;
  if (lstat(path, &found) != 0) {
    return errno == ENOENT ? 0 : errno;
  }
  if (!S_ISSOCK(found.st_mode)) {
    return EEXIST;
  }
  int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) {
    return errno;
  }
  int error = connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0 ? 0 : errno;
  if (error == 0) {
    error = is_served(fd) ? EADDRINUSE : 0;
  } else if (error == EAGAIN) {
    error = EADDRINUSE; /* it has more clients than it can take */
  } else if (error == ECONNREFUSED || error == ENOENT) {
    error = 0;
  }
  close(fd);
  return error;
}

/* Complete, and never with another mode: whoever finds it at its place may have it. */
static int bind_beside(int fd, const char *beside, gid_t group) {
  struct sockaddr_un address = address_of(beside);
  mode_t mask = umask(0117);
  int is_bound = bind(fd, (struct sockaddr *)&address, sizeof(address)) == 0;
  int error = is_bound ? 0 : errno;
  umask(mask);
  if (error == 0 && group != SW_OS_NO_GROUP && lchown(beside, (uid_t)-1, group) != 0) {
    error = errno;
  }
  if (error == 0 && listen(fd, BACKLOG) != 0) {
    error = errno;
  }
  if (error != 0 && is_bound) {
    unlink(beside);
  }
  return error;
}

static int put_in_place(sw_os_unix_t *made, const char *beside) {
  struct stat found;
  if (lstat(beside, &found) != 0 || rename(beside, made->path) != 0) {
    int error = errno;
    unlink(beside);
    return error;
  }
  made->device = found.st_dev;
  made->inode = found.st_ino;
  return 0;
}

int sw_os_unix_listen(const char *path, gid_t group, sw_os_unix_t *listener) {
  sw_os_unix_t made = {.fd = -1};
  char beside[SW_OS_UNIX_PATH_MAX + sizeof(BESIDE)];
  if (strlen(path) > SW_OS_UNIX_PATH_MAX) {
    return ENAMETOOLONG;
  }
  memcpy(made.path, path, strlen(path) + 1);
  snprintf(beside, sizeof(beside), "%s" BESIDE, path);
  int error = look_at_place(path);
  if (error != 0) {
    return error;
  }
  int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) {
    return errno;
  }
  made.fd = fd;
  unlink(beside);
  error = bind_beside(fd, beside, group);
  if (error == 0) {
    error = put_in_place(&made, beside);
  }
  if (error != 0) {
    close(fd);
    return error;
  }
  *listener = made;
  return 0;
}

int sw_os_unix_is_there(const sw_os_unix_t *listener) {
  struct stat found;
  return listener->fd >= 0 && lstat(listener->path, &found) == 0 &&
         found.st_dev == listener->device && found.st_ino == listener->inode;
}

int sw_os_unix_unlink(const sw_os_unix_t *listener) {
  if (!sw_os_unix_is_there(listener)) {
    return 0;
  }
  return unlink(listener->path) == 0 ? 0 : errno;
}

void sw_os_turn_away(int listener) {
  int client = listener;
  for (int turn = 0; client >= 0 && turn < BACKLOG; ++turn) { /* others may come without end */
    client = accept(listener, NULL, NULL);
    if (client >= 0) {
      close(client);
    }
  }
}

/* @param[out] family that of an address in brackets, or of one without */
static int split(const char *text, char *host, size_t host_size, const char **port, int *family) {
  const char *colon = strrchr(text, ':');
  size_t length = colon != NULL ? (size_t)(colon - text) : 0;
  *family = AF_INET;
  if (length > 2 && text[0] == '[' && colon[-1] == ']') {
    ++text;
    length -= 2;
    *family = AF_INET6;
  }
  if (length == 0 || length >= host_size) {
    return EINVAL;
  }
  memcpy(host, text, length);
  host[length] = '\0';
  *port = colon + 1;
  return 0;
}

/* getaddrinfo would take 65536 for 0, which is any port. */
static int is_port(const char *text) {
  size_t digits = strspn(text, "0123456789");
  int port = digits < 6 ? atoi(text) : 0;
  return text[digits] == '\0' && port > 0 && port <= UINT16_MAX;
}

/* getaddrinfo would take `*`, `1` and 0x7f000001 for IPv4 addresses, too. */
static int is_host(const char *text, int family) {
  struct in_addr address;
  return family == AF_INET6 || inet_pton(AF_INET, text, &address) == 1;
}

/* @param[out] found to be freed with freeaddrinfo */
static int resolve(const char *address, struct addrinfo **found) {
  struct addrinfo hints = {.ai_socktype = SOCK_STREAM,
                           .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE};
  char host[NI_MAXHOST];
  const char *port = NULL;
  if (split(address, host, sizeof(host), &port, &hints.ai_family) != 0 || !is_port(port) ||
      !is_host(host, hints.ai_family) || getaddrinfo(host, port, &hints, found) != 0) {
    return EINVAL;
  }
  return 0;
}

int sw_os_tcp_check(const char *address) {
  struct addrinfo *found;
  int error = resolve(address, &found);
  if (error == 0) {
    freeaddrinfo(found);
  }
  return error;
}

int sw_os_tcp_listen(const char *address, int *listener) {
  struct addrinfo *found;
  int yes = 1;
  int error = resolve(address, &found);
  if (error != 0) {
    return error;
  }
  int fd = socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes)) != 0 ||
      bind(fd, found->ai_addr, found->ai_addrlen) != 0 || listen(fd, BACKLOG) != 0) {
    error = errno;
    if (fd >= 0) {
      close(fd);
    }
  } else {
    *listener = fd;
  }
  freeaddrinfo(found);
  return error;
}
