// The package: installed into an empty folder, found by find_package, used by small programs.
#include <gtest/gtest.h>

#include <fstream>
#include <utility>

#include "fixture.h"
#include "interprior/geometry/rotation.h"
#include "interprior/hand/mano_layer.h"
#include "interprior/hand/procedural/procedural_hand.h"

namespace interprior {
namespace {

int shell(const std::string& command, const std::filesystem::path& log) {
  return std::system((command + " >>" + log.string() + " 2>&1").c_str());
}

class ConsumerTest : public ::testing::Test {
 protected:
  // Where the package is installed, once for all tests.
  static const std::filesystem::path& prefix() {
    static const TemporaryDirectory folder;
    static const std::filesystem::path installed = [] {
      const std::filesystem::path prefix = folder / "prefix", log = folder / "log";
      EXPECT_EQ(shell("cmake --install " INTERPRIOR_BUILD_DIR " --prefix " + prefix.string(), log), 0) << bytes_of(log);
      return prefix;
    }();
    return installed;
  }
  // Builds a consumer of tests/consumer. Returns its program.
  std::filesystem::path built(const std::string& consumer, const std::string& program, const std::string& options = "") {
    const std::filesystem::path build = folder_ / "build";
    const std::string source = std::string(INTERPRIOR_SOURCE_DIR) + "/tests/consumer" + consumer;
    run("cmake -G Ninja -S " + source + " -B " + build.string() + " -DCMAKE_BUILD_TYPE=Release -DCMAKE_PREFIX_PATH=" +
        prefix().string() + " -DCMAKE_CXX_COMPILER=clang++ -DCMAKE_C_COMPILER=clang " + options);
    run("cmake --build " + build.string());
    return build / program;
  }
  // A program that uses few modules does not load the libraries of the others.
  void expect_few_libraries(const std::string& program) const {
    EXPECT_NE(shell("ldd " + program + " | grep -E 'opencv|embree|simdjson|turbojpeg'", log_), 0) << bytes_of(log_);
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

  static constexpr const char* kWithout = "-DCMAKE_DISABLE_FIND_PACKAGE_OpenCV=ON -DCMAKE_DISABLE_FIND_PACKAGE_simdjson=ON";
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

TEST_F(ConsumerTest, TheInstalledProgramFindsItsLibraries) {
  run((prefix() / "bin/interprior").string() + " inspect " + fixture().hand().string());
}

TEST_F(ConsumerTest, ThePriorComponentNeedsNeitherOpenCvNorEmbree) {
  const Fixture& prepared = fixture();
  const std::filesystem::path mesh = folder_ / "right.obj";
  const std::string program = built("/prior", "prior_consumer", kWithout).string();
  run(program + " " + prepared.prior().string() + " " + prepared.hand().string() + " " + mesh.string());
  EXPECT_GT(counts(mesh).first, 500);
  expect_few_libraries(program);
}

TEST_F(ConsumerTest, TheHandComponentPosesAHand) {
  const std::filesystem::path hand = folder_ / "hand.h5";
  write_hand_model(hand, procedural_hand());
  const std::string program = built("/hand", "hand_consumer", kWithout).string();
  run("(" + program + " > " + (folder_ / "procedural").string() + ")");
  run("(" + program + " " + hand.string() + " > " + (folder_ / "read").string() + ")");
  const ManoLayer layer(procedural_hand().hand.right, Side::right);
  const torch::Tensor rotations = matrix_from_axis_angle(torch::full({1, 16, 3}, 0.1));
  const torch::Tensor tip = layer({rotations, torch::zeros({1, 10}), torch::zeros({1, 3})}).joints_in_root[0][8];
  for (const char* printed : {"procedural", "read"}) {
    std::ifstream stream(folder_ / printed);
    int64_t vertices = 0;
    std::string words[3];
    stream >> vertices >> words[0] >> words[1] >> words[2];
    EXPECT_EQ(vertices, layer.vertex_count()) << printed;
    for (int64_t axis = 0; axis < 3; ++axis) {
      double value = 0;
      stream >> value;
      EXPECT_NEAR(value, tip[axis].item<double>(), 1e-5) << printed;
    }
  }
  expect_few_libraries(program);
}

TEST_F(ConsumerTest, AnUnknownComponentIsNamed) {
  std::ofstream(folder_ / "CMakeLists.txt") << "cmake_minimum_required(VERSION 3.25)\nproject(x LANGUAGES C CXX)\n"
                                               "find_package(interprior REQUIRED COMPONENTS priors)\n";
  EXPECT_NE(shell("cmake -S " + folder_.path().string() + " -B " + (folder_ / "x").string() +
                      " -DCMAKE_PREFIX_PATH=" + prefix().string(),
                  log_),
            0);
  EXPECT_NE(bytes_of(log_).find("has no component priors"), std::string::npos) << bytes_of(log_);
}

}  // namespace
}  // namespace interprior
