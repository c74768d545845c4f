// SPDX-License-Identifier: Apache-2.0
#include "patience.hpp"

#include "failure.hpp"

namespace slotwatch::ctl {

std::optional<Report> Patience::report(Deadline until) {
  try {
    Report report = watcher_.report(until.or_in(usual_timeout));
    gone_ = Deadline::in(usual_timeout);
    return report;
  } catch (const NoServer &) {
    if (gone_.is_over() || until.is_over()) {
      throw;
    }
    return {};
  }
}

}  // namespace slotwatch::ctl
