/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file endpoints.h
 * @brief Where the watcher is asked: a unix socket, and perhaps a TCP port.
 *
 * The parent makes them, as root, and keeps them open over reloads: who asks while a watcher is
 * replaced waits for the next one. It accepts nobody itself.
 */
#ifndef SW_ENDPOINTS_H
#define SW_ENDPOINTS_H

#include "os/sw_os.h"

struct sw_config_t;

#define SW_ADDRESS_MAX 80

/** What SW408 or SW409 told last. */
typedef struct sw_endpoint_told_t {
  int error; /**< an errno value; 0: there was no trouble */
  char where[SW_OS_UNIX_PATH_MAX + 1];
} sw_endpoint_told_t;

/** What outlives a reload: no pointers. Zeroed but for the descriptors: none is open. */
typedef struct sw_endpoints_t {
  sw_os_unix_t local;
  gid_t group;
  int remote; /**< -1: none */
  char address[SW_ADDRESS_MAX];
  sw_endpoint_told_t local_told;
  sw_endpoint_told_t remote_told;
} sw_endpoints_t;

void sw_endpoints_init(sw_endpoints_t *endpoints);
/** Opens what is configured and not open yet, and closes what is not configured any more. What
 * cannot be had is told (SW408, SW409), once per change; the server goes on. */
void sw_endpoints_open(sw_endpoints_t *endpoints, const struct sw_config_t *config);
/** For the parent: closes them, and removes the socket's file. */
void sw_endpoints_close(sw_endpoints_t *endpoints);
/** For a child: closes its copies of the descriptors. */
void sw_endpoints_leave(sw_endpoints_t *endpoints);

#endif
