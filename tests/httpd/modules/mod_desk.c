/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A child that writes where agents report, and should not, for tests only:
 *   SetHandler test-desk  does what its query says, see ops
 */
#include "httpd.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "http_config.h"
#include "http_protocol.h"
#include "httpd/desk.h"

extern module AP_MODULE_DECLARE_DATA desk_module __attribute__((visibility("default")));

/* As desk.c has it: a sequence, then the note, in whole cache lines. */
typedef struct cell_t {
  uint32_t sequence;
  sw_note_t note;
} __attribute__((aligned(64))) cell_t;

typedef struct mapping_t {
  unsigned char *base;
  size_t size;
} mapping_t;

static mapping_t find_mapping(const char *name) {
  mapping_t found = {NULL, 0};
  char line[512];
  FILE *maps = fopen("/proc/self/maps", "re");
  while (maps != NULL && fgets(line, sizeof(line), maps) != NULL) {
    unsigned long begin;
    unsigned long end;
    if (strstr(line, name) != NULL && sscanf(line, "%lx-%lx", &begin, &end) == 2) {
      found = (mapping_t){(unsigned char *)(uintptr_t)begin, end - begin};
    }
  }
  if (maps != NULL) {
    fclose(maps);
  }
  return found;
}

static int number_in_query(const request_rec *request, const char *name) {
  const char *at = request->args != NULL ? strstr(request->args, name) : NULL;
  return at != NULL ? atoi(at + strlen(name)) : 0;
}

static apr_time_t end_of(const request_rec *request) {
  return apr_time_now() + apr_time_from_msec(number_in_query(request, "value="));
}

static const char *write_orders(const request_rec *request) {
  (void)request;
  mapping_t orders = find_mapping("slotwatch-orders");
  return orders.base != NULL && mprotect(orders.base, orders.size, PROT_READ | PROT_WRITE) != 0
             ? "refused"
             : "granted";
}

/* Random bytes everywhere. */
static const char *write_cells(const request_rec *request) {
  mapping_t cells = find_mapping("slotwatch-cells");
  apr_time_t end = end_of(request);
  while (cells.base != NULL && apr_time_now() < end) {
    for (size_t at = 0; at + sizeof(int) <= cells.size; at += sizeof(int)) {
      int value = (int)random();
      memcpy(cells.base + at, &value, sizeof(value));
    }
  }
  return cells.base != NULL ? "scribbled" : "no cells";
}

/* In the name of a slot's process: all that it may not say. */
static const char *forge(const request_rec *request) {
  mapping_t cells = find_mapping("slotwatch-cells");
  size_t slot = (size_t)number_in_query(request, "slot=");
  apr_time_t end = end_of(request);
  if (cells.base == NULL || (slot + 1) * sizeof(cell_t) > cells.size) {
    return "no cell";
  }
  sw_note_t *note = &((cell_t *)(void *)cells.base)[slot].note;
  while (apr_time_now() < end) {
    memset(&note->evidence, 0xff, sizeof(note->evidence));
    memset(note->sockets, '<', sizeof(note->sockets));
    memset(note->threads, '<', sizeof(note->threads));
    apr_sleep(100);
  }
  return "scribbled";
}

static const struct {
  const char *query;
  const char *(*act)(const request_rec *request);
} ops[] = {
    {"op=orders", write_orders},
    {"op=cells", write_cells}, /* value= for how many ms */
    {"op=forge", forge},       /* slot=, value= for how many ms */
};

static int handler(request_rec *request) {
  if (request->handler == NULL || strcmp(request->handler, "test-desk") != 0) {
    return DECLINED;
  }
  for (size_t at = 0; at < sizeof(ops) / sizeof(*ops); ++at) {
    if (request->args != NULL && strstr(request->args, ops[at].query) != NULL) {
      ap_rprintf(request, "%s\n", ops[at].act(request));
      return OK;
    }
  }
  return HTTP_BAD_REQUEST;
}

static void register_hooks(apr_pool_t *pool) {
  (void)pool;
  ap_hook_handler(handler, NULL, NULL, APR_HOOK_MIDDLE);
}

AP_DECLARE_MODULE(desk) = {
    STANDARD20_MODULE_STUFF, NULL, NULL, NULL, NULL, NULL, register_hooks, AP_MODULE_FLAG_NONE,
};
