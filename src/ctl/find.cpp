// SPDX-License-Identifier: Apache-2.0
#include "find.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string_view>
#include <vector>

#include "failure.hpp"
#include "text.hpp"

namespace slotwatch::ctl {

namespace {

// proc(5): Num RefCount Protocol Flags Type St Inode Path. A socket that listens has
// __SO_ACCEPTCON of the kernel's include/uapi/linux/net.h among its flags.
[[nodiscard]] std::string listening_path(const std::string &line) {
  constexpr unsigned long accepts_connections = 0x10000;
  std::istringstream fields{line};
  std::string number;
  std::string count;
  std::string protocol;
  std::string type;
  std::string state;
  std::string inode;
  std::string path;
  unsigned long flags = 0;
  fields >> number >> count >> protocol >> std::hex >> flags >> type >> state >> inode >> std::ws;
  std::getline(fields, path);
  return (flags & accepts_connections) != 0 ? path : "";
}

// The kernel knows a socket by the path that it was bound to, and the parent binds it beside its
// place: src/os/endpoint.c.
[[nodiscard]] std::string place_of(std::string path) {
  constexpr std::string_view beside = ".new";
  if (path.ends_with(beside)) {
    path.resize(path.size() - beside.size());
  }
  return path;
}

// Anybody may listen on a socket of that name, in a directory of his own, and tell tales.
[[nodiscard]] bool is_trusted(const std::string &path) {
  struct stat file {};
  return lstat(path.c_str(), &file) == 0 && S_ISSOCK(file.st_mode) &&
         (file.st_uid == 0 || file.st_uid == geteuid());
}

[[nodiscard]] std::vector<std::string> candidates() {
  std::vector<std::string> paths;
  std::ifstream table{"/proc/net/unix"};
  for (std::string line; std::getline(table, line);) {
    std::string path = place_of(listening_path(line));
    if (path.starts_with('/') && path.ends_with("/slotwatch.sock")) {
      paths.push_back(std::move(path));
    }
  }
  std::ranges::sort(paths);
  paths.erase(std::unique(paths.begin(), paths.end()), paths.end());
  return paths;
}

[[nodiscard]] std::string listed(const std::vector<std::string> &paths) {
  std::string text;
  for (const std::string &path : paths) {
    text += (text.empty() ? "" : ", ") + printable(path);
  }
  return text;
}

}  // namespace

std::string find_socket(const std::string &named) {
  if (!named.empty()) {
    return named;
  }
  const char *variable = std::getenv("SLOTWATCH_SOCKET");
  if (variable != nullptr && *variable != '\0') {
    return variable;
  }
  const std::vector<std::string> all = candidates();
  std::vector<std::string> trusted;
  std::vector<std::string> distrusted;
  std::partition_copy(all.begin(), all.end(), std::back_inserter(trusted),
                      std::back_inserter(distrusted), is_trusted);
  if (trusted.size() == 1) {
    return trusted.front();
  }
  const std::string choose = "; choose with --socket PATH or SLOTWATCH_SOCKET";
  if (trusted.size() > 1) {
    throw NoServer{Trouble::lasting, "several servers: " + listed(trusted) + choose};
  }
  if (!distrusted.empty()) {
    throw NoServer{Trouble::lasting,
                   "no server of root's or yours; not trusted: " + listed(distrusted) + choose};
  }
  throw NoServer{Trouble::absent, "no server: nothing listens on a slotwatch.sock" + choose};
}

}  // namespace slotwatch::ctl
