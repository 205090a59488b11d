#include "interprior/train/tensorboard_events.h"

#include <array>
#include <c10/util/StringUtil.h>
#include <cerrno>
#include <cstring>
#include <fstream>

#include "interprior/base/error.h"

namespace interprior {
namespace {

std::array<uint32_t, 256> castagnoli_table() {
  std::array<uint32_t, 256> table{};
  for (uint32_t byte = 0; byte < 256; ++byte) {
    uint32_t value = byte;
    for (int bit = 0; bit < 8; ++bit) value = (value & 1u) ? (value >> 1) ^ 0x82F63B78u : value >> 1;
    table[byte] = value;
  }
  return table;
}

// TFRecord masks its checksums, so that a checksum of data holding checksums stays a good one.
uint32_t masked_crc(std::string_view bytes) {
  const uint32_t crc = crc32c(bytes);
  return ((crc >> 15) | (crc << 17)) + 0xA282EAD8u;
}

template <class T>
void append_little_endian(std::string& out, T value) {
  for (size_t byte = 0; byte < sizeof(T); ++byte) out.push_back(static_cast<char>((value >> (8 * byte)) & 0xFFu));
}

void append_varint(std::string& out, uint64_t value) {
  for (; value >= 0x80; value >>= 7) out.push_back(static_cast<char>((value & 0x7F) | 0x80));
  out.push_back(static_cast<char>(value));
}

enum WireType : uint64_t { kVarint = 0, kFixed64 = 1, kBytes = 2, kFixed32 = 5 };

void append_key(std::string& out, uint64_t field, WireType type) { append_varint(out, field << 3 | type); }

void append_bytes(std::string& out, uint64_t field, std::string_view bytes) {
  append_key(out, field, kBytes);
  append_varint(out, bytes.size());
  out.append(bytes);
}

void append_double(std::string& out, uint64_t field, double value) {
  uint64_t bits = 0;
  std::memcpy(&bits, &value, sizeof bits);
  append_key(out, field, kFixed64);
  append_little_endian(out, bits);
}

void append_float(std::string& out, uint64_t field, float value) {
  uint32_t bits = 0;
  std::memcpy(&bits, &value, sizeof bits);
  append_key(out, field, kFixed32);
  append_little_endian(out, bits);
}

// Field numbers of tensorflow/core/util/event.proto and framework/summary.proto.
std::string head_event(double wall_time) {
  std::string event;
  append_double(event, 1, wall_time);
  append_bytes(event, 3, "brain.Event:2");
  return event;
}

std::string scalar_event(int64_t step, const std::map<std::string, double>& values, double wall_time) {
  std::string summary;
  for (const auto& [tag, value] : values) {
    std::string entry;
    append_bytes(entry, 1, tag);
    append_float(entry, 2, static_cast<float>(value));
    append_bytes(summary, 1, entry);
  }
  std::string event;
  append_double(event, 1, wall_time);
  append_key(event, 2, kVarint);
  append_varint(event, static_cast<uint64_t>(step));
  append_bytes(event, 5, summary);
  return event;
}

std::string record(const std::string& data) {
  std::string out;
  append_little_endian(out, static_cast<uint64_t>(data.size()));
  append_little_endian(out, masked_crc(out));
  out += data;
  append_little_endian(out, masked_crc(data));
  return out;
}

}  // namespace

uint32_t crc32c(std::string_view bytes) {
  static const std::array<uint32_t, 256> table = castagnoli_table();
  uint32_t crc = 0xFFFFFFFFu;
  for (const char byte : bytes) crc = table[(crc ^ static_cast<uint8_t>(byte)) & 0xFFu] ^ (crc >> 8);
  return ~crc;
}

void append_scalars(const std::filesystem::path& file, int64_t step, const std::map<std::string, double>& values,
                    double wall_time) {
  std::error_code none;
  const auto size = std::filesystem::file_size(file, none);
  std::string bytes = none || size == 0 ? record(head_event(wall_time)) : std::string();
  bytes += record(scalar_event(step, values, wall_time));
  std::ofstream out(file, std::ios::binary | std::ios::app);
  out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  out.close();
  require(out.good(), c10::str("TensorBoard events cannot be written: ", std::strerror(errno)), file.string(),
          "free space on the disk or choose another run folder");
}

}  // namespace interprior
