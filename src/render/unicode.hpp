// SPDX-License-Identifier: Apache-2.0
// Text that need not be UTF-8, for documents that are.
#pragma once

#include <string_view>

namespace slotwatch {

// Bytes of the longest character.
constexpr size_t utf8_most = 4;

// Takes the first character off the front of `bytes`, which has one: a byte that begins none
// becomes U+FFFD.
[[nodiscard]] std::string_view next_character(std::string_view &bytes);

}  // namespace slotwatch
