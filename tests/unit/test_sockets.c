/* SPDX-License-Identifier: Apache-2.0 */
/* The sockets of a process, by their roles: real ones, on loopback and in a scratch directory. */
#include <arpa/inet.h>
#include <fcntl.h>
#include <ftw.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
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

static uint16_t port_of(int fd) {
  struct sockaddr_in own;
  socklen_t size = sizeof(own);
  assert_int_equal(getsockname(fd, (struct sockaddr *)&own, &size), 0);
  return ntohs(own.sin_port);
}

static int listen_on_loopback(void) {
  const struct sockaddr_in any = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  const int listener = socket(AF_INET, SOCK_STREAM, 0);
  assert_int_equal(bind(listener, (const struct sockaddr *)&any, sizeof(any)), 0);
  assert_int_equal(listen(listener, MANY), 0);
  return listener;
}

static int connect_to(int listener) {
  const struct sockaddr_in to = {.sin_family = AF_INET,
                                 .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
                                 .sin_port = htons(port_of(listener))};
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  assert_int_equal(connect(fd, (const struct sockaddr *)&to, sizeof(to)), 0);
  return fd;
}

static struct sockaddr_un unix_address(const char *path) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  assert_true(strlen(path) < sizeof(address.sun_path));
  strcpy(address.sun_path, path);
  return address;
}

static int listen_on_path(const char *path) {
  const struct sockaddr_un address = unix_address(path);
  const int listener = socket(AF_UNIX, SOCK_STREAM, 0);
  assert_int_equal(bind(listener, (const struct sockaddr *)&address, sizeof(address)), 0);
  assert_int_equal(listen(listener, 8), 0);
  return listener;
}

static int connect_to_path(const char *path) {
  const struct sockaddr_un address = unix_address(path);
  const int fd = socket(AF_UNIX, SOCK_STREAM, 0);
  assert_int_equal(connect(fd, (const struct sockaddr *)&address, sizeof(address)), 0);
  return fd;
}

static int setup(void **state) {
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
static int teardown(void **state) {
  scene_t *scene = *state;
  unlink(scene->path);
  free(scene->sockets.known);
  free(scene);
  for (int fd = 3; fd < 64 + 2 * MANY; ++fd) {
    close(fd);
  }
  return 0;
}

static uint8_t role_of(const scene_t *scene, int fd) {
  sw_os_socket_t found;
  assert_true(sw_os_socket_classify(&scene->roles, fd, &found));
  return found.role;
}

static int is_left_out(const scene_t *scene, int fd) {
  sw_os_socket_t found;
  return !sw_os_socket_classify(&scene->roles, fd, &found);
}

static int remove_entry(const char *path, const struct stat *info, int kind, struct FTW *at) {
  (void)info, (void)kind, (void)at;
  return remove(path);
}

static sw_evidence_t look(scene_t *scene) {
  sw_evidence_t evidence = {0};
  sw_os_sockets_find(&scene->sockets, &scene->roles);
  sw_os_sockets_read(&scene->sockets, &evidence);
  return evidence;
}

static const sw_socket_t *listed(const scene_t *scene, uint8_t role) {
  for (uint32_t at = 0; at < scene->sockets.listed; ++at) {
    if (scene->sockets.list[at].role == role) {
      return &scene->sockets.list[at];
    }
  }
  fail_msg("no socket of role %s is listed", sw_role_name(role));
  abort();
}

/* ---- Roles ---- */

static void tcp_is_client_on_the_servers_port_and_backend_on_any_other(void **state) {
  scene_t *scene = *state;
  const int there = connect_to(scene->listener);
  const int here = accept(scene->listener, NULL, NULL);
  assert_int_equal(role_of(scene, here), SW_ROLE_CLIENT);
  assert_int_equal(role_of(scene, there), SW_ROLE_BACKEND); /* as a proxy to itself has it */
  const sw_evidence_t evidence = look(scene);
  assert_int_equal(evidence.clients, 1);
  assert_int_equal(evidence.backends, 1);
  assert_int_equal(evidence.others, 0);
}

static void unix_stream_to_a_name_is_backend(void **state) {
  scene_t *scene = *state;
  const int there = connect_to_path(scene->path);
  assert_int_equal(role_of(scene, there), SW_ROLE_BACKEND);
  look(scene);
  char peer[80];
  snprintf(peer, sizeof(peer), "unix:%s", scene->path);
  assert_string_equal(listed(scene, SW_ROLE_BACKEND)->peer, peer);
  assert_int_equal(listed(scene, SW_ROLE_BACKEND)->family, AF_UNIX);
}

static void pair_datagram_and_unconnected_are_other(void **state) {
  scene_t *scene = *state;
  int pair[2];
  assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
  const int datagram = socket(AF_INET, SOCK_DGRAM, 0);
  const int unconnected = socket(AF_INET, SOCK_STREAM, 0);
  const int unix_datagram = socket(AF_UNIX, SOCK_DGRAM, 0);
  assert_int_equal(role_of(scene, pair[0]), SW_ROLE_OTHER);
  assert_int_equal(role_of(scene, datagram), SW_ROLE_OTHER);
  assert_int_equal(role_of(scene, unconnected), SW_ROLE_OTHER);
  assert_int_equal(role_of(scene, unix_datagram), SW_ROLE_OTHER);
  assert_int_equal(look(scene).others, 5);
}

static void socket_that_connects_later_is_found_to_be_a_backend(void **state) {
  scene_t *scene = *state;
  const int later = socket(AF_INET, SOCK_STREAM, 0);
  assert_int_equal(look(scene).others, 1);
  const struct sockaddr_in to = {.sin_family = AF_INET,
                                 .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
                                 .sin_port = htons(scene->ports[0])};
  assert_int_equal(connect(later, (const struct sockaddr *)&to, sizeof(to)), 0);
  const sw_evidence_t evidence = look(scene);
  assert_int_equal(evidence.backends, 1);
  assert_int_equal(evidence.others, 0);
}

static void listener_file_and_closed_descriptor_are_left_out(void **state) {
  scene_t *scene = *state;
  int pipe_fds[2];
  assert_int_equal(pipe(pipe_fds), 0);
  assert_true(is_left_out(scene, scene->listener));
  assert_true(is_left_out(scene, scene->unix_listener));
  assert_true(is_left_out(scene, pipe_fds[0]));
  assert_true(is_left_out(scene, 999));
  assert_true(is_left_out(scene, -1));
  const sw_evidence_t evidence = look(scene);
  assert_int_equal(evidence.clients + evidence.backends + evidence.others, 0);
}

static void inherited_socket_is_left_out(void **state) {
  scene_t *scene = *state;
  const int there = connect_to_path(scene->path);
  sw_os_inherited_record(&scene->inherited);
  assert_true(is_left_out(scene, there));
  assert_int_equal(sw_os_sockets_shut(&scene->roles, SW_ROLE_BACKEND), 0);
}

static void socket_of_standard_input_is_left_out(void **state) {
  scene_t *scene = *state;
  const int there = connect_to_path(scene->path);
  const int saved = dup(0);
  assert_int_equal(dup2(there, 0), 0);
  const sw_evidence_t evidence = look(scene);
  const uint32_t shut = sw_os_sockets_shut(&scene->roles, SW_ROLE_BACKEND);
  dup2(saved, 0);
  assert_int_equal(evidence.backends, 0);
  assert_int_equal(shut, 0);
  assert_int_equal(look(scene).backends, 1);
}

static int look_at_loggers(void) {
  static const char *const paths[] = {"/dev/log", "/run/systemd/journal/stdout"};
  const sw_os_roles_t roles = {0};
  sw_os_socket_t found;
  for (size_t at = 0; at < sizeof(paths) / sizeof(*paths); ++at) {
    listen_on_path(paths[at]);
    if (sw_os_socket_classify(&roles, connect_to_path(paths[at]), &found)) {
      return 1;
    }
  }
  return 0;
}

/* In a root of their own: what counts is the name that the peer has. */
static void connection_to_a_logger_is_left_out(void **state) {
  (void)state;
  static const char *const folders[] = {"dev", "run", "run/systemd", "run/systemd/journal"};
  char root[] = "/tmp/sw-test-root.XXXXXX";
  int status = -1;
  if (geteuid() != 0) {
    skip();
  }
  assert_non_null(mkdtemp(root));
  const pid_t pid = fork();
  if (pid == 0) {
    int error = chdir(root) || chroot(root);
    for (size_t at = 0; at < sizeof(folders) / sizeof(*folders); ++at) {
      error = error || mkdir(folders[at], 0700);
    }
    _exit(error ? 2 : look_at_loggers());
  }
  assert_int_equal(waitpid(pid, &status, 0), pid);
  assert_int_equal(nftw(root, remove_entry, 8, FTW_DEPTH | FTW_PHYS), 0);
  assert_int_equal(status, 0);
}

static void peer_with_an_abstract_name_is_told_with_an_at(void **state) {
  scene_t *scene = *state;
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  const int length =
      snprintf(address.sun_path + 1, sizeof(address.sun_path) - 1, "sw-test-%d", (int)getpid());
  const socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + (size_t)length);
  const int listener = socket(AF_UNIX, SOCK_STREAM, 0);
  const int there = socket(AF_UNIX, SOCK_STREAM, 0);
  assert_int_equal(bind(listener, (const struct sockaddr *)&address, size), 0);
  assert_int_equal(listen(listener, 1), 0);
  assert_int_equal(connect(there, (const struct sockaddr *)&address, size), 0);
  assert_int_equal(role_of(scene, there), SW_ROLE_BACKEND);
  char expected[64];
  char peer[64];
  snprintf(expected, sizeof(expected), "unix:@sw-test-%d", (int)getpid());
  sw_os_socket_peer(there, peer, sizeof(peer));
  assert_string_equal(peer, expected);
}

/* ---- What is told ---- */

static void peer_is_address_and_port(void **state) {
  scene_t *scene = *state;
  const int there = connect_to(scene->listener);
  const int here = accept(scene->listener, NULL, NULL);
  char expected[64];
  char peer[64];
  snprintf(expected, sizeof(expected), "127.0.0.1:%u", (unsigned)port_of(there));
  sw_os_socket_peer(here, peer, sizeof(peer));
  assert_string_equal(peer, expected);
  sw_os_socket_peer(here, peer, 6); /* cut, and ended */
  assert_string_equal(peer, "127.0");
  sw_os_socket_peer(-1, peer, sizeof(peer));
  assert_string_equal(peer, "");
}

static void peer_of_ipv6_stands_in_brackets_and_a_mapped_one_as_ipv4(void **state) {
  scene_t *scene = *state;
  const struct sockaddr_in6 any = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_ANY_INIT};
  struct sockaddr_in6 own;
  socklen_t size = sizeof(own);
  char peer[64];
  const int listener = socket(AF_INET6, SOCK_STREAM, 0);
  if (listener < 0 || bind(listener, (const struct sockaddr *)&any, sizeof(any)) != 0) {
    skip(); /* a machine without IPv6 */
  }
  assert_int_equal(listen(listener, 1), 0);
  assert_int_equal(getsockname(listener, (struct sockaddr *)&own, &size), 0);
  scene->ports[0] = ntohs(own.sin6_port);
  connect_to(listener);
  const int mapped = accept(listener, NULL, NULL);
  assert_int_equal(role_of(scene, mapped), SW_ROLE_CLIENT);
  sw_os_socket_peer(mapped, peer, sizeof(peer));
  assert_memory_equal(peer, "127.0.0.1:", 10);
  own.sin6_addr = in6addr_loopback;
  const int there = socket(AF_INET6, SOCK_STREAM, 0);
  assert_int_equal(connect(there, (const struct sockaddr *)&own, sizeof(own)), 0);
  sw_os_socket_peer(there, peer, sizeof(peer));
  assert_memory_equal(peer, "[::1]:", 6);
}

static void wait_readable(int fd) {
  struct pollfd input = {.fd = fd, .events = POLLIN};
  assert_int_equal(poll(&input, 1, PATIENCE_MS), 1);
}

static void moved_changes_with_every_byte_and_only_then(void **state) {
  scene_t *scene = *state;
  const int there = connect_to(scene->listener);
  const int here = accept(scene->listener, NULL, NULL);
  const uint64_t before = look(scene).moved;
  assert_true(look(scene).moved == before);
  assert_int_equal(write(there, "x", 1), 1);
  wait_readable(here);
  const sw_evidence_t after = look(scene);
  assert_true(after.moved != before);
  assert_true(look(scene).moved == after.moved);
  const sw_socket_t *client = listed(scene, SW_ROLE_CLIENT);
  assert_int_equal(client->received, 1);
  assert_in_range(client->idle, 0, PATIENCE_MS * SW_USEC_PER_MSEC);
}

static void moved_changes_with_the_set_of_sockets(void **state) {
  scene_t *scene = *state;
  connect_to(scene->listener);
  const uint64_t before = look(scene).moved;
  const int more = connect_to_path(scene->path);
  const uint64_t with = look(scene).moved;
  assert_true(with != before);
  close(more);
  assert_true(look(scene).moved == before);
  connect_to_path(scene->path); /* takes the number of the one before */
  assert_true(look(scene).moved != with);
}

static void moved_changes_with_what_waits_in_a_unix_socket(void **state) {
  scene_t *scene = *state;
  const int there = connect_to_path(scene->path);
  const uint64_t before = look(scene).moved;
  assert_int_equal(write(there, "request", 7), 7);
  assert_true(look(scene).moved != before);
  assert_true(listed(scene, SW_ROLE_BACKEND)->queued > 0);
}

static void reading_notices_what_was_closed_since_it_was_found(void **state) {
  scene_t *scene = *state;
  sw_evidence_t evidence = {0};
  const int tcp = connect_to(scene->listener);
  const int local = connect_to_path(scene->path);
  assert_int_equal(look(scene).backends, 2);
  close(tcp);
  sw_os_sockets_read(&scene->sockets, &evidence);
  assert_int_equal(evidence.backends, 1);
  assert_true(scene->sockets.is_outdated);
  close(local);
  sw_os_sockets_read(&scene->sockets, &evidence);
  assert_int_equal(evidence.backends, 0);
  assert_int_equal(look(scene).backends, 0);
  assert_false(scene->sockets.is_outdated);
}

static void many_sockets_are_all_counted_and_some_listed(void **state) {
  scene_t *scene = *state;
  const struct rlimit limit = {4096, 4096};
  int pair[2];
  setrlimit(RLIMIT_NOFILE, &limit);
  assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0); /* others come last */
  for (int at = 0; at < MANY; ++at) {
    connect_to(scene->listener);
  }
  const sw_evidence_t evidence = look(scene);
  assert_int_equal(evidence.backends, MANY);
  assert_int_equal(evidence.others, 2);
  assert_int_equal(scene->sockets.listed, SW_AGENT_SOCKETS_MAX);
  for (uint32_t at = 0; at < scene->sockets.listed; ++at) {
    assert_int_equal(scene->sockets.list[at].role, SW_ROLE_BACKEND);
  }
  assert_int_equal(sw_os_sockets_shut(&scene->roles, SW_ROLE_BACKEND), MANY);
}

/* ---- Shutting ---- */

static int is_cut(int fd) {
  char byte;
  return recv(fd, &byte, 1, MSG_DONTWAIT) == 0;
}

static void shut_cuts_that_role_and_nothing_else(void **state) {
  scene_t *scene = *state;
  int pair[2];
  const int there = connect_to(scene->listener);
  const int client = accept(scene->listener, NULL, NULL);
  const int backend = connect_to_path(scene->path);
  assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
  assert_int_equal(sw_os_sockets_shut(&scene->roles, SW_ROLE_CLIENT), 1);
  assert_true(is_cut(client));
  assert_false(is_cut(backend));
  wait_readable(there); /* it is told at once */
  assert_true(is_cut(there));
  close(there);
  assert_int_equal(sw_os_sockets_shut(&scene->roles, SW_ROLE_BACKEND), 1);
  assert_true(is_cut(backend));
  assert_false(is_cut(pair[0]));
  assert_true(connect_to(scene->listener) >= 0); /* it still listens */
}

static void shut_works_without_a_free_descriptor(void **state) {
  scene_t *scene = *state;
  const int backend = connect_to_path(scene->path);
  const int reserve = open("/dev/null", O_RDONLY); /* the directory of descriptors takes one */
  const struct rlimit none = {(rlim_t)reserve, 4096};
  close(reserve);
  struct rlimit before;
  assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
  const struct rlimit tight = {none.rlim_cur + 1, before.rlim_max};
  assert_int_equal(setrlimit(RLIMIT_NOFILE, &tight), 0);
  const uint32_t shut = sw_os_sockets_shut(&scene->roles, SW_ROLE_BACKEND);
  assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
  assert_int_equal(shut, 1);
  assert_true(is_cut(backend));
}

#define SCENE_TEST(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void) {
  const struct CMUnitTest tests[] = {
      SCENE_TEST(tcp_is_client_on_the_servers_port_and_backend_on_any_other),
      SCENE_TEST(unix_stream_to_a_name_is_backend),
      SCENE_TEST(pair_datagram_and_unconnected_are_other),
      SCENE_TEST(socket_that_connects_later_is_found_to_be_a_backend),
      SCENE_TEST(listener_file_and_closed_descriptor_are_left_out),
      SCENE_TEST(inherited_socket_is_left_out),
      SCENE_TEST(socket_of_standard_input_is_left_out),
      SCENE_TEST(connection_to_a_logger_is_left_out),
      SCENE_TEST(peer_with_an_abstract_name_is_told_with_an_at),
      SCENE_TEST(peer_is_address_and_port),
      SCENE_TEST(peer_of_ipv6_stands_in_brackets_and_a_mapped_one_as_ipv4),
      SCENE_TEST(moved_changes_with_every_byte_and_only_then),
      SCENE_TEST(moved_changes_with_the_set_of_sockets),
      SCENE_TEST(moved_changes_with_what_waits_in_a_unix_socket),
      SCENE_TEST(reading_notices_what_was_closed_since_it_was_found),
      SCENE_TEST(many_sockets_are_all_counted_and_some_listed),
      SCENE_TEST(shut_cuts_that_role_and_nothing_else),
      SCENE_TEST(shut_works_without_a_free_descriptor),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
