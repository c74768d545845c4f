/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Linked into make coverage's build alone: who ends with _exit(), as the watcher does, would lose
 * what gcov counted in it. The names are those that the linker's --wrap asks for.
 */
#include <dlfcn.h>
#include <stddef.h>

void write_counts(void) __asm__("__gcov_dump");
void count_and_exit(int status) __asm__("__wrap__exit");
void real_exit(int status) __asm__("__real__exit") __attribute__((noreturn));
void *remember_opened(const char *path, int flags) __asm__("__wrap_dlopen");
void *real_dlopen(const char *path, int flags) __asm__("__real_dlopen");

static void *opened; /* slotwatch_http.so, whose counts are its own: it writes them when it goes */

void *remember_opened(const char *path, int flags) {
  void *object = real_dlopen(path, flags);
  opened = (flags & RTLD_NOLOAD) == 0 ? object : opened;
  return object;
}

void count_and_exit(int status) {
  write_counts();
  if (opened != NULL) {
    dlclose(opened);
  }
  real_exit(status);
}
