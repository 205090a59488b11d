// The installed package: installed into an empty folder, found by find_package, used in five lines.
#include <gtest/gtest.h>

#include <fstream>
#include <utility>

#include "fixture.h"

namespace interprior {
namespace {

int shell(const std::string& command, const std::filesystem::path& log) {
  return std::system((command + " >>" + log.string() + " 2>&1").c_str());
}

class ConsumerTest : public ::testing::Test {
 protected:
  // Installs the package and builds a consumer of tests/consumer. Returns its program.
  std::filesystem::path built(const std::string& consumer, const std::string& program, const std::string& options = "") {
    const std::filesystem::path prefix = folder_ / "prefix", build = folder_ / "build";
    const std::string source = std::string(INTERPRIOR_SOURCE_DIR) + "/tests/consumer" + consumer;
    run("cmake --install " INTERPRIOR_BUILD_DIR " --prefix " + prefix.string());
    run("cmake -G Ninja -S " + source + " -B " + build.string() + " -DCMAKE_BUILD_TYPE=Release -DCMAKE_PREFIX_PATH=" +
        prefix.string() + " -DCMAKE_CXX_COMPILER=clang++ -DCMAKE_C_COMPILER=clang " + options);
    run("cmake --build " + build.string());
    return build / program;
  }
  void run(const std::string& command) { ASSERT_EQ(shell(command, log_), 0) << command << "\n" << bytes_of(log_); }
  // Numbers of vertices and faces of an OBJ file.
  std::pair<int64_t, int64_t> counts(const std::filesystem::path& mesh) const {
    std::ifstream stream(mesh);
    std::pair<int64_t, int64_t> found;
    for (std::string line; std::getline(stream, line);) {
      found.first += line.rfind("v ", 0) == 0;
      found.second += line.rfind("f ", 0) == 0;
    }
    return found;
  }

  const TemporaryDirectory folder_;
  const std::filesystem::path log_ = folder_ / "log";
};

TEST_F(ConsumerTest, BuildsAgainstTheInstalledPackageAndReconstructsAnImage) {
  const Fixture& prepared = fixture();
  const std::filesystem::path mesh = folder_ / "right.obj";
  run(built("", "consumer").string() + " " + prepared.sampler().string() + " " + prepared.hand().string() + " " +
      prepared.image().string() + " " + mesh.string());
  const auto [vertices, faces] = counts(mesh);
  EXPECT_GT(vertices, 500);
  EXPECT_GT(faces, vertices);
}

TEST_F(ConsumerTest, ThePriorAloneNeedsNeitherOpenCvNorEmbree) {
  const Fixture& prepared = fixture();
  const std::filesystem::path mesh = folder_ / "right.obj";
  const std::string without = "-DCMAKE_DISABLE_FIND_PACKAGE_OpenCV=ON -DCMAKE_DISABLE_FIND_PACKAGE_simdjson=ON";
  const std::string program = built("/prior", "prior_consumer", without).string();
  run(program + " " + prepared.prior().string() + " " + prepared.hand().string() + " " + mesh.string());
  EXPECT_GT(counts(mesh).first, 500);
  EXPECT_NE(shell("ldd " + program + " | grep -E 'opencv|embree|simdjson|turbojpeg'", log_), 0) << bytes_of(log_);
}

TEST_F(ConsumerTest, AnUnknownComponentIsNamed) {
  run("cmake --install " INTERPRIOR_BUILD_DIR " --prefix " + (folder_ / "prefix").string());
  std::ofstream(folder_ / "CMakeLists.txt") << "cmake_minimum_required(VERSION 3.25)\nproject(x LANGUAGES C CXX)\n"
                                               "find_package(interprior REQUIRED COMPONENTS priors)\n";
  EXPECT_NE(shell("cmake -S " + folder_.path().string() + " -B " + (folder_ / "x").string() +
                      " -DCMAKE_PREFIX_PATH=" + (folder_ / "prefix").string(),
                  log_),
            0);
  EXPECT_NE(bytes_of(log_).find("has no component priors"), std::string::npos) << bytes_of(log_);
}

}  // namespace
}  // namespace interprior
