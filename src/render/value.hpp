// SPDX-License-Identifier: Apache-2.0
// What a field holds, whatever it is shown in.
#pragma once

#include <span>
#include <string_view>

#include "out.hpp"

namespace slotwatch {

struct Value {
  enum class Kind : uint8_t {
    nothing,
    number,
    seconds,  // a span, in microseconds
    instant,  // Unix time, in microseconds
    id,       // of an incident
    flag,
    word,     // of the ABI's tables: safe anywhere
    letter,   // a sw_worker_t, shown as mod_status does
    text,     // untrusted bytes
    workers,  // untrusted sw_worker_t
  };
  Kind kind = Kind::nothing;
  int64_t number = 0;
  std::string_view bytes{};

  static constexpr Value of_number(int64_t number) { return {Kind::number, number}; }
  static constexpr Value of_seconds(sw_usec_t span) { return {Kind::seconds, span}; }
  static constexpr Value of_instant(sw_usec_t wall) { return {Kind::instant, wall}; }
  static constexpr Value of_bytes(uint64_t number) {
    return {Kind::number, static_cast<int64_t>(number & INT64_MAX)};
  }
  static constexpr Value of_flag(bool flag) { return {Kind::flag, flag ? 1 : 0}; }
  static constexpr Value of_word(const char *word) { return {Kind::word, 0, word}; }
  static constexpr Value of_letter(uint32_t worker_state) { return {Kind::letter, worker_state}; }
  static constexpr Value of_id(uint64_t id) {
    return id != 0 ? Value{Kind::id, static_cast<int64_t>(id)} : Value{};
  }
  static constexpr Value of_workers(std::string_view states) { return {Kind::workers, 0, states}; }
  static constexpr Value of_text(const char &byte) {
    return {Kind::text, 0, std::string_view{&byte, 1}};
  }
  template <size_t N>
  static constexpr Value of_text(const char (&text)[N]) {
    const std::string_view whole{text, N};
    return {Kind::text, 0, whole.substr(0, whole.find('\0'))};
  }

  [[nodiscard]] bool is_nothing() const { return kind == Kind::nothing; }
};

// One byte of untrusted text as printable ASCII. '"' and '\' become \x22 and \x5c rather than \"
// and
// \\, since httpd doubles every backslash on its way to the error log, which would open a quote.
void write_printable(Out &out, char byte);
void write_letters(Out &out, std::string_view worker_states);
// RFC 3339 in UTC, to the millisecond.
void write_instant(Out &out, sw_usec_t wall);
// As `key=value` has it: ASCII, one line, a text in quotes, `-` for nothing.
void write_plain(Out &out, const Value &value);
// As a person reads it, where only the span differs: "3 min 20 s".
void write_span(Out &out, sw_usec_t span);

}  // namespace slotwatch
