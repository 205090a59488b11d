// The package: installed into an empty folder, moved, found by find_package, used by small programs.
#include <gtest/gtest.h>
#include <torch/types.h>

#include <fstream>
#include <sstream>
#include <utility>

#include "installed_package.h"
#include "interprior/geometry/rotation.h"
#include "interprior/hand/mano_layer.h"
#include "interprior/hand/procedural/procedural_hand.h"

namespace interprior {
namespace {

class ConsumerTest : public InstalledPackage {
 protected:
  // A program that uses few modules does not load the libraries of the others.
  void expect_few_libraries(const std::string& program) const {
    EXPECT_NE(shell("ldd " + program + " | grep -E 'opencv|embree|simdjson|turbojpeg|cairo'", log_), 0) << bytes_of(log_);
  }
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
};

TEST_F(ConsumerTest, BuildsAgainstTheInstalledPackageAndReconstructsAnImage) {
  const Fixture& prepared = fixture();
  const std::filesystem::path mesh = folder_ / "right.obj";
  run((built("tests/consumer") / "consumer").string() + " " + prepared.sampler().string() + " " + prepared.hand().string() + " " +
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
  const std::string program = (built("tests/consumer/prior", kWithout) / "prior_consumer").string();
  run(program + " " + prepared.prior().string() + " " + prepared.hand().string() + " " + mesh.string());
  EXPECT_GT(counts(mesh).first, 500);
  expect_few_libraries(program);
}

TEST_F(ConsumerTest, TheHandComponentPosesAHand) {
  const std::filesystem::path hand = folder_ / "hand.h5";
  write_hand_model(hand, procedural_hand());
  const std::string program = (built("tests/consumer/hand", kWithout) / "hand_consumer").string();
  const ManoLayer layer(procedural_hand().hand.right, Side::right);
  const torch::Tensor rotations = matrix_from_axis_angle(torch::full({1, 16, 3}, 0.1));
  const torch::Tensor tip = layer({rotations, torch::zeros({1, 10}), torch::zeros({1, 3})}).joints_in_root[0][8];
  for (const std::string& command : {program, program + " " + hand.string()}) {
    std::istringstream stream(printed(command));
    int64_t vertices = 0;
    std::string words[3];
    stream >> vertices >> words[0] >> words[1] >> words[2];
    EXPECT_EQ(vertices, layer.vertex_count()) << command;
    for (int64_t axis = 0; axis < 3; ++axis) {
      double value = 0;
      stream >> value;
      EXPECT_NEAR(value, tip[axis].item<double>(), 1e-5) << command;
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
