/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file service.h
 * @brief The watcher's HTTP: opens its server, answers with the report, takes what is asked for.
 */
#ifndef SW_SERVICE_H
#define SW_SERVICE_H

#include "endpoints.h"
#include "http/sw_http.h"
#include "sampler.h"

/** A document, for as long as it is new. */
typedef struct sw_document_t {
  char *bytes;
  size_t size;
  size_t capacity;
  const sw_report_t *report; /**< that it shows */
  sw_usec_t made;
} sw_document_t;

typedef struct sw_service_t {
  const sw_endpoints_t *endpoints;
  const sw_http_t *http; /**< NULL: there is none, and who connects is turned away */
  sw_http_server_t *server;
  const sw_report_t *report; /**< NULL: none yet */
  uint32_t own_uid;
  uint32_t slots;
  int32_t *asked;    /**< [slots] the pid that is asked for; 0: none */
  uint8_t has_asked; /**< since the last frame */
  uint8_t is_ending; /**< no frame will follow */
  sw_document_t documents[SW_FORMAT_COUNT];
  sw_document_t other;
  sw_usec_t requests_since; /**< the second in which so many recycles were asked for */
  uint32_t requests;
  sw_usec_t refusal_told;
  uint32_t refusals_omitted;
} sw_service_t;

/** Loads slotwatch_http.so from beside this module, as root: its folder may be closed to others.
 * Where there is none, that is told (SW410), and nothing is served. */
void sw_service_load(sw_service_t *service, const sw_endpoints_t *endpoints);
/** Begins to serve, as whom the watcher has become. @return 0, or ENOMEM */
int sw_service_start(sw_service_t *service, uint32_t slots);
/** Readable when there is something to do; -1: never. */
int sw_service_descriptor(const sw_service_t *service);
/** Does it. @return when it is to be called again at the latest */
sw_usec_t sw_service_run(sw_service_t *service);
/** Puts into the frame's samples which slots are asked for. */
void sw_service_ask(sw_service_t *service, const sw_sampler_t *sampler);
/** From now on this is what there is to show. It stays as it is until the next call. */
void sw_service_show(sw_service_t *service, const sw_report_t *report);
/** Answers those who have asked. */
void sw_service_end(sw_service_t *service);

#endif
