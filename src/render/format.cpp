// SPDX-License-Identifier: Apache-2.0
// Which document is asked for, and what it is called.
#include <algorithm>
#include <iterator>
#include <string_view>

#include "page_text.hpp"
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
  bool has_version;        // it is the one of its media type that has versions
};

// In the order of preference where a client has none.
constexpr Format formats[] = {
    {SW_FORMAT_HTML, "text/html; charset=utf-8", "text/html", false},
    {SW_FORMAT_JSON, "application/json", "application/json", false},
    {SW_FORMAT_OPENMETRICS, "application/openmetrics-text; version=1.0.0; charset=utf-8",
     "application/openmetrics-text", false},
    {SW_FORMAT_TEXT, "text/plain; charset=utf-8", "text/plain", false},
    {SW_FORMAT_PROMETHEUS, "text/plain; version=0.0.4; charset=utf-8", "text/plain", true},
    {SW_FORMAT_HEALTH, "text/plain; charset=utf-8", "", false},
};
static_assert(std::size(formats) == SW_FORMAT_COUNT);

[[nodiscard]] string_view trimmed(string_view text, string_view blanks = " \t") {
  text.remove_prefix(std::min(text.find_first_not_of(blanks), text.size()));
  return text.substr(0, text.find_last_not_of(blanks) + 1);  // npos + 1 is 0
}

[[nodiscard]] bool same_ignoring_case(string_view left, string_view right) {
  const auto lower = [](char byte) {
    return byte >= 'A' && byte <= 'Z' ? static_cast<char>(byte - 'A' + 'a') : byte;
  };
  return std::ranges::equal(left, right, {}, lower, lower);
}

// The value of a media range's first parameter of that name, without quotes; empty for none.
[[nodiscard]] string_view parameter(string_view parameters, string_view name) {
  while (!parameters.empty()) {
    string_view value = trimmed(next_part(parameters, ';'));
    if (same_ignoring_case(trimmed(next_part(value, '=')), name)) {
      return trimmed(value, " \t\"");
    }
  }
  return {};
}

// A qvalue in thousandths; what cannot be read counts as 1 (RFC 9110, 12.4.2).
[[nodiscard]] int quality_of(string_view value) {
  constexpr int whole = 1000;
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

// One of an Accept header's media ranges.
struct Range {
  string_view type;
  bool has_version;
  int quality;
};

[[nodiscard]] Range next_range(string_view &accept) {
  string_view parameters = next_part(accept, ',');
  const string_view type = trimmed(next_part(parameters, ';'));
  return {type, !parameter(parameters, "version").empty(), quality_of(parameter(parameters, "q"))};
}

// The format that the range names by its type, and by having a version; null if none. Which version
// does not matter: Prometheus 3 asks for 1.0.0, which differs in how it quotes names that we do not
// have, and reads 0.0.4 as well.
[[nodiscard]] const Format *named(const Range &range) {
  const Format *found = nullptr;
  for (const Format &format : formats) {
    const bool is_better = format.has_version ? range.has_version : found == nullptr;
    if (is_better && same_ignoring_case(range.type, format.media_type)) {
      found = &format;
    }
  }
  return found;
}

// How exactly a media range names the format: 3 for itself, 2 for type/*, 1 for */*, 0 not at all.
[[nodiscard]] int precision(const Range &range, const Format &format) {
  if (named(range) == &format) {
    return 3;
  }
  const string_view group = format.media_type.substr(0, format.media_type.find('/') + 1);
  if (range.type.ends_with("/*") &&
      same_ignoring_case(range.type.substr(0, range.type.size() - 1), group)) {
    return 2;
  }
  return range.type == "*/*" ? 1 : 0;
}

// What the most precise range of the Accept header says of the format; 0 if none names it.
[[nodiscard]] int accepted(string_view accept, const Format &format) {
  int best = 0;
  int result = 0;
  while (!accept.empty()) {
    const Range range = next_range(accept);
    const int match = precision(range, format);
    if (match > best) {
      best = match;
      result = range.quality;
    }
  }
  return result;
}

[[nodiscard]] sw_format_t preferred(string_view accept) {
  const Format *best = formats;
  int best_quality = 0;
  for (const Format &format : formats) {
    const int own = format.media_type.empty() ? 0 : accepted(accept, format);
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

const char *sw_format_security_policy(sw_format_t format) {
  return format == SW_FORMAT_HTML
             ? "default-src 'none'; style-src '" SW_PAGE_STYLE_SHA256
               "'; script-src '" SW_PAGE_SCRIPT_SHA256
               "'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
             : "default-src 'none'; frame-ancestors 'none'";
}

const char *sw_format_type(sw_format_t format) {
  const auto *found = std::ranges::find(formats, format, &Format::format);
  return found != std::end(formats) ? found->content_type : "application/octet-stream";
}
