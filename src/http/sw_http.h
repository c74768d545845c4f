/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file sw_http.h
 * @brief The watcher's HTTP server as the watcher sees it, across two shared objects.
 *
 * slotwatch_http.so brings libmicrohttpd, and with it GnuTLS and a dozen more libraries. Only the
 * watcher opens it, so that neither httpd's parent nor a child of it ever maps them. No thread:
 * the watcher's loop runs it.
 */
#ifndef SW_HTTP_H
#define SW_HTTP_H

#include "slotwatch_http.h"

/** Counted up with every change of what stands here: another build's object is not used. A test
 * builds with another one to see the refusal. */
#ifndef SW_HTTP_ABI
#define SW_HTTP_ABI 2
#endif
/** The name of the one symbol, a sw_http_t. */
#define SW_HTTP_SYMBOL "slotwatch_http"

/** Connections at once on each listener; more wait in its backlog. */
#define SW_HTTP_CONNECTIONS 32
/** How long a connection may last, from its first byte to its last, whatever it does; where all
 * are taken, the shorter time counts. */
#define SW_HTTP_LIFE (10 * SW_USEC_PER_SEC)
#define SW_HTTP_LIFE_CROWDED SW_USEC_PER_SEC
/** Bytes that a request's line and headers may have, roughly. */
#define SW_HTTP_REQUEST_MAX 8192

/** An answer. Its texts need to last until the call that asked for it has returned. */
typedef struct sw_http_answer_t {
  unsigned status;
  const char *type;
  const char *policy; /**< Content-Security-Policy */
  const char *allow;  /**< NULL: none */
  const char *body;
  size_t size;
} sw_http_answer_t;

/** Who answers. */
typedef struct sw_http_host_t {
  void *context;
  void (*answer)(void *context, const sw_http_request_t *request, sw_http_answer_t *answer);
} sw_http_host_t;

typedef struct sw_http_server_t sw_http_server_t;

/** What the object can do. */
typedef struct sw_http_t {
  uint32_t abi;
  /**
   * Serves what comes to the listeners; -1: none of this kind.
   * @return 0, or an errno value
   */
  int (*start)(const sw_http_host_t *host, int local, int remote, sw_http_server_t **server);
  /** A descriptor that can be read when there is something to do. */
  int (*descriptor)(const sw_http_server_t *server);
  /** Does what there is to do, without waiting. @return when to be called again at the latest */
  sw_usec_t (*run)(sw_http_server_t *server);
  /** Accepts no more, and answers those who were accepted, if they ask within an instant. */
  void (*finish)(sw_http_server_t *server);
} sw_http_t;

#endif
