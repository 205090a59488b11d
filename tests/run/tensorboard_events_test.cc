#include "interprior/run/tensorboard_events.h"

#include <gtest/gtest.h>
#include <torch/cuda.h>
#include <torch/types.h>
#include <torch/utils.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <vector>

#include "interprior/base/files/atomic_file.h"
#include "support/temporary_directory.h"
#include "support/tensor_near.h"

namespace interprior {
namespace {

// Independent reader: bitwise checksum, and iteration over protobuf fields.
uint32_t bitwise_crc(const std::string& bytes) {
  uint32_t crc = ~0u;
  for (const unsigned char byte : bytes) {
    crc ^= byte;
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1u) ? 0x82F63B78u : 0u);
  }
  return ~crc;
}

template <class T>
T number_at(const std::string& bytes, size_t at) {
  T value;
  std::memcpy(&value, bytes.data() + at, sizeof value);
  return value;
}

uint32_t unmasked(uint32_t masked) {
  const uint32_t rotated = masked - 0xA282EAD8u;
  return (rotated >> 17) | (rotated << 15);
}

std::vector<std::string> records_of(const std::string& file) {
  std::vector<std::string> records;
  for (size_t at = 0; at < file.size();) {
    const auto length = number_at<uint64_t>(file, at);
    EXPECT_EQ(unmasked(number_at<uint32_t>(file, at + 8)), bitwise_crc(file.substr(at, 8)));
    records.push_back(file.substr(at + 12, length));
    EXPECT_EQ(unmasked(number_at<uint32_t>(file, at + 12 + length)), bitwise_crc(records.back()));
    at += 16 + length;
  }
  return records;
}

struct ProtobufField {
  uint64_t number, type, varint;
  std::string bytes;
};

uint64_t varint_at(const std::string& message, size_t& at) {
  uint64_t value = 0;
  for (int shift = 0;; shift += 7) {
    const auto byte = static_cast<unsigned char>(message.at(at++));
    value |= static_cast<uint64_t>(byte & 0x7F) << shift;
    if (byte < 0x80) return value;
  }
}

std::vector<ProtobufField> fields_of_message(const std::string& message) {
  std::vector<ProtobufField> fields;
  for (size_t at = 0; at < message.size();) {
    const uint64_t key = varint_at(message, at);
    ProtobufField field{key >> 3, key & 7, 0, ""};
    if (field.type == 0) field.varint = varint_at(message, at);
    const size_t length = field.type == 1 ? 8 : field.type == 5 ? 4 : field.type == 2 ? varint_at(message, at) : 0;
    field.bytes = message.substr(at, length);
    at += length;
    fields.push_back(field);
  }
  return fields;
}

std::vector<double> doubles_of(const std::string& packed) {
  std::vector<double> values;
  for (size_t at = 0; at < packed.size(); at += 8) values.push_back(number_at<double>(packed, at));
  return values;
}

// The fields of the one Summary.Value of an event.
std::vector<ProtobufField> only_value(const std::string& event) {
  const auto values = fields_of_message(fields_of_message(event).at(2).bytes);
  EXPECT_EQ(values.size(), 1u);
  return fields_of_message(values.at(0).bytes);
}

// Independent implementation of histogram_of, value by value.
EventHistogram slow_histogram(const torch::Tensor& tensor) {
  std::vector<double> values;
  const torch::Tensor flat = tensor.detach().to(torch::kFloat64).reshape(-1).contiguous();
  for (int64_t i = 0; i < flat.numel(); ++i)
    if (const double value = flat[i].item<double>(); std::isfinite(value)) values.push_back(value);
  EventHistogram histogram;
  histogram.min = *std::min_element(values.begin(), values.end());
  histogram.max = *std::max_element(values.begin(), values.end());
  histogram.counts.assign(64, 0);
  for (int bucket = 1; bucket <= 64; ++bucket)
    histogram.limits.push_back(histogram.min + bucket * ((histogram.max - histogram.min) / 64));
  for (const double value : values) {
    size_t bucket = 0;
    while (bucket < 63 && value >= histogram.limits[bucket]) ++bucket;
    histogram.counts[bucket] += 1;
    histogram.count += 1;
    histogram.sum += value;
    histogram.sum_of_squares += value * value;
  }
  return histogram;
}

void expect_equal(const EventHistogram& actual, const EventHistogram& expected) {
  EXPECT_EQ(actual.min, expected.min);
  EXPECT_EQ(actual.max, expected.max);
  EXPECT_EQ(actual.count, expected.count);
  EXPECT_NEAR(actual.sum, expected.sum, 1e-9 * std::sqrt(expected.count * expected.sum_of_squares));
  EXPECT_NEAR(actual.sum_of_squares, expected.sum_of_squares, 1e-9 * expected.sum_of_squares);
  EXPECT_EQ(actual.counts, expected.counts);
  EXPECT_THAT(actual.limits, ::testing::Pointwise(::testing::DoubleNear(1e-12 * (expected.max - expected.min)), expected.limits));
}

// Non-contiguous view of a larger tensor, with other values between its elements.
torch::Tensor some_values() {
  torch::manual_seed(5);
  const torch::Tensor values = torch::randn({30, 41});
  values[3][4] = std::numeric_limits<float>::quiet_NaN();
  values[7][0] = std::numeric_limits<float>::infinity();
  values[29][40] = -std::numeric_limits<float>::infinity();
  return values.t();
}

TEST(TensorboardEventsGolden, Crc32cHasTheKnownAnswerOfRfc3720) {
  EXPECT_EQ(crc32c("123456789"), 0xE3069283u);
  EXPECT_EQ(crc32c(std::string(32, '\0')), 0x8A9136AAu);
  EXPECT_EQ(crc32c(std::string(32, '\xFF')), 0x62A8AB43u);
  EXPECT_EQ(crc32c(""), 0u);
}

TEST(TensorboardEvents, AnIndependentReaderFindsHeaderAndScalars) {
  TemporaryDirectory folder;
  append_scalars(folder / "events", 7, {{"train/total", 1.5}, {"validation/mpjpe_mm", -2.25}}, 1000.5);
  append_scalars(folder / "events", 300, {{"train/total", 0.125}}, 1001.0);
  const auto records = records_of(read_file(folder / "events"));
  ASSERT_EQ(records.size(), 3u);

  const auto head = fields_of_message(records[0]);
  ASSERT_EQ(head.size(), 2u);
  EXPECT_EQ(number_at<double>(head[0].bytes, 0), 1000.5);
  EXPECT_EQ(head[1].number, 3u);
  EXPECT_EQ(head[1].bytes, "brain.Event:2");

  const auto event = fields_of_message(records[1]);
  ASSERT_EQ(event.size(), 3u);
  EXPECT_EQ(event[1].number, 2u);
  EXPECT_EQ(event[1].varint, 7u);
  const auto values = fields_of_message(event[2].bytes);
  ASSERT_EQ(values.size(), 2u);
  const auto first = fields_of_message(values[0].bytes), second = fields_of_message(values[1].bytes);
  EXPECT_EQ(first[0].bytes, "train/total");
  EXPECT_EQ(number_at<float>(first[1].bytes, 0), 1.5f);
  EXPECT_EQ(second[0].bytes, "validation/mpjpe_mm");
  EXPECT_EQ(number_at<float>(second[1].bytes, 0), -2.25f);

  EXPECT_EQ(fields_of_message(records[2])[1].varint, 300u);  // a varint of two bytes
}

TEST(TensorboardEvents, ImagesAreRgbWithTheirBytes) {
  TemporaryDirectory folder;
  const std::string bytes = std::string("\x89PNG\r\n\0\x1a", 8) + std::string(70000, '\xFF');
  append_images(folder / "events", 12, {{"sample/crop", {300, 20, bytes}}, {"sample/heatmap", {1, 2, ""}}}, 1000.5);
  const auto records = records_of(read_file(folder / "events"));
  ASSERT_EQ(records.size(), 2u);
  const auto event = fields_of_message(records[1]);
  EXPECT_EQ(number_at<double>(event[0].bytes, 0), 1000.5);
  EXPECT_EQ(event[1].varint, 12u);
  const auto values = fields_of_message(event[2].bytes);
  ASSERT_EQ(values.size(), 2u);

  const auto first = fields_of_message(values[0].bytes), second = fields_of_message(values[1].bytes);
  ASSERT_EQ(first.size(), 2u);
  EXPECT_EQ(first[0].bytes, "sample/crop");
  EXPECT_EQ(second[0].bytes, "sample/heatmap");
  EXPECT_EQ(first[1].number, 4u);
  const auto image = fields_of_message(first[1].bytes);
  ASSERT_EQ(image.size(), 4u);
  for (size_t field = 0; field < 4; ++field) EXPECT_EQ(image[field].number, field + 1);
  EXPECT_EQ(image[0].varint, 20u);
  EXPECT_EQ(image[1].varint, 300u);
  EXPECT_EQ(image[2].varint, 3u);
  EXPECT_TRUE(image[3].bytes == bytes);
  EXPECT_EQ(fields_of_message(second[1].bytes)[3].bytes, "");
}

TEST(TensorboardEvents, HistogramsKeepTheirMomentsAndBuckets) {
  TemporaryDirectory folder;
  append_histograms(folder / "events", 5, {{"weights/stem", {-1, 2.5, 7, 3.25, 11.5, {-0.5, 1, 2.5}, {4, 0, 3}}}}, 1000.5);
  const auto value = only_value(records_of(read_file(folder / "events")).at(1));
  EXPECT_EQ(value[0].bytes, "weights/stem");
  ASSERT_EQ(value[1].number, 5u);
  const auto histogram = fields_of_message(value[1].bytes);
  ASSERT_EQ(histogram.size(), 7u);
  const std::vector<double> moments = {-1, 2.5, 7, 3.25, 11.5};
  for (size_t field = 0; field < 7; ++field) EXPECT_EQ(histogram[field].number, field + 1);
  for (size_t field = 0; field < 5; ++field) EXPECT_EQ(number_at<double>(histogram[field].bytes, 0), moments[field]);
  EXPECT_EQ(doubles_of(histogram[5].bytes), (std::vector<double>{-0.5, 1, 2.5}));
  EXPECT_EQ(doubles_of(histogram[6].bytes), (std::vector<double>{4, 0, 3}));
}

TEST(TensorboardEvents, AFileOfAllKindsHasOneHeader) {
  TemporaryDirectory folder;
  append_histograms(folder / "events", 1, {{"h", histogram_of(torch::arange(3))}}, 1);
  append_images(folder / "events", 1, {{"i", {1, 1, "x"}}}, 2);
  append_scalars(folder / "events", 2, {{"s", 0.5}}, 3);
  const auto records = records_of(read_file(folder / "events"));
  ASSERT_EQ(records.size(), 4u);
  EXPECT_EQ(fields_of_message(records[0])[1].bytes, "brain.Event:2");
  EXPECT_EQ(only_value(records[1])[1].number, 5u);
  EXPECT_EQ(only_value(records[2])[1].number, 4u);
  EXPECT_EQ(only_value(records[3])[1].number, 2u);
}

TEST(TensorboardEvents, AHistogramCountsFiniteValuesInEqualBuckets) {
  expect_equal(histogram_of(some_values()), slow_histogram(some_values()));
  expect_equal(histogram_of(some_values().to(torch::kBFloat16)), slow_histogram(some_values().to(torch::kBFloat16)));
  expect_equal(histogram_of(torch::arange(-640, 641)), slow_histogram(torch::arange(-640, 641)));
  expect_equal(histogram_of(torch::tensor({true, false, true})), slow_histogram(torch::tensor({true, false, true})));
  const torch::Tensor trained = some_values().requires_grad_();
  expect_equal(histogram_of(trained), slow_histogram(trained));
}

TEST(TensorboardEvents, AHistogramOfEqualValuesHasOneBucket) {
  const EventHistogram histogram = histogram_of(torch::full({2, 3}, -1.5));
  EXPECT_EQ(histogram.min, -1.5);
  EXPECT_EQ(histogram.max, -1.5);
  EXPECT_EQ(histogram.sum, -9);
  EXPECT_EQ(histogram.sum_of_squares, 13.5);
  EXPECT_EQ(histogram.limits, std::vector<double>{-1.5});
  EXPECT_EQ(histogram.counts, std::vector<double>{6});
  EXPECT_EQ(histogram_of(torch::tensor(0)).counts, std::vector<double>{1});
}

TEST(TensorboardEvents, AHistogramWithoutFiniteValuesIsEmpty) {
  const double infinity = std::numeric_limits<double>::infinity();
  for (const torch::Tensor& tensor :
       {torch::empty({0, 3}), torch::full({4}, NAN), torch::tensor({infinity, -infinity, infinity})}) {
    const EventHistogram histogram = histogram_of(tensor);
    EXPECT_EQ(histogram.count, 0);
    EXPECT_EQ(histogram.min, 0);
    EXPECT_EQ(histogram.max, 0);
    EXPECT_EQ(histogram.sum, 0);
    EXPECT_EQ(histogram.sum_of_squares, 0);
    EXPECT_EQ(histogram.limits, std::vector<double>{0});
    EXPECT_EQ(histogram.counts, std::vector<double>{0});
  }
}

TEST(TensorboardEvents, AHistogramSpansAllFiniteNumbers) {
  const double most = std::numeric_limits<double>::max();
  const EventHistogram histogram = histogram_of(torch::tensor({-most, 0.0, most}, torch::kFloat64));
  EXPECT_EQ(histogram.counts.front(), 1);
  EXPECT_EQ(histogram.counts[32], 1);
  EXPECT_EQ(histogram.counts.back(), 1);
  EXPECT_EQ(histogram.limits.back(), most);
  EXPECT_EQ(histogram.limits[31], 0);
  EXPECT_TRUE(std::is_sorted(histogram.limits.begin(), histogram.limits.end()));
}

TEST(TensorboardEventsGpu, AHistogramEqualsThatOfTheCpu) {
  if (!torch::cuda::is_available()) GTEST_SKIP() << "this machine has no CUDA device";
  expect_equal(histogram_of(some_values().to(torch::kCUDA)), histogram_of(some_values()));
}

TEST(TensorboardEvents, LimitsWithoutTheirCountsAreAnError) {
  TemporaryDirectory folder;
  for (const EventHistogram& histogram : {EventHistogram{}, EventHistogram{0, 1, 1, 1, 1, {0.5, 1}, {1}}})
    EXPECT_THAT(
        [&] {
          append_histograms(folder / "events", 1, {{"weights/stem", histogram}}, 0);
        },
        ThrowsError(::testing::HasSubstr("(weights/stem)")));
  EXPECT_FALSE(std::filesystem::exists(folder / "events"));
}

TEST(TensorboardEvents, AMissingFolderIsAnError) {
  TemporaryDirectory folder;
  EXPECT_THAT(
      [&] {
        append_scalars(folder / "missing" / "events", 1, {{"a", 1}}, 0);
      },
      ThrowsError(::testing::HasSubstr("cannot write the file")));
}

}  // namespace
}  // namespace interprior
