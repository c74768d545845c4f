// SPDX-License-Identifier: Apache-2.0
// Where the watcher listens.
#pragma once

#include <string>

namespace slotwatch::ctl {

// The named path, or that of SLOTWATCH_SOCKET, or the one listening socket of this machine that is
// called slotwatch.sock and belongs to root or to the caller. Throws NoServer.
[[nodiscard]] std::string find_socket(const std::string &named);

}  // namespace slotwatch::ctl
