// SPDX-License-Identifier: Apache-2.0
// HTTP over a unix socket: one exchange at a time, whose waiting can be shared with a terminal's.
#pragma once

#include <curl/curl.h>

#include <memory>
#include <string>

#include "span.hpp"

namespace slotwatch::ctl {

struct Answer {
  long status = 0;
  std::string body;
};

class Client {
 public:
  // @param socket: its path
  explicit Client(std::string socket);

  [[nodiscard]] const std::string &socket() const { return socket_; }

  // In pieces: begin() it, step() until it says that all has come, finish() or cancel().
  // @param method: GET or POST
  void begin(const char *method, const std::string &target, Deadline until);
  // Waits so long, or until there is more, or until `also` can be read (-1: nothing).
  [[nodiscard]] bool step(int also, std::chrono::milliseconds most);
  // Throws NoServer.
  [[nodiscard]] Answer finish();
  void cancel();
  [[nodiscard]] bool is_busy() const { return is_busy_; }

  // Whole, and but once. Throws NoServer.
  [[nodiscard]] Answer once(const char *method, const std::string &target, Deadline until);

 private:
  struct Free {
    void operator()(CURL *easy) const { curl_easy_cleanup(easy); }
  };
  struct FreeMulti {
    void operator()(CURLM *multi) const { curl_multi_cleanup(multi); }
  };

  static size_t receive(const char *bytes, size_t one, size_t size, void *client);
  [[noreturn]] void explain(CURLcode code) const;
  [[noreturn]] void explain_connect(long error) const;

  std::string socket_;
  std::unique_ptr<CURLM, FreeMulti> multi_;
  std::unique_ptr<CURL, Free> easy_;
  Answer answer_;
  bool is_busy_ = false;
  bool is_too_long_ = false;
};

}  // namespace slotwatch::ctl
