#include "interprior/base/files/safetensors_header.h"

#include <algorithm>
#include <cstring>
#include <nlohmann/json.hpp>
#include <set>
#include <tuple>

#include "interprior/base/error.h"
#include "interprior/base/files/file_kind.h"
#include "mapped_safetensors.h"
#include "safetensors_format.h"

namespace fs = std::filesystem;

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

// Name and element size.
const std::pair<const char*, uint64_t>& read_dtype(const json& value, const std::string& place) {
  require(value.is_string(), "the dtype is not a string", place);
  const std::string& word = value.get_ref<const std::string&>();
  for (const auto& known : kSafetensorsDtypes)
    if (word == known.first) return known;
  throw Error("the dtype \"" + word + "\" is unknown", place, "known: F64, F32, F16, BF16, I64, I32, I16, I8, U8, BOOL");
}

uint64_t read_count(const json& value, const char* what, const std::string& place) {
  const bool good = value.is_number_unsigned() && value.get<uint64_t>() <= static_cast<uint64_t>(INT64_MAX);
  require(good, std::string(what) + " is not a whole number from 0 to 2^63 - 1", place);
  return value.get<uint64_t>();
}

std::vector<int64_t> read_shape(const json& value, const std::string& place) {
  require(value.is_array() && value.size() <= kMaxAxes, "the shape is not a list of at most 64 numbers", place);
  std::vector<int64_t> shape;
  for (const json& size : value) shape.push_back(static_cast<int64_t>(read_count(size, "a size in the shape", place)));
  return shape;
}

// Size of the tensor in bytes. Throws Error on overflow, also of the strides of a tensor without elements.
uint64_t byte_count(const std::vector<int64_t>& shape, uint64_t element_size, const std::string& place) {
  uint64_t bytes = element_size;
  for (const int64_t size : shape) {
    const auto factor = static_cast<uint64_t>(std::max<int64_t>(size, 1));
    require(!__builtin_mul_overflow(bytes, factor, &bytes) && bytes <= static_cast<uint64_t>(INT64_MAX),
            "the shape claims more bytes than any file has", place);
  }
  return std::find(shape.begin(), shape.end(), 0) == shape.end() ? bytes : 0;
}

SafetensorsEntry read_entry(const std::string& name, const json& object, uint64_t data_size, const std::string& file) {
  const std::string place = file + ", tensor " + name;
  require(object.is_object() && object.size() == 3 && object.contains("dtype") && object.contains("shape") &&
              object.contains("data_offsets"),
          "expected exactly dtype, shape and data_offsets", place);
  const auto& [dtype, element_size] = read_dtype(object["dtype"], place);
  SafetensorsEntry entry{name, dtype, read_shape(object["shape"], place)};
  const json& offsets = object["data_offsets"];
  require(offsets.is_array() && offsets.size() == 2, "data_offsets is not a pair of numbers", place);
  entry.begin = read_count(offsets[0], "the first offset", place);
  entry.end = read_count(offsets[1], "the second offset", place);
  require(entry.begin <= entry.end && entry.end <= data_size,
          "bytes " + std::to_string(entry.begin) + " .. " + std::to_string(entry.end) + " are outside the " +
              std::to_string(data_size) + " bytes of data",
          place, "the file is damaged or truncated");
  const uint64_t needed = byte_count(entry.shape, element_size, place);
  require(entry.end - entry.begin == needed,
          "its shape needs " + std::to_string(needed) + " bytes, its offsets give " + std::to_string(entry.end - entry.begin),
          place);
  return entry;
}

// Entries in order of the data offsets; they cover the `data_size` bytes of data without gap or overlap.
void check_offsets(const std::vector<SafetensorsEntry>& entries, uint64_t data_size, const std::string& place) {
  uint64_t reached = 0;
  for (const SafetensorsEntry& entry : entries) {
    require(entry.begin == reached,
            "its data begin at byte " + std::to_string(entry.begin) + " instead of " + std::to_string(reached),
            place + ", tensor " + entry.name, "tensor data must be contiguous, without gap or overlap");
    reached = entry.end;
  }
  require(reached == data_size,
          "the tensors end at byte " + std::to_string(reached) + " of " + std::to_string(data_size) + " bytes of data", place,
          "the file is damaged");
}

SafetensorsHeader parse_header(std::string_view text, uint64_t data_size, const fs::path& path) {
  const std::string place = path.string();
  const json root = parse_json(text, place);
  SafetensorsHeader header{path, {}, {}};
  for (const auto& [name, value] : root.items()) {
    if (name == "__metadata__")
      header.metadata = read_metadata(value, place);
    else
      header.entries.push_back(read_entry(name, value, data_size, place));
  }
  std::sort(header.entries.begin(), header.entries.end(), [](const SafetensorsEntry& a, const SafetensorsEntry& b) {
    return std::tie(a.begin, a.end, a.name) < std::tie(b.begin, b.end, b.name);
  });
  check_offsets(header.entries, data_size, place);
  return header;
}

// The path, if the file is not known to be of another type.
const fs::path& checked(const fs::path& path) {
  require_no_other_kind(path, "a safetensors file");
  return path;
}

}  // namespace

int64_t SafetensorsEntry::numel() const {
  int64_t count = 1;
  for (const int64_t size : shape) count *= size;
  return count;
}

MappedSafetensors::MappedSafetensors(const fs::path& path) : file_(checked(path)) {
  const std::string place = path.string();
  const std::string_view bytes = file_.bytes();
  uint64_t length = 0;
  require(bytes.size() >= sizeof(length), "this is not a safetensors file: it is shorter than 8 bytes", place);
  std::memcpy(&length, bytes.data(), sizeof(length));
  require(length <= kSafetensorsLongestHeader && length <= bytes.size() - sizeof(length),
          "this is not a safetensors file, or it is truncated: byte 0 claims a header of " + std::to_string(length) +
              " bytes, the file has " + std::to_string(bytes.size()),
          place);
  const std::string_view text = bytes.substr(sizeof(length), static_cast<size_t>(length));
  data_ = bytes.substr(sizeof(length) + text.size());
  header_ = parse_header(text, data_.size(), path);
}

SafetensorsHeader read_safetensors_header(const fs::path& path) { return MappedSafetensors(path).header(); }

}  // namespace interprior
