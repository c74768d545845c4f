// SPDX-License-Identifier: Apache-2.0
// The documents that a report can be shown as; one file each.
#pragma once

#include "fields.hpp"

namespace slotwatch {

void write_html(Out &out, const Look &look);
void write_json(Out &out, const Look &look);
void write_openmetrics(Out &out, const Look &look);
void write_prometheus(Out &out, const Look &look);
void write_text(Out &out, const Look &look);
void write_health(Out &out, const Look &look);

// Of the incidents, those that were opened or closed after an instant; -1: all. Oldest first.
[[nodiscard]] bool changed_after(const sw_incident_t &incident, sw_usec_t since);
void write_json_events(Out &out, const Look &look, sw_usec_t since);
void write_text_events(Out &out, const Look &look, sw_usec_t since);

// A slot that somebody wants recycled, as it is.
void write_json_asked(Out &out, const Look &look, const sw_slot_t &slot);

}  // namespace slotwatch
