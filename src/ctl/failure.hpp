// SPDX-License-Identifier: Apache-2.0
// How a command ends where it does not end well.
#pragma once

#include <stdexcept>
#include <string>

namespace slotwatch::ctl {

// `warning` and `critical` are check's, as the monitoring plugins' guidelines have them.
enum class Exit : int { ok = 0, no = 1, warning = 1, critical = 2, trouble = 3 };

// What stands in the way, in one line.
class Failure : public std::runtime_error {
 public:
  explicit Failure(const std::string &line, Exit code = Exit::trouble)
      : std::runtime_error{line}, code_{code} {}
  [[nodiscard]] Exit code() const { return code_; }

 private:
  Exit code_;
};

// Why a server did not answer, as far as it decides whether to ask again.
enum class Trouble {
  absent,   // nobody listens there, or nobody has a report: for a moment that is a reload's doing
  closed,   // it closed the connection without an answer: so does a reload
  lasting,  // asking again at once would not help
};

// There is no server, or none that answers.
class NoServer : public Failure {
 public:
  NoServer(Trouble trouble, const std::string &line) : Failure{line}, trouble_{trouble} {}
  [[nodiscard]] Trouble trouble() const { return trouble_; }

 private:
  Trouble trouble_;
};

}  // namespace slotwatch::ctl
