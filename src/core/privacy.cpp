// SPDX-License-Identifier: Apache-2.0
#include "privacy.hpp"

#include <algorithm>
#include <string_view>

namespace slotwatch {

namespace {

template <size_t N>
[[nodiscard]] std::string_view text_of(const char (&text)[N]) {
  return {text, static_cast<size_t>(std::find(text, text + N - 1, '\0') - text)};
}

template <size_t N>
void clear(char (&text)[N]) {
  std::fill_n(text, N, '\0');
}

// Where the protocol begins at the end of a whole request line (" HTTP/1.1"); npos if it was cut
// off.
[[nodiscard]] size_t protocol_at(std::string_view line) {
  const size_t space = line.rfind(' ');
  if (space == std::string_view::npos) {
    return space;
  }
  std::string_view last_word = line;
  last_word.remove_prefix(space + 1);
  return last_word.starts_with("HTTP/") ? space : std::string_view::npos;
}

// "GET /a?secret HTTP/1.1" -> "GET /a? HTTP/1.1": the '?' stays, as a sign that there was a query.
template <size_t N>
void strip_query(char (&request)[N]) {
  const std::string_view line = text_of(request);
  const size_t query = line.find('?');
  if (query == std::string_view::npos) {
    return;
  }
  const size_t protocol = protocol_at(line);
  char *end = request + query + 1;
  if (protocol != std::string_view::npos && protocol > query) {
    end = std::copy(line.begin() + protocol, line.end(), end);
  }
  std::fill(end, request + N, '\0');
}

}  // namespace

sw_request_t publishable(const sw_request_t &request, uint32_t privacy, bool is_tail) {
  sw_request_t shown = request;
  for (char *end : {std::end(shown.client), std::end(shown.request), std::end(shown.vhost),
                    std::end(shown.protocol)}) {
    end[-1] = '\0';
  }
  if (privacy == SW_PRIVACY_FULL) {
    return shown;
  }
  const bool is_cut = text_of(shown.request).size() + 1 == sizeof(shown.request);
  if (is_tail && is_cut) {
    clear(shown.request);
  }
  strip_query(shown.request);
  if (privacy != SW_PRIVACY_NOQUERY) {
    clear(shown.client);
  }
  if (privacy >= SW_PRIVACY_NONE) {  // what is no level shows nothing
    clear(shown.request);
    clear(shown.vhost);
  }
  return shown;
}

}  // namespace slotwatch
