// SPDX-License-Identifier: Apache-2.0
#include "value.hpp"

#include <algorithm>
#include <chrono>

namespace slotwatch {

namespace {

[[nodiscard]] bool is_printable(char byte) {
  return byte >= ' ' && byte <= '~' && byte != '"' && byte != '\\';
}

// To the millisecond, or to the microsecond below one. Spans are never negative.
void write_seconds(Out &out, sw_usec_t span) {
  const auto whole = static_cast<uint64_t>(std::max(span, sw_usec_t{0}));
  const uint64_t part = whole % SW_USEC_PER_SEC;
  out << static_cast<int64_t>(whole / SW_USEC_PER_SEC) << '.';
  if (whole == 0 || whole >= SW_USEC_PER_MSEC) {
    out.padded(part / SW_USEC_PER_MSEC, 3);
  } else {
    out.padded(part, 6);
  }
}

}  // namespace

void write_printable(Out &out, char byte) {
  if (is_printable(byte)) {
    out << byte;
  } else {
    out << "\\x";
    out.padded(static_cast<unsigned char>(byte), 2, 16);
  }
}

void write_letters(Out &out, std::string_view worker_states) {
  for (const char state : worker_states) {
    out << sw_worker_letter(static_cast<unsigned char>(state));
  }
}

void write_instant(Out &out, sw_usec_t wall) {
  using namespace std::chrono;
  const microseconds since{std::clamp(wall, sw_usec_t{0}, 253402300799 * SW_USEC_PER_SEC)};
  const auto day = floor<days>(since);
  const year_month_day date{sys_days{day}};
  const hh_mm_ss time{floor<milliseconds>(since - day)};
  out.padded(static_cast<unsigned>(int{date.year()}), 4) << '-';
  out.padded(unsigned{date.month()}, 2) << '-';
  out.padded(unsigned{date.day()}, 2) << 'T';
  out.padded(static_cast<uint64_t>(time.hours().count()), 2) << ':';
  out.padded(static_cast<uint64_t>(time.minutes().count()), 2) << ':';
  out.padded(static_cast<uint64_t>(time.seconds().count()), 2) << '.';
  out.padded(static_cast<uint64_t>(time.subseconds().count()), 3) << 'Z';
}

void write_plain(Out &out, const Value &value) {
  switch (value.kind) {
    case Value::Kind::nothing:
      out << '-';
      break;
    case Value::Kind::number:
      out << value.number;
      break;
    case Value::Kind::seconds:
      write_seconds(out, value.number);
      break;
    case Value::Kind::instant:
      write_instant(out, value.number);
      break;
    case Value::Kind::id:
      out.padded(static_cast<uint64_t>(value.number), 16, 16);
      break;
    case Value::Kind::flag:
      out << (value.number != 0 ? "yes" : "no");
      break;
    case Value::Kind::word:
      out << value.bytes;
      break;
    case Value::Kind::letter:
      out << sw_worker_letter(static_cast<uint32_t>(value.number));
      break;
    case Value::Kind::text:
      out << '"';
      std::ranges::for_each(value.bytes, [&out](char byte) { write_printable(out, byte); });
      out << '"';
      break;
    case Value::Kind::workers:
      write_letters(out, value.bytes);
      break;
  }
}

void write_span(Out &out, sw_usec_t span) {
  using namespace std::chrono;
  const hh_mm_ss time{floor<seconds>(microseconds{std::max(span, sw_usec_t{0})})};
  if (span < 10 * SW_USEC_PER_SEC && span % SW_USEC_PER_SEC > 0) {
    write_seconds(out, span);
    out << " s";
  } else if (time.hours().count() > 0) {
    out << int64_t{time.hours().count()} << " h " << int64_t{time.minutes().count()} << " min";
  } else if (time.minutes().count() > 0) {
    out << int64_t{time.minutes().count()} << " min " << int64_t{time.seconds().count()} << " s";
  } else {
    out << int64_t{time.seconds().count()} << " s";
  }
}

}  // namespace slotwatch
