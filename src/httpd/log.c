/* SPDX-License-Identifier: Apache-2.0 */
#include "sw_httpd.h"

#include <poll.h>
#include <stdarg.h>

#include "apr_portable.h"
#include "apr_strings.h"
#include "http_main.h"

APLOG_USE_MODULE(slotwatch);

static int level_of(unsigned id) {
  switch (id) {
#define SW_X(number, event, level) \
  case number:                     \
    return APLOG_##level;
    SW_LOG_LINES(SW_X) /* NOLINT(bugprone-branch-clone): levels repeat */
#undef SW_X
    default:
      return APLOG_ERR;
  }
}

/* Before the log is open (configtest, first start) a line goes to stderr, as httpd's own do. */
static void put(sw_log_t id, const char *line) {
  int startup = ap_server_conf == NULL ? APLOG_STARTUP : 0;
  ap_log_error(APLOG_MARK, level_of((unsigned)id) | startup, 0, ap_server_conf, "%s", line);
}

/* A piped log whose program hangs, or a journal that does, blocks who writes, and nobody would
 * watch. What polls writable takes a line: PIPE_BUF bytes of a pipe, a quarter of a socket's
 * buffer. Source: pipe(7). A log of another module's (syslog) cannot be asked. */
static int has_room(void) {
  apr_os_file_t fd = -1;
  if (ap_server_conf == NULL || ap_server_conf->error_log == NULL ||
      apr_os_file_get(&fd, ap_server_conf->error_log) != APR_SUCCESS) {
    return 1;
  }
  struct pollfd log = {.fd = fd, .events = POLLOUT};
  return poll(&log, 1, 0) != 0;
}

void sw_log_line(sw_log_t id, const char *line) {
  static unsigned lost;
  if (lost > 0 && has_room()) {
    char text[SW_LINE_MAX];
    apr_snprintf(text, sizeof(text), "SW%d %s count=%u the log took none", SW_LOG_411,
                 sw_log_event(SW_LOG_411), lost);
    put(SW_LOG_411, text);
    lost = 0;
  }
  if (has_room()) {
    put(id, line);
  } else {
    ++lost;
  }
}

void sw_log(sw_log_t id, const char *format, ...) {
  char text[SW_LINE_MAX];
  char line[SW_LINE_MAX];
  va_list values;
  va_start(values, format);
  apr_vsnprintf(text, sizeof(text), format, values);
  va_end(values);
  apr_snprintf(line, sizeof(line), "SW%03d %s %s", (int)id, sw_log_event((uint32_t)id), text);
  sw_log_line(id, line);
}

void sw_log_alerts(const sw_plan_t *plan, const sw_report_t *report) {
  char line[SW_LINE_MAX];
  for (size_t at = 0; at < plan->alert_count; ++at) {
    if (sw_render_alert(&plan->alerts[at], report, line, sizeof(line)) == SW_STATUS_OK) {
      sw_log_line((sw_log_t)plan->alerts[at].id, line);
    }
  }
}
