/* SPDX-License-Identifier: Apache-2.0 */
#include "service.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "apr_strings.h"
#include "sw_httpd.h"

/* A document is rendered once for all who ask within this time: however many they are, a frame
 * waits for one of each kind at most. */
#define DOCUMENT_IS_NEW (20 * SW_USEC_PER_MSEC)
/* Recycles that may be asked for within a second, each of which is logged and costs a frame. */
#define REQUESTS_MAX 10

/* ---- The server's object ---- */

static const char *path_beside_us(char *path, size_t size) {
  Dl_info us;
  const char *slash = dladdr(&slotwatch_module, &us) != 0 ? strrchr(us.dli_fname, '/') : NULL;
  int length = slash != NULL ? (int)(slash - us.dli_fname) : 0;
  apr_snprintf(path, size, "%.*s/slotwatch_http.so", length, slash != NULL ? us.dli_fname : "");
  return path;
}

void sw_service_load(sw_service_t *service, const sw_endpoints_t *endpoints) {
  char path[PATH_MAX];
  *service = (sw_service_t){.endpoints = endpoints};
  if (endpoints->local.fd < 0 && endpoints->remote < 0) {
    return;
  }
  void *object = dlopen(path_beside_us(path, sizeof(path)), RTLD_NOW | RTLD_LOCAL);
  const sw_http_t *http = object != NULL ? dlsym(object, SW_HTTP_SYMBOL) : NULL;
  if (http == NULL) {
    sw_log(SW_LOG_410, "reason=\"%s\" nobody is answered at the watcher's socket", dlerror());
  } else if (http->abi != SW_HTTP_ABI) {
    sw_log(SW_LOG_410, "abi=%u expected=%d nobody is answered at the watcher's socket", http->abi,
           SW_HTTP_ABI);
  } else {
    service->http = http;
  }
}

/* ---- Documents ---- */

static int append(void *context, const char *bytes, size_t size) {
  sw_document_t *document = context;
  if (size > document->capacity - document->size) {
    size_t capacity = 2 * (document->size + size);
    char *larger = realloc(document->bytes, capacity);
    if (larger == NULL) {
      return ENOMEM;
    }
    document->bytes = larger;
    document->capacity = capacity;
  }
  memcpy(document->bytes + document->size, bytes, size);
  document->size += size;
  return 0;
}

static const sw_document_t *status_document(sw_service_t *service, sw_format_t format,
                                            sw_usec_t now) {
  sw_document_t *document = &service->documents[format];
  sw_view_t view = {.format = format, .monotonic_now = now};
  sw_sink_t sink = {.context = document, .write = append};
  if (document->report == service->report && now - document->made < DOCUMENT_IS_NEW) {
    return document;
  }
  document->size = 0;
  document->report = NULL;
  if (sw_render(service->report, &view, &sink) != SW_STATUS_OK) {
    return NULL;
  }
  document->report = service->report;
  document->made = now;
  return document;
}

static const sw_document_t *document_of(sw_service_t *service, const sw_route_t *route,
                                        sw_usec_t now) {
  sw_sink_t sink = {.context = &service->other, .write = append};
  sw_status_t status = SW_STATUS_OK;
  if (route->action == SW_ACTION_STATUS) {
    return status_document(service, route->format, now);
  }
  service->other.size = 0;
  status = route->action == SW_ACTION_EVENTS ? sw_render_events(service->report, route, &sink)
                                             : sw_render_asked(service->report, route, &sink);
  return status == SW_STATUS_OK ? &service->other : NULL;
}

/* ---- Answers ---- */

static void line(sw_http_answer_t *answer, unsigned status, const char *text) {
  *answer = (sw_http_answer_t){.status = status,
                               .type = sw_format_type(SW_FORMAT_TEXT),
                               .policy = sw_format_security_policy(SW_FORMAT_TEXT),
                               .body = text,
                               .size = strlen(text)};
}

static void tell_refusal(sw_service_t *service, const sw_http_request_t *request, sw_usec_t now) {
  if (service->refusal_told != 0 && now - service->refusal_told < SW_USEC_PER_SEC) {
    ++service->refusals_omitted;
    return;
  }
  sw_log(SW_LOG_314, "by_uid=%d by_pid=%d omitted=%u", request->is_local ? (int)request->uid : -1,
         request->is_local ? (int)request->pid : -1, service->refusals_omitted);
  service->refusal_told = now;
  service->refusals_omitted = 0;
}

static int is_too_often(sw_service_t *service, sw_usec_t now) {
  if (now - service->requests_since >= SW_USEC_PER_SEC) {
    service->requests_since = now;
    service->requests = 0;
  }
  return ++service->requests > REQUESTS_MAX;
}

/* Whether this is no time to ask for a recycle: of a watcher that ends no frame will follow. */
static int refuse_now(sw_service_t *service, sw_http_answer_t *answer, sw_usec_t now) {
  if (service->is_ending) {
    line(answer, HTTP_SERVICE_UNAVAILABLE, "the watcher is being replaced: ask again\n");
  } else if (is_too_often(service, now)) {
    line(answer, HTTP_TOO_MANY_REQUESTS, "more than ten within a second: ask again\n");
  } else {
    return 0;
  }
  return 1;
}

static void take(sw_service_t *service, const sw_http_request_t *request, const sw_route_t *route) {
  sw_log(SW_LOG_313, "slot=%d pid=%d by_uid=%u by_pid=%d", route->slot, route->pid, request->uid,
         request->pid);
  service->asked[route->slot] = route->pid;
  service->has_asked = 1;
}

/* How the way goes on in view of the report. */
static void look(sw_service_t *service, const sw_http_request_t *request, sw_route_t *route,
                 sw_usec_t now) {
  if (route->is_refused) {
    tell_refusal(service, request, now);
  }
  sw_http_look(route, service->report, now);
  if (route->action == SW_ACTION_RECYCLE) {
    sw_http_recycle(route, service->report, now);
  }
}

static void answer_request(void *context, const sw_http_request_t *request,
                           sw_http_answer_t *answer) {
  sw_service_t *service = context;
  sw_usec_t now = sw_os_monotonic();
  sw_route_t route;
  sw_http_route(request, service->own_uid, &route);
  look(service, request, &route, now);
  if (route.action == SW_ACTION_LINE) {
    /* The route ends with this call; the answer's text may not. */
    service->other.size = 0;
    int error = append(&service->other, route.line, strlen(route.line) + 1);
    line(answer, route.status, error == 0 ? service->other.bytes : "");
    answer->allow = route.allow;
    return;
  }
  if (route.action == SW_ACTION_RECYCLE && refuse_now(service, answer, now)) {
    return;
  }
  const sw_document_t *document = document_of(service, &route, now);
  if (document == NULL) {
    line(answer, HTTP_SERVICE_UNAVAILABLE, "there is no memory for it\n");
    return;
  }
  if (route.action == SW_ACTION_RECYCLE) {
    take(service, request, &route);
  }
  sw_format_t format = route.action == SW_ACTION_RECYCLE ? SW_FORMAT_JSON : route.format;
  *answer = (sw_http_answer_t){.status = route.status,
                               .type = sw_format_type(format),
                               .policy = sw_format_security_policy(format),
                               .body = document->bytes,
                               .size = document->size};
}

/* ---- For the watcher ---- */

int sw_service_start(sw_service_t *service, uint32_t slots) {
  const sw_endpoints_t *endpoints = service->endpoints;
  sw_http_host_t host = {.context = service, .answer = answer_request};
  service->own_uid = (uint32_t)geteuid();
  service->slots = slots;
  service->asked = calloc(slots, sizeof(*service->asked));
  if (service->asked == NULL) {
    return ENOMEM;
  }
  if (service->http == NULL) {
    return 0;
  }
  int error = service->http->start(&host, endpoints->local.fd, endpoints->remote, &service->server);
  if (error != 0) {
    sw_log(SW_LOG_410, "errno=%d nobody is answered at the watcher's socket", error);
    service->http = NULL;
  }
  return 0;
}

int sw_service_descriptor(const sw_service_t *service) {
  return service->http != NULL ? service->http->descriptor(service->server) : -1;
}

sw_usec_t sw_service_run(sw_service_t *service) {
  if (service->http != NULL) {
    return service->http->run(service->server);
  }
  sw_os_turn_away(service->endpoints->local.fd);
  sw_os_turn_away(service->endpoints->remote);
  return INT64_MAX;
}

void sw_service_ask(sw_service_t *service, const sw_sampler_t *sampler) {
  for (uint32_t slot = 0; slot < service->slots; ++slot) {
    sw_sample_t *sample = &sampler->samples[slot];
    int32_t asked = service->asked[slot];
    sample->is_asked_for = asked != 0 && asked == sample->pid;
    service->asked[slot] = 0;
  }
  service->has_asked = 0;
}

void sw_service_show(sw_service_t *service, const sw_report_t *report) {
  service->report = report;
}

void sw_service_end(sw_service_t *service) {
  service->is_ending = 1;
  if (service->http != NULL) {
    service->http->finish(service->server);
  }
}
