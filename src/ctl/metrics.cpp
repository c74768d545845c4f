// SPDX-License-Identifier: Apache-2.0
// slotwatchctl metrics: the server's, as they are.
#include "commands.hpp"
#include "output.hpp"
#include "text.hpp"
#include "watcher.hpp"

namespace slotwatch::ctl {

Exit metrics(const Options &options) {
  const Output out{1};
  const Watcher watcher{options.socket};
  const std::string format = options.prometheus ? "prometheus" : "openmetrics";
  const std::string text = watcher.get("/status?format=" + format, Deadline::in(usual_timeout));
  out.write(out.is_terminal() ? printable_lines(text) : text);
  return Exit::ok;
}

}  // namespace slotwatch::ctl
