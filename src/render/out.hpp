// SPDX-License-Identifier: Apache-2.0
// Writing to a sink: in pieces of a few KiB, and nothing more once it has refused one.
#pragma once

#include <array>
#include <charconv>
#include <string_view>

#include "slotwatch.h"

namespace slotwatch {

class Out {
 public:
  explicit Out(const sw_sink_t &sink) : sink_{sink} {}
  ~Out() { flush(); }
  Out(const Out &) = delete;
  Out &operator=(const Out &) = delete;

  Out &operator<<(char byte) {
    if (used_ == buffer_.size()) {
      flush();
    }
    buffer_[used_++] = byte;
    return *this;
  }
  Out &operator<<(std::string_view text) {
    for (const char byte : text) {
      *this << byte;
    }
    return *this;
  }
  Out &operator<<(int64_t number) {
    std::array<char, 24> digits;
    const char *end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
    return *this << std::string_view{digits.data(), static_cast<size_t>(end - digits.data())};
  }
  // With zeros before it, to at least `width` digits.
  Out &padded(uint64_t number, size_t width, int base = 10) {
    std::array<char, 24> digits;
    const char *end = std::to_chars(digits.data(), digits.data() + digits.size(), number, base).ptr;
    const std::string_view text{digits.data(), static_cast<size_t>(end - digits.data())};
    for (size_t size = text.size(); size < width; ++size) {
      *this << '0';
    }
    return *this << text;
  }

  void flush() {
    if (used_ > 0 && !has_failed_) {
      has_failed_ = sink_.write(sink_.context, buffer_.data(), used_) != 0;
    }
    used_ = 0;
  }
  [[nodiscard]] bool has_failed() const { return has_failed_; }

 private:
  const sw_sink_t &sink_;
  std::array<char, 4096> buffer_;
  size_t used_ = 0;
  bool has_failed_ = false;
};

}  // namespace slotwatch
