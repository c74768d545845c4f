// SPDX-License-Identifier: Apache-2.0
// An instant as a client writes it.
#pragma once

#include <string_view>

#include "slotwatch_types.h"

namespace slotwatch {

// RFC 3339 in UTC, with as many digits of a second as one likes, or Unix seconds; ':' may be %3A.
// False, and nothing is written, if it is neither.
[[nodiscard]] bool read_instant(std::string_view text, sw_usec_t &wall);

}  // namespace slotwatch
