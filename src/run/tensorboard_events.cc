#include "interprior/run/tensorboard_events.h"

#include <c10/util/StringUtil.h>
#include <torch/utils.h>

#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>

#include "interprior/base/error.h"
#include "interprior/base/files/atomic_file.h"

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

// TFRecord masks its checksums, as the CRC of data that contains its own CRC is weak.
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

void append_integer(std::string& out, uint64_t field, int64_t value) {
  append_key(out, field, kVarint);
  append_varint(out, static_cast<uint64_t>(value));
}

void append_double(std::string& out, uint64_t field, double value) {
  append_key(out, field, kFixed64);
  append_little_endian(out, std::bit_cast<uint64_t>(value));
}

void append_packed_doubles(std::string& out, uint64_t field, const std::vector<double>& values) {
  std::string packed;
  for (const double value : values) append_little_endian(packed, std::bit_cast<uint64_t>(value));
  append_bytes(out, field, packed);
}

// Field numbers of tensorflow/core/util/event.proto and framework/summary.proto.
std::string head_event(double wall_time) {
  std::string event;
  append_double(event, 1, wall_time);
  append_bytes(event, 3, "brain.Event:2");
  return event;
}

// Appends the fields of Summary.Value after its tag, by type of value.
void append_value(std::string& entry, double value) {
  append_key(entry, 2, kFixed32);
  append_little_endian(entry, std::bit_cast<uint32_t>(static_cast<float>(value)));
}

void append_value(std::string& entry, const EventImage& image) {
  constexpr int64_t kRgb = 3;
  std::string message;
  append_integer(message, 1, image.height);
  append_integer(message, 2, image.width);
  append_integer(message, 3, kRgb);
  append_bytes(message, 4, image.png_or_jpeg);
  append_bytes(entry, 4, message);
}

void append_value(std::string& entry, const EventHistogram& histogram) {
  std::string histo;
  append_double(histo, 1, histogram.min);
  append_double(histo, 2, histogram.max);
  append_double(histo, 3, histogram.count);
  append_double(histo, 4, histogram.sum);
  append_double(histo, 5, histogram.sum_of_squares);
  append_packed_doubles(histo, 6, histogram.limits);
  append_packed_doubles(histo, 7, histogram.counts);
  append_bytes(entry, 5, histo);
}

template <class Value>
std::string summary_event(int64_t step, const std::map<std::string, Value>& values, double wall_time) {
  std::string summary;
  for (const auto& [tag, value] : values) {
    std::string entry;
    append_bytes(entry, 1, tag);
    append_value(entry, value);
    append_bytes(summary, 1, entry);
  }
  std::string event;
  append_double(event, 1, wall_time);
  append_integer(event, 2, step);
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

void append_record(const std::filesystem::path& file, const std::string& event, double wall_time) {
  std::error_code none;
  const auto size = std::filesystem::file_size(file, none);
  append_to_file(file, (none || size == 0 ? record(head_event(wall_time)) : std::string()) + record(event));
}

template <class Value>
void append_event(const std::filesystem::path& file, int64_t step, const std::map<std::string, Value>& values, double wall_time) {
  append_record(file, summary_event(step, values, wall_time), wall_time);
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
  append_event(file, step, values, wall_time);
}

void append_images(const std::filesystem::path& file, int64_t step, const std::map<std::string, EventImage>& images,
                   double wall_time) {
  append_event(file, step, images, wall_time);
}

void append_histograms(const std::filesystem::path& file, int64_t step, const std::map<std::string, EventHistogram>& histograms,
                       double wall_time) {
  for (const auto& [tag, histogram] : histograms)
    require(!histogram.limits.empty() && histogram.limits.size() == histogram.counts.size(),
            c10::str("a histogram has ", histogram.limits.size(), " limits and ", histogram.counts.size(), " counts"), tag,
            "give each bucket one limit and one count");
  append_event(file, step, histograms, wall_time);
}

EventHistogram histogram_of(const torch::Tensor& tensor) {
  constexpr int64_t kBuckets = 64;
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  EventHistogram histogram{.limits = {0}, .counts = {0}};
  if (tensor.numel() == 0) return histogram;
  torch::NoGradGuard no_grad;
  const torch::Tensor values = tensor.reshape(-1).to(torch::kFloat64), finite = values.isfinite(), other = ~finite;
  const torch::Tensor low = values.masked_fill(other, kInfinity).amin(), high = values.masked_fill(other, -kInfinity).amax();
  const torch::Tensor counted = values.masked_fill(other, 0);
  // Halves, as the difference of two finite numbers may overflow; equal values all fall into the first bucket.
  const torch::Tensor half_span = high / 2 - low / 2, divisor = torch::where(half_span > 0, half_span, 1);
  const torch::Tensor place = (counted / 2).sub_(low / 2).div_(divisor).mul_(kBuckets).clamp_(0, kBuckets - 1);
  const torch::Tensor bucket = place.to(torch::kInt64);
  const torch::Tensor counts = torch::zeros({kBuckets}, values.options()).scatter_add(0, bucket, finite.to(torch::kFloat64));
  const torch::Tensor moments =
      torch::stack({low, high, finite.sum().to(torch::kFloat64), counted.sum(), counted.square().sum()});
  const torch::Tensor numbers = torch::cat({moments, counts}).cpu();
  const double* number = numbers.const_data_ptr<double>();
  if (number[2] == 0) return histogram;
  histogram = {number[0], number[1], number[2], number[3], number[4], {}, {}};
  if (histogram.min == histogram.max) {
    histogram.limits = {histogram.max};
    histogram.counts = {histogram.count};
    return histogram;
  }
  for (int64_t k = 1; k <= kBuckets; ++k)
    histogram.limits.push_back(std::lerp(histogram.min, histogram.max, static_cast<double>(k) / kBuckets));
  histogram.counts.assign(number + 5, number + 5 + kBuckets);
  return histogram;
}

void append_restart(const std::filesystem::path& file, int64_t step, double wall_time) {
  std::string session, event;
  append_integer(session, 1, 1);  // SessionLog.START
  append_double(event, 1, wall_time);
  append_integer(event, 2, step);
  append_bytes(event, 7, session);
  append_record(file, event, wall_time);
}

}  // namespace interprior
