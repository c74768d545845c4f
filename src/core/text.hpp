// SPDX-License-Identifier: Apache-2.0
// Texts of fixed size that may lack their end.
#pragma once

#include <algorithm>
#include <string_view>

namespace slotwatch {

using Text = std::string_view;

template <size_t N>
[[nodiscard]] Text text_of(const char (&text)[N]) {
  return {text, static_cast<size_t>(std::find(text, text + N - 1, '\0') - text)};
}

// httpd keeps so much of a text and cuts the rest off.
template <size_t N>
[[nodiscard]] bool is_cut(const char (&text)[N]) {
  return text_of(text).size() + 1 == N;
}

// std::string_view::substr would need libstdc++ at run time, to throw.
[[nodiscard]] inline Text from(Text text, size_t at) {
  text.remove_prefix(std::min(at, text.size()));
  return text;
}

[[nodiscard]] inline Text until(Text text, size_t at) {
  text.remove_suffix(text.size() - std::min(at, text.size()));
  return text;
}

}  // namespace slotwatch
