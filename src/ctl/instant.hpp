// SPDX-License-Identifier: Apache-2.0
// Points in time, in microseconds since 1970.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace slotwatch::ctl {

using Instant = int64_t;
constexpr Instant per_second = 1'000'000;

// RFC 3339 in UTC, as the watcher writes it: `2026-11-25T01:04:55.123Z`.
[[nodiscard]] std::optional<Instant> parse_instant(std::string_view text);

}  // namespace slotwatch::ctl
