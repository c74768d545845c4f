// SPDX-License-Identifier: Apache-2.0
// A line in the caller's memory, as a sink.
#pragma once

#include <cstring>

#include "fields.hpp"

namespace slotwatch {

struct Line {
  char *bytes;
  size_t size;
  size_t used = 0;

  static int write(void *context, const char *bytes, size_t size) {
    auto &line = *static_cast<Line *>(context);
    if (size >= line.size - line.used) {
      return 1;
    }
    std::memcpy(line.bytes + line.used, bytes, size);
    line.used += size;
    return 0;
  }
};

}  // namespace slotwatch
