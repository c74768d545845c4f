// SPDX-License-Identifier: Apache-2.0
#include "output.hpp"

#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "failure.hpp"

namespace slotwatch::ctl {

namespace {

// https://no-color.org: set, and not empty.
[[nodiscard]] bool wants_no_colour() {
  const char *no_colour = std::getenv("NO_COLOR");
  const char *terminal = std::getenv("TERM");
  return (no_colour != nullptr && *no_colour != '\0') ||
         (terminal != nullptr && std::strcmp(terminal, "dumb") == 0);
}

// ECMA-48's "select graphic rendition", in the order of Colour.
constexpr std::array<std::string_view, 8> codes{"0", "1", "90", "31", "32", "33", "35", "36"};

}  // namespace

Output::Output(int fd)
    : fd_{fd}, is_terminal_{isatty(fd) != 0}, has_colours_{is_terminal_ && !wants_no_colour()} {}

size_t Output::columns() const {
  winsize size{};
  const bool is_known = is_terminal_ && ioctl(fd_, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
  return is_known ? size.ws_col : std::string::npos;
}

std::string Output::paint(Colour colour, std::string_view text) const {
  if (!has_colours_ || colour == Colour::none || text.empty()) {
    return std::string{text};
  }
  std::string painted{"\033["};
  painted.append(codes[static_cast<size_t>(colour)]).append("m").append(text).append("\033[0m");
  return painted;
}

void Output::write(std::string_view text) const {
  while (!text.empty()) {
    const ssize_t written = ::write(fd_, text.data(), text.size());
    if (written >= 0) {
      text.remove_prefix(static_cast<size_t>(written));
    } else if (errno == EPIPE) {
      throw OutputClosed{};
    } else if (errno != EINTR) {
      throw Failure{std::string{"cannot write: "} + std::strerror(errno)};
    }
  }
}

void Output::wait_ms(int span) const {
  pollfd end{fd_, 0, 0};
  if (poll(&end, 1, span) > 0 && (end.revents & (POLLERR | POLLHUP | POLLNVAL)) != 0) {
    throw OutputClosed{};
  }
}

}  // namespace slotwatch::ctl
