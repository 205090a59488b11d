// The package as a stranger meets it: installed into an empty folder, found by find_package, used in five lines.
#include <gtest/gtest.h>

#include <fstream>

#include "fixture.h"

namespace interprior {
namespace {

int shell(const std::string& command, const std::filesystem::path& log) {
  return std::system((command + " >>" + log.string() + " 2>&1").c_str());
}

TEST(ConsumerTest, BuildsAgainstTheInstalledPackageAndReconstructsAPicture) {
  const Fixture& prepared = fixture();
  const TemporaryDirectory folder;
  const std::filesystem::path log = folder / "log", prefix = folder / "prefix", build = folder / "build";
  const std::string source = std::string(INTERPRIOR_SOURCE_DIR) + "/tests/consumer";
  ASSERT_EQ(shell("cmake --install " INTERPRIOR_BUILD_DIR " --prefix " + prefix.string(), log), 0) << bytes_of(log);
  ASSERT_EQ(shell("cmake -G Ninja -S " + source + " -B " + build.string() + " -DCMAKE_BUILD_TYPE=Release -DCMAKE_PREFIX_PATH=" +
                      prefix.string() + " -DCMAKE_CXX_COMPILER=clang++ -DCMAKE_C_COMPILER=clang",
                  log),
            0)
      << bytes_of(log);
  ASSERT_EQ(shell("cmake --build " + build.string(), log), 0) << bytes_of(log);
  const std::filesystem::path mesh = folder / "right.obj";
  ASSERT_EQ(shell((build / "consumer").string() + " " + prepared.sampler().string() + " " + prepared.hand().string() + " " +
                      prepared.picture().string() + " " + mesh.string(),
                  log),
            0)
      << bytes_of(log);
  std::ifstream stream(mesh);
  int64_t vertices = 0, faces = 0;
  for (std::string line; std::getline(stream, line);) {
    vertices += line.rfind("v ", 0) == 0;
    faces += line.rfind("f ", 0) == 0;
  }
  EXPECT_GT(vertices, 500);
  EXPECT_GT(faces, vertices);
}

}  // namespace
}  // namespace interprior
