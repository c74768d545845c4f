/* SPDX-License-Identifier: Apache-2.0 */
#include "asker.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/wait.h>

#include "apr_strings.h"
#include "mod_slotwatch.h"
#include "sw_httpd.h"

/* A program that does not decide within this time has vetoed. As long as a rung of the default
 * ladder. */
#define PROGRAM_PATIENCE (5 * SW_USEC_PER_SEC)
#define PROGRAM_VARIABLES 8
#define PROGRAM_VARIABLE_SIZE 64

APR_IMPLEMENT_OPTIONAL_HOOK_RUN_ALL(ap, AP, int, slotwatch_recycle,
                                    (const slotwatch_recycle_t *intent), (intent), SLOTWATCH_ALLOW,
                                    SLOTWATCH_ALLOW)

int sw_asker_init(sw_asker_t *asker, const char *program, uint32_t slots) {
  *asker = (sw_asker_t){.program = program, .slots = slots};
  asker->questions = calloc(slots, sizeof(*asker->questions));
  return asker->questions != NULL ? 0 : ENOMEM;
}

int sw_asker_has_any(const sw_asker_t *asker) {
  return asker->program != NULL || apr_optional_hook_get("slotwatch_recycle") != NULL;
}

static uint8_t ask_modules(const sw_intent_t *intent, int generation) {
  slotwatch_recycle_t about = {
      .version = SLOTWATCH_RECYCLE_VERSION,
      .slot = intent->slot,
      .pid = intent->pid,
      .generation = generation,
      .rung = sw_rung_name(intent->rung),
      .reason = sw_reason_name(intent->reason),
      .trigger = sw_trigger_name(intent->trigger),
      .incident = intent->incident,
  };
  switch (ap_run_slotwatch_recycle(&about)) {
    case SLOTWATCH_ALLOW:
      return SW_ANSWER_ALLOW;
    case SLOTWATCH_TAKEN:
      return SW_ANSWER_TAKEN;
    default: /* a veto, or what no version of ours has meant by a number */
      return SW_ANSWER_VETO;
  }
}

/* ---- The program: never by a shell, with nothing of httpd's but its standard error ---- */

typedef struct sw_environment_t {
  char lines[PROGRAM_VARIABLES][PROGRAM_VARIABLE_SIZE];
  char *pointers[PROGRAM_VARIABLES + 1];
} sw_environment_t;

static void describe(sw_environment_t *environment, const sw_intent_t *intent, int generation) {
  char(*lines)[PROGRAM_VARIABLE_SIZE] = environment->lines;
  const size_t size = PROGRAM_VARIABLE_SIZE;
  apr_snprintf(lines[0], size, "PATH=/usr/local/bin:/usr/bin:/bin");
  apr_snprintf(lines[1], size, "SLOTWATCH_SLOT=%d", intent->slot);
  apr_snprintf(lines[2], size, "SLOTWATCH_PID=%d", intent->pid);
  apr_snprintf(lines[3], size, "SLOTWATCH_GENERATION=%d", generation);
  apr_snprintf(lines[4], size, "SLOTWATCH_RUNG=%s", sw_rung_name(intent->rung));
  apr_snprintf(lines[5], size, "SLOTWATCH_REASON=%s", sw_reason_name(intent->reason));
  apr_snprintf(lines[6], size, "SLOTWATCH_TRIGGER=%s", sw_trigger_name(intent->trigger));
  apr_snprintf(lines[7], size, "SLOTWATCH_INCIDENT=%016" APR_UINT64_T_HEX_FMT, intent->incident);
  for (int at = 0; at < PROGRAM_VARIABLES; ++at) {
    environment->pointers[at] = lines[at];
  }
  environment->pointers[PROGRAM_VARIABLES] = NULL;
}

/* The watcher blocks and ignores signals that a program expects to have. */
static int spawn(const char *program, char **environment, pid_t *pid) {
  posix_spawn_file_actions_t files;
  posix_spawnattr_t attributes;
  char *const arguments[] = {(char *)(uintptr_t)program, NULL};
  sigset_t none;
  sigset_t all;
  sigemptyset(&none);
  sigfillset(&all);
  posix_spawnattr_init(&attributes);
  posix_spawnattr_setflags(&attributes,
                           POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setsigdefault(&attributes, &all);
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&files, 2, 1);
#if __GLIBC_PREREQ(2, 34)
  posix_spawn_file_actions_addclosefrom_np(&files, 3);
#endif
  int error = posix_spawn(pid, program, &files, &attributes, arguments, environment);
  posix_spawn_file_actions_destroy(&files);
  posix_spawnattr_destroy(&attributes);
  return error;
}

/* It, and its group, which it may have left: nobody has waited for it, so the pid is its. */
static void kill_program(const sw_question_t *question) {
  if (question->program > 1) { /* 0 and -1 are others: kill(2) */
    kill(-question->program, SIGKILL);
    kill(question->program, SIGKILL);
  }
}

/* Nobody wants its answer any more. Where one before it has not ended either, it stays: there is no
 * third beside them. */
static void give_up_program(sw_question_t *question) {
  kill_program(question);
  if (question->former == 0) {
    question->former = question->program;
    question->program = 0;
  }
}

static void ask_program(sw_asker_t *asker, sw_question_t *question, const sw_intent_t *intent,
                        int generation) {
  sw_environment_t environment;
  describe(&environment, intent, generation);
  pid_t pid = 0;
  int error = question->program == 0 ? spawn(asker->program, environment.pointers, &pid) : EBUSY;
  if (error != 0) {
    question->answered.answer = SW_ANSWER_VETO;
    sw_log(SW_LOG_404, "slot=%d pid=%d errno=%d SlotWatchRecycleExec cannot be run: a veto",
           intent->slot, intent->pid, error);
    return;
  }
  ++asker->running;
  question->program = pid;
  question->answered.answer = SW_ANSWER_PENDING;
  question->deadline = sw_os_monotonic() + PROGRAM_PATIENCE;
}

/* ---- What has become of it. SIGKILL may have to wait for a disk or a debugger; we do not. ---- */

static int has_ended(sw_asker_t *asker, pid_t *pid, int *status) {
  if (*pid == 0 || waitpid(*pid, status, WNOHANG) != *pid) {
    return 0;
  }
  *pid = 0;
  --asker->running;
  return 1;
}

static void look_at(sw_asker_t *asker, sw_question_t *question) {
  int status = 0;
  has_ended(asker, &question->former, &status);
  int is_deciding = question->program != 0 && question->answered.answer == SW_ANSWER_PENDING;
  int is_over = has_ended(asker, &question->program, &status);
  if (!is_deciding) {
    return;
  }
  if (is_over) {
    question->answered.answer =
        WIFEXITED(status) && WEXITSTATUS(status) == 0 ? SW_ANSWER_ALLOW : SW_ANSWER_VETO;
  } else if (sw_os_monotonic() >= question->deadline) {
    sw_log(SW_LOG_405, "slot=%d pid=%d seconds=%d SlotWatchRecycleExec does not decide: a veto",
           (int)(question - asker->questions), question->pid,
           (int)(PROGRAM_PATIENCE / SW_USEC_PER_SEC));
    kill_program(question);
    question->answered.answer = SW_ANSWER_VETO;
  }
}

/* ---- ---- */

void sw_asker_ask(sw_asker_t *asker, const sw_intent_t *intent, int generation) {
  sw_question_t *question = &asker->questions[intent->slot];
  if (question->answered.order == intent->order) {
    return;
  }
  give_up_program(question);
  question->pid = intent->pid;
  question->answered.order = intent->order;
  question->answered.answer = ask_modules(intent, generation);
  if (question->answered.answer == SW_ANSWER_ALLOW && asker->program != NULL) {
    ask_program(asker, question, intent, generation);
  }
}

void sw_asker_look(sw_asker_t *asker) {
  for (uint32_t slot = 0; asker->running > 0 && slot < asker->slots; ++slot) {
    look_at(asker, &asker->questions[slot]);
  }
}

void sw_asker_end(sw_asker_t *asker) {
  for (uint32_t slot = 0; asker->running > 0 && slot < asker->slots; ++slot) {
    kill_program(&asker->questions[slot]);
  }
}
