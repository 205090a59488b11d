#include "interprior/base/files/safetensors.h"

#include <gmock/gmock.h>
#include <torch/types.h>

#include <cstring>

#include "interprior/base/files/atomic_file.h"
#include "support/temporary_directory.h"
#include "support/tensor_near.h"

namespace interprior {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

struct SafetensorsTest : ::testing::Test {
  TemporaryDirectory folder;
  std::filesystem::path path = folder / "out/weights.safetensors";
};

TEST_F(SafetensorsTest, ReturnsEveryTypeAsWritten) {
  NamedTensors tensors;
  for (const torch::Dtype dtype : {torch::kInt8, torch::kFloat64, torch::kFloat32, torch::kFloat16, torch::kBFloat16,
                                   torch::kInt64, torch::kInt32, torch::kInt16, torch::kUInt8, torch::kBool})
    tensors.emplace_back(c10::toString(dtype), torch::randint(0, 2, {3, 5}, torch::kInt64).to(dtype));
  tensors.emplace_back("scalar", torch::tensor(1.5));
  tensors.emplace_back("empty", torch::zeros({0, 7}));
  tensors.emplace_back("turned", torch::randn({4, 6}).t());
  tensors.emplace_back("learned", torch::randn({2}).requires_grad_(true));
  const std::map<std::string, std::string> metadata = {{"config", "a: 1\n\"b\": \xc3\xa4"}, {"empty", ""}};
  write_safetensors(path, tensors, metadata);
  const Safetensors file(path);
  EXPECT_EQ(file.metadata(), metadata);
  EXPECT_EQ(file.path(), path);
  EXPECT_EQ(file.names().size(), tensors.size());
  for (const auto& [name, tensor] : tensors) {
    EXPECT_TRUE(file.has(name));
    EXPECT_EQ(file.tensor(name).scalar_type(), tensor.scalar_type()) << name;
    EXPECT_TRUE(torch::equal(file.tensor(name), tensor)) << name;
    EXPECT_FALSE(file.tensor(name).requires_grad());
  }
}

TEST_F(SafetensorsTest, KeepsTheOrderOfOneTypeAndAlignsEveryTensor) {
  write_safetensors(path,
                    {{"z", torch::ones({3})},
                     {"b", torch::ones({5}, torch::kBool)},
                     {"a", torch::ones({2})},
                     {"n", torch::ones({1}, torch::kInt64)}},
                    {});
  EXPECT_THAT(Safetensors(path).names(), ElementsAre("n", "z", "a", "b"));
  uint64_t length = 0;
  const std::string bytes = read_file(path);
  std::memcpy(&length, bytes.data(), sizeof(length));
  EXPECT_EQ(length % 8, 0u);
  EXPECT_EQ(bytes[8], '{');
  EXPECT_EQ(bytes.size(), 8 + length + 8 + 12 + 8 + 5);
}

TEST_F(SafetensorsTest, ATensorIsACopy) {
  write_safetensors(path, {{"a", torch::ones({3})}}, {});
  torch::Tensor copy;
  {
    const Safetensors file(path);
    file.tensor("a").fill_(9);
    copy = file.tensor("a");
  }
  EXPECT_TRUE(torch::equal(copy, torch::ones({3})));
}

TEST_F(SafetensorsTest, AMissingTensorIsNamedWithItsNearest) {
  write_safetensors(path, {{"encoder.weight", torch::ones({3})}}, {});
  const Safetensors file(path);
  EXPECT_FALSE(file.has("encoder.wieght"));
  EXPECT_THAT([&] { file.tensor("encoder.wieght"); }, ThrowsError(AllOf(HasSubstr("encoder.wieght"), HasSubstr(path.string()),
                                                                        HasSubstr("nearest name is encoder.weight"))));
}

TEST_F(SafetensorsTest, AFileWithoutTensorsIsValid) {
  write_safetensors(path, {}, {});
  EXPECT_TRUE(Safetensors(path).names().empty());
}

TEST_F(SafetensorsTest, TheWriterRefusesUnsupportedTensors) {
  const torch::Tensor one = torch::ones({1});
  EXPECT_THAT([&] { write_safetensors(path, {{"a", one}, {"a", one}}, {}); }, ThrowsError(HasSubstr("same name")));
  EXPECT_THROW(write_safetensors(path, {{"__metadata__", one}}, {}), Error);
  EXPECT_THROW(write_safetensors(path, {{"a", torch::Tensor()}}, {}), Error);
  EXPECT_THROW(write_safetensors(path, {{"a", one.to_sparse()}}, {}), Error);
  EXPECT_THROW(write_safetensors(path, {{"a", one.to(torch::kComplexFloat)}}, {}), Error);
  EXPECT_THAT([&] { write_safetensors(path, {{"\xff", one}}, {}); }, ThrowsError(HasSubstr("UTF-8")));
  EXPECT_THROW(write_safetensors(path, {}, {{"a", "\xff"}}), Error);
  EXPECT_THROW(write_safetensors("/proc/nowhere/a.safetensors", {}, {}), Error);
  EXPECT_FALSE(std::filesystem::exists(path));
}

}  // namespace
}  // namespace interprior
