#include <gmock/gmock.h>
#include <torch/types.h>

#include <cstring>
#include <fstream>

#include "interprior/base/files/atomic_file.h"
#include "interprior/base/files/safetensors.h"
#include "interprior/base/seed.h"
#include "support/temporary_directory.h"
#include "support/tensor_near.h"

namespace interprior {
namespace {

// Writes without the fsync of write_file, as these tests write thousands of files.
void put(const std::filesystem::path& path, const std::string& bytes) { std::ofstream(path, std::ios::binary) << bytes; }

using ::testing::AllOf;
using ::testing::HasSubstr;

struct SafetensorsHostileTest : ::testing::Test {
  TemporaryDirectory folder;
  std::filesystem::path path = folder / "weights.safetensors";

  void write(const std::string& header, size_t data_bytes, std::optional<uint64_t> claimed_length = {}) const {
    const uint64_t length = claimed_length.value_or(header.size());
    std::string bytes(sizeof(length), '\0');
    std::memcpy(bytes.data(), &length, sizeof(length));
    put(path, bytes + header + std::string(data_bytes, '\1'));
  }

  void expect_error(const std::string& header, size_t data_bytes, const std::string& message) const {
    write(header, data_bytes);
    EXPECT_THAT([&] { Safetensors file(path); }, ThrowsError(AllOf(HasSubstr(message), HasSubstr(path.string()))))
        << header.substr(0, 200);
  }

  void read_everything() const {
    const Safetensors file(path);
    for (const std::string& name : file.names()) file.tensor(name);
  }
};

std::string entry(const std::string& name, const std::string& dtype, const std::string& shape, const std::string& offsets) {
  return "\"" + name + "\":{\"dtype\":\"" + dtype + "\",\"shape\":" + shape + ",\"data_offsets\":" + offsets + "}";
}
std::string header(const std::string& inner) { return "{" + inner + "}"; }

TEST_F(SafetensorsHostileTest, TheUnmodifiedFileIsValid) {
  write(header(entry("a", "F32", "[2]", "[0,8]") + "," + entry("b", "BOOL", "[3]", "[8,11]")) + "   ", 11);
  EXPECT_NO_THROW(read_everything());
  EXPECT_TRUE(Safetensors(path).tensor("b").all().item<bool>());
}

TEST_F(SafetensorsHostileTest, MissingEmptyAndShortFiles) {
  EXPECT_THAT([&] { Safetensors file(path); }, ThrowsError(HasSubstr(path.string())));
  EXPECT_THROW(Safetensors(folder.path()), Error);
  EXPECT_THROW(Safetensors("/dev/zero"), Error);
  for (size_t length = 0; length < 8; ++length) {
    put(path, std::string(length, '\0'));
    EXPECT_THAT([&] { Safetensors file(path); }, ThrowsError(HasSubstr(length == 0 ? "an empty file" : "shorter than 8 bytes")));
  }
}

TEST_F(SafetensorsHostileTest, ImpossibleHeaderLengths) {
  constexpr uint64_t kMost = ~uint64_t{0};
  for (const uint64_t length : {uint64_t{3}, uint64_t{100'000'001}, uint64_t{1} << 40, uint64_t{1} << 63, kMost, kMost - 7}) {
    write("{}", 0, length);
    EXPECT_THAT([&] { Safetensors file(path); }, ThrowsError(HasSubstr("claims a header"))) << length;
  }
}

TEST_F(SafetensorsHostileTest, HeadersThatAreNotObjects) {
  for (const char* text : {"", "[]", "1", "null", "{", "{}x", "{\"a\"", "{'a':1}", "{\"a\":1e999}", "{\"\xff\":1}", "  "})
    expect_error(text, 0, "JSON object");
  expect_error(std::string(1'000'000, '['), 0, "nested too deeply");
  expect_error("{\"a\":" + std::string(1'000'000, '['), 0, "nested too deeply");
}

TEST_F(SafetensorsHostileTest, EntriesOfTheWrongForm) {
  expect_error("{\"a\":1}", 0, "tensor a");
  expect_error("{\"a\":{}}", 0, "expected exactly");
  expect_error("{\"a\":{\"dtype\":\"F32\",\"shape\":[],\"data_offsets\":[0,4],\"more\":1}}", 4, "expected exactly");
  expect_error("{\"a\":{\"dtype\":32,\"shape\":[],\"data_offsets\":[0,4]}}", 4, "dtype");
  expect_error(header(entry("a", "F8", "[]", "[0,4]")), 4, "\"F8\" is unknown");
  expect_error(header(entry("a", "F32", "1", "[0,4]")), 4, "shape");
  expect_error(header(entry("a", "F32", "{}", "[0,4]")), 4, "shape");
  expect_error(header(entry("a", "F32", "[-1]", "[0,4]")), 4, "whole number");
  expect_error(header(entry("a", "F32", "[1.0]", "[0,4]")), 4, "whole number");
  expect_error(header(entry("a", "F32", "[18446744073709551615]", "[0,4]")), 4, "whole number");
  expect_error(header(entry("a", "F32", "[\"1\"]", "[0,4]")), 4, "whole number");
  expect_error(header(entry("a", "F32", "[1]", "[0]")), 4, "pair");
  expect_error(header(entry("a", "F32", "[1]", "[0,4,8]")), 4, "pair");
  expect_error(header(entry("a", "F32", "[1]", "[-4,0]")), 4, "first offset");
  expect_error(header(entry("a", "F32", "[1]", "[0,\"4\"]")), 4, "second offset");
  expect_error(header("\"__metadata__\":[]"), 0, "__metadata__");
  expect_error(header("\"__metadata__\":{\"a\":1}"), 0, "__metadata__");
}

TEST_F(SafetensorsHostileTest, SizesThatOverflowOrDisagree) {
  expect_error(header(entry("a", "F32", "[9223372036854775807,9223372036854775807]", "[0,4]")), 4, "more bytes");
  expect_error(header(entry("a", "F32", "[4611686018427387904]", "[0,0]")), 0, "more bytes");  // times 4 is 2^64
  expect_error(header(entry("a", "F64", "[4294967296,4294967296]", "[0,0]")), 0, "more bytes");
  expect_error(header(entry("a", "F32", "[0,4611686018427387904,4611686018427387904]", "[0,0]")), 0, "more bytes");
  expect_error(header(entry("a", "F32", "[3]", "[0,8]")), 8, "needs 12 bytes");
  std::string ones = "1";
  for (int i = 0; i < 100; ++i) ones += ",1";
  expect_error(header(entry("a", "U8", "[" + ones + "]", "[0,1]")), 1, "at most 64");
}

TEST_F(SafetensorsHostileTest, OffsetsThatDoNotTileTheData) {
  const std::string a = entry("a", "F32", "[2]", "[0,8]");
  expect_error(header(entry("a", "F32", "[2]", "[8,0]")), 8, "are outside");
  expect_error(header(a), 4, "are outside");
  expect_error(header(a), 9, "end at byte 8 of 9");
  expect_error(header(entry("a", "F32", "[1]", "[4,8]")), 8, "instead of 0");
  expect_error(header(a + "," + entry("b", "F32", "[1]", "[4,8]")), 8, "instead of 8");
  expect_error(header(a + "," + entry("b", "F32", "[2]", "[0,8]")), 8, "instead of 8");
  expect_error(header(a + "," + entry("b", "F32", "[1]", "[12,16]")), 16, "instead of 8");
  expect_error(header(a + "," + entry("a", "F32", "[1]", "[8,12]")), 12, "twice");
  expect_error("{}", 1, "end at byte 0 of 1");
}

TEST_F(SafetensorsHostileTest, AFileCutShortIsAnErrorAtEveryLength) {
  write_safetensors(path, {{"a", torch::ones({5})}, {"b", torch::ones({3}, torch::kBool)}}, {{"k", "v"}});
  const std::string bytes = read_file(path);
  for (size_t length = 0; length < bytes.size(); ++length) {
    put(path, bytes.substr(0, length));
    EXPECT_THROW(read_everything(), Error) << length;
  }
  put(path, bytes + '\0');
  EXPECT_THROW(read_everything(), Error);
}

TEST_F(SafetensorsHostileTest, MutatedHeadersAreErrorsOrValidFiles) {
  write_safetensors(path,
                    {{"encoder.weight", torch::ones({2, 3})},
                     {"count", torch::ones({1}, torch::kInt64)},
                     {"mask", torch::ones({4}, torch::kBool)}},
                    {{"note", "text"}});
  const std::string bytes = read_file(path);
  Random random(Seed{1});
  int refused = 0;
  for (int round = 0; round < 1000; ++round) {
    std::string mutated = bytes;
    for (int64_t edit = random.integer(3); edit >= 0; --edit) {
      const auto at = static_cast<size_t>(random.integer(static_cast<int64_t>(mutated.size())));
      const char byte = random.chance(0.5) ? static_cast<char>(random.integer(256)) : "0123456789[]{},:\"-"[random.integer(18)];
      const int64_t kind = random.integer(3);
      if (kind == 0)
        mutated[at] = byte;
      else if (kind == 1)
        mutated.erase(at, 1);
      else
        mutated.insert(at, 1, byte);
    }
    put(path, mutated);
    try {
      read_everything();
    } catch (const Error&) {
      ++refused;
    }
  }
  EXPECT_GT(refused, 330);
}

}  // namespace
}  // namespace interprior
