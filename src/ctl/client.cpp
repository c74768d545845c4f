// SPDX-License-Identifier: Apache-2.0
#include "client.hpp"

#include <grp.h>
#include <pwd.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <cerrno>
#include <cstring>
#include <new>

#include "failure.hpp"
#include "text.hpp"

namespace slotwatch::ctl {

namespace {

// Far beyond any report: 4,096 sockets, threads and requests each are some MiB.
constexpr size_t most_bytes = size_t{64} << 20U;
constexpr std::chrono::milliseconds longest_wait{3'600'000};

// `user root and group www-data`.
[[nodiscard]] std::string owners_of(const std::string &path) {
  struct stat file {};
  if (stat(path.c_str(), &file) != 0) {
    return "its directory is not open to you";
  }
  const passwd *user = getpwuid(file.st_uid);
  const group *members = getgrgid(file.st_gid);
  return "it is for user " + (user != nullptr ? user->pw_name : std::to_string(file.st_uid)) +
         " and group " + (members != nullptr ? members->gr_name : std::to_string(file.st_gid));
}

}  // namespace

Client::Client(std::string socket)
    : socket_{std::move(socket)}, multi_{curl_multi_init()}, easy_{curl_easy_init()} {
  if (!multi_ || !easy_) {
    throw std::bad_alloc{};
  }
  if (socket_.size() >= sizeof(sockaddr_un::sun_path)) {
    throw NoServer{Trouble::lasting, printable(socket_) + ": longer than a socket's path may be"};
  }
}

size_t Client::receive(const char *bytes, size_t one, size_t size, void *client) {
  auto &own = *static_cast<Client *>(client);
  own.is_too_long_ = size > most_bytes - own.answer_.body.size();
  if (own.is_too_long_) {
    return 0;
  }
  own.answer_.body.append(bytes, one * size);
  return one * size;
}

void Client::begin(const char *method, const std::string &target, Deadline until) {
  cancel();
  answer_ = {};
  is_too_long_ = false;
  CURL *easy = easy_.get();
  curl_easy_reset(easy);
  const std::string url = "http://localhost" + target;
  const auto left = until.left(longest_wait);
  curl_easy_setopt(easy, CURLOPT_URL, url.c_str());
  curl_easy_setopt(easy, CURLOPT_UNIX_SOCKET_PATH, socket_.c_str());
  curl_easy_setopt(easy, CURLOPT_PROXY, "");  // nor what http_proxy says
  curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, method);
  if (std::strcmp(method, "POST") == 0) {
    curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE, 0L);
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, "");
  }
  curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, std::max<long>(1, left.count()));
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, 1L);
  curl_easy_setopt(easy, CURLOPT_FORBID_REUSE, 1L);
  curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, &Client::receive);
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, this);
  curl_multi_add_handle(multi_.get(), easy);
  is_busy_ = true;
}

bool Client::step(int also, std::chrono::milliseconds most) {
  int running = 0;
  curl_multi_perform(multi_.get(), &running);
  if (running > 0 || !is_busy_) {
    curl_waitfd other{also, CURL_WAIT_POLLIN, 0};
    curl_multi_poll(multi_.get(), &other, also >= 0 ? 1 : 0, static_cast<int>(most.count()),
                    nullptr);
    curl_multi_perform(multi_.get(), &running);
  }
  return is_busy_ && running == 0;
}

void Client::cancel() {
  if (is_busy_) {
    curl_multi_remove_handle(multi_.get(), easy_.get());
    is_busy_ = false;
  }
}

Answer Client::finish() {
  int left = 0;
  const CURLMsg *message = curl_multi_info_read(multi_.get(), &left);
  const CURLcode code = message != nullptr ? message->data.result : CURLE_GOT_NOTHING;
  cancel();
  if (code != CURLE_OK) {
    explain(code);
  }
  curl_easy_getinfo(easy_.get(), CURLINFO_RESPONSE_CODE, &answer_.status);
  return std::move(answer_);
}

Answer Client::once(const char *method, const std::string &target, Deadline until) {
  begin(method, target, until);
  while (!step(-1, until.left(longest_wait))) {
  }
  return finish();
}

void Client::explain(CURLcode code) const {
  const std::string path = printable(socket_);
  long error = 0;
  switch (code) {
    case CURLE_COULDNT_CONNECT:
      curl_easy_getinfo(easy_.get(), CURLINFO_OS_ERRNO, &error);
      explain_connect(error);
    case CURLE_GOT_NOTHING:
    case CURLE_RECV_ERROR:
    case CURLE_SEND_ERROR:
    case CURLE_PARTIAL_FILE:
      throw NoServer{Trouble::closed, path + ": closed without an answer"};
    case CURLE_OPERATION_TIMEDOUT:
      throw NoServer{Trouble::lasting, path + ": no answer in time"};
    case CURLE_WRITE_ERROR:
      throw NoServer{Trouble::lasting, path + ": " +
                                           (is_too_long_ ? "the answer is longer than 64 MiB"
                                                         : curl_easy_strerror(code))};
    default:
      throw NoServer{Trouble::lasting,
                     path + ": the answer is not the watcher's: " + curl_easy_strerror(code)};
  }
}

void Client::explain_connect(long error) const {
  const std::string path = printable(socket_);
  switch (error) {
    case ENOENT:
      throw NoServer{Trouble::absent, "no server: " + path + " does not exist"};
    case ECONNREFUSED:
      throw NoServer{Trouble::absent, "no server: nobody listens on " + path + " any more"};
    case EACCES:
    case EPERM:
      throw NoServer{Trouble::lasting, path + ": permission denied; " + owners_of(socket_)};
    default:
      throw NoServer{Trouble::lasting,
                     path + ": cannot connect: " + std::strerror(static_cast<int>(error))};
  }
}

}  // namespace slotwatch::ctl
