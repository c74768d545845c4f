/* SPDX-License-Identifier: Apache-2.0 */
#include "recycler.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>

#include "desk.h"
#include "sw_httpd.h"

/* Lines of evidence before a kill: a screen or two. */
#define EVIDENCE_MAX 100
/* A program that is deciding is looked at this often. */
#define PROGRAM_POLL (50 * SW_USEC_PER_MSEC)

/* What stands in a slot's order, and whether this step meant it. */
enum { ORDER_NONE, ORDER_STANDS, ORDER_IS_MEANT };

int sw_recycler_init(sw_recycler_t *recycler, sw_sampler_t *sampler, const sw_config_t *config) {
  *recycler = (sw_recycler_t){.sampler = sampler, .protects = config->protects};
  recycler->killed = calloc(sampler->board.slots, sizeof(*recycler->killed));
  recycler->orders = calloc(sampler->board.slots, sizeof(*recycler->orders));
  if (recycler->killed == NULL || recycler->orders == NULL) {
    return ENOMEM;
  }
  return sw_asker_init(&recycler->asker, config->program, sampler->board.slots);
}

static uint8_t is_protected(const sw_recycler_t *recycler, const sw_sample_t *sample) {
  const sw_request_t *requests = recycler->sampler->requests + sample->request_first;
  for (int at = 0; at < recycler->protects->nelts; ++at) {
    const char *word = APR_ARRAY_IDX(recycler->protects, at, const char *);
    for (uint32_t request = 0; request < sample->request_count; ++request) {
      if (sw_protect_covers(word, &requests[request])) {
        return 1;
      }
    }
  }
  return 0;
}

void sw_recycler_answer(sw_recycler_t *recycler) {
  sw_asker_look(&recycler->asker);
  for (uint32_t slot = 0; slot < recycler->asker.slots; ++slot) {
    sw_sample_t *sample = &recycler->sampler->samples[slot];
    sample->answered = recycler->asker.questions[slot].answered;
    sample->is_protected = is_protected(recycler, sample);
  }
}

static void log_evidence(const sw_intent_t *intent, const sw_report_t *report) {
  char line[SW_LINE_MAX];
  for (uint32_t at = 0; at < EVIDENCE_MAX; ++at) {
    if (sw_render_evidence(intent, report, at, line, sizeof(line)) != SW_STATUS_OK) {
      return;
    }
    sw_log_line(SW_LOG_305, line);
  }
}

static void kill_process(sw_recycler_t *recycler, const sw_intent_t *intent) {
  int error =
      sw_os_process_signal(intent->pid, intent->start_time, recycler->sampler->parent, SIGKILL);
  if (error != 0 && error != ESRCH && !recycler->has_told_kill) {
    sw_log(SW_LOG_406, "slot=%d pid=%d errno=%d it could not be killed", intent->slot, intent->pid,
           error);
    recycler->has_told_kill = 1;
  }
}

/* The same order again is the same order: an agent does it once. Of a process that no signal ends
 * the evidence is logged once, however often it is tried again. */
static void act(sw_recycler_t *recycler, const sw_intent_t *intent, const sw_report_t *report) {
  if (intent->rung != SW_RUNG_KILL) {
    sw_desk_order(intent);
    recycler->orders[intent->slot] = ORDER_IS_MEANT;
    return;
  }
  if (recycler->killed[intent->slot] != intent->start_time) {
    recycler->killed[intent->slot] = intent->start_time;
    log_evidence(intent, report);
  }
  kill_process(recycler, intent);
}

static void withdraw_orders(sw_recycler_t *recycler) {
  for (uint32_t slot = 0; slot < recycler->sampler->board.slots; ++slot) {
    if (recycler->orders[slot] == ORDER_STANDS) {
      sw_desk_withdraw(slot);
    }
    recycler->orders[slot] = recycler->orders[slot] == ORDER_IS_MEANT ? ORDER_STANDS : ORDER_NONE;
  }
}

void sw_recycler_end(sw_recycler_t *recycler) {
  sw_asker_end(&recycler->asker);
  withdraw_orders(recycler);
}

void sw_recycler_act(sw_recycler_t *recycler, const sw_plan_t *plan, const sw_report_t *report) {
  const sw_sampler_t *sampler = recycler->sampler;
  for (size_t at = 0; at < plan->intent_count; ++at) {
    const sw_intent_t *intent = &plan->intents[at];
    if (intent->slot < 0 || (uint32_t)intent->slot >= sampler->board.slots ||
        !sw_sampler_still_drains(sampler, (uint32_t)intent->slot, intent->pid) ||
        !sw_os_process_is(intent->pid, intent->start_time, sampler->parent)) {
      continue; /* the next frame will say so */
    }
    if (intent->is_question) {
      sw_asker_ask(&recycler->asker, intent, sampler->samples[intent->slot].generation);
    } else {
      act(recycler, intent, report);
    }
  }
  withdraw_orders(recycler);
}

sw_usec_t sw_recycler_wake_at(const sw_recycler_t *recycler) {
  return recycler->asker.running > 0 ? sw_os_monotonic() + PROGRAM_POLL : INT64_MAX;
}
