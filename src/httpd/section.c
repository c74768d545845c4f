/* SPDX-License-Identifier: Apache-2.0 */
/* What mod_status's page and its ?auto tell of us, where mod_status is loaded. */
#include "sw_httpd.h"

#include "mod_status.h"

static int section(request_rec *request, int flags) {
  sw_view_t view = {.format = (flags & AP_STATUS_SHORT) ? SW_FORMAT_TEXT : SW_FORMAT_HTML,
                    .monotonic_now = sw_os_monotonic()};
  const sw_sink_t sink = sw_handler_sink(request);
  const char *why_not = NULL;
  const sw_report_t *report = sw_handler_report(request, &why_not);
  sw_render_section(report, why_not, &view, &sink); /* it fails only where the client has gone */
  return OK;
}

/* The hook is found by its name when it runs: without mod_status nobody runs it. */
void sw_section_hook(void) {
  APR_OPTIONAL_HOOK(ap, status_hook, section, NULL, NULL, APR_HOOK_MIDDLE);
}
