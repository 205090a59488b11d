// Runs all targets on the seed corpus and on every input that the fuzzer has found.
#include <gmock/gmock.h>

#include <filesystem>

#include "interprior/base/files/atomic_file.h"
#include "targets.h"

namespace interprior {
namespace {

namespace fs = std::filesystem;

struct Target {
  const char* name;
  int (*run)(const uint8_t*, size_t);
};
#define INTERPRIOR_ENTRY(name) {#name, fuzz_##name},
constexpr Target kTargets[] = {INTERPRIOR_FUZZ_TARGETS(INTERPRIOR_ENTRY)};
#undef INTERPRIOR_ENTRY

std::vector<fs::path> inputs(const char* kind, const char* target) {
  const fs::path folder = fs::path(INTERPRIOR_SOURCE_DIR) / "tests/fuzz" / kind / target;
  std::vector<fs::path> files;
  if (fs::is_directory(folder))
    for (const auto& entry : fs::directory_iterator(folder)) files.push_back(entry.path());
  return files;
}

class FuzzInputsTest : public ::testing::TestWithParam<Target> {};

TEST_P(FuzzInputsTest, EveryInputIsReadOrRefused) {
  EXPECT_THAT(inputs("corpus", GetParam().name), ::testing::Not(::testing::IsEmpty()));
  for (const char* kind : {"corpus", "found"}) {
    for (const fs::path& file : inputs(kind, GetParam().name)) {
      SCOPED_TRACE(file);
      const std::string bytes = read_file(file);
      EXPECT_EQ(GetParam().run(reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size()), 0);
      // The same input, truncated and modified.
      std::string other = bytes.substr(0, bytes.size() / 2);
      EXPECT_EQ(GetParam().run(reinterpret_cast<const uint8_t*>(other.data()), other.size()), 0);
      for (size_t i = 0; i < 40 && !bytes.empty(); ++i) {
        other = bytes;
        other[i * 7919 % bytes.size()] ^= static_cast<char>(1u << i % 8);
        EXPECT_EQ(GetParam().run(reinterpret_cast<const uint8_t*>(other.data()), other.size()), 0);
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Targets, FuzzInputsTest, ::testing::ValuesIn(kTargets),
                         [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace interprior
