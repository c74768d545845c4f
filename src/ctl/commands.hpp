// SPDX-License-Identifier: Apache-2.0
// What slotwatchctl does: a function a command, each in a file of its name. They throw Failure.
#pragma once

#include "failure.hpp"
#include "options.hpp"

namespace slotwatch::ctl {

[[nodiscard]] Exit status(const Options &options);
[[nodiscard]] Exit top(const Options &options);
[[nodiscard]] Exit events(const Options &options);
[[nodiscard]] Exit metrics(const Options &options);
[[nodiscard]] Exit check(const Options &options);
[[nodiscard]] Exit preflight(const Options &options);
[[nodiscard]] Exit wait(const Options &options);
[[nodiscard]] Exit recycle(const Options &options);

// As a monitoring plugin says that it knows nothing.
[[nodiscard]] Exit check_failed(const std::string &why);

}  // namespace slotwatch::ctl
