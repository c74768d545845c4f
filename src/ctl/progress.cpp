// SPDX-License-Identifier: Apache-2.0
#include "progress.hpp"

#include "text.hpp"

namespace slotwatch::ctl {

void Progress::show(const std::string &line) {
  if (out_.is_terminal()) {
    out_.write("\r\033[K" + cut_to(line, out_.columns() - 1));
    is_shown_ = true;
  }
}

void Progress::clear() {
  if (is_shown_) {
    out_.write("\r\033[K");
    is_shown_ = false;
  }
}

}  // namespace slotwatch::ctl
