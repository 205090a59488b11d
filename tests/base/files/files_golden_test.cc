// Files written by h5py and by Python's safetensors: tests/base/golden/make_files_golden.py.
#include <gmock/gmock.h>
#include <torch/types.h>

#include "interprior/base/files/safetensors.h"
#include "interprior/base/files/tensor_file.h"
#include "support/tensor_near.h"

namespace interprior {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

const std::filesystem::path kGolden = std::filesystem::path(INTERPRIOR_SOURCE_DIR) / "tests/base/golden";

struct FilesGoldenTest : ::testing::Test {
  TensorFileReader file{kGolden / "files_python.h5", "interprior.test", 3};
  torch::Tensor ramp = torch::arange(12).reshape({4, 3});
};

TEST_F(FilesGoldenTest, NumbersOfEveryWidthAndByteOrder) {
  EXPECT_TRUE(torch::equal(file.read("float16", torch::kFloat32), ramp.to(torch::kFloat32) / 4));
  EXPECT_TRUE(torch::equal(file.read("big_endian", torch::kFloat64, {4, 3}), ramp.to(torch::kFloat64) / 4));
  EXPECT_TRUE(torch::equal(file.read("int16", torch::kInt64), ramp - 5));
  EXPECT_TRUE(torch::equal(file.read("int16", torch::kInt32), (ramp - 5).to(torch::kInt32)));
  EXPECT_TRUE(torch::equal(file.read("uint64", torch::kInt64), ramp));
  EXPECT_TRUE(torch::equal(file.read("linked", torch::kInt64), ramp - 5));
  EXPECT_THAT([&] { file.read("beyond_int64", torch::kInt64); }, ThrowsError(HasSubstr("out of the range")));
}

TEST_F(FilesGoldenTest, FlagsReadAsBoolAndAsNumbers) {
  const torch::Tensor even = ramp.remainder(2).eq(0);
  EXPECT_TRUE(torch::equal(file.read("flags", torch::kBool), even));
  EXPECT_TRUE(torch::equal(file.read("flags", torch::kUInt8), even.to(torch::kUInt8)));
  EXPECT_TRUE(torch::equal(file.read("flags", torch::kInt64), even.to(torch::kInt64)));
}

TEST_F(FilesGoldenTest, CompressedChunksCompleteAndByRows) {
  const torch::Tensor expected = ramp.to(torch::kFloat32).repeat({100, 1});
  EXPECT_TRUE(torch::equal(file.read("group/compressed", torch::kFloat32, {-1, 3}), expected));
  EXPECT_TRUE(torch::equal(file.read_rows("group/compressed", torch::kFloat32, 60, 70), expected.slice(0, 60, 70)));
}

TEST_F(FilesGoldenTest, StringsOfBothKinds) {
  EXPECT_THAT(file.read_strings("fixed_strings"), ElementsAre("ab", "", "abcd"));
  EXPECT_THAT(file.read_strings("variable_strings"), ElementsAre("h\xc3\xa4nde", "", "train/a.jpg"));
  EXPECT_THAT(file.read_strings("one_string"), ElementsAre("alone"));
  EXPECT_EQ(file.attribute("fixed"), "fixed text");
  EXPECT_EQ(file.version(), 3);
  EXPECT_THROW(file.attribute("version"), Error);
}

TEST_F(FilesGoldenTest, DatasetsThatAreNoNumericArraysAreErrors) {
  EXPECT_THROW(file.read("complex", torch::kFloat64), Error);
  EXPECT_THROW(file.read("dangling", torch::kFloat32), Error);
  EXPECT_THROW(file.read("null", torch::kFloat32), Error);
  EXPECT_THROW(file.read_strings("complex"), Error);
  EXPECT_FALSE(file.has("dangling"));
}

TEST(SafetensorsGoldenTest, ReadsFilesWrittenByPython) {
  const Safetensors file(kGolden / "files_python.safetensors");
  const torch::Tensor base = torch::arange(6).reshape({2, 3}), eighths = base.to(torch::kFloat64) / 8;
  const std::vector<std::pair<std::string, torch::Tensor>> expected = {{"f64", eighths},
                                                                       {"f32", eighths.to(torch::kFloat32)},
                                                                       {"f16", eighths.to(torch::kFloat16)},
                                                                       {"bf16", eighths.to(torch::kBFloat16)},
                                                                       {"i64", base - 3},
                                                                       {"i32", (base - 3).to(torch::kInt32)},
                                                                       {"i16", (base - 3).to(torch::kInt16)},
                                                                       {"i8", (base - 3).to(torch::kInt8)},
                                                                       {"u8", base.to(torch::kUInt8)},
                                                                       {"bool", base.remainder(2).eq(0)},
                                                                       {"scalar", torch::tensor(2.5f)},
                                                                       {"empty", torch::zeros({0, 4})},
                                                                       {"h\xc3\xa4nde \"quoted\"", base.to(torch::kFloat32)}};
  EXPECT_EQ(file.names().size(), expected.size());
  for (const auto& [name, tensor] : expected) {
    ASSERT_TRUE(file.has(name)) << name;
    const torch::Tensor actual = file.tensor(name);
    EXPECT_EQ(actual.scalar_type(), tensor.scalar_type()) << name;
    EXPECT_TRUE(torch::equal(actual, tensor)) << name;
  }
  EXPECT_EQ(file.metadata().at("note"), "line 1\nline 2");
}

}  // namespace
}  // namespace interprior
