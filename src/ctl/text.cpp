// SPDX-License-Identifier: Apache-2.0
#include "text.hpp"

#include <charconv>

namespace slotwatch::ctl {

namespace {

constexpr std::string_view digits = "0123456789abcdef";
constexpr size_t longest_line = 300;

void append_escaped(std::string &to, std::string_view prefix, char byte) {
  const auto value = static_cast<unsigned char>(byte);
  to += prefix;
  to += digits[value >> 4U];
  to += digits[value & 0xFU];
}

[[nodiscard]] std::string escaped(std::string_view bytes, std::string_view allowed) {
  std::string text;
  text.reserve(bytes.size());
  for (const char byte : bytes) {
    const bool is_plain = byte >= 0x20 && byte <= 0x7e && byte != '\\';
    if (is_plain || allowed.find(byte) != std::string_view::npos) {
      text += byte;
    } else {
      append_escaped(text, "\\x", byte);
    }
  }
  return text;
}

}  // namespace

std::string printable(std::string_view bytes) {
  return escaped(bytes, "");
}

std::string first_line(std::string_view bytes) {
  const std::string_view line = bytes.substr(0, bytes.find_first_of("\r\n"));
  return cut_to(printable(line.substr(0, longest_line)), longest_line);
}

std::string printable_lines(std::string_view bytes) {
  return escaped(bytes, "\n\t\\");
}

std::string printable_json(std::string_view document) {
  constexpr char delete_key = 0x7f;
  constexpr char c1_lead = '\xc2';
  std::string text;
  text.reserve(document.size());
  for (size_t at = 0; at < document.size(); ++at) {
    const bool is_c1 = document[at] == c1_lead && at + 1 < document.size() &&
                       static_cast<unsigned char>(document[at + 1]) < 0xa0;
    if (is_c1) {
      append_escaped(text, "\\u00", document[++at]);
    } else if (document[at] == delete_key) {
      append_escaped(text, "\\u00", delete_key);
    } else {
      text += document[at];
    }
  }
  return text;
}

std::string count_of(int64_t number, std::string_view noun) {
  return std::to_string(number).append(" ").append(noun).append(number == 1 ? "" : "s");
}

std::string cut_to(std::string_view text, size_t columns) {
  if (text.size() <= columns) {
    return std::string{text};
  }
  std::string kept(text.substr(0, columns));
  if (columns > 0) {
    kept.back() = '~';
  }
  return kept;
}

std::vector<std::string> wrapped(std::string_view text, size_t columns, size_t lines) {
  std::vector<std::string> result;
  while (text.size() > columns && columns > 0 && result.size() + 1 < lines) {
    const size_t blank = text.rfind(' ', columns);
    const bool is_broken = blank == std::string_view::npos || blank == 0;
    result.emplace_back(text.substr(0, is_broken ? columns : blank));
    text.remove_prefix(is_broken ? columns : blank + 1);
  }
  result.push_back(cut_to(text, columns));
  return result;
}

std::optional<int64_t> parse_number(std::string_view text) {
  int64_t number = 0;
  const auto *const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, number);
  return error == std::errc{} && rest == end ? std::optional{number} : std::nullopt;
}

}  // namespace slotwatch::ctl
