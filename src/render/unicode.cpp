// SPDX-License-Identifier: Apache-2.0
#include "unicode.hpp"

#include <algorithm>
#include <cstdint>

namespace slotwatch {

namespace {

constexpr std::string_view replacement = "\xef\xbf\xbd";

// What a first byte up to `last` leads; the second byte's bounds keep out surrogates, what is
// longer than need be, and what is beyond U+10FFFF (The Unicode Standard, table 3-7).
struct Lead {
  uint8_t last;
  uint8_t length;  // 0: none
  uint8_t low;
  uint8_t high;
};
constexpr Lead leads[] = {
    {0x7f, 1, 0, 0},       {0xc1, 0, 0, 0},       {0xdf, 2, 0x80, 0xbf}, {0xe0, 3, 0xa0, 0xbf},
    {0xec, 3, 0x80, 0xbf}, {0xed, 3, 0x80, 0x9f}, {0xef, 3, 0x80, 0xbf}, {0xf0, 4, 0x90, 0xbf},
    {0xf3, 4, 0x80, 0xbf}, {0xf4, 4, 0x80, 0x8f}, {0xff, 0, 0, 0},
};

[[nodiscard]] bool is_within(char byte, uint8_t low, uint8_t high) {
  const auto value = static_cast<uint8_t>(byte);
  return low <= value && value <= high;
}

// Bytes of the character that these begin with; 0 for none.
[[nodiscard]] size_t length_of(std::string_view bytes) {
  const auto first = static_cast<uint8_t>(bytes.front());
  const Lead &lead =
      *std::ranges::find_if(leads, [first](const Lead &one) { return first <= one.last; });
  if (lead.length < 2) {
    return lead.length;
  }
  const bool is_whole = bytes.size() >= lead.length && is_within(bytes[1], lead.low, lead.high) &&
                        std::ranges::all_of(bytes.substr(2, lead.length - 2),
                                            [](char byte) { return is_within(byte, 0x80, 0xbf); });
  return is_whole ? lead.length : 0;
}

}  // namespace

std::string_view next_character(std::string_view &bytes) {
  const size_t length = length_of(bytes);
  const std::string_view character = length != 0 ? bytes.substr(0, length) : replacement;
  bytes.remove_prefix(std::max<size_t>(length, 1));
  return character;
}

}  // namespace slotwatch
