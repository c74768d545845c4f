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
#include "http_main.h"
#include "sw_httpd.h"

#define STACK_SIZE ((size_t)128 << 10)
#define BEAT_MAX SW_USEC_PER_SEC /* also where frames are taken a minute apart */
#define ORDER_POLL (50 * SW_USEC_PER_MSEC)
/* Looking for sockets costs as much as reading all their counters: of many, not in each beat. */
#define SOCKETS_PER_BEAT 250
#define BEATS_PER_SEARCH_MAX 5
/* Threads are the dearest: 15 microseconds each. When an order was carried out, they are due. */
#define THREADS_EVERY (5 * SW_USEC_PER_SEC)
#define JOIN_SECONDS 1

/* Of this process. A healthy child touches nothing of it but what its parent left there. */
static struct {
  pthread_mutex_t lock;
  pthread_cond_t wake;
  pthread_t thread;
  pid_t pid; /* of the child whose agent it is; 0: none was started */
  uint8_t is_ending;
  uint32_t slot;
  sw_usec_t interval;
  sw_os_roles_t roles;
  sw_os_inherited_t inherited;
  sw_os_sockets_t sockets;
  sw_usec_t beat_at;
  sw_usec_t threads_at;
  uint32_t beats_to_search;
  sw_note_t note;
} agent = {.lock = PTHREAD_MUTEX_INITIALIZER};

/* ---- Reporting and obeying, in the agent's thread ---- */

static void search_when_due(void) {
  if (agent.beats_to_search > 0 && !agent.sockets.is_outdated) {
    --agent.beats_to_search;
    return;
  }
  sw_os_sockets_find(&agent.sockets, &agent.roles);
  uint32_t pause = agent.sockets.count / SOCKETS_PER_BEAT;
  agent.beats_to_search = pause < BEATS_PER_SEARCH_MAX ? pause : BEATS_PER_SEARCH_MAX - 1;
}

static void look_at_threads_when_due(sw_usec_t now) {
  if (now >= agent.threads_at) {
    agent.note.evidence.thread_count = sw_os_threads_look(agent.note.threads, SW_AGENT_THREADS_MAX);
    agent.threads_at = now + THREADS_EVERY;
  }
}

static void report(void) {
  sw_evidence_t *evidence = &agent.note.evidence;
  agent.note.beat = sw_os_monotonic();
  if (agent.note.start_time == 0) {
    agent.note.start_time = sw_os_process_look(agent.note.pid, getppid()).start_time;
  }
  search_when_due();
  look_at_threads_when_due(agent.note.beat);
  sw_os_sockets_read(&agent.sockets, evidence);
  evidence->cpu = sw_os_cpu_of_others();
  evidence->socket_count = agent.sockets.listed;
  memcpy(agent.note.sockets, agent.sockets.list, agent.sockets.listed * sizeof(sw_socket_t));
  if (agent.sockets.searches > 0) { /* a child short of descriptors is silent, not empty */
    sw_desk_write(sw_keeper_desk(), agent.slot, &agent.note);
  }
  agent.beat_at = agent.note.beat + agent.interval;
}

/* OTHER where an agent has nothing to shut. */
static uint8_t role_of(uint8_t rung) {
  uint8_t role = rung == SW_RUNG_BACKENDS ? SW_ROLE_BACKEND : SW_ROLE_OTHER;
  return rung == SW_RUNG_CLIENTS ? SW_ROLE_CLIENT : role;
}

/* @return whether there was an order that had not been carried out */
static int obey(void) {
  sw_order_t order;
  if (!sw_desk_read_order(sw_keeper_desk(), agent.slot, &agent.note, &order) ||
      order.id == agent.note.evidence.done || role_of(order.rung) == SW_ROLE_OTHER) {
    return 0;
  }
  int cut = sw_os_sockets_shut(&agent.roles, role_of(order.rung));
  if (cut < 0) {
    return 0; /* and tries again */
  }
  agent.note.evidence.cut = (uint32_t)cut;
  agent.note.evidence.done = order.id;
  agent.sockets.is_outdated = 1;
  agent.threads_at = 0;
  return 1;
}

/* @return whether to end */
static int is_told_to_end_by(sw_usec_t instant) {
  struct timespec until = {.tv_sec = instant / SW_USEC_PER_SEC,
                           .tv_nsec = instant % SW_USEC_PER_SEC * 1000};
  pthread_mutex_lock(&agent.lock);
  while (!agent.is_ending &&
         pthread_cond_timedwait(&agent.wake, &agent.lock, &until) != ETIMEDOUT) {
  }
  int is_ending = agent.is_ending;
  pthread_mutex_unlock(&agent.lock);
  return is_ending;
}

static void *run(void *unused) {
  (void)unused;
  sw_usec_t next;
  do {
    if (obey() || sw_os_monotonic() >= agent.beat_at) {
      report();
    }
    next = sw_os_monotonic() + ORDER_POLL;
  } while (!is_told_to_end_by(agent.beat_at < next ? agent.beat_at : next));
  return NULL;
}

/* ---- Starting, in any thread of the child ---- */

static int find_slot(void) {
  uint32_t slots = (uint32_t)sw_config_mpm(AP_MPMQ_HARD_LIMIT_DAEMONS, 0);
  for (uint32_t slot = 0; slot < slots; ++slot) {
    const process_score *process = ap_get_scoreboard_process((int)slot);
    if (process != NULL && process->pid == agent.note.pid) {
      agent.slot = slot;
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
  agent.roles = (sw_os_roles_t){.ports = ports, .inherited = &agent.inherited};
  for (const ap_listen_rec *each = ap_listeners; each != NULL && count-- > 0; each = each->next) {
    ports[agent.roles.port_count++] = each->bind_addr->port;
  }
  return 0;
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
  sw_usec_t interval = sw_config_get(ap_server_conf)->policy.interval;
  agent.interval = interval < BEAT_MAX ? interval : BEAT_MAX;
  agent.note.pid = getpid();
  int error = find_slot();
  error = error == 0 ? find_ports() : error;
  error = error == 0 ? make_clock() : error;
  error = error == 0 ? create_thread() : error;
  if (error == 0) {
    agent.pid = getpid();
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
  if (agent.pid == 0 && !agent.is_ending) {
    start();
  }
  pthread_mutex_unlock(&agent.lock);
}

/* ---- Ending ---- */

/* exit() unloads this code; a thread that does not come back must find it all the same. */
static void keep_code(void) {
  Dl_info info;
  if (dladdr((void *)(uintptr_t)run, &info) != 0) {
    dlopen(info.dli_fname, RTLD_NOW | RTLD_NODELETE);
  }
}

static apr_status_t end_agent(void *unused) {
  (void)unused;
  struct timespec deadline;
  pthread_mutex_lock(&agent.lock);
  agent.is_ending = 1;
  int is_ours = agent.pid == getpid(); /* not a copy of us that failed to become a CGI program */
  pthread_mutex_unlock(&agent.lock);
  if (!is_ours) {
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
  int error = 0;
  if (sw_agent_is_supported()) {
    sw_os_inherited_record(&agent.inherited);
    error = sw_desk_provide(desk, (uint32_t)sw_config_mpm(AP_MPMQ_HARD_LIMIT_DAEMONS, 1));
  } else if (!*is_told) {
    sw_log(SW_LOG_106, "reason=%s stuck children can only be killed", why_not());
    *is_told = 1;
  }
  if (error != 0) {
    sw_log(SW_LOG_400, "reason=desk errno=%d there are no agents", error);
  }
}

void sw_agent_child_init(apr_pool_t *pchild, server_rec *server) {
  (void)server;
  apr_pool_cleanup_register(pchild, NULL, end_agent, apr_pool_cleanup_null);
}
