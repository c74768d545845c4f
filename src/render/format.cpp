// SPDX-License-Identifier: Apache-2.0
// Which document is asked for, and what it is called.
#include <algorithm>
#include <iterator>
#include <string_view>

#include "query.hpp"
#include "slotwatch.h"

namespace {

using slotwatch::next_part;
using slotwatch::query_value;
using std::string_view;

struct Format {
  sw_format_t format;
  const char *content_type;
  string_view media_type;  // by which Accept may ask for it; empty: only by ?format=
};

// In the order of preference where a client has none.
constexpr Format formats[] = {
    {SW_FORMAT_HTML, "text/html; charset=utf-8", "text/html"},
    {SW_FORMAT_JSON, "application/json", "application/json"},
    {SW_FORMAT_TEXT, "text/plain; charset=utf-8", "text/plain"},
    {SW_FORMAT_HEALTH, "text/plain; charset=utf-8", ""},
};
static_assert(std::size(formats) == SW_FORMAT_COUNT);

[[nodiscard]] string_view trimmed(string_view text) {
  constexpr string_view blanks = " \t";
  const size_t first = std::min(text.find_first_not_of(blanks), text.size());
  const size_t last = text.find_last_not_of(blanks);
  return last == string_view::npos ? string_view{} : text.substr(first, last - first + 1);
}

[[nodiscard]] bool same_ignoring_case(string_view left, string_view right) {
  const auto lower = [](char byte) {
    return byte >= 'A' && byte <= 'Z' ? static_cast<char>(byte - 'A' + 'a') : byte;
  };
  return std::ranges::equal(left, right, {}, lower, lower);
}

// A qvalue in thousandths; what cannot be read counts as 1 (RFC 9110, 12.4.2).
[[nodiscard]] int quality(string_view parameters) {
  constexpr int whole = 1000;
  while (!parameters.empty()) {
    string_view value = trimmed(next_part(parameters, ';'));
    if (!same_ignoring_case(trimmed(next_part(value, '=')), "q")) {
      continue;
    }
    value = trimmed(value);
    if (!value.starts_with('0')) {
      return whole;
    }
    int thousandths = 0;
    int unit = whole / 10;
    for (const char digit : value.substr(std::min<size_t>(2, value.size()))) {
      thousandths += digit >= '0' && digit <= '9' ? unit * (digit - '0') : 0;
      unit /= 10;
    }
    return thousandths;
  }
  return whole;
}

// How exactly a media range names the type: 3 for itself, 2 for type/*, 1 for */*, 0 not at all.
[[nodiscard]] int precision(string_view range, string_view type) {
  if (same_ignoring_case(range, type)) {
    return 3;
  }
  const string_view group = type.substr(0, type.find('/') + 1);
  if (range.ends_with("/*") && same_ignoring_case(range.substr(0, range.size() - 1), group)) {
    return 2;
  }
  return range == "*/*" ? 1 : 0;
}

// What the most precise range of the Accept header says of the type; 0 if none names it.
[[nodiscard]] int accepted(string_view accept, string_view type) {
  int best = 0;
  int result = 0;
  while (!accept.empty()) {
    string_view parameters = next_part(accept, ',');
    const int match = precision(trimmed(next_part(parameters, ';')), type);
    if (match > best) {
      best = match;
      result = quality(parameters);
    }
  }
  return result;
}

[[nodiscard]] sw_format_t preferred(string_view accept) {
  const Format *best = formats;
  int best_quality = 0;
  for (const Format &format : formats) {
    const int own = format.media_type.empty() ? 0 : accepted(accept, format.media_type);
    if (own > best_quality) {
      best = &format;
      best_quality = own;
    }
  }
  return best->format;
}

}  // namespace

sw_status_t sw_format_choose(const char *query, const char *accept, sw_format_t *format) {
  const string_view asked = query != nullptr ? query : "";
  if (const auto name = query_value(asked, "format")) {
    const auto *found = std::ranges::find(formats, *name, [](const Format &known) {
      return string_view{sw_format_name(known.format)};
    });
    if (found == std::end(formats)) {
      return SW_STATUS_ARGUMENT;
    }
    *format = found->format;
  } else if (query_value(asked, "auto")) {
    *format = SW_FORMAT_TEXT;
  } else {
    *format = preferred(accept != nullptr ? accept : "");
  }
  return SW_STATUS_OK;
}

const char *sw_format_list(void) {
#define SW_X(word, name) ", " name
  static constexpr string_view list{SW_FORMATS(SW_X)};
#undef SW_X
  return list.data() + 2;
}

const char *sw_format_type(sw_format_t format) {
  const auto *found = std::ranges::find(formats, format, &Format::format);
  return found != std::end(formats) ? found->content_type : "application/octet-stream";
}
