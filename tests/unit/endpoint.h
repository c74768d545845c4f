/* SPDX-License-Identifier: Apache-2.0 */
/* A directory for sockets, and others who listen in it. */
#ifndef ENDPOINT_H
#define ENDPOINT_H

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "children.h"
#include "os/sw_os.h"

#define PLACE_NOBODY 65534
#define PLACE_UNKNOWN 125 /* no errno: this test could not become nobody */

typedef struct place_t {
  char directory[32];
  char path[64];
  int up[2];   /* another process tells that it is ready */
  int down[2]; /* it ends when this is closed */
} place_t;

static inline int place_setup(void **state) {
  place_t *place = calloc(1, sizeof(*place));
  strcpy(place->directory, "/tmp/sw-test-XXXXXX");
  assert_non_null(mkdtemp(place->directory));
  assert_int_equal(chmod(place->directory, 0777), 0); /* for nobody, too */
  snprintf(place->path, sizeof(place->path), "%s/socket", place->directory);
  assert_int_equal(pipe(place->up), 0);
  assert_int_equal(pipe(place->down), 0);
  *state = place;
  return 0;
}

/** How many names there are in the directory. */
static inline int place_entries(const place_t *place) {
  int count = 0;
  DIR *all = opendir(place->directory);
  assert_non_null(all);
  while (readdir(all) != NULL) {
    ++count;
  }
  closedir(all);
  return count - 2; /* . and .. */
}

static inline int place_teardown(void **state) {
  place_t *place = *state;
  DIR *all = opendir(place->directory);
  assert_non_null(all);
  for (const struct dirent *entry = readdir(all); entry != NULL; entry = readdir(all)) {
    if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0) {
      unlinkat(dirfd(all), entry->d_name, entry->d_type == DT_DIR ? AT_REMOVEDIR : 0);
    }
  }
  closedir(all);
  for (int end = 0; end < 2; ++end) {
    close(place->up[end]);
    close(place->down[end]);
  }
  const int error = rmdir(place->directory);
  free(place);
  return error;
}

#define PLACE_TEST(test) cmocka_unit_test_setup_teardown(test, place_setup, place_teardown)

static inline struct stat place_stat(const char *path) {
  struct stat found;
  assert_int_equal(lstat(path, &found), 0);
  return found;
}

/* ---- Clients and others ---- */

static inline struct sockaddr_un place_address(const char *path) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  strncpy(address.sun_path, path, sizeof(address.sun_path) - 1);
  return address;
}

/** A client; -1, and errno, where there can be none. */
static inline int place_connect(const char *path) {
  const struct sockaddr_un address = place_address(path);
  const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
  if (connect(fd, (const struct sockaddr *)&address, sizeof(address)) != 0) {
    const int error = errno;
    close(fd);
    errno = error;
    return -1;
  }
  return fd;
}

/* For place_start: says that it is ready, and stays until it is to end. */
static inline int place_stay(place_t *place) {
  return write(place->up[1], "r", 1) == 1 ? wait_for_end(place->down) : 1;
}

static inline int place_listen(void *context) {
  sw_os_unix_t listener;
  place_t *place = context;
  const int error = sw_os_unix_listen(place->path, SW_OS_NO_GROUP, &listener);
  return error != 0 ? error : place_stay(place);
}

static inline int place_listen_without_backlog(void *context) {
  place_t *place = context;
  const struct sockaddr_un address = place_address(place->path);
  const int fd = socket(AF_UNIX, SOCK_STREAM, 0);
  if (bind(fd, (const struct sockaddr *)&address, sizeof(address)) != 0 || listen(fd, 0) != 0) {
    return errno;
  }
  return place_stay(place);
}

/** Another process at that place; returns when it is ready. */
static inline pid_t place_start(place_t *place, int (*run)(void *)) {
  char ready = 0;
  const pid_t pid = start(run, place);
  close(place->up[1]); /* or its end before it is ready would not be seen */
  place->up[1] = -1;
  assert_int_equal(read(place->up[0], &ready, 1), 1);
  return pid;
}

/** Ends it. @return what it came to */
static inline int place_end(place_t *place, pid_t pid) {
  close(place->down[1]);
  place->down[1] = -1;
  return result_of(pid);
}

/* ---- Refusals ---- */

static inline int place_next_descriptor(void) {
  const int fd = dup(0);
  close(fd);
  return fd;
}

/** Listens where it must not succeed. Nothing is written then, and no descriptor is left open. */
static inline int place_refused_for(const char *path, gid_t group) {
  sw_os_unix_t listener = {.fd = -7};
  const int next = place_next_descriptor();
  const mode_t mask = umask(022);
  const int error = sw_os_unix_listen(path, group, &listener);
  const int is_clean = umask(mask) == 022 && listener.fd == -7 && place_next_descriptor() == next;
  return is_clean ? error : -1;
}

static inline int place_refused(const char *path) {
  return place_refused_for(path, SW_OS_NO_GROUP);
}

/** Becomes nobody for good, if it is root. @return 0, or why it could not */
static inline int place_become_nobody(void) {
  return geteuid() != 0 ||
                 (setgroups(0, NULL) == 0 && setgid(PLACE_NOBODY) == 0 && setuid(PLACE_NOBODY) == 0)
             ? 0
             : PLACE_UNKNOWN;
}

static inline int place_try_as_nobody(void *context) {
  const place_t *place = context;
  const int error = place_become_nobody();
  return error != 0 ? error : place_refused(place->path);
}

/** As place_refused, of somebody who is not root. */
static inline int place_run_as_nobody(place_t *place, int (*run)(void *)) {
  const int error = result_of(start(run, place));
  if (error == PLACE_UNKNOWN) {
    skip();
  }
  return error;
}

static inline int place_refused_to_nobody(place_t *place) {
  return place_run_as_nobody(place, place_try_as_nobody);
}

#endif
