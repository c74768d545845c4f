/* SPDX-License-Identifier: Apache-2.0 */
/* What a process gives up for good once it has all that it needs. */
#include <errno.h>
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "sw_os.h"

static int set(int option, unsigned long value) {
  return prctl(option, value, 0UL, 0UL, 0UL) == 0 ? 0 : errno;
}

void sw_os_bound_capabilities(void) {
  for (unsigned long each = 0; set(PR_CAPBSET_DROP, each) == 0; ++each) {
  }
}

/* Those that are ambient go with those that are inheritable. Source: capabilities(7) */
static int drop_capabilities(void) {
  struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
  struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = {{0}};
  return syscall(SYS_capset, &header, none) == 0 ? 0 : errno;
}

/* The filter comes last: it needs the first, and denies what the others do. */
sw_os_hardening_t sw_os_harden(int runs_others) {
  sw_os_hardening_t hardening = {.no_new_privileges = set(PR_SET_NO_NEW_PRIVS, 1)};
  hardening.capabilities = drop_capabilities();
  hardening.dumpable = set(PR_SET_DUMPABLE, 0);
  hardening.filter = sw_os_filter(runs_others);
  return hardening;
}
