// SPDX-License-Identifier: Apache-2.0
// Standard output: what it is, and writing to it.
#pragma once

#include <cstddef>
#include <stdexcept>
#include <string>
#include <string_view>

namespace slotwatch::ctl {

enum class Colour { none, bold, grey, red, green, yellow, magenta, cyan };

// Nobody reads any more.
class OutputClosed : public std::runtime_error {
 public:
  OutputClosed() : std::runtime_error{"the output is closed"} {}
};

class Output {
 public:
  // @param fd: 1 or 2
  explicit Output(int fd);

  [[nodiscard]] bool is_terminal() const { return is_terminal_; }
  // Of the terminal; without one as wide as it takes.
  [[nodiscard]] size_t columns() const;

  // In colour on a terminal where NO_COLOR is not set, otherwise as it is.
  [[nodiscard]] std::string paint(Colour colour, std::string_view text) const;

  // All of it, at once; throws OutputClosed, or Failure where it cannot be written.
  void write(std::string_view text) const;
  void line(std::string_view text) const { write(std::string{text} + "\n"); }

  // Waits so long, or until the reader is gone: then throws OutputClosed.
  void wait_ms(int span) const;

 private:
  int fd_;
  bool is_terminal_;
  bool has_colours_;
};

}  // namespace slotwatch::ctl
