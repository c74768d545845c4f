// SPDX-License-Identifier: Apache-2.0
// An incident as lines: that it was opened, that it was closed.
#pragma once

#include <string>

#include "report.hpp"

namespace slotwatch::ctl {

[[nodiscard]] std::string opened_line(const Incident &incident);
[[nodiscard]] std::string closed_line(const Incident &incident);

// `backends expired, clients cut 2: freed`; empty where nothing was begun.
[[nodiscard]] std::string rungs_text(const Incident &incident);

}  // namespace slotwatch::ctl
