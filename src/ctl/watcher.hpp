// SPDX-License-Identifier: Apache-2.0
// The watcher's API as questions and answers: docs/socket.md.
#pragma once

#include <memory>
#include <string>

#include "client.hpp"
#include "report.hpp"

namespace slotwatch::ctl {

inline constexpr Seconds usual_timeout{10};

class Watcher {
 public:
  // @param socket: as find_socket() takes it; it is looked for with each question
  explicit Watcher(std::string socket) : named_{std::move(socket)} {}

  // A GET's body. Asks again while a reload may be why there is no answer. Throws NoServer.
  [[nodiscard]] std::string get(const std::string &target, Deadline until) const;
  [[nodiscard]] Report report(Deadline until) const {
    return parse_report(get(report_target, until));
  }
  // @param since: an instant, or nothing for all that is remembered
  [[nodiscard]] std::string events(const std::string &since, Deadline until) const;

  // Asks for it once. An answer other than 202 is a Failure with the server's line.
  [[nodiscard]] Accepted recycle(int64_t slot, int64_t pid, Deadline until) const;

  // For who waits himself; found anew.
  [[nodiscard]] std::unique_ptr<Client> connect() const;

  static constexpr const char *report_target = "/status?format=json";
  [[nodiscard]] static std::string recycle_target(int64_t slot, int64_t pid);
  // Throws NoServer for all but 200.
  [[nodiscard]] static std::string body_of(Answer answer);
  // Throws Failure for all but 202.
  [[nodiscard]] static Accepted accepted(const Answer &answer);

 private:
  [[nodiscard]] std::string get_once(const std::string &target, Deadline until) const;

  std::string named_;
};

}  // namespace slotwatch::ctl
