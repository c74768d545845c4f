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

}  // namespace slotwatch
