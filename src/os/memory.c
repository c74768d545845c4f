/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "sw_os.h"

/* A mapping of a descriptor that was opened for writing may be made writable by mprotect(2) at any
 * time; one of a read-only descriptor may not. So the view comes from a second, read-only one. */
static const void *map_view(int fd, size_t size) {
  char path[32];
  snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
  int reader = open(path, O_RDONLY | O_CLOEXEC);
  if (reader < 0) {
    return NULL;
  }
  void *view = mmap(NULL, size, PROT_READ, MAP_SHARED, reader, 0);
  int saved = errno;
  close(reader);
  errno = saved;
  return view != MAP_FAILED ? view : NULL; /* cppcheck-suppress memleak ; the caller has it */
}

/* Whoever reads beyond the end of a file that was cut short dies of SIGBUS, the parent as well.
 * Source: mmap(2), fcntl(2) */
static int keep_size(int fd) {
  return fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL);
}

int sw_os_memory_create(sw_os_memory_t *memory, const char *name, size_t size) {
  int fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
  if (fd < 0) {
    return errno;
  }
  const void *view = NULL;
  if (ftruncate(fd, (off_t)size) != 0 || keep_size(fd) != 0 ||
      (view = map_view(fd, size)) == NULL) {
    int error = errno;
    close(fd);
    return error;
  }
  *memory = (sw_os_memory_t){.fd = fd, .size = size, .view = view};
  return 0;
}

int sw_os_memory_create_open(sw_os_memory_t *memory, const char *name, size_t size) {
  sw_os_memory_t made = {.fd = -1};
  void *base = NULL;
  int error = sw_os_memory_create(&made, name, size);
  if (error != 0) {
    return error;
  }
  error = sw_os_memory_map(&made, &base);
  sw_os_memory_drop(&made);
  if (error == 0) {
    *memory = (sw_os_memory_t){.fd = -1, .size = size, .view = base, .base = base};
  }
  return error;
}

int sw_os_memory_map(const sw_os_memory_t *memory, void **base) {
  void *mapped = mmap(NULL, memory->size, PROT_READ | PROT_WRITE, MAP_SHARED, memory->fd, 0);
  if (mapped == MAP_FAILED) {
    return errno;
  }
  *base = mapped;
  return 0;
}

void sw_os_memory_unmap(const sw_os_memory_t *memory, void *base) {
  munmap(base, memory->size);
}

void sw_os_memory_disarm(sw_os_memory_t *memory) {
  if (memory->view != NULL && memory->fd >= 0) {
    close(memory->fd);
    memory->fd = -1;
  }
}

void sw_os_memory_drop(sw_os_memory_t *memory) {
  if (memory->view != NULL) {
    munmap((void *)(uintptr_t)memory->view, memory->size);
  }
  if (memory->view != NULL && memory->fd >= 0) {
    close(memory->fd);
  }
  *memory = (sw_os_memory_t){.fd = -1};
}
