/* SPDX-License-Identifier: Apache-2.0 */
#include "sw_httpd.h"

/* client64, the last field of worker_score that is read, came with this minor number (ap_mmn.h).
 * The first release with it is 2.4.37, whose parent also writes a child's generation when it forks
 * it. A test builds with another one to see the refusal. */
#ifndef SW_MMN_MINOR_NEEDED
#define SW_MMN_MINOR_NEEDED 83
#endif
/* wait_io came to process_score with this one (2.4.63). */
#define SW_MMN_MINOR_WAIT_IO 136
/* child_stopping came with this one (2.4.49). A test builds with another one to see it missed. */
#ifndef SW_MMN_MINOR_CHILD_STOPPING
#define SW_MMN_MINOR_CHILD_STOPPING 110
#endif

#if !AP_MODULE_MAGIC_AT_LEAST(20120211, 83)
#error "mod_slotwatch needs the headers of httpd 2.4.37 or later"
#endif

/* core_module was compiled into the server, so it tells the running server's numbers. httpd itself
 * refuses another major number; the minor number it leaves to us. */
int sw_abi_check(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp) {
  (void)pconf, (void)plog, (void)ptemp;
  if (core_module.version == MODULE_MAGIC_NUMBER_MAJOR &&
      core_module.minor_version >= SW_MMN_MINOR_NEEDED) {
    return OK;
  }
  sw_log(SW_LOG_111,
         "running=%d.%d built=%d.%d needs=%d.%d mod_slotwatch cannot read the scoreboard of this "
         "httpd: build it against this httpd's headers, or run httpd 2.4.37 or later",
         core_module.version, core_module.minor_version, MODULE_MAGIC_NUMBER_MAJOR,
         MODULE_MAGIC_NUMBER_MINOR, MODULE_MAGIC_NUMBER_MAJOR, SW_MMN_MINOR_NEEDED);
  return HTTP_INTERNAL_SERVER_ERROR;
}

int sw_abi_has_wait_io(void) {
  return AP_MODULE_MAGIC_AT_LEAST(20120211, SW_MMN_MINOR_WAIT_IO) &&
         core_module.minor_version >= SW_MMN_MINOR_WAIT_IO;
}

int sw_abi_has_child_stopping(void) {
  return AP_MODULE_MAGIC_AT_LEAST(20120211, 110) &&
         core_module.minor_version >= SW_MMN_MINOR_CHILD_STOPPING;
}
