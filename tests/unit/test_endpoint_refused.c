/* SPDX-License-Identifier: Apache-2.0 */
/* Endpoint: where there can be no unix socket, which leaves everything as it was. */
#include "endpoint.h"

static void what_is_no_socket_is_left_alone(void **state) {
  const place_t *place = *state;
  const int file = open(place->path, O_CREAT | O_WRONLY, 0600);
  assert_int_equal(write(file, "mine", 4), 4);
  close(file);
  assert_int_equal(place_refused(place->path), EEXIST);
  assert_int_equal(place_stat(place->path).st_size, 4);
  assert_int_equal(place_entries(place), 1);
  assert_int_equal(unlink(place->path), 0);
  assert_int_equal(mkdir(place->path, 0700), 0);
  assert_int_equal(place_refused(place->path), EEXIST);
  assert_true(S_ISDIR(place_stat(place->path).st_mode));
  assert_int_equal(place_entries(place), 1);
}

/* To a socket that could be replaced, were it no link; and to nothing. */
static void symbolic_link_is_left_alone(void **state) {
  const place_t *place = *state;
  sw_os_unix_t listener;
  char target[sizeof(place->directory) + 8];
  snprintf(target, sizeof(target), "%s/target", place->directory);
  assert_int_equal(symlink("target", place->path), 0);
  assert_int_equal(place_refused(place->path), EEXIST);
  assert_int_equal(place_entries(place), 1);
  assert_int_equal(sw_os_unix_listen(target, SW_OS_NO_GROUP, &listener), 0);
  close(listener.fd);
  assert_int_equal(place_refused(place->path), EEXIST);
  assert_true(S_ISLNK(place_stat(place->path).st_mode));
  assert_int_equal(place_stat(target).st_ino, listener.inode);
  assert_int_equal(place_entries(place), 2);
}

static void datagram_socket_that_is_used_is_left_alone(void **state) {
  const place_t *place = *state;
  const struct sockaddr_un address = place_address(place->path);
  const int fd = socket(AF_UNIX, SOCK_DGRAM, 0);
  assert_int_equal(bind(fd, (const struct sockaddr *)&address, sizeof(address)), 0);
  const ino_t its = place_stat(place->path).st_ino;
  assert_int_equal(place_refused(place->path), EPROTOTYPE);
  assert_int_equal(place_stat(place->path).st_ino, its);
  assert_int_equal(place_entries(place), 1);
  close(fd);
}

static void directory_must_exist(void **state) {
  const place_t *place = *state;
  char path[sizeof(place->path) + 8];
  snprintf(path, sizeof(path), "%s/socket", place->path);
  assert_int_equal(place_refused(path), ENOENT);
  const int file = open(place->path, O_CREAT | O_WRONLY, 0600);
  close(file);
  assert_int_equal(place_refused(path), ENOTDIR);
  assert_int_equal(place_entries(place), 1);
}

/* The only way to fail that late: a socket is made, and has no place to go. */
static void socket_that_cannot_be_moved_to_its_place_is_removed(void **state) {
  const place_t *place = *state;
  const int here = open(".", O_RDONLY | O_DIRECTORY);
  assert_int_equal(chdir(place->directory), 0);
  const int error = place_refused("");
  assert_int_equal(fchdir(here), 0);
  close(here);
  assert_int_equal(error, ENOENT);
  assert_int_equal(place_entries(place), 0);
}

static void directory_must_be_writable(void **state) {
  place_t *place = *state;
  assert_int_equal(chmod(place->directory, 0555), 0);
  const int error = place_refused_to_nobody(place);
  assert_int_equal(chmod(place->directory, 0777), 0);
  assert_int_equal(error, EACCES);
  assert_int_equal(place_entries(place), 0);
}

/* Nobody may connect: it cannot be told whether somebody listens, so somebody may. */
static void socket_that_may_not_be_connected_to_is_left_alone(void **state) {
  place_t *place = *state;
  sw_os_unix_t listener;
  assert_int_equal(sw_os_unix_listen(place->path, SW_OS_NO_GROUP, &listener), 0);
  assert_int_equal(chmod(place->path, 0), 0);
  assert_int_equal(place_refused_to_nobody(place), EACCES);
  assert_true(sw_os_unix_is_there(&listener));
  assert_int_equal(place_entries(place), 1);
  close(listener.fd);
}

static int try_a_group_of_others(void *context) {
  const place_t *place = context;
  const int error = place_become_nobody();
  return error != 0 ? error : place_refused_for(place->path, (gid_t)INT32_MAX);
}

static void socket_that_cannot_be_given_to_its_group_is_removed(void **state) {
  place_t *place = *state;
  const int error = place_run_as_nobody(place, try_a_group_of_others);
  assert_true(error == EPERM || error == EINVAL); /* EINVAL: in a user namespace without it */
  assert_int_equal(place_entries(place), 0);
}

/* In a directory of its own, which it makes read-only for a while. */
static int unlink_from_a_directory_that_is_read_only(void *context) {
  const place_t *place = context;
  sw_os_unix_t listener;
  char path[sizeof(place->path) + 8];
  snprintf(path, sizeof(path), "%s/socket", place->path);
  if (place_become_nobody() != 0) {
    return PLACE_UNKNOWN;
  }
  if (mkdir(place->path, 0700) != 0 || sw_os_unix_listen(path, SW_OS_NO_GROUP, &listener) != 0 ||
      chmod(place->path, 0500) != 0) {
    return 1;
  }
  const int error = sw_os_unix_unlink(&listener);
  const int is_removed =
      chmod(place->path, 0700) == 0 && sw_os_unix_unlink(&listener) == 0 && rmdir(place->path) == 0;
  return is_removed ? error : 2;
}

static void path_that_cannot_be_removed_says_why(void **state) {
  place_t *place = *state;
  assert_int_equal(place_run_as_nobody(place, unlink_from_a_directory_that_is_read_only), EACCES);
  assert_int_equal(place_entries(place), 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      PLACE_TEST(what_is_no_socket_is_left_alone),
      PLACE_TEST(symbolic_link_is_left_alone),
      PLACE_TEST(datagram_socket_that_is_used_is_left_alone),
      PLACE_TEST(directory_must_exist),
      PLACE_TEST(socket_that_cannot_be_moved_to_its_place_is_removed),
      PLACE_TEST(directory_must_be_writable),
      PLACE_TEST(socket_that_may_not_be_connected_to_is_left_alone),
      PLACE_TEST(socket_that_cannot_be_given_to_its_group_is_removed),
      PLACE_TEST(path_that_cannot_be_removed_says_why),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
