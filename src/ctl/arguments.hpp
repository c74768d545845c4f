// SPDX-License-Identifier: Apache-2.0
// The command line.
#pragma once

#include "options.hpp"

namespace slotwatch::ctl {

// Reads it into `options`; of these `command` is set even where something else is wrong. Throws
// Failure for what cannot be read. @return whether there is something to do: --help and --version
// have been answered already
[[nodiscard]] bool parse_arguments(int argc, const char *const *argv, Options &options);

}  // namespace slotwatch::ctl
