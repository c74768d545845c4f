/* SPDX-License-Identifier: Apache-2.0 */
/* The agent: a thread of a draining child, which has nothing else left that would look after it:
 * its listener waits for connections that do not end, its main thread for the listener. */
#include "agent.h"

#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "ap_listen.h"
#include "ap_mpm.h"
#include "beat.h"
#include "desk.h"
#include "http_main.h"
#include "mpm_common.h"
#include "sw_httpd.h"

#define STACK_SIZE ((size_t)256 << 10) /* other modules' thread-local memory lies in it, too */
#define JOIN_SECONDS 1

/* Of this process. A healthy child touches nothing of it but what its parent left there. */
static struct {
  pthread_mutex_t lock;
  pthread_cond_t wake;
  pthread_t thread;
  uint8_t is_started;
  uint8_t is_ending;
  sw_os_inherited_t inherited;
  sw_beat_t beat;
} agent = {.lock = PTHREAD_MUTEX_INITIALIZER};

/* ---- The agent's thread ---- */

/* @return whether to end */
static int is_told_to_end_by(sw_usec_t instant) {
  struct timespec until = {.tv_sec = instant / SW_USEC_PER_SEC,
                           .tv_nsec = instant % SW_USEC_PER_SEC * 1000};
  pthread_mutex_lock(&agent.lock);
  while (!agent.is_ending && pthread_cond_timedwait(&agent.wake, &agent.lock, &until) == 0) {
  }
  int is_ending = agent.is_ending;
  pthread_mutex_unlock(&agent.lock);
  return is_ending;
}

/* In the worker MPM another child may have been given the slot meanwhile, and its cell. */
static int has_slot(void) {
  const process_score *process = ap_get_scoreboard_process((int)agent.beat.slot);
  return process != NULL && process->pid == agent.beat.note.pid;
}

static void *run(void *unused) {
  (void)unused;
  sw_usec_t next;
  do {
    next = has_slot() ? sw_beat(&agent.beat) : sw_os_monotonic() + SW_USEC_PER_SEC;
  } while (!is_told_to_end_by(next));
  return NULL;
}

/* ---- Starting, in any thread of the child ---- */

static int find_slot(void) {
  uint32_t slots = (uint32_t)sw_config_mpm(AP_MPMQ_HARD_LIMIT_DAEMONS, 0);
  for (uint32_t slot = 0; slot < slots; ++slot) {
    const process_score *process = ap_get_scoreboard_process((int)slot);
    if (process != NULL && process->pid == agent.beat.note.pid) {
      agent.beat.slot = slot;
      return 0;
    }
  }
  return ESRCH;
}

static int find_ports(void) {
  uint32_t count = 0;
  for (const ap_listen_rec *each = ap_listeners; each != NULL; each = each->next) {
    ++count;
  }
  uint16_t *ports = calloc(count + 1, sizeof(*ports));
  if (ports == NULL) {
    return ENOMEM;
  }
  agent.beat.roles = (sw_os_roles_t){.ports = ports, .inherited = &agent.inherited};
  for (const ap_listen_rec *each = ap_listeners; each != NULL && count-- > 0; each = each->next) {
    ports[agent.beat.roles.port_count++] = each->bind_addr->port;
  }
  return 0;
}

static int get_ready(void) {
  agent.beat.desk = sw_keeper_desk();
  agent.beat.interval = sw_config_get(ap_server_conf)->policy.interval;
  agent.beat.note.pid = getpid();
  int error = find_slot();
  return error == 0 ? find_ports() : error;
}

static int make_clock(void) {
  pthread_condattr_t attributes;
  int error = pthread_condattr_init(&attributes);
  if (error == 0) {
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    error = pthread_cond_init(&agent.wake, &attributes);
    pthread_condattr_destroy(&attributes);
  }
  return error;
}

/* Whatever signal comes to this process is meant for one of httpd's threads. */
static int create_thread(void) {
  pthread_attr_t attributes;
  sigset_t all;
  sigset_t before;
  int error = pthread_attr_init(&attributes);
  if (error != 0) {
    return error;
  }
  sigfillset(&all);
  pthread_attr_setstacksize(&attributes, STACK_SIZE);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  error = pthread_create(&agent.thread, &attributes, run, NULL);
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  pthread_attr_destroy(&attributes);
  if (error == 0) {
    pthread_setname_np(agent.thread, "slotwatch-agent");
  }
  return error;
}

static void start(void) {
  int error = get_ready();
  error = error == 0 ? make_clock() : error;
  error = error == 0 ? create_thread() : error;
  if (error == 0) {
    agent.is_started = 1;
  } else {
    sw_log(SW_LOG_407, "pid=%d errno=%d this child can only be killed", (int)getpid(), error);
    agent.is_ending = 1; /* told once, and not tried again */
  }
}

/* May run in the listener's thread, which has a child to end: nothing here waits. */
static void child_stopping(apr_pool_t *pchild, int graceful) {
  (void)pchild;
  if (!graceful || !sw_agent_is_supported() || sw_keeper_desk() == NULL) {
    return;
  }
  pthread_mutex_lock(&agent.lock);
  if (!agent.is_started && !agent.is_ending) {
    start();
  }
  pthread_mutex_unlock(&agent.lock);
}

/* ---- Ending ---- */

/* exit() unloads this code; a thread that does not come back must find it all the same. */
static void keep_code(void) {
  Dl_info info;
  if (dladdr((void *)(uintptr_t)run, &info) != 0) {
    /* cppcheck-suppress leakReturnValNotUsed ; it is to stay */
    dlopen(info.dli_fname, RTLD_NOW | RTLD_NOLOAD | RTLD_NODELETE);
  }
}

/* @param pid of the child: what it forks (CGI programs) may end with a copy of its cleanups */
static apr_status_t end_agent(void *pid) {
  struct timespec deadline;
  if ((pid_t)(intptr_t)pid != getpid()) {
    return APR_SUCCESS;
  }
  pthread_mutex_lock(&agent.lock);
  agent.is_ending = 1;
  int is_started = agent.is_started;
  pthread_mutex_unlock(&agent.lock);
  if (!is_started) {
    return APR_SUCCESS;
  }
  pthread_cond_signal(&agent.wake);
  clock_gettime(CLOCK_REALTIME, &deadline);
  deadline.tv_sec += JOIN_SECONDS;
  if (pthread_timedjoin_np(agent.thread, NULL, &deadline) != 0) {
    keep_code();
  }
  return APR_SUCCESS;
}

/* ---- Whether, and with what: in the parent ---- */

#if AP_MODULE_MAGIC_AT_LEAST(20120211, 110)
/* An httpd that lacks it must be able to load us. */
#pragma weak ap_hook_child_stopping

void sw_agent_hook(void) {
  if (sw_abi_has_child_stopping() && ap_hook_child_stopping != NULL) {
    ap_hook_child_stopping(child_stopping, NULL, NULL, APR_HOOK_MIDDLE);
  }
}
#else
void sw_agent_hook(void) {
  (void)child_stopping;
}
#endif

/* Prefork runs the hook when a child exits, with its one request done. */
static const char *why_not(void) {
  int is_threaded = AP_MPMQ_NOT_SUPPORTED;
  ap_mpm_query(AP_MPMQ_IS_THREADED, &is_threaded);
  if (!sw_abi_has_child_stopping()) {
    return "httpd-older-than-2.4.49";
  }
  return is_threaded == AP_MPMQ_NOT_SUPPORTED ? "mpm-without-threads" : NULL;
}

int sw_agent_is_supported(void) {
  return why_not() == NULL;
}

void sw_agent_prepare(sw_desk_t *desk, uint32_t *is_told) {
  static int told; /* tried again with every watcher that is */
  int error = 0;
  if (sw_agent_is_supported()) {
    sw_os_inherited_record(&agent.inherited);
    error = sw_desk_provide(desk, (uint32_t)sw_config_mpm(AP_MPMQ_HARD_LIMIT_DAEMONS, 1));
  } else if (!*is_told) {
    sw_log(SW_LOG_106, "reason=%s stuck children can only be killed", why_not());
    *is_told = 1;
  }
  if (error != 0 && error != told) {
    sw_log(SW_LOG_400, "reason=desk errno=%d there are no agents", error);
  }
  told = error;
}

void sw_agent_child_init(apr_pool_t *pchild, server_rec *server) {
  (void)server;
  apr_pool_cleanup_register(pchild, (void *)(intptr_t)getpid(), end_agent, apr_pool_cleanup_null);
}
