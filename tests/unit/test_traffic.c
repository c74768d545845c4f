/* SPDX-License-Identifier: Apache-2.0 */
/* Traffic: what is told of the sockets of a process, whether it moves, and an end to it. */
#include <fcntl.h>
#include <linux/sockios.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "connections.h"

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
  struct sockaddr_in6 own = {0};
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

/* A peer that closes in answer to a cut is no progress of the slot. */
static void moved_ends_where_a_socket_was_shut(void **state) {
  scene_t *scene = *state;
  const pid_t peer = fork();
  if (peer == 0) {
    char byte;
    const int there = connect_to(scene->listener);
    _exit(read(there, &byte, 1) != 0 || pause()); /* until it is killed */
  }
  const int here = accept(scene->listener, NULL, NULL);
  assert_int_equal(shutdown(here, SHUT_RDWR), 0);
  const uint64_t before = look(scene).moved;
  assert_int_equal(kill(peer, SIGKILL), 0);
  assert_int_equal(waitpid(peer, NULL, 0), peer);
  assert_true(look(scene).moved == before);
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

static void wait_acknowledged(int fd) {
  const sw_usec_t deadline = sw_os_monotonic() + PATIENCE_MS * SW_USEC_PER_MSEC;
  int queued = 1;
  while (queued != 0 && sw_os_monotonic() < deadline) {
    assert_int_equal(ioctl(fd, SIOCOUTQ, &queued), 0);
  }
  assert_int_equal(queued, 0);
}

static void moved_of_many_changes_by_the_second_reading(void **state) {
  scene_t *scene = *state;
  const struct rlimit limit = {4096, 4096};
  sw_evidence_t evidence = {0};
  int last[2] = {-1, -1}; /* one of an odd number, and one of an even */
  setrlimit(RLIMIT_NOFILE, &limit);
  for (int at = 0; at < SW_OS_READ_ALL + 1; ++at) {
    const int fd = connect_to(scene->listener);
    last[fd % 2] = fd;
  }
  look(scene);
  for (int at = 0; at < 2; ++at) {
    sw_os_sockets_read(&scene->sockets, &evidence);
    sw_os_sockets_read(&scene->sockets, &evidence);
    const uint64_t before = evidence.moved;
    assert_int_equal(write(last[at], "x", 1), 1);
    wait_acknowledged(last[at]);
    sw_os_sockets_read(&scene->sockets, &evidence);
    sw_os_sockets_read(&scene->sockets, &evidence);
    assert_true(evidence.moved != before);
  }
}

/* ---- Shutting ---- */

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
  const int shut = sw_os_sockets_shut(&scene->roles, SW_ROLE_BACKEND);
  assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
  assert_int_equal(shut, 1);
  assert_true(is_cut(backend));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      SCENE_TEST(peer_is_address_and_port),
      SCENE_TEST(peer_of_ipv6_stands_in_brackets_and_a_mapped_one_as_ipv4),
      SCENE_TEST(moved_changes_with_every_byte_and_only_then),
      SCENE_TEST(moved_changes_with_the_set_of_sockets),
      SCENE_TEST(moved_ends_where_a_socket_was_shut),
      SCENE_TEST(moved_changes_with_what_waits_in_a_unix_socket),
      SCENE_TEST(reading_notices_what_was_closed_since_it_was_found),
      SCENE_TEST(many_sockets_are_all_counted_and_some_listed),
      SCENE_TEST(moved_of_many_changes_by_the_second_reading),
      SCENE_TEST(shut_cuts_that_role_and_nothing_else),
      SCENE_TEST(shut_works_without_a_free_descriptor),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
