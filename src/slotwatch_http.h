/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file slotwatch_http.h
 * @brief What the watcher's HTTP answers; slotwatch.h has the conventions, docs/socket.md the
 * answers.
 */
#ifndef SLOTWATCH_HTTP_H
#define SLOTWATCH_HTTP_H

#include "slotwatch_render.h"

#ifdef __cplusplus
extern "C" {
#endif

/** A request. Texts are untrusted, NUL-terminated bytes; who asks is the kernel's word. */
typedef struct sw_http_request_t {
  const char *method;
  const char *target; /**< path and query as they came. Source: RFC 9112, 3.2.1 */
  const char *accept; /**< the header's value, or NULL */
  uint8_t is_local;   /**< it came by the unix socket: uid and pid are known */
  uint32_t uid;       /**< Source: unix(7), SO_PEERCRED */
  int32_t pid;
} sw_http_request_t;

/** What is to be done about a request. */
typedef enum sw_action_t {
  SW_ACTION_LINE,   /**< to answer `line` */
  SW_ACTION_STATUS, /**< sw_render in `format` */
  SW_ACTION_EVENTS, /**< sw_render_events in `format` */
  SW_ACTION_RECYCLE /**< sw_http_recycle; then to recycle the slot, and sw_render_asked */
} sw_action_t;

/** Where a request leads. */
typedef struct sw_route_t {
  uint8_t action;     /**< sw_action_t */
  uint8_t is_refused; /**< to be logged: who asked for a recycle may not */
  uint16_t status;    /**< HTTP's */
  sw_format_t format;
  sw_usec_t since;   /**< wall; of EVENTS: what changed after it. -1: all */
  int32_t slot;      /**< of RECYCLE */
  int32_t pid;       /**< of RECYCLE: whom it must find there; 0 whoever is */
  const char *allow; /**< the methods there are, where `status` is 405; else NULL */
  char line[160];    /**< ends with a line feed; NUL-terminated */
} sw_route_t;

/** Finds the way. @param own_uid the watcher's, who may recycle as root may */
void sw_http_route(const sw_http_request_t *request, uint32_t own_uid, sw_route_t *route);

/** Where there is no report, or it has bad news for a probe: the status that says so. */
void sw_http_look(sw_route_t *route, const sw_report_t *report, sw_usec_t monotonic_now);

/** Whether the slot may be asked for: makes the route a LINE where it may not. Fills in its pid. */
void sw_http_recycle(sw_route_t *route, const sw_report_t *report, sw_usec_t monotonic_now);

/** Writes the incidents of /events. @return SINK if the sink stopped it */
sw_status_t sw_render_events(const sw_report_t *report, const sw_route_t *route,
                             const sw_sink_t *sink);
/** Writes what a slot that was asked for was at that time. */
sw_status_t sw_render_asked(const sw_report_t *report, const sw_route_t *route,
                            const sw_sink_t *sink);

#ifdef __cplusplus
}
#endif

#endif
