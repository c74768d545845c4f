// SPDX-License-Identifier: Apache-2.0
#include "json.hpp"

#include "failure.hpp"
#include "text.hpp"

namespace slotwatch::ctl {

namespace {

constexpr int64_t known_schema = 1;

}  // namespace

Reader::Reader(const rapidjson::Value &object, std::string where)
    : object_{object}, where_{std::move(where)} {
  if (!object_.IsObject()) {
    throw Failure{"the server's answer is no report: " + where_ + " is no object"};
  }
}

void Reader::complain(const char *name, const char *what) const {
  throw Failure{"the server's answer is no report: " + where_ + "." + name + " " + what};
}

const rapidjson::Value &Reader::field(const char *name) const {
  const auto found = object_.FindMember(name);
  if (found == object_.MemberEnd()) {
    complain(name, "is missing");
  }
  return found->value;
}

rapidjson::Value::ConstArray Reader::array(const char *name) const {
  const rapidjson::Value &value = field(name);
  if (!value.IsArray()) {
    complain(name, "is no array");
  }
  return value.GetArray();
}

void Reader::take(const char *name, int64_t &to) const {
  const rapidjson::Value &value = field(name);
  if (!value.IsInt64()) {
    complain(name, "is no whole number");
  }
  to = value.GetInt64();
}

void Reader::take(const char *name, double &to) const {
  const rapidjson::Value &value = field(name);
  if (!value.IsNumber()) {
    complain(name, "is no number");
  }
  to = value.GetDouble();
}

void Reader::take(const char *name, bool &to) const {
  const rapidjson::Value &value = field(name);
  if (!value.IsBool()) {
    complain(name, "is neither true nor false");
  }
  to = value.GetBool();
}

void Reader::take(const char *name, std::string &to) const {
  const rapidjson::Value &value = field(name);
  if (value.IsNull()) {
    to.clear();
    return;
  }
  if (!value.IsString()) {
    complain(name, "is no text");
  }
  to = printable({value.GetString(), value.GetStringLength()});
}

rapidjson::Document parse_document(const std::string &text) {
  // RapidJSON takes a NUL for the end, and without kParseIterativeFlag its stack for unbounded.
  constexpr unsigned flags = rapidjson::kParseValidateEncodingFlag | rapidjson::kParseIterativeFlag;
  rapidjson::Document document;
  document.Parse<flags>(text.data(), text.size());
  if (document.HasParseError() || text.find('\0') != std::string::npos) {
    throw Failure{
        "the server's answer is not JSON, from byte " +
        std::to_string(document.HasParseError() ? document.GetErrorOffset() : text.find('\0'))};
  }
  int64_t schema = 0;
  Reader{document, "document"}.take("schema", schema);
  if (schema != known_schema) {
    throw Failure{"the server speaks schema " + std::to_string(schema) + ", and this program " +
                  std::to_string(known_schema)};
  }
  return document;
}

}  // namespace slotwatch::ctl
