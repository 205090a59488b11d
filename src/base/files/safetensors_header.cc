#include "safetensors_header.h"

#include <torch/types.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "interprior/base/error.h"
#include "safetensors_dtype.h"

namespace interprior {
namespace {

using nlohmann::json;

constexpr int kDeepest = 3;  // name -> field -> list
constexpr size_t kMaxAxes = 64;

// The JSON library keeps the last of two equal keys and accepts any nesting depth; the callback rejects both while it parses.
json parse_json(std::string_view text, const std::string& place) {
  std::vector<std::set<std::string>> keys;
  const auto watch = [&](int depth, json::parse_event_t event, json& parsed) {
    using Event = json::parse_event_t;
    if (event == Event::object_start || event == Event::array_start) {
      require(depth < kDeepest, "the safetensors header is nested too deeply", place);
      keys.emplace_back();
    } else if (event == Event::object_end || event == Event::array_end) {
      keys.pop_back();
    } else if (event == Event::key) {
      const auto& key = parsed.get_ref<const std::string&>();
      require(keys.back().insert(key).second, "the safetensors header has the key \"" + key + "\" twice", place);
    }
    return true;
  };
  json parsed = json::parse(text, watch, false);
  require(!parsed.is_discarded() && parsed.is_object(), "the safetensors header is not a JSON object", place,
          "the file is damaged");
  return parsed;
}

std::map<std::string, std::string> read_metadata(const json& object, const std::string& place) {
  require(object.is_object(), "__metadata__ is not a map", place);
  std::map<std::string, std::string> metadata;
  for (const auto& [key, value] : object.items()) {
    require(value.is_string(), "__metadata__ holds a value that is not a string under \"" + key + "\"", place);
    metadata[key] = value.get<std::string>();
  }
  return metadata;
}

torch::Dtype read_dtype(const json& value, const std::string& place) {
  require(value.is_string(), "the dtype is not a string", place);
  const std::string& word = value.get_ref<const std::string&>();
  for (const auto& [name, dtype] : kSafetensorsDtypes)
    if (word == name) return dtype;
  throw Error("the dtype \"" + word + "\" is unknown", place, "known: F64, F32, F16, BF16, I64, I32, I16, I8, U8, BOOL");
}

uint64_t read_count(const json& value, const char* what, const std::string& place) {
  const bool good = value.is_number_unsigned() && value.get<uint64_t>() <= static_cast<uint64_t>(INT64_MAX);
  require(good, c10::str(what, " is not a whole number from 0 to 2^63 - 1"), place);
  return value.get<uint64_t>();
}

std::vector<int64_t> read_shape(const json& value, const std::string& place) {
  require(value.is_array() && value.size() <= kMaxAxes, "the shape is not a list of at most 64 numbers", place);
  std::vector<int64_t> shape;
  for (const json& size : value) shape.push_back(static_cast<int64_t>(read_count(size, "a size in the shape", place)));
  return shape;
}

// Size of the tensor in bytes. Throws Error on overflow.
uint64_t byte_count(const SafetensorsEntry& entry, const std::string& place) {
  uint64_t bytes = c10::elementSize(entry.dtype);
  for (const int64_t size : entry.shape)
    require(!__builtin_mul_overflow(bytes, static_cast<uint64_t>(size), &bytes) && bytes <= static_cast<uint64_t>(INT64_MAX),
            "the shape claims more bytes than any file has", place);
  return bytes;
}

SafetensorsEntry read_entry(const std::string& name, const json& object, uint64_t data_size, const std::string& file) {
  const std::string place = file + ", tensor " + name;
  require(object.is_object() && object.size() == 3 && object.contains("dtype") && object.contains("shape") &&
              object.contains("data_offsets"),
          "expected exactly dtype, shape and data_offsets", place);
  SafetensorsEntry entry{name, read_dtype(object["dtype"], place), read_shape(object["shape"], place)};
  const json& offsets = object["data_offsets"];
  require(offsets.is_array() && offsets.size() == 2, "data_offsets is not a pair of numbers", place);
  entry.begin = read_count(offsets[0], "the first offset", place);
  entry.end = read_count(offsets[1], "the second offset", place);
  require(entry.begin <= entry.end && entry.end <= data_size,
          c10::str("bytes ", entry.begin, " .. ", entry.end, " are outside the ", data_size, " bytes of data"), place,
          "the file is damaged or truncated");
  const uint64_t needed = byte_count(entry, place);
  require(entry.end - entry.begin == needed,
          c10::str("its shape needs ", needed, " bytes, its offsets give ", entry.end - entry.begin), place);
  return entry;
}

}  // namespace

SafetensorsHeader parse_safetensors_header(std::string_view text, uint64_t data_size, const std::string& place) {
  const json root = parse_json(text, place);
  SafetensorsHeader header;
  for (const auto& [name, value] : root.items()) {
    if (name == "__metadata__")
      header.metadata = read_metadata(value, place);
    else
      header.entries.push_back(read_entry(name, value, data_size, place));
  }
  std::sort(header.entries.begin(), header.entries.end(), [](const SafetensorsEntry& a, const SafetensorsEntry& b) {
    return std::tie(a.begin, a.end, a.name) < std::tie(b.begin, b.end, b.name);
  });
  uint64_t reached = 0;
  for (const SafetensorsEntry& entry : header.entries) {
    require(entry.begin == reached, c10::str("its data begin at byte ", entry.begin, " instead of ", reached),
            place + ", tensor " + entry.name, "tensor data must be contiguous, without gap or overlap");
    reached = entry.end;
  }
  require(reached == data_size, c10::str("the tensors end at byte ", reached, " of ", data_size, " bytes of data"), place,
          "the file is damaged");
  return header;
}

}  // namespace interprior
