#include <gmock/gmock.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <regex>

#include "fixture.h"
#include "python.h"

// The bundle of `tools/gpu_check.sh --bundle`, run without a GPU.
namespace interprior {
namespace {

using ::testing::HasSubstr;

class GpuBundle : public PythonScripts {
 protected:
  int gather(const std::string& folder) const {
    return script("tools/gpu/gather.py", {folder, "--programs", std::filesystem::path(INTERPRIOR_BINARY).parent_path()});
  }
};

// Number of tests of the rooms that need a GPU, from their sources.
size_t gpu_tests() {
  size_t count = 0;
  const std::regex test(R"(\nTEST(_F)?\(\w*Gpu,)");
  for (const auto& file : std::filesystem::recursive_directory_iterator(INTERPRIOR_SOURCE_DIR "/tests")) {
    if (file.path().extension() != ".cc" || file.path().filename() == "gpu_bundle_test.cc") continue;
    const std::string text = bytes_of(file.path());
    count += static_cast<size_t>(std::distance(std::sregex_iterator(text.begin(), text.end(), test), std::sregex_iterator()));
  }
  return count;
}

TEST_F(GpuBundle, StartsFromItsFolderAndMeasuresNothingWithoutAGpu) {
  need("torch");
  const std::filesystem::path programs = std::filesystem::path(INTERPRIOR_BINARY).parent_path();
  for (const char* name : {"train_test", "run_test", "distributed_test", "sampler_step_benchmark", "prior_step_benchmark"})
    if (!std::filesystem::exists(programs / name)) GTEST_SKIP() << name << " is not built";
  ASSERT_EQ(gather("bundle"), 0) << errors();
  uintmax_t bytes = 0;
  for (const auto& file : std::filesystem::recursive_directory_iterator(folder_ / "bundle")) bytes += file.file_size();
  EXPECT_LT(bytes, 60'000'000u);

  ASSERT_EQ(run({"bundle/check.py", "--cpu"}), 0) << errors();
  const auto report = nlohmann::json::parse(bytes_of(folder_ / "bundle/gpu_check.json"));
  EXPECT_TRUE(report["gpu"].is_null());
  std::map<std::string, std::vector<std::string>> results;
  for (const auto& row : report["rows"]) results[row["part"]].push_back(row["result"]);
  EXPECT_THAT(results["tests"], ::testing::AllOf(::testing::SizeIs(gpu_tests()), ::testing::Each("skipped")));
  EXPECT_EQ(results["steps"], std::vector<std::string>(4, "ok"));
  EXPECT_EQ(results["training"], std::vector<std::string>(8, "ok"));
  EXPECT_THAT(output(), HasSubstr("a dry run without measurements"));

  EXPECT_EQ(script("tools/gpu/record.py", {"bundle/gpu_check.json"}), 1);
  EXPECT_THAT(errors(), HasSubstr("is of a dry run without a GPU"));
}

// tools/benchmark.sh lists the benchmarks of every program.
TEST_F(GpuBundle, EveryBenchmarkProgramThatIsBuiltListsItsBenchmarks) {
  need("torch, smplx");
  EXPECT_EQ(script("tests/benchmarks/compare.py",
                   {"--only", "of no name", "--programs", std::filesystem::path(INTERPRIOR_BINARY).parent_path()}),
            0)
      << errors();
}

TEST_F(GpuBundle, RefusesAFolderThatItDidNotCreate) {
  need("torch");
  std::filesystem::create_directory(folder_ / "mine");
  std::ofstream(folder_ / "mine/notes.txt") << "mine";
  EXPECT_EQ(gather("mine"), 1);
  EXPECT_THAT(errors(), HasSubstr("mine is not a bundle"));
  EXPECT_EQ(bytes_of(folder_ / "mine/notes.txt"), "mine");
}

TEST_F(GpuBundle, ATableReplacesTheEarlierOneOfTheSameGpu) {
  need("torch");
  ASSERT_EQ(run({"-c", R"(import sys
sys.path.insert(0, ")" + (source_ / "tools/gpu").string() +
                           R"(")
from record import HEADING, with_table
report = lambda gpu, mm: {"gpu": gpu, "driver": "1", "torch": "2", "commit": "c", "date": "d",
                          "rows": [{"part": "training", "what": "error", "result": "ok", "mm": mm}]}
page = "# Page\n\n" + HEADING + "\nNone yet.\n\n## After\n\nthe rest\n"
page = with_table(with_table(with_table(page, report("A", 1.0)), report("B", 2.0)), report("A", 3.0))
assert page.startswith("# Page\n\n") and page.endswith("\n## After\n\nthe rest\n"), page
assert [page.count(text) for text in ("3.00 mm", "2.00 mm", "1.00 mm", "gpu: A", "gpu: B")] == [1, 1, 0, 1, 1], page
assert page.index("3.00 mm") < page.index("2.00 mm") < page.index("## After"), page)"}),
            0)
      << errors();
}

}  // namespace
}  // namespace interprior
