// SPDX-License-Identifier: Apache-2.0
// The server's words, and what they look like or mean to a person.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "output.hpp"
#include "report.hpp"

namespace slotwatch::ctl {

struct State {
  std::string_view name;
  char letter;  // in the bar
  Colour colour;
  int64_t Capacity::*count;
};

// What most wants to be seen comes first.
inline constexpr std::array<State, 5> states{{
    {"stuck", 'X', Colour::red, &Capacity::stuck},
    {"recycling", 'r', Colour::magenta, &Capacity::recycling},
    {"draining", 'd', Colour::yellow, &Capacity::draining},
    {"serving", 's', Colour::green, &Capacity::serving},
    {"free", '.', Colour::grey, &Capacity::free},
}};

// Its place in that order; one that is not known comes last.
[[nodiscard]] size_t rank_of(std::string_view state);
[[nodiscard]] Colour colour_of_state(std::string_view state);
[[nodiscard]] Colour colour_of_verdict(std::string_view verdict);

// Who or what holds the slot, as far as it is known; empty if nothing does.
[[nodiscard]] std::string held_by(const Slot &slot);

// What is being done about it: its rung, or why nothing is.
[[nodiscard]] std::string recycling_of(const Slot &slot);

// Why it is not recycled, as a sentence's end.
[[nodiscard]] std::string suppression_text(std::string_view suppressed);

// `slot 0, pid 21959, generation 0: stuck, requests, draining for 59.1 s; GET /iso from ...`
[[nodiscard]] std::string told(const Slot &slot);

// The report in a line.
[[nodiscard]] std::string headline(const Report &report);
[[nodiscard]] Colour colour_of_headline(const Report &report);

// `Apache/2.4.71 (Debian), event, generation 3, up 1h 02m; SlotWatchRecycle dryrun`
[[nodiscard]] std::string server_line(const Report &report);

}  // namespace slotwatch::ctl
