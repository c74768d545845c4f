/* SPDX-License-Identifier: Apache-2.0 */
/* A server in this process with real connections, on loopback and in a scratch directory. */
#ifndef CONNECTIONS_H
#define CONNECTIONS_H

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "os/sw_os.h"
#include "world.h"

#define PATIENCE_MS 10000 /* a deadline, not a time that passes */
#define MANY 500

/* A server in this process: the ports it listens on, and both ends of what is connected. */
typedef struct scene_t {
  sw_os_inherited_t inherited;
  sw_os_sockets_t sockets;
  sw_os_roles_t roles;
  uint16_t ports[1];
  int listener;
  char path[64]; /* of an AF_UNIX listener */
  int unix_listener;
} scene_t;

static inline uint16_t port_of(int fd) {
  struct sockaddr_in own = {0};
  socklen_t size = sizeof(own);
  assert_int_equal(getsockname(fd, (struct sockaddr *)&own, &size), 0);
  return ntohs(own.sin_port);
}

static inline int listen_on_loopback(void) {
  const struct sockaddr_in any = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  const int listener = socket(AF_INET, SOCK_STREAM, 0);
  assert_int_equal(bind(listener, (const struct sockaddr *)&any, sizeof(any)), 0);
  assert_int_equal(listen(listener, MANY), 0);
  return listener;
}

static inline int connect_to(int listener) {
  const struct sockaddr_in to = {.sin_family = AF_INET,
                                 .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
                                 .sin_port = htons(port_of(listener))};
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  assert_int_equal(connect(fd, (const struct sockaddr *)&to, sizeof(to)), 0);
  return fd;
}

static inline struct sockaddr_un unix_address(const char *path) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  assert_true(strlen(path) < sizeof(address.sun_path));
  strcpy(address.sun_path, path);
  return address;
}

static inline int listen_on_path(const char *path) {
  const struct sockaddr_un address = unix_address(path);
  const int listener = socket(AF_UNIX, SOCK_STREAM, 0);
  assert_int_equal(bind(listener, (const struct sockaddr *)&address, sizeof(address)), 0);
  assert_int_equal(listen(listener, 8), 0);
  return listener;
}

static inline int connect_to_path(const char *path) {
  const struct sockaddr_un address = unix_address(path);
  const int fd = socket(AF_UNIX, SOCK_STREAM, 0);
  assert_int_equal(connect(fd, (const struct sockaddr *)&address, sizeof(address)), 0);
  return fd;
}

static inline int setup(void **state) {
  scene_t *scene = calloc(1, sizeof(*scene));
  scene->listener = listen_on_loopback();
  scene->ports[0] = port_of(scene->listener);
  snprintf(scene->path, sizeof(scene->path), "/tmp/sw-test-%d.sock", (int)getpid());
  unlink(scene->path);
  scene->unix_listener = listen_on_path(scene->path);
  sw_os_inherited_record(&scene->inherited);
  scene->roles =
      (sw_os_roles_t){.ports = scene->ports, .port_count = 1, .inherited = &scene->inherited};
  *state = scene;
  return 0;
}

/* Each test begins without the descriptors of the one before. */
static inline int teardown(void **state) {
  scene_t *scene = *state;
  unlink(scene->path);
  free(scene->sockets.known);
  free(scene);
  for (int fd = 3; fd < 64 + 2 * MANY; ++fd) {
    close(fd);
  }
  return 0;
}

static inline uint8_t role_of(const scene_t *scene, int fd) {
  sw_os_socket_t found;
  assert_true(sw_os_socket_classify(&scene->roles, fd, &found));
  return found.role;
}

static inline int is_left_out(const scene_t *scene, int fd) {
  sw_os_socket_t found;
  return !sw_os_socket_classify(&scene->roles, fd, &found);
}

static inline sw_evidence_t look(scene_t *scene) {
  sw_evidence_t evidence = {0};
  sw_os_sockets_find(&scene->sockets, &scene->roles);
  sw_os_sockets_read(&scene->sockets, &evidence);
  return evidence;
}

static inline const sw_socket_t *listed(const scene_t *scene, uint8_t role) {
  for (uint32_t at = 0; at < scene->sockets.listed; ++at) {
    if (scene->sockets.list[at].role == role) {
      return &scene->sockets.list[at];
    }
  }
  fail_msg("no socket of role %s is listed", sw_role_name(role));
  abort();
}

static inline void wait_readable(int fd) {
  struct pollfd input = {.fd = fd, .events = POLLIN};
  assert_int_equal(poll(&input, 1, PATIENCE_MS), 1);
}

/** The end of the stream has come. */
static inline int is_cut(int fd) {
  char byte;
  return recv(fd, &byte, 1, MSG_DONTWAIT) == 0;
}

#define SCENE_TEST(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

#endif
