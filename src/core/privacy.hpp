// SPDX-License-Identifier: Apache-2.0
// Privacy: what of a request and its client is published.
#pragma once

#include "slotwatch.h"

namespace slotwatch {

// A copy of the request that shows no more than `privacy` allows; its texts are NUL-terminated.
// `is_tail`: the server keeps the end of request lines, so a long one may start within a query.
[[nodiscard]] sw_request_t publishable(const sw_request_t &request, uint32_t privacy, bool is_tail);

}  // namespace slotwatch
