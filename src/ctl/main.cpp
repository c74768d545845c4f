// SPDX-License-Identifier: Apache-2.0
// slotwatchctl: asks the watcher, when no worker can be asked any more. Its table of contents.
#include <curl/curl.h>

#include <algorithm>
#include <array>
#include <csignal>

#include "arguments.hpp"
#include "commands.hpp"
#include "output.hpp"

namespace slotwatch::ctl {

namespace {

struct Command {
  std::string_view name;
  Exit (*run)(const Options &options);
};

constexpr std::array<Command, 8> commands{{
    {"status", status},
    {"top", top},
    {"events", events},
    {"metrics", metrics},
    {"check", check},
    {"preflight", preflight},
    {"wait", wait},
    {"recycle", recycle},
}};

[[nodiscard]] Exit run(int argc, const char *const *argv, Options &options) {
  if (!parse_arguments(argc, argv, options)) {
    return Exit::ok;
  }
  const auto *const command = std::ranges::find(commands, options.command, &Command::name);
  return command->run(options);
}

[[nodiscard]] Exit failed(const Options &options, const std::string &line, Exit code) {
  if (options.command == "check") {
    return check_failed(line);
  }
  Output{2}.line("slotwatchctl: " + line);
  return code;
}

[[nodiscard]] Exit run_safely(int argc, const char *const *argv) {
  Options options;
  try {
    return run(argc, argv, options);
  } catch (const Failure &failure) {
    return failed(options, failure.what(), failure.code());
  } catch (const std::bad_alloc &) {
    return failed(options, "out of memory", Exit::trouble);
  }
}

}  // namespace

}  // namespace slotwatch::ctl

int main(int argc, char **argv) {
  using namespace slotwatch::ctl;
  static_cast<void>(std::signal(SIGPIPE, SIG_IGN));  // a closed output is an OutputClosed
  curl_global_init(CURL_GLOBAL_DEFAULT);
  Exit code = Exit::trouble;
  try {
    code = run_safely(argc, argv);
  } catch (const std::exception &) {
    // Nobody is left to tell.
  }
  return static_cast<int>(code);
}
