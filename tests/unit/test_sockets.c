/* SPDX-License-Identifier: Apache-2.0 */
/* Sockets: which role each has, and which are nobody's business. */
#include <ftw.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "connections.h"

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
  const int shut = sw_os_sockets_shut(&scene->roles, SW_ROLE_BACKEND);
  dup2(saved, 0);
  assert_int_equal(evidence.backends, 0);
  assert_int_equal(shut, 0);
  assert_int_equal(look(scene).backends, 1);
}

static int remove_entry(const char *path, const struct stat *info, int kind, struct FTW *at) {
  (void)info, (void)kind, (void)at;
  return remove(path);
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

/* What is not seen is not what is not there: an agent that said so would have its child killed
 * first. */
static void without_a_free_descriptor_nothing_is_forgotten_and_nothing_done(void **state) {
  scene_t *scene = *state;
  sw_evidence_t evidence = {0};
  struct rlimit before;
  connect_to(scene->listener);
  const int here = accept(scene->listener, NULL, NULL);
  assert_int_equal(look(scene).clients, 1);
  assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
  const struct rlimit none = {.rlim_cur = (rlim_t)here + 1, .rlim_max = before.rlim_max};
  assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
  sw_os_sockets_t unknown = {0};
  sw_os_sockets_find(&unknown, &scene->roles);
  evidence = look(scene);
  const int shut = sw_os_sockets_shut(&scene->roles, SW_ROLE_CLIENT);
  assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
  assert_int_equal(unknown.searches, 0);
  assert_int_equal(evidence.clients, 1);
  assert_true(scene->sockets.is_outdated);
  assert_int_equal(shut, -1);
  assert_int_equal(sw_os_sockets_shut(&scene->roles, SW_ROLE_CLIENT), 1);
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
      SCENE_TEST(without_a_free_descriptor_nothing_is_forgotten_and_nothing_done),
      SCENE_TEST(peer_with_an_abstract_name_is_told_with_an_at),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
