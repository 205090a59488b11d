#include "interprior/base/files/safetensors_header.h"

#include <gmock/gmock.h>
#include <torch/types.h>

#include <algorithm>
#include <cctype>
#include <fstream>
#include <set>

#include "interprior/base/files/safetensors.h"
#include "support/temporary_directory.h"
#include "support/tensor_near.h"

namespace interprior {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// Each tensor of this file is named after its dtype.
TEST(SafetensorsHeaderTest, NamesTheDtypesAsPythonDoes) {
  const SafetensorsHeader header =
      read_safetensors_header(std::filesystem::path(INTERPRIOR_SOURCE_DIR) / "tests/base/golden/files_python.safetensors");
  int known = 0;
  for (const SafetensorsEntry& entry : header.entries) {
    std::string upper = entry.name;
    std::transform(upper.begin(), upper.end(), upper.begin(), [](unsigned char letter) { return std::toupper(letter); });
    if (!std::set<std::string>{"F64", "F32", "F16", "BF16", "I64", "I32", "I16", "I8", "U8", "BOOL"}.count(upper)) continue;
    EXPECT_EQ(entry.dtype, upper);
    ++known;
  }
  EXPECT_EQ(known, 10);
}

TEST(SafetensorsHeaderTest, DescribesEveryTensorAsItIsRead) {
  const TemporaryDirectory folder;
  const auto path = folder / "weights.safetensors";
  const std::map<std::string, std::string> metadata = {{"config", "a: 1"}, {"empty", ""}};
  write_safetensors(path,
                    {{"weight", torch::randn({2, 3})},
                     {"scalar", torch::tensor(1.5, torch::kFloat64)},
                     {"none", torch::zeros({4, 0})},
                     {"mask", torch::ones({5}, torch::kBool)}},
                    metadata);
  const SafetensorsHeader header = read_safetensors_header(path);
  EXPECT_EQ(header.path, path);
  EXPECT_EQ(header.metadata, metadata);
  const Safetensors file(path);
  ASSERT_EQ(header.entries.size(), 4u);
  uint64_t reached = 0;
  for (const SafetensorsEntry& entry : header.entries) {
    const torch::Tensor tensor = file.tensor(entry.name);
    EXPECT_EQ(entry.shape, tensor.sizes().vec()) << entry.name;
    EXPECT_EQ(entry.numel(), tensor.numel()) << entry.name;
    EXPECT_EQ(entry.begin, reached) << entry.name;
    EXPECT_EQ(entry.end - entry.begin, tensor.nbytes()) << entry.name;
    reached = entry.end;
  }
}

TEST(SafetensorsHeaderTest, OutlivesTheFileItWasReadFrom) {
  const TemporaryDirectory folder;
  SafetensorsHeader header;
  {
    write_safetensors(folder / "a.safetensors", {{"a", torch::ones({3})}}, {{"k", "v"}});
    const Safetensors file(folder / "a.safetensors");
    header = file.header();
  }
  std::filesystem::remove(folder / "a.safetensors");
  ASSERT_EQ(header.entries.size(), 1u);
  EXPECT_EQ(header.entries[0].name, "a");
  EXPECT_THAT(header.entries[0].shape, ElementsAre(3));
  EXPECT_EQ(header.metadata.at("k"), "v");
}

TEST(SafetensorsHeaderTest, AFileWithoutTensorsHasNoEntries) {
  const TemporaryDirectory folder;
  write_safetensors(folder / "a.safetensors", {}, {});
  const SafetensorsHeader header = read_safetensors_header(folder / "a.safetensors");
  EXPECT_THAT(header.entries, IsEmpty());
  EXPECT_THAT(header.metadata, IsEmpty());
}

TEST(SafetensorsHeaderTest, RefusesWhatTheReaderRefuses) {
  const TemporaryDirectory folder;
  const auto refused = [&](const std::filesystem::path& path, const std::string& message) {
    EXPECT_THAT([&] { read_safetensors_header(path); }, ThrowsError(AllOf(HasSubstr(message), HasSubstr(path.string()))));
  };
  refused(folder / "absent.safetensors", "cannot open the file");
  refused(folder.path(), "a folder");
  refused("/dev/zero", "this is not a file");
  std::ofstream(folder / "short.safetensors") << "1234567";
  refused(folder / "short.safetensors", "shorter than 8 bytes");
  write_safetensors(folder / "cut.safetensors", {{"a", torch::ones({3})}}, {});
  std::filesystem::resize_file(folder / "cut.safetensors", std::filesystem::file_size(folder / "cut.safetensors") - 1);
  refused(folder / "cut.safetensors", "are outside");
}

}  // namespace
}  // namespace interprior
