// SPDX-License-Identifier: Apache-2.0
// SlotWatchProtect: which requests it covers.
#include "slotwatch.h"
#include "text.hpp"

namespace slotwatch {
namespace {

[[nodiscard]] char lower(char letter) {
  return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
}

[[nodiscard]] bool is_same_name(Text one, Text other) {
  return std::ranges::equal(one, other, {}, lower, lower);
}

// "GET /a/b?c HTTP/1.1" and "GET http://host/a/b HTTP/1.1": "/a/b", up to where the text ends.
[[nodiscard]] Text path_of(Text line) {
  line = from(line, line.find(' '));
  line = from(line, line.find_first_not_of(' '));
  line = until(line, line.find(' '));
  const size_t scheme = line.starts_with('/') ? Text::npos : line.find("://");
  if (scheme != Text::npos) {
    line = from(line, scheme + 3);
    line = from(line, line.find('/'));
  }
  return until(line, line.find('?'));
}

[[nodiscard]] bool covers_path(Text prefix, const sw_request_t &request) {
  const Text line = text_of(request.request);
  const Text path = path_of(line);
  const bool ends_early =
      is_cut(request.request) && path.data() + path.size() == line.data() + line.size();
  return path.starts_with(prefix) || (ends_early && !path.empty() && prefix.starts_with(path));
}

[[nodiscard]] bool covers_host(Text name, const sw_request_t &request) {
  Text host = text_of(request.vhost);
  const size_t colon = host.rfind(':');
  if (colon != Text::npos && host.find_first_not_of("0123456789", colon + 1) == Text::npos) {
    return is_same_name(until(host, colon), name) || is_same_name(host, name);
  }
  const bool is_whole = !is_cut(request.vhost);
  return is_same_name(host, is_whole ? name : until(name, host.size()));
}

}  // namespace
}  // namespace slotwatch

using namespace slotwatch;

int sw_protect_covers(const char *word, const sw_request_t *request) {
  if (word == nullptr || request == nullptr || *word == '\0') {
    return 0;
  }
  const Text sought{word};
  const bool covers = *word == '/' ? covers_path(sought, *request) : covers_host(sought, *request);
  return covers ? 1 : 0;
}
