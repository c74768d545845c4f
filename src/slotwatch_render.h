/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file slotwatch_render.h
 * @brief The renderers of the C ABI; slotwatch.h has the conventions.
 */
#ifndef SLOTWATCH_RENDER_H
#define SLOTWATCH_RENDER_H

#include "slotwatch_types.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Takes what is rendered, in order. Returns 0, or anything else to stop. */
typedef struct sw_sink_t {
  void *context;
  int (*write)(void *context, const char *bytes, size_t size);
} sw_sink_t;

/** How a report is looked at. */
typedef struct sw_view_t {
  sw_format_t format;
  sw_usec_t monotonic_now; /**< what the report's age is told from */
} sw_view_t;

/**
 * Chooses a format: `?format=` (or `?auto`, which is text), else the Accept header, else html.
 * @param query the query string without '?', or NULL
 * @param accept the header's value, or NULL
 * @return ARGUMENT if `?format=` names none that there is; sw_format_list says which there are
 */
sw_status_t sw_format_choose(const char *query, const char *accept, sw_format_t *format);
/** "html, json, openmetrics, text, prometheus, health" */
const char *sw_format_list(void);
/** The Content-Type of a format, with its charset. */
const char *sw_format_type(sw_format_t format);
/** The Content-Security-Policy of a format: the page may have the style and the script that are in
 * it and ask where it came from; any other, nothing. */
const char *sw_format_security_policy(sw_format_t format);

/** How old the report is. Never negative. */
sw_usec_t sw_report_age(const sw_report_t *report, sw_usec_t monotonic_now);
/** Whether it is older than 3 intervals, and so must not be shown as fresh. */
int sw_report_is_stale(const sw_report_t *report, sw_usec_t monotonic_now);
/** Whether a probe should be told that all is well enough: fresh, and not FULL. */
int sw_report_is_healthy(const sw_report_t *report, sw_usec_t monotonic_now);

/**
 * Writes the document. Hostile texts are escaped as the format needs.
 * @return SINK if the sink stopped it
 */
sw_status_t sw_render(const sw_report_t *report, const sw_view_t *view, const sw_sink_t *sink);

/**
 * Writes what mod_status's page says of the report, or, without one, why there is none.
 * @param report NULL: none
 * @param why_not only looked at without a report
 * @param view html: a heading and some lines, without a table. text: for `?auto`, a line
 * `SlotWatchName: value` for each value, of which none is a text
 * @return SINK if the sink stopped it; ARGUMENT also for another format
 */
sw_status_t sw_render_section(const sw_report_t *report, const char *why_not, const sw_view_t *view,
                              const sw_sink_t *sink);

/**
 * Writes an alert as one line of printable ASCII, without its end: `SW200 stuck incident=... ...`.
 * @param report of the same step, for the slot's workers and requests
 * @param[out] line NUL-terminated; SW_LINE_MAX bytes are always enough
 */
sw_status_t sw_render_alert(const sw_alert_t *alert, const sw_report_t *report, char *line,
                            size_t size);
#define SW_LINE_MAX 1024

/**
 * Writes one line of the evidence about a slot, as SW305: a thread, a socket or a request.
 * @param at which one, from 0; threads first, then sockets, then requests
 * @return RANGE when there is no such line any more
 */
sw_status_t sw_render_evidence(const sw_intent_t *intent, const sw_report_t *report, uint32_t at,
                               char *line, size_t size);

#ifdef __cplusplus
}
#endif

#endif
