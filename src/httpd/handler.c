/* SPDX-License-Identifier: Apache-2.0 */
#include "sw_httpd.h"

#include "apr_strings.h"
#include "http_protocol.h"
#include "http_request.h"

static int write_to_client(void *context, const char *bytes, size_t size) {
  return ap_rwrite(bytes, (int)size, context) < 0;
}

/* An answer of one line, for a person and a script alike. */
static int answer_line(request_rec *request, int status, const char *text) {
  request->status = status;
  ap_set_content_type(request, "text/plain; charset=utf-8");
  ap_rprintf(request, "%s\n", text);
  return OK;
}

static const char *why_missing(const server_rec *server, sw_status_t status) {
  if (!sw_config_get(server)->enabled) {
    return "no report: SlotWatch is Off";
  }
  if (status != SW_STATUS_EMPTY) {
    return sw_status_text(status);
  }
  const char *why_not = sw_keeper_why_not();
  return why_not != NULL ? why_not : "no report: the watcher has not published one yet";
}

static sw_report_t *read_report(request_rec *request, sw_status_t *status) {
  const sw_os_memory_t *memory = sw_keeper_memory();
  *status = SW_STATUS_EMPTY;
  if (memory == NULL || !sw_config_get(request->server)->enabled) {
    return NULL;
  }
  size_t size = sw_board_report_size(memory->view, memory->size);
  if (size == 0) {
    return NULL;
  }
  sw_report_t *report = apr_palloc(request->pool, size);
  *status = sw_board_read(memory->view, memory->size, report, size);
  return *status == SW_STATUS_OK ? report : NULL;
}

const sw_report_t *sw_handler_report(request_rec *request, const char **why_not) {
  sw_status_t status;
  const sw_report_t *report = read_report(request, &status);
  if (report == NULL) {
    *why_not = why_missing(request->server, status);
  }
  return report;
}

sw_sink_t sw_handler_sink(request_rec *request) {
  return (sw_sink_t){.context = request, .write = write_to_client};
}

static int show(request_rec *request, const sw_report_t *report, sw_format_t format) {
  sw_view_t view = {.format = format, .monotonic_now = sw_os_monotonic()};
  const sw_sink_t sink = sw_handler_sink(request);
  if (format == SW_FORMAT_HEALTH && !sw_report_is_healthy(report, view.monotonic_now)) {
    request->status = HTTP_SERVICE_UNAVAILABLE;
  }
  ap_set_content_type(request, sw_format_type(format));
  apr_table_setn(request->headers_out, "Content-Security-Policy",
                 sw_format_security_policy(format));
  sw_render(report, &view, &sink); /* it fails only where the client has gone */
  return OK;
}

/* Who asks again and again keeps its connection. With worker and prefork a child waits for it, also
 * while it drains, for KeepAliveTimeout: an open page would itself be what holds a slot. */
static void leave_no_one_waiting(request_rec *request) {
  if (!sw_config_mpm(AP_MPMQ_IS_ASYNC, 0)) {
    request->connection->keepalive = AP_CONN_CLOSE;
  }
}

int sw_handler(request_rec *request) {
  sw_format_t format;
  const char *why_not;
  if (request->handler == NULL || strcmp(request->handler, "slotwatch") != 0) {
    return DECLINED;
  }
  ap_allow_standard_methods(request, REPLACE_ALLOW, M_GET, -1);
  if (request->method_number != M_GET) {
    return HTTP_METHOD_NOT_ALLOWED;
  }
  leave_no_one_waiting(request);
  apr_table_setn(request->headers_out, "Cache-Control", "no-store");
  apr_table_setn(request->headers_out, "X-Content-Type-Options", "nosniff");
  apr_table_mergen(request->headers_out, "Vary", "Accept");
  const char *accept = apr_table_get(request->headers_in, "Accept");
  if (sw_format_choose(request->args, accept, &format) != SW_STATUS_OK) {
    return answer_line(
        request, HTTP_BAD_REQUEST,
        apr_pstrcat(request->pool, "unknown format: it takes one of ", sw_format_list(), NULL));
  }
  const sw_report_t *report = sw_handler_report(request, &why_not);
  if (report == NULL) {
    return answer_line(request, HTTP_SERVICE_UNAVAILABLE, why_not);
  }
  return show(request, report, format);
}
