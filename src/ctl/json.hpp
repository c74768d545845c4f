// SPDX-License-Identifier: Apache-2.0
// Reading JSON that somebody else wrote: each field is there and of its kind, or it is a Failure.
#pragma once

#include <rapidjson/document.h>

#include <cstdint>
#include <optional>
#include <string>

namespace slotwatch::ctl {

// Texts are made printable as they are read.
class Reader {
 public:
  // @param where: what it is called in a Failure
  Reader(const rapidjson::Value &object, std::string where);

  void take(const char *name, int64_t &to) const;
  void take(const char *name, double &to) const;
  void take(const char *name, bool &to) const;
  void take(const char *name, std::string &to) const;  // null: empty
  template <typename T>
  void take(const char *name, std::optional<T> &to) const {
    to.reset();
    if (!field(name).IsNull()) {
      take(name, to.emplace());
    }
  }

  [[nodiscard]] Reader part(const char *name) const { return {field(name), name}; }

  // The objects of an array.
  template <typename Visitor>
  void each(const char *name, Visitor &&visit) const {
    for (const rapidjson::Value &item : array(name)) {
      visit(Reader{item, name});
    }
  }

 private:
  [[nodiscard]] const rapidjson::Value &field(const char *name) const;
  [[nodiscard]] rapidjson::Value::ConstArray array(const char *name) const;
  [[noreturn]] void complain(const char *name, const char *what) const;

  const rapidjson::Value &object_;
  std::string where_;
};

// An object of the schema that this program knows.
[[nodiscard]] rapidjson::Document parse_document(const std::string &text);

}  // namespace slotwatch::ctl
