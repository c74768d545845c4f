// SPDX-License-Identifier: Apache-2.0
#include "privacy.hpp"

#include "text.hpp"

namespace slotwatch {

namespace {

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
  if (is_tail && is_cut(shown.request)) {
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

sw_socket_t publishable(const sw_socket_t &socket, uint32_t privacy) {
  sw_socket_t shown = socket;
  std::end(shown.peer)[-1] = '\0';
  shown.role = shown.role < SW_ROLE_COUNT ? shown.role : static_cast<uint8_t>(SW_ROLE_OTHER);
  shown.idle = std::max(shown.idle, sw_usec_t{-1});
  // A client's that was closed is "other", and still somebody's address.
  const bool shows_clients = privacy == SW_PRIVACY_FULL || privacy == SW_PRIVACY_NOQUERY;
  const bool shows_backends = shows_clients || privacy == SW_PRIVACY_NOCLIENT;
  if (shown.role == SW_ROLE_BACKEND ? !shows_backends : !shows_clients) {
    clear(shown.peer);
  }
  return shown;
}

sw_thread_t publishable(const sw_thread_t &thread) {
  sw_thread_t shown = thread;
  std::end(shown.name)[-1] = '\0';
  std::end(shown.wchan)[-1] = '\0';
  const bool is_letter =
      (shown.state >= 'A' && shown.state <= 'Z') || (shown.state >= 'a' && shown.state <= 'z');
  shown.state = is_letter ? shown.state : '?';
  shown.cpu = std::max(shown.cpu, sw_usec_t{0});
  return shown;
}

}  // namespace slotwatch
