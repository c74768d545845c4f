/* SPDX-License-Identifier: Apache-2.0 */
/* Endpoint: a unix socket at its place, which others may have held before. */
#include "endpoint.h"

/* ---- How it is made ---- */

static void socket_has_mode_0660_whatever_the_umask_which_stays(void **state) {
  const place_t *place = *state;
  static const mode_t masks[] = {0, 022, 077, 0777};
  for (size_t at = 0; at < sizeof(masks) / sizeof(*masks); ++at) {
    sw_os_unix_t listener;
    const mode_t before = umask(masks[at]);
    const int error = sw_os_unix_listen(place->path, SW_OS_NO_GROUP, &listener);
    assert_int_equal(umask(before), masks[at]);
    assert_int_equal(error, 0);
    assert_int_equal(place_stat(place->path).st_mode, S_IFSOCK | 0660);
    assert_int_equal(place_entries(place), 1);
    close(listener.fd);
  }
}

static void socket_listens_and_is_closed_by_exec(void **state) {
  const place_t *place = *state;
  sw_os_unix_t listener;
  assert_int_equal(sw_os_unix_listen(place->path, SW_OS_NO_GROUP, &listener), 0);
  const int client = place_connect(place->path);
  assert_true(client >= 0);
  const int accepted = accept(listener.fd, NULL, NULL);
  assert_true(accepted >= 0);
  assert_int_equal(fcntl(listener.fd, F_GETFD), FD_CLOEXEC);
  assert_string_equal(listener.path, place->path);
  close(accepted);
  close(client);
  close(listener.fd);
}

/* Root may give it to any group, others to those they are in. */
static gid_t another_group(void) {
  gid_t groups[64];
  if (geteuid() == 0) {
    return getegid() + 1;
  }
  const int count = getgroups(64, groups);
  return count > 0 ? groups[count - 1] : getegid();
}

static void socket_is_the_groups(void **state) {
  const place_t *place = *state;
  sw_os_unix_t listener;
  assert_int_equal(sw_os_unix_listen(place->path, SW_OS_NO_GROUP, &listener), 0);
  assert_int_equal(place_stat(place->path).st_gid, getegid());
  close(listener.fd);
  const gid_t group = another_group();
  assert_int_equal(sw_os_unix_listen(place->path, group, &listener), 0);
  assert_int_equal(place_stat(place->path).st_gid, group);
  assert_int_equal(place_stat(place->path).st_uid, geteuid());
  assert_int_equal(place_stat(place->path).st_mode, S_IFSOCK | 0660);
  close(listener.fd);
}

static void path_has_103_bytes_at_most(void **state) {
  const place_t *place = *state;
  sw_os_unix_t listener;
  char path[SW_OS_UNIX_PATH_MAX + 2] = "";
  const int size = snprintf(path, sizeof(path), "%s/", place->directory);
  memset(path + size, 'a', SW_OS_UNIX_PATH_MAX + 1 - (size_t)size);
  assert_int_equal(place_refused(path), ENAMETOOLONG);
  path[SW_OS_UNIX_PATH_MAX] = '\0';
  assert_int_equal(strlen(path), 103);
  assert_int_equal(sw_os_unix_listen(path, SW_OS_NO_GROUP, &listener), 0);
  assert_true(sw_os_unix_is_there(&listener));
  assert_string_equal(listener.path, path);
  assert_int_equal(place_entries(place), 1);
  close(listener.fd);
}

/* ---- What stands there already ---- */

static void socket_of_a_process_that_has_ended_is_replaced(void **state) {
  place_t *place = *state;
  sw_os_unix_t listener;
  const pid_t other = place_start(place, place_listen);
  assert_int_equal(place_end(place, other), 0);
  const ino_t old = place_stat(place->path).st_ino;
  assert_int_equal(sw_os_unix_listen(place->path, SW_OS_NO_GROUP, &listener), 0);
  assert_int_not_equal(place_stat(place->path).st_ino, old);
  assert_int_equal(place_entries(place), 1);
  close(listener.fd);
}

/* It stays in the hands of a process that its listener has forked, and that knows nothing of it. */
static int leave_it_to_a_child(void *context) {
  sw_os_unix_t listener;
  place_t *place = context;
  if (sw_os_unix_listen(place->path, SW_OS_NO_GROUP, &listener) != 0) {
    return 1;
  }
  start(wait_for_end, place->down);
  return 0;
}

static void socket_that_only_a_child_of_its_listener_holds_is_replaced(void **state) {
  place_t *place = *state;
  sw_os_unix_t listener;
  assert_int_equal(result_of(start(leave_it_to_a_child, place)), 0);
  const int client = place_connect(place->path);
  assert_true(client >= 0); /* it can be connected to, and nobody will answer */
  assert_int_equal(sw_os_unix_listen(place->path, SW_OS_NO_GROUP, &listener), 0);
  assert_true(sw_os_unix_is_there(&listener));
  close(client);
  close(listener.fd);
}

static void socket_of_a_living_process_is_in_use(void **state) {
  place_t *place = *state;
  const pid_t other = place_start(place, place_listen);
  const ino_t its = place_stat(place->path).st_ino;
  assert_int_equal(place_refused(place->path), EADDRINUSE);
  assert_int_equal(place_stat(place->path).st_ino, its);
  assert_int_equal(place_entries(place), 1);
  assert_int_equal(place_end(place, other), 0);
}

static void socket_whose_backlog_is_full_is_in_use(void **state) {
  place_t *place = *state;
  int clients[8];
  size_t count = 0;
  const pid_t other = place_start(place, place_listen_without_backlog);
  while (count < 8 && (clients[count] = place_connect(place->path)) >= 0) {
    ++count;
  }
  assert_in_range(count, 1, 7); /* it is full */
  assert_int_equal(place_refused(place->path), EADDRINUSE);
  while (count > 0) {
    close(clients[--count]);
  }
  assert_int_equal(place_end(place, other), 0);
}

/* It may not even be signalled: it is there all the same. */
static void socket_of_another_users_living_process_is_in_use(void **state) {
  place_t *place = *state;
  if (geteuid() != 0) {
    skip();
  }
  const pid_t other = place_start(place, place_listen);
  assert_int_equal(chmod(place->path, 0666), 0);
  const int error = place_refused_to_nobody(place);
  assert_int_equal(place_end(place, other), 0);
  assert_int_equal(error, EADDRINUSE);
}

static void own_socket_is_replaced_and_its_clients_stay_with_it(void **state) {
  const place_t *place = *state;
  sw_os_unix_t old;
  sw_os_unix_t new;
  assert_int_equal(sw_os_unix_listen(place->path, SW_OS_NO_GROUP, &old), 0);
  const int before = place_connect(place->path);
  assert_int_equal(sw_os_unix_listen(place->path, SW_OS_NO_GROUP, &new), 0);
  const int after = place_connect(place->path);
  assert_true(before >= 0 && after >= 0);
  assert_int_equal(fcntl(new.fd, F_SETFL, O_NONBLOCK), 0);
  const int first = accept(old.fd, NULL, NULL);
  const int second = accept(new.fd, NULL, NULL);
  assert_true(first >= 0 && second >= 0);
  assert_int_equal(accept(new.fd, NULL, NULL), -1);
  const int all[] = {old.fd, new.fd, before, after, first, second};
  for (size_t at = 0; at < sizeof(all) / sizeof(*all); ++at) {
    close(all[at]);
  }
}

/* Connects until the test ends it. Returns 0 if somebody listened each time. */
static int knock(void *context) {
  const place_t *place = context;
  char byte;
  fcntl(place->down[0], F_SETFL, O_NONBLOCK);
  close(place->down[1]);
  if (write(place->up[1], "r", 1) != 1) {
    return 2;
  }
  while (read(place->down[0], &byte, 1) != 0) {
    const int client = place_connect(place->path);
    if (client < 0 && errno != EAGAIN) { /* EAGAIN: the backlog is full of us */
      return 1;
    }
    close(client);
  }
  return 0;
}

/* Replaces it, once there is room for one more in the old one's backlog. */
static sw_os_unix_t replace(const place_t *place, const sw_os_unix_t *old) {
  sw_os_unix_t made = {.fd = -1};
  int error = EADDRINUSE;
  for (int tries = 0; error == EADDRINUSE && tries < 1000; ++tries) {
    int client = -1;
    while ((client = accept(old->fd, NULL, NULL)) >= 0) {
      close(client);
    }
    error = sw_os_unix_listen(place->path, SW_OS_NO_GROUP, &made);
  }
  assert_int_equal(error, 0);
  assert_int_equal(fcntl(made.fd, F_SETFL, O_NONBLOCK), 0);
  return made;
}

/* The old ones stay open: who has found one of them a moment ago may still connect. */
static void somebody_listens_at_every_instant_while_it_is_replaced(void **state) {
  place_t *place = *state;
  sw_os_unix_t listeners[200] = {{.fd = -1}};
  listeners[0] = replace(place, &listeners[0]);
  const pid_t other = place_start(place, knock);
  for (size_t at = 1; at < 200; ++at) {
    listeners[at] = replace(place, &listeners[at - 1]);
  }
  assert_int_equal(place_end(place, other), 0);
  for (size_t at = 0; at < 200; ++at) {
    close(listeners[at].fd);
  }
}

static void socket_beside_from_a_start_that_was_cut_short_is_in_nobodys_way(void **state) {
  const place_t *place = *state;
  sw_os_unix_t listener;
  char beside[sizeof(place->path) + 4];
  snprintf(beside, sizeof(beside), "%s.new", place->path);
  assert_int_equal(sw_os_unix_listen(beside, SW_OS_NO_GROUP, &listener), 0);
  close(listener.fd);
  assert_int_equal(sw_os_unix_listen(place->path, SW_OS_NO_GROUP, &listener), 0);
  assert_int_equal(place_entries(place), 1);
  close(listener.fd);
}

/* ---- Whose it is ---- */

static void path_is_removed_only_while_it_leads_to_the_socket(void **state) {
  const place_t *place = *state;
  sw_os_unix_t old;
  sw_os_unix_t new;
  assert_int_equal(sw_os_unix_listen(place->path, SW_OS_NO_GROUP, &old), 0);
  assert_true(sw_os_unix_is_there(&old));
  assert_int_equal(sw_os_unix_listen(place->path, SW_OS_NO_GROUP, &new), 0);
  assert_false(sw_os_unix_is_there(&old));
  assert_true(sw_os_unix_is_there(&new));
  assert_int_equal(sw_os_unix_unlink(&old), 0);
  assert_true(sw_os_unix_is_there(&new));
  const int client = place_connect(place->path);
  assert_int_equal(sw_os_unix_unlink(&new), 0);
  assert_false(sw_os_unix_is_there(&new));
  assert_int_equal(place_entries(place), 0);
  assert_int_equal(sw_os_unix_unlink(&new), 0);
  const int accepted = accept(new.fd, NULL, NULL); /* the socket itself is open */
  assert_true(accepted >= 0);
  close(accepted);
  close(client);
  close(old.fd);
  close(new.fd);
}

static void listener_that_is_none_is_nowhere(void **state) {
  const place_t *place = *state;
  sw_os_unix_t listener;
  const sw_os_unix_t zeroed = {0};
  assert_false(sw_os_unix_is_there(&zeroed));
  assert_int_equal(sw_os_unix_unlink(&zeroed), 0);
  assert_int_equal(sw_os_unix_listen(place->path, SW_OS_NO_GROUP, &listener), 0);
  sw_os_unix_t none = listener;
  none.fd = -1;
  assert_false(sw_os_unix_is_there(&none));
  sw_os_unix_t elsewhere = listener;
  ++elsewhere.device;
  assert_false(sw_os_unix_is_there(&elsewhere));
  close(listener.fd);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      PLACE_TEST(socket_has_mode_0660_whatever_the_umask_which_stays),
      PLACE_TEST(socket_listens_and_is_closed_by_exec),
      PLACE_TEST(socket_is_the_groups),
      PLACE_TEST(path_has_103_bytes_at_most),
      PLACE_TEST(socket_of_a_process_that_has_ended_is_replaced),
      PLACE_TEST(socket_that_only_a_child_of_its_listener_holds_is_replaced),
      PLACE_TEST(socket_of_a_living_process_is_in_use),
      PLACE_TEST(socket_whose_backlog_is_full_is_in_use),
      PLACE_TEST(socket_of_another_users_living_process_is_in_use),
      PLACE_TEST(own_socket_is_replaced_and_its_clients_stay_with_it),
      PLACE_TEST(somebody_listens_at_every_instant_while_it_is_replaced),
      PLACE_TEST(socket_beside_from_a_start_that_was_cut_short_is_in_nobodys_way),
      PLACE_TEST(path_is_removed_only_while_it_leads_to_the_socket),
      PLACE_TEST(listener_that_is_none_is_nowhere),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
