// SPDX-License-Identifier: Apache-2.0
// Privacy: what of requests, clients and an agent's evidence is published.
#pragma once

#include "slotwatch.h"

namespace slotwatch {

// A copy of the request that shows no more than `privacy` allows; its texts are NUL-terminated.
// `is_tail`: the server keeps the end of request lines, so a long one may start within a query.
[[nodiscard]] sw_request_t publishable(const sw_request_t &request, uint32_t privacy, bool is_tail);

// A copy of what an agent wrote, made fit to be read: words are of their tables, texts end.
[[nodiscard]] sw_socket_t publishable(const sw_socket_t &socket, uint32_t privacy);
[[nodiscard]] sw_thread_t publishable(const sw_thread_t &thread);

}  // namespace slotwatch
