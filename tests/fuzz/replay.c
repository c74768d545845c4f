/* SPDX-License-Identifier: Apache-2.0 */
/* Runs a target on files, one after the other: what a fuzzer once found, where there is none. */
#include "fuzz.h"

static uint8_t *read_whole(const char *path, size_t *size) {
  FILE *file = fopen(path, "rb");
  HOLDS(file != NULL);
  HOLDS(fseek(file, 0, SEEK_END) == 0);
  const long end = ftell(file);
  HOLDS(end >= 0 && fseek(file, 0, SEEK_SET) == 0);
  *size = (size_t)end;
  uint8_t *bytes = malloc(*size + 1); /* malloc(0) may be NULL */
  HOLDS(bytes != NULL);
  HOLDS(fread(bytes, 1, *size, file) == *size);
  HOLDS(fclose(file) == 0);
  return bytes;
}

int main(int count, char **paths) {
  for (int at = 1; at < count; ++at) {
    size_t size;
    uint8_t *bytes = read_whole(paths[at], &size);
    LLVMFuzzerTestOneInput(bytes, size);
    free(bytes);
  }
  (void)printf("%s: %d inputs\n", paths[0], count - 1);
  return count > 1 ? 0 : 1; /* nothing was tried */
}
