// SPDX-License-Identifier: Apache-2.0
#include "instant.hpp"

#include <charconv>
#include <chrono>

namespace slotwatch {

namespace {

constexpr uint64_t last_second = 253402300799;  // 9999-12-31T23:59:59Z

// Takes what it expects off the front of a text; once it was disappointed, all it says is wrong.
class Reader {
 public:
  explicit Reader(std::string_view rest) : rest_{rest} {}

  unsigned number(size_t width) {
    unsigned value = 0;
    const std::string_view digits = rest_.substr(0, width);
    const char *end = digits.data() + digits.size();
    const auto [last, error] = std::from_chars(digits.data(), end, value);
    is_right_ = is_right_ && digits.size() == width && error == std::errc{} && last == end;
    rest_.remove_prefix(digits.size());
    return value;
  }
  bool skip(std::string_view expected) {
    const bool is_there = rest_.starts_with(expected);
    rest_.remove_prefix(is_there ? expected.size() : 0);
    return is_there;
  }
  void need(bool is_there) { is_right_ = is_right_ && is_there; }
  void need_colon() { need(skip(":") || skip("%3A") || skip("%3a")); }
  sw_usec_t fraction() {
    sw_usec_t microseconds = 0;
    sw_usec_t unit = SW_USEC_PER_SEC / 10;
    const size_t digits = std::min(rest_.find_first_not_of("0123456789"), rest_.size());
    need(digits > 0);
    for (const char digit : rest_.substr(0, digits)) {
      microseconds += unit * (digit - '0');
      unit /= 10;
    }
    rest_.remove_prefix(digits);
    return microseconds;
  }
  [[nodiscard]] bool is_right_to_its_end() const { return is_right_ && rest_.empty(); }

 private:
  std::string_view rest_;
  bool is_right_ = true;
};

[[nodiscard]] bool read_unix(std::string_view text, sw_usec_t &wall) {
  uint64_t seconds = 0;
  const char *end = text.data() + text.size();
  const auto [last, error] = std::from_chars(text.data(), end, seconds);
  if (error != std::errc{} || last != end || seconds > last_second) {
    return false;
  }
  wall = static_cast<sw_usec_t>(seconds) * SW_USEC_PER_SEC;
  return true;
}

}  // namespace

bool read_instant(std::string_view text, sw_usec_t &wall) {
  using namespace std::chrono;
  if (read_unix(text, wall)) {
    return true;
  }
  Reader reader{text};
  const year year_of{static_cast<int>(reader.number(4))};
  reader.need(reader.skip("-"));
  const month month_of{reader.number(2)};
  reader.need(reader.skip("-"));
  const year_month_day date{year_of, month_of, day{reader.number(2)}};
  reader.need(reader.skip("T"));
  const unsigned hour = reader.number(2);
  reader.need_colon();
  const unsigned minute = reader.number(2);
  reader.need_colon();
  const unsigned second = reader.number(2);
  const sw_usec_t part = reader.skip(".") ? reader.fraction() : 0;
  reader.need(reader.skip("Z"));
  if (!reader.is_right_to_its_end() || !date.ok() || hour > 23 || minute > 59 || second > 60) {
    return false;
  }
  const auto since = sys_days{date}.time_since_epoch() + hours{hour} + minutes{minute};
  wall = (duration_cast<seconds>(since).count() + second) * SW_USEC_PER_SEC + part;
  return true;
}

}  // namespace slotwatch
