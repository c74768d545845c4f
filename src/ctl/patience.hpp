// SPDX-License-Identifier: Apache-2.0
// Asking for reports again and again, over reloads.
#pragma once

#include <optional>

#include "report.hpp"
#include "watcher.hpp"

namespace slotwatch::ctl {

class Patience {
 public:
  explicit Patience(const Watcher &watcher) : watcher_{watcher} {}

  // The report, or nothing where the server has just gone; throws NoServer if it stays away.
  [[nodiscard]] std::optional<Report> report(Deadline until);

 private:
  const Watcher &watcher_;
  Deadline gone_ = Deadline::in(Seconds{0});
};

}  // namespace slotwatch::ctl
