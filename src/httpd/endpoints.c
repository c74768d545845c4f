/* SPDX-License-Identifier: Apache-2.0 */
#include "endpoints.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "apr_strings.h"
#include "sw_httpd.h"
#include "unixd.h"

void sw_endpoints_init(sw_endpoints_t *endpoints) {
  *endpoints = (sw_endpoints_t){.local.fd = -1, .remote = -1};
}

static void drop(int *fd) {
  if (*fd >= 0) {
    close(*fd);
  }
  *fd = -1;
}

static void close_local(sw_endpoints_t *endpoints) {
  sw_os_unix_unlink(&endpoints->local);
  drop(&endpoints->local.fd);
}

/* The watcher that was told to end has it open for a while, if only to answer its last client. It
 * ends for both at once, or the next one could not have the port. */
static void close_remote(sw_endpoints_t *endpoints) {
  if (endpoints->remote >= 0) {
    shutdown(endpoints->remote, SHUT_RDWR);
  }
  drop(&endpoints->remote);
}

/* Only root gives a file to a group it is not in. */
static gid_t group_of(const sw_config_t *config) {
  if (config->socket_group != SW_OS_NO_GROUP) {
    return config->socket_group;
  }
  return geteuid() == 0 ? ap_unixd_config.group_id : SW_OS_NO_GROUP;
}

static const char *why(int error) {
  switch (error) {
    case ENAMETOOLONG:
      return "the path is too long: it takes 103 bytes at most";
    case EADDRINUSE:
      return "another server listens there";
    case EEXIST:
      return "there is something else than a socket";
    case ENOENT:
      return "the directory does not exist";
    default:
      return strerror(error);
  }
}

static void tell(sw_log_t id, const char *where, int error, sw_endpoint_told_t *told) {
  int is_told = error == told->error && strncmp(where, told->where, sizeof(told->where) - 1) == 0;
  if (error != 0 && !is_told) {
    sw_log(id, "%s=%s errno=%d %s", id == SW_LOG_408 ? "path" : "address", where, error,
           why(error));
  }
  told->error = error;
  apr_cpystrn(told->where, where, sizeof(told->where));
}

static void open_local(sw_endpoints_t *endpoints, const char *path, gid_t group) {
  int is_as_it_was = path != NULL && strcmp(path, endpoints->local.path) == 0 &&
                     group == endpoints->group && sw_os_unix_is_there(&endpoints->local);
  if (is_as_it_was) {
    return;
  }
  close_local(endpoints);
  endpoints->group = group;
  int error = path != NULL ? sw_os_unix_listen(path, group, &endpoints->local) : 0;
  tell(SW_LOG_408, path != NULL ? path : "", error, &endpoints->local_told);
}

static void open_remote(sw_endpoints_t *endpoints, const char *address) {
  if (address != NULL && endpoints->remote >= 0 && strcmp(address, endpoints->address) == 0) {
    return;
  }
  close_remote(endpoints);
  int error = 0;
  if (address != NULL) {
    apr_cpystrn(endpoints->address, address, sizeof(endpoints->address));
    error = sw_os_tcp_listen(address, &endpoints->remote);
  }
  tell(SW_LOG_409, address != NULL ? address : "", error, &endpoints->remote_told);
}

void sw_endpoints_open(sw_endpoints_t *endpoints, const sw_config_t *config) {
  open_local(endpoints, config->socket, group_of(config));
  open_remote(endpoints, config->listen);
}

void sw_endpoints_close(sw_endpoints_t *endpoints) {
  close_local(endpoints);
  close_remote(endpoints);
}

void sw_endpoints_leave(sw_endpoints_t *endpoints) {
  drop(&endpoints->local.fd);
  drop(&endpoints->remote);
}
