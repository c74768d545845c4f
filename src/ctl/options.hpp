// SPDX-License-Identifier: Apache-2.0
// What the command line asks for.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "span.hpp"

namespace slotwatch::ctl {

struct Options {
  std::string command;
  std::string socket;  // empty: found by itself
  bool json = false;
  bool follow = false;
  bool quiet = false;
  bool generation = false;  // status: nothing but the number
  bool no_wait = false;
  bool prometheus = false;  // metrics: the format 0.0.4
  std::string since;
  std::string metric;
  std::string warning;   // ranges
  std::string critical;  //
  Seconds interval{};
  Seconds timeout{};
  std::optional<int64_t> after;  // a generation
  std::optional<int64_t> slot;
  std::optional<int64_t> pid;
};

}  // namespace slotwatch::ctl
