#include "interprior/train/tensorboard_events.h"

#include <gtest/gtest.h>

#include <cstring>
#include <vector>

#include "interprior/base/atomic_file.h"
#include "support/temporary_directory.h"
#include "support/tensor_near.h"

namespace interprior {
namespace {

// A reader written apart from the writer: bitwise checksum, and a walk over protobuf fields.
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

TEST(TensorboardEventsGolden, Crc32cHasTheKnownAnswerOfRfc3720) {
  EXPECT_EQ(crc32c("123456789"), 0xE3069283u);
  EXPECT_EQ(crc32c(std::string(32, '\0')), 0x8A9136AAu);
  EXPECT_EQ(crc32c(std::string(32, '\xFF')), 0x62A8AB43u);
  EXPECT_EQ(crc32c(""), 0u);
}

TEST(TensorboardEvents, AnIndependentReaderFindsHeadAndScalars) {
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

TEST(TensorboardEvents, AFolderThatIsNotThereIsAnError) {
  TemporaryDirectory folder;
  EXPECT_THAT(
      [&] {
        append_scalars(folder / "missing" / "events", 1, {{"a", 1}}, 0);
      },
      ThrowsError(::testing::HasSubstr("cannot be written")));
}

}  // namespace
}  // namespace interprior
