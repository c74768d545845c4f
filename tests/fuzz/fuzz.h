/* SPDX-License-Identifier: Apache-2.0 */
/* What the targets share: bytes to take from, a sink, and a word for what must hold. */
#ifndef FUZZ_H
#define FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/** A fuzzer's entry, and replay.c's. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

/** Ends the process with what did not hold: the fuzzer keeps the input. */
#define HOLDS(what)                                                            \
  do {                                                                         \
    if (!(what)) {                                                             \
      (void)fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #what); \
      abort();                                                                 \
    }                                                                          \
  } while (0)

typedef struct input_t {
  const uint8_t *bytes;
  size_t left;
} input_t;

/** The next bytes, over what stands there; fewer where the input ends. */
static inline void take(input_t *input, void *into, size_t size) {
  const size_t taken = size < input->left ? size : input->left;
  memcpy(into, input->bytes, taken);
  input->bytes += taken;
  input->left -= taken;
}

static inline uint32_t take_number(input_t *input) {
  uint32_t number = 0;
  take(input, &number, sizeof(number));
  return number;
}

/** The next bytes up to a NUL or the end, on the heap, so that a read beyond them is seen. */
static inline char *take_text(input_t *input) {
  const size_t size = strnlen((const char *)input->bytes, input->left);
  char *text = calloc(1, size + 1);
  HOLDS(text != NULL);
  take(input, text, size);
  if (input->left > 0) { /* the NUL */
    ++input->bytes;
    --input->left;
  }
  return text;
}

/** What was rendered. To be freed. */
typedef struct document_t {
  char *text; /* not terminated */
  size_t size;
} document_t;

static inline int document_write(void *context, const char *bytes, size_t size) {
  document_t *document = context;
  document->text = realloc(document->text, document->size + size);
  HOLDS(document->text != NULL);
  memcpy(document->text + document->size, bytes, size);
  document->size += size;
  return 0;
}

#endif
