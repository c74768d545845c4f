/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Does what a sanitizer must see, so that a test can tell that it does; for tests only:
 *   SetHandler test-wrong      a child does what the query says, see wrongs
 *   TestWrongInWatcher what    the watcher does it before a rung
 */
#include "httpd.h"

#include <pthread.h>
#include <stdlib.h>

#include "http_config.h"
#include "http_protocol.h"
#include "mod_slotwatch.h"

extern module AP_MODULE_DECLARE_DATA wrong_module __attribute__((visibility("default")));

static const char *in_watcher;
static volatile int number = 16;

static void read_beyond(void) {
  volatile unsigned char *memory = calloc(1, (size_t)number);
  number = memory[number];
  free((void *)memory);
}

static void overflow(void) {
  number = 0x7fffffff;
  number = number + 1;
}

static void *count(void *unused) {
  (void)unused;
  ++number;
  return NULL;
}

static void race(void) {
  pthread_t other;
  if (pthread_create(&other, NULL, count, NULL) == 0) {
    ++number;
    pthread_join(other, NULL);
  }
}

static const struct {
  const char *name;
  void (*act)(void);
} wrongs[] = {{"read-beyond", read_beyond}, {"overflow", overflow}, {"race", race}};

static void do_wrong(const char *name) {
  for (size_t at = 0; name != NULL && at < sizeof(wrongs) / sizeof(*wrongs); ++at) {
    if (strcmp(name, wrongs[at].name) == 0) {
      wrongs[at].act();
    }
  }
}

static int handler(request_rec *request) {
  if (request->handler == NULL || strcmp(request->handler, "test-wrong") != 0) {
    return DECLINED;
  }
  do_wrong(request->args);
  ap_rputs("done\n", request);
  return OK;
}

static int decide(const slotwatch_recycle_t *intent) {
  (void)intent;
  do_wrong(in_watcher);
  return SLOTWATCH_ALLOW;
}

static const char *set_text(cmd_parms *cmd, void *unused, const char *value) {
  (void)unused;
  *(const char **)cmd->info = value;
  return NULL;
}

static const command_rec directives[] = {
    AP_INIT_TAKE1("TestWrongInWatcher", set_text, &in_watcher, RSRC_CONF, "what"),
    {.name = NULL},
};

static void register_hooks(apr_pool_t *pool) {
  (void)pool;
  ap_hook_handler(handler, NULL, NULL, APR_HOOK_MIDDLE);
  APR_OPTIONAL_HOOK(ap, slotwatch_recycle, decide, NULL, NULL, APR_HOOK_MIDDLE);
}

AP_DECLARE_MODULE(wrong) = {
    STANDARD20_MODULE_STUFF, NULL, NULL, NULL, NULL, directives, register_hooks,
    AP_MODULE_FLAG_NONE,
};
