/* SPDX-License-Identifier: Apache-2.0 */
/*
 * APR's atomics, in place of its own: ThreadSanitizer does not see into a libapr that is not built
 * for it, and would not know what httpd's threads order by them, pools that go from one to another
 * above all. Those of 64 bits are left out: httpd 2.4 uses none. Without apr_atomic.h, whose
 * pointers are not the same in all versions of APR.
 */
#include <stdint.h>

// NOLINTBEGIN(readability-non-const-parameter): it does not know that these write

uint32_t apr_atomic_read32(volatile uint32_t *mem) {
  return __atomic_load_n(mem, __ATOMIC_SEQ_CST);
}

void apr_atomic_set32(volatile uint32_t *mem, uint32_t val) {
  __atomic_store_n(mem, val, __ATOMIC_SEQ_CST);
}

uint32_t apr_atomic_add32(volatile uint32_t *mem, uint32_t val) {
  return __atomic_fetch_add(mem, val, __ATOMIC_SEQ_CST);
}

void apr_atomic_sub32(volatile uint32_t *mem, uint32_t val) {
  __atomic_fetch_sub(mem, val, __ATOMIC_SEQ_CST);
}

uint32_t apr_atomic_inc32(volatile uint32_t *mem) {
  return __atomic_fetch_add(mem, 1U, __ATOMIC_SEQ_CST);
}

int apr_atomic_dec32(volatile uint32_t *mem) {
  return __atomic_sub_fetch(mem, 1U, __ATOMIC_SEQ_CST) != 0;
}

uint32_t apr_atomic_cas32(volatile uint32_t *mem, uint32_t with, uint32_t cmp) {
  __atomic_compare_exchange_n(mem, &cmp, with, 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
  return cmp;
}

uint32_t apr_atomic_xchg32(volatile uint32_t *mem, uint32_t val) {
  return __atomic_exchange_n(mem, val, __ATOMIC_SEQ_CST);
}

void *apr_atomic_casptr(void *volatile *mem, void *with, const void *cmp) {
  void *seen = (void *)(uintptr_t)cmp;
  __atomic_compare_exchange_n(mem, &seen, with, 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
  return seen;
}

void *apr_atomic_xchgptr(void *volatile *mem, void *with) {
  return __atomic_exchange_n(mem, with, __ATOMIC_SEQ_CST);
}

// NOLINTEND(readability-non-const-parameter)
