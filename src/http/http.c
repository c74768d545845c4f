/* SPDX-License-Identifier: Apache-2.0 */
/*
 * slotwatch_http.so: libmicrohttpd on the watcher's listeners. It bounds what a client can take:
 * connections, bytes, time. What is answered is the host's to say.
 */
#include "spare.h"
#include "sw_http.h"

#include <errno.h>
#include <microhttpd.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define NEVER INT64_MAX
/* For one that was accepted to send its line and read its answer; the next watcher waits for it. */
#define FINISH_PATIENCE (50 * SW_USEC_PER_MSEC)

typedef struct connection_t {
  int fd; /* -1: none is open */
  int is_over;
  sw_usec_t begun;
} connection_t;

/* A listener with its clients. */
typedef struct door_t {
  struct MHD_Daemon *daemon; /* NULL: there is none of this kind */
  int epoll;                 /* the daemon's */
  int is_resting;            /* nobody is woken by it */
  sw_http_host_t host;
  int is_local;
  unsigned open;
  connection_t connections[SW_HTTP_CONNECTIONS];
} door_t;

enum { LOCAL, REMOTE, DOORS };

struct sw_http_server_t {
  int epoll;
  door_t doors[DOORS];
};

static sw_usec_t monotonic(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * SW_USEC_PER_SEC + now.tv_nsec / 1000;
}

/* ---- A request ---- */

static int descriptor_of(struct MHD_Connection *connection) {
  const union MHD_ConnectionInfo *info =
      MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
  return info != NULL ? info->connect_fd : -1;
}

/* What is kept of a request from its first line on: its target, before libmicrohttpd decodes it in
 * its place. */
static void *keep_target(void *context, const char *target, struct MHD_Connection *connection) {
  (void)context, (void)connection;
  return strndup(target, SW_HTTP_REQUEST_MAX);
}

static void drop_target(void *context, struct MHD_Connection *connection, void **target,
                        enum MHD_RequestTerminationCode why) {
  (void)context, (void)connection, (void)why;
  free(*target);
  *target = NULL;
}

/* Nobody, where the kernel does not say who it is. */
static void identify(sw_http_request_t *request, int fd) {
  struct ucred peer;
  socklen_t size = sizeof(peer);
  if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 && peer.pid > 0) {
    request->is_local = 1;
    request->uid = peer.uid;
    request->pid = peer.pid;
  }
}

static struct MHD_Response *response_of(const sw_http_answer_t *answer) {
  struct MHD_Response *response = MHD_create_response_from_buffer(
      answer->size, (void *)(uintptr_t)answer->body, MHD_RESPMEM_MUST_COPY);
  if (response == NULL) {
    return NULL;
  }
  MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, answer->type);
  MHD_add_response_header(response, "Content-Security-Policy", answer->policy);
  MHD_add_response_header(response, "X-Content-Type-Options", "nosniff");
  MHD_add_response_header(response, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store");
  MHD_add_response_header(response, MHD_HTTP_HEADER_VARY, MHD_HTTP_HEADER_ACCEPT);
  MHD_add_response_header(response, MHD_HTTP_HEADER_CONNECTION, "close");
  if (answer->allow != NULL) {
    MHD_add_response_header(response, MHD_HTTP_HEADER_ALLOW, answer->allow);
  }
  return response;
}

/* At the first call, before a body is read: none is wanted, and the connection ends. */
static enum MHD_Result on_request(void *context, struct MHD_Connection *connection, const char *url,
                                  const char *method, const char *version, const char *upload,
                                  size_t *upload_size, /* NOLINT(*-non-const-parameter): theirs */
                                  void **target) {
  const door_t *door = context;
  (void)url, (void)version, (void)upload, (void)upload_size;
  if (*target == NULL) {
    return MHD_NO;
  }
  sw_http_request_t request = {
      .method = method,
      .target = *target,
      .accept = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_ACCEPT),
  };
  if (door->is_local) {
    identify(&request, descriptor_of(connection));
  }
  sw_http_answer_t answer = {0};
  door->host.answer(door->host.context, &request, &answer);
  struct MHD_Response *response = response_of(&answer);
  if (response == NULL) {
    return MHD_NO;
  }
  enum MHD_Result result = MHD_queue_response(connection, answer.status, response);
  MHD_destroy_response(response);
  return result;
}

/* ---- How long a connection may last ---- */

static void on_connection(void *context, struct MHD_Connection *connection, void **place,
                          enum MHD_ConnectionNotificationCode what) {
  door_t *door = context;
  connection_t *known = *place;
  if (what == MHD_CONNECTION_NOTIFY_CLOSED) {
    if (known != NULL) {
      known->fd = -1;
      --door->open;
    }
    return;
  }
  for (unsigned at = 0; at < SW_HTTP_CONNECTIONS && known == NULL; ++at) {
    if (door->connections[at].fd < 0) {
      known = &door->connections[at];
      *known = (connection_t){.fd = descriptor_of(connection), .begun = monotonic()};
      ++door->open;
    }
  }
  *place = known;
}

/* Ends those whose time is over. @return when the next one's is */
static sw_usec_t end_overdue(door_t *door, sw_usec_t now) {
  sw_usec_t life = door->open < SW_HTTP_CONNECTIONS ? SW_HTTP_LIFE : SW_HTTP_LIFE_CROWDED;
  sw_usec_t next = NEVER;
  for (unsigned at = 0; at < SW_HTTP_CONNECTIONS; ++at) {
    connection_t *each = &door->connections[at];
    if (each->fd < 0 || each->is_over) {
      continue;
    }
    if (now - each->begun >= life) {
      each->is_over = 1;
      shutdown(each->fd, SHUT_RDWR); /* libmicrohttpd sees its end, and closes it */
    } else if (each->begun + life < next) {
      next = each->begun + life;
    }
  }
  return next;
}

/* ---- The server ---- */

static int open_door(sw_http_server_t *server, int which, const sw_http_host_t *host,
                     int listener) {
  door_t *door = &server->doors[which];
  *door = (door_t){.host = *host, .is_local = which == LOCAL};
  for (unsigned at = 0; at < SW_HTTP_CONNECTIONS; ++at) {
    door->connections[at].fd = -1;
  }
  if (listener < 0) {
    return 0;
  }
  const struct MHD_OptionItem options[] = {
      {MHD_OPTION_LISTEN_SOCKET, listener, NULL},
      {MHD_OPTION_CONNECTION_LIMIT, SW_HTTP_CONNECTIONS, NULL},
      {MHD_OPTION_CONNECTION_MEMORY_LIMIT, SW_HTTP_REQUEST_MAX, NULL},
      {MHD_OPTION_URI_LOG_CALLBACK, (intptr_t)keep_target, NULL},
      {MHD_OPTION_NOTIFY_COMPLETED, (intptr_t)drop_target, NULL},
      {MHD_OPTION_NOTIFY_CONNECTION, (intptr_t)on_connection, door},
      {MHD_OPTION_END, 0, NULL},
  };
  if (sw_spare_has()) {
    door->daemon = MHD_start_daemon(MHD_USE_EPOLL, 0, NULL, NULL, on_request, door,
                                    MHD_OPTION_ARRAY, options, MHD_OPTION_END);
  }
  const union MHD_DaemonInfo *info =
      door->daemon != NULL ? MHD_get_daemon_info(door->daemon, MHD_DAEMON_INFO_EPOLL_FD) : NULL;
  door->epoll = info != NULL ? info->epoll_fd : -1;
  if (info == NULL || sw_spare_wake(server->epoll, door->epoll) != 0) {
    return errno != 0 ? errno : EIO;
  }
  return 0;
}

/* The listeners stay open, which a daemon that has one would close: they are the host's. */
static void abandon(sw_http_server_t *server) {
  for (int which = LOCAL; which < DOORS; ++which) {
    if (server->doors[which].daemon != NULL) {
      MHD_quiesce_daemon(server->doors[which].daemon);
      MHD_stop_daemon(server->doors[which].daemon);
    }
  }
  if (server->epoll >= 0) {
    close(server->epoll);
  }
  free(server);
}

static int start(const sw_http_host_t *host, int local, int remote, sw_http_server_t **started) {
  sw_http_server_t *server = calloc(1, sizeof(*server));
  if (server == NULL) {
    return ENOMEM;
  }
  server->epoll = epoll_create1(EPOLL_CLOEXEC);
  int error = server->epoll < 0 ? errno : open_door(server, LOCAL, host, local);
  if (error == 0) {
    error = open_door(server, REMOTE, host, remote);
  }
  if (error != 0) {
    abandon(server);
    return error;
  }
  *started = server;
  return 0;
}

static int descriptor(const sw_http_server_t *server) {
  return server->epoll;
}

static sw_usec_t run_door(const sw_http_server_t *server, door_t *door) {
  MHD_UNSIGNED_LONG_LONG wait_ms;
  MHD_run(door->daemon);
  sw_usec_t now = monotonic();
  sw_usec_t next = end_overdue(door, now);
  door->is_resting = sw_spare_rest(server->epoll, door->epoll, door->open, door->is_resting);
  if (door->is_resting) {
    return now + SW_SPARE_REST;
  }
  if (MHD_get_timeout(door->daemon, &wait_ms) == MHD_YES) {
    sw_usec_t wait = wait_ms < 1000 ? (sw_usec_t)wait_ms * SW_USEC_PER_MSEC : SW_USEC_PER_SEC;
    next = now + wait < next ? now + wait : next;
  }
  return next;
}

static sw_usec_t run(sw_http_server_t *server) {
  sw_usec_t next = NEVER;
  for (int which = LOCAL; which < DOORS; ++which) {
    if (server->doors[which].daemon != NULL) {
      sw_usec_t own = run_door(server, &server->doors[which]);
      next = own < next ? own : next;
    }
  }
  return next;
}

static int has_clients(const sw_http_server_t *server) {
  return server->doors[LOCAL].open > 0 || server->doors[REMOTE].open > 0;
}

static void finish(sw_http_server_t *server) {
  struct pollfd pollfd = {.fd = server->epoll, .events = POLLIN};
  for (int which = LOCAL; which < DOORS; ++which) {
    if (server->doors[which].daemon != NULL) {
      MHD_quiesce_daemon(server->doors[which].daemon);
    }
  }
  sw_usec_t ends = monotonic() + FINISH_PATIENCE;
  sw_usec_t next = run(server);
  for (sw_usec_t now = monotonic(); has_clients(server) && now < ends; now = monotonic()) {
    sw_usec_t left = (next < ends ? next : ends) - now;
    poll(&pollfd, 1, left > 0 ? (int)(left / SW_USEC_PER_MSEC) + 1 : 0);
    next = run(server);
  }
}

__attribute__((visibility("default"))) const sw_http_t slotwatch_http = {
    .abi = SW_HTTP_ABI,
    .start = start,
    .descriptor = descriptor,
    .run = run,
    .finish = finish,
};
