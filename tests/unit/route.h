/* SPDX-License-Identifier: Apache-2.0 */
/* A request to the watcher's HTTP, and where it leads. */
#ifndef ROUTE_H
#define ROUTE_H

#include "slotwatch_http.h"
#include "world.h"

#define ROUTE_OWN_UID 33
#define ROUTE_STATUS_FORMAT \
  "unknown format: it takes one of html, json, openmetrics, text, prometheus, health\n"

/** Who asks. */
typedef enum asker_t {
  ROOT,
  OWN,
  ANOTHER,
  REMOTE,     /* by TCP, where there is no uid: 0, which is not root's */
  REMOTE_OWN, /* by TCP, whatever stands in uid */
  ASKERS
} asker_t;

static inline sw_route_t route_accepting(asker_t who, const char *method, const char *target,
                                         const char *accept) {
  static const uint32_t uids[ASKERS] = {0, ROUTE_OWN_UID, 1000, 0, ROUTE_OWN_UID};
  const sw_http_request_t request = {.method = method,
                                     .target = target,
                                     .accept = accept,
                                     .is_local = who < REMOTE,
                                     .uid = uids[who],
                                     .pid = who < REMOTE ? 4242 : 0};
  sw_route_t route;
  memset(&route, 0xa5, sizeof(route)); /* all of it is written */
  sw_http_route(&request, ROUTE_OWN_UID, &route);
  return route;
}

static inline sw_route_t route_of(asker_t who, const char *method, const char *target) {
  return route_accepting(who, method, target, NULL);
}

/** A way that ends with this line. */
static inline void route_ends(const sw_route_t *route, uint16_t status, const char *line) {
  assert_string_equal(route->line, line);
  assert_int_equal(route->status, status);
  assert_int_equal(route->action, SW_ACTION_LINE);
}

#define ROUTE_COUNT(table) (sizeof(table) / sizeof(*(table)))

#endif
