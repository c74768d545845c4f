// SPDX-License-Identifier: Apache-2.0
// A line that is written over in place while somebody watches, and not at all otherwise.
#pragma once

#include <string>

#include "output.hpp"

namespace slotwatch::ctl {

class Progress {
 public:
  void show(const std::string &line);
  // Leaves an empty line behind; for what comes after it.
  void clear();

 private:
  Output out_{2};
  bool is_shown_ = false;
};

}  // namespace slotwatch::ctl
