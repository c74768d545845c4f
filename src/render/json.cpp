// SPDX-License-Identifier: Apache-2.0
// The report as JSON, schema 1: RapidJSON's Writer on a sink.
#include <array>
#include <cstddef>

// Nothing of it may abort a server or need a heap: the writer gets its memory below.
#define RAPIDJSON_ASSERT(condition) static_cast<void>(condition)
#define RAPIDJSON_NEW(type) nullptr
#define RAPIDJSON_DELETE(pointer) static_cast<void>(pointer)
#include <rapidjson/allocators.h>
#include <rapidjson/writer.h>

#include "documents.hpp"
#include "unicode.hpp"

namespace slotwatch {

namespace {

constexpr int schema = 1;
constexpr int microseconds = 6;  // decimal places

// An output stream as RapidJSON wants it.
class Stream {
 public:
  using Ch = char;
  explicit Stream(Out &out) : out_{out} {}
  void Put(char byte) { out_ << byte; }
  void Flush() {}
  [[nodiscard]] Out &out() const { return out_; }

 private:
  Out &out_;
};

class Json {
 public:
  explicit Json(Out &out) : stream_{out}, writer_{stream_, &pool_, most_levels} {
    writer_.SetMaxDecimalPlaces(microseconds);
  }

  void document(const Look &look);
  void events(const Look &look, sw_usec_t since);
  void asked(const Look &look, const sw_slot_t &slot);

 private:
  void value(const Value &value);
  void text(std::string_view bytes);
  void slot(const sw_slot_t &slot, const Look &look);
  void connections(const sw_slot_t &slot, const Look &look);
  void incident(const sw_incident_t &incident, const Look &look);
  void drains(const sw_drains_t &drains);
  void timeline(const Look &look);

  void key(const char *name) { writer_.Key(name); }
  // The members that every document begins with.
  void begin() {
    writer_.StartObject();
    key("schema");
    writer_.Int(schema);
  }
  template <typename T>
  void members(Fields<T> fields, const T &from, const Look &look) {
    for (const Field<T> &field : fields) {
      key(field.name);
      value(field.value(from, look));
    }
  }
  template <typename T>
  void object(Fields<T> fields, const T &from, const Look &look) {
    writer_.StartObject();
    members(fields, from, look);
    writer_.EndObject();
  }
  template <typename T>
  void array(const char *name, Fields<T> fields, std::span<const T> from, const Look &look) {
    key(name);
    writer_.StartArray();
    for (const T &one : from) {
      object(fields, one, look);
    }
    writer_.EndArray();
  }
  // Beside the writer, piece by piece: there may be 20,000 letters.
  void plain(const Value &value) {
    writer_.RawValue("\"", 1, rapidjson::kStringType);
    write_plain(stream_.out(), value);
    stream_.out() << '"';
  }

  // The writer keeps 16 bytes a level; the pool, a few words of its own.
  static constexpr size_t most_levels = 16;
  using Pool = rapidjson::MemoryPoolAllocator<>;

  alignas(std::max_align_t) std::array<char, 1024> memory_;
  Pool pool_{memory_.data(), memory_.size()};
  Stream stream_;
  rapidjson::Writer<Stream, rapidjson::UTF8<>, rapidjson::UTF8<>, Pool> writer_;
};

// JSON is UTF-8 (RFC 8259), clients' bytes need not be.
class Utf8 {
 public:
  explicit Utf8(std::string_view bytes) {
    while (!bytes.empty() && size_ + utf8_most <= text_.size()) {
      append(next_character(bytes));
    }
  }
  [[nodiscard]] std::string_view view() const { return {text_.data(), size_}; }

 private:
  void append(std::string_view part) {
    size_ += part.copy(text_.data() + size_, text_.size() - size_);
  }

  std::array<char, sizeof(sw_identity_t::software) * utf8_most> text_;
  size_t size_ = 0;
};

void Json::text(std::string_view bytes) {
  const Utf8 utf8{bytes};
  writer_.String(utf8.view().data(), static_cast<rapidjson::SizeType>(utf8.view().size()));
}

void Json::value(const Value &value) {
  switch (value.kind) {
    case Value::Kind::nothing:
      writer_.Null();
      break;
    case Value::Kind::number:
      writer_.Int64(value.number);
      break;
    case Value::Kind::seconds:
      writer_.Double(static_cast<double>(value.number) / SW_USEC_PER_SEC);
      break;
    case Value::Kind::flag:
      writer_.Bool(value.number != 0);
      break;
    case Value::Kind::text:
      text(value.bytes);
      break;
    default:  // words, ids, letters, instants: ASCII without a quote
      plain(value);
  }
}

// What is not sampled of a slot that serves is null.
void Json::connections(const sw_slot_t &slot, const Look &look) {
  const bool is_known = slot.state != SW_STATE_FREE && slot.state != SW_STATE_SERVING;
  key("connections");
  writer_.StartObject();
  for (const auto &field : connection_fields()) {
    key(field.name);
    value(is_known ? field.value(slot.connections, look) : Value{});
  }
  writer_.EndObject();
}

void Json::slot(const sw_slot_t &slot, const Look &look) {
  writer_.StartObject();
  members(slot_fields(), slot, look);
  connections(slot, look);
  array("requests", request_fields(), look.requests(slot), look);
  key("requests_omitted");
  writer_.Int64(slot.requests_omitted);
  array("sockets", socket_fields(), look.sockets(slot), look);
  array("threads", thread_fields(), look.threads(slot), look);
  writer_.EndObject();
}

void Json::incident(const sw_incident_t &incident, const Look &look) {
  writer_.StartObject();
  members(incident_fields(), incident, look);
  array("rungs", rung_fields(), rungs_of(incident), look);
  writer_.EndObject();
}

// Each bucket by itself; `le` of the last is null.
void Json::drains(const sw_drains_t &drains) {
  writer_.StartObject();
  uint64_t count = 0;
  key("buckets");
  writer_.StartArray();
  for (const DrainBucket &bucket : buckets_of(drains)) {
    writer_.StartObject();
    key("le");
    value(bucket.bound != 0 ? Value::of_number(bucket.bound) : Value{});
    key("count");
    writer_.Uint64(bucket.count);
    writer_.EndObject();
    count += bucket.count;
  }
  writer_.EndArray();
  key("count");
  writer_.Uint64(count);
  key("sum_seconds");
  value(Value::of_seconds(drains.sum));
  writer_.EndObject();
}

void Json::timeline(const Look &look) {
  writer_.StartObject();
  key("step_seconds");
  value(Value::of_seconds(SW_MOMENT_STEP));
  array("moments", moment_fields(), look.moments(), look);
  writer_.EndObject();
}

void Json::document(const Look &look) {
  const sw_report_t &report = look.report;
  begin();
  key("time");
  value(Value::of_instant(report.wall));
  key("server");
  object(server_fields(), report, look);
  key("watcher");
  object(watcher_fields(), report, look);
  key("capacity");
  object(capacity_fields(), report.capacity, look);
  array("generations", generation_fields(), std::span{report.generations, report.generation_count},
        look);
  key("slots");
  writer_.StartArray();
  for (const sw_slot_t &one : look.slots()) {
    slot(one, look);
  }
  writer_.EndArray();
  key("incidents");
  writer_.StartArray();
  for (const sw_incident_t &one : look.incidents()) {
    incident(one, look);
  }
  writer_.EndArray();
  key("counters");
  object(counter_fields(), report.counters, look);
  key("drains");
  drains(report.drains);
  key("timeline");
  timeline(look);
  writer_.EndObject();
}

void Json::events(const Look &look, sw_usec_t since) {
  begin();
  key("time");
  value(Value::of_instant(look.report.wall));
  key("incidents");
  writer_.StartArray();
  const std::span newest_first = look.incidents();
  for (auto one = newest_first.rbegin(); one != newest_first.rend(); ++one) {
    if (changed_after(*one, since)) {
      incident(*one, look);
    }
  }
  writer_.EndArray();
  writer_.EndObject();
}

void Json::asked(const Look &look, const sw_slot_t &slot) {
  begin();
  for (const Field<sw_slot_t> &field : slot_fields()) {
    const std::string_view name = field.name;
    if (name == "slot" || name == "pid" || name == "state" || name == "rung") {
      key(field.name);
      value(field.value(slot, look));
    }
  }
  writer_.EndObject();
}

}  // namespace

void write_json(Out &out, const Look &look) {
  Json{out}.document(look);
  out << '\n';
}

void write_json_events(Out &out, const Look &look, sw_usec_t since) {
  Json{out}.events(look, since);
  out << '\n';
}

void write_json_asked(Out &out, const Look &look, const sw_slot_t &slot) {
  Json{out}.asked(look, slot);
  out << '\n';
}

}  // namespace slotwatch
