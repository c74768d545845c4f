/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sw_os.h"

int sw_os_read_file(const char *path, char *text, size_t size) {
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) {
    return 0;
  }
  ssize_t got = read(fd, text, size - 1);
  close(fd);
  text[got > 0 ? got : 0] = '\0';
  return got > 0;
}

const char *sw_os_stat_read(const char *path, char *line, size_t size) {
  if (!sw_os_read_file(path, line, size)) {
    return NULL;
  }
  const char *end_of_name = strrchr(line, ')');
  return end_of_name != NULL && end_of_name[1] == ' ' ? end_of_name + 2 : NULL;
}

unsigned long long sw_os_stat_field(const char *third, int n) {
  const char *at = third;
  for (int field = 3; field < n && at != NULL; ++field) {
    at = strchr(at, ' ');
    at = at != NULL ? at + 1 : NULL;
  }
  return at != NULL ? strtoull(at, NULL, 10) : 0;
}
