// SPDX-License-Identifier: Apache-2.0
#include "valid.h"

#include <rapidjson/memorystream.h>
#include <rapidjson/reader.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <string>
#include <string_view>
#include <vector>

int is_json(const char *text, size_t size) {
  using namespace rapidjson;
  MemoryStream stream{text, size};
  BaseReaderHandler<> nobody;
  Reader reader;
  return reader.Parse<kParseValidateEncodingFlag>(stream, nobody).IsError() ? 0 : 1;
}

int is_printable(const char *text, size_t size) {
  return std::all_of(text, text + size,
                     [](char byte) { return byte == '\n' || (byte >= ' ' && byte <= '~'); })
             ? 1
             : 0;
}

int is_utf8(const char *text, size_t size) {
  using namespace rapidjson;
  MemoryStream stream{text, size};
  unsigned point = 0;
  while (stream.Tell() < size) {
    if (!UTF8<>::Decode(stream, &point)) {
      return 0;
    }
  }
  return 1;
}

namespace {

// Source: HTML, 13.1.2 and 13.1.2.4: void elements, and those whose end may be left out, as far as
// a page of ours may have them.
bool may_have_no_end(std::string_view name) {
  constexpr std::array<std::string_view, 16> names{"meta", "link",  "br",    "hr",   "input", "img",
                                                   "p",    "li",    "dt",    "dd",   "tr",    "td",
                                                   "th",   "thead", "tbody", "tfoot"};
  return std::ranges::find(names, name) != names.end();
}

std::string_view name_at(std::string_view text) {
  const auto *end =
      std::ranges::find_if(text, [](unsigned char byte) { return std::isalnum(byte) == 0; });
  return {text.begin(), end};
}

}  // namespace

int is_balanced(const char *text, size_t size) {
  std::string_view left{text, size};
  std::vector<std::string> open;
  for (size_t at = left.find('<'); at != std::string_view::npos; at = left.find('<')) {
    left.remove_prefix(at + 1);
    const size_t end = left.find('>');
    if (end == std::string_view::npos) {
      return 0;
    }
    const bool closes = left.starts_with('/');
    const std::string name{name_at(left.substr(closes ? 1 : 0))};
    if (may_have_no_end(name)) {
      left.remove_prefix(end + 1);
      continue;
    }
    if (closes && (open.empty() || open.back() != name)) {
      return 0;
    }
    if (closes) {
      open.pop_back();
    } else if (!left.starts_with('!') && left[end - 1] != '/') {
      open.push_back(name);
    }
    left.remove_prefix(end + 1);
    if (name == "script" && !closes) {  // what is in it is no markup
      left.remove_prefix(std::min(left.find("</script"), left.size()));
    }
  }
  return open.empty() ? 1 : 0;
}
