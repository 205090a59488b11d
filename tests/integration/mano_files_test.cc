#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/types.h>

#include "fixture.h"
#include "interprior/base/files/safetensors.h"
#include "interprior/base/files/tensor_file.h"
#include "interprior/geometry/rotation.h"
#include "interprior/hand/mano_layer.h"
#include "interprior/hand/skeleton.h"
#include "python.h"
#include "support/tensor_near.h"

// `prepare hand --mano` on pickles in MANO's format (tests/reference/fake_mano.py) with the procedural hand.
namespace interprior {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* kTips = "537,637,735,833,930";  // the procedural hand's

class ManoFilesCommand : public PythonScripts {
 protected:
  void SetUp() override { need("numpy, h5py"); }
  int python(const std::string& name, const Words& arguments) const { return script("tests/reference/" + name, arguments); }
  void make_pickles(const Words& more) const {
    ASSERT_EQ(python("fake_mano.py", Words{fixture_.hand().string(), mano().string()} + more), 0) << errors();
  }
  Outcome prepare(const Words& more = {"--tips", kTips}) const {
    return run_program(Words{"prepare", "hand", "--mano", mano().string(), "--out", hand().string()} + more, folder_.path());
  }
  std::filesystem::path mano() const { return folder_ / "models"; }
  std::filesystem::path hand() const { return folder_ / "hand.h5"; }

  const Fixture& fixture_ = fixture();
};

TEST_F(ManoFilesCommand, MakesTheHandTheyDescribeOfEveryProtocol) {
  const TensorFileReader expected(fixture_.hand(), "interprior.hand", 1);
  for (const std::string protocol : {"0", "1", "2", "3", "4"}) {
    make_pickles({"--protocol", protocol});
    const Outcome outcome = prepare();
    ASSERT_EQ(outcome.exit_code, 0) << protocol << ": " << outcome.err;
    EXPECT_EQ(outcome.out, "MANO's hand, 931 vertices, in " + hand().string() + "\n");
    EXPECT_EQ(outcome.err, "left hand: x of the shape directions negated to fix the official file's known error\n");
    const TensorFileReader actual(hand(), "interprior.hand", 1);
    EXPECT_EQ(actual.attribute("source"), "mano");
    for (const std::string side : {"right/", "left/"}) {
      for (const char* name : {"v_template", "shapedirs", "posedirs", "J_regressor", "weights", "hands_mean"})
        EXPECT_TRUE(torch::equal(actual.read(side + name, torch::kFloat64), expected.read(side + name, torch::kFloat64)))
            << protocol << " " << side << name;
      for (const char* name : {"faces", "tips"})
        EXPECT_TRUE(torch::equal(actual.read(side + name, torch::kInt64), expected.read(side + name, torch::kInt64)))
            << protocol << " " << side << name;
    }
  }
}

TEST_F(ManoFilesCommand, KeepsACorrectedLeftHand) {
  make_pickles({"--mended"});
  const Outcome outcome = prepare();
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_EQ(outcome.err, "");
  const TensorFileReader expected(fixture_.hand(), "interprior.hand", 1), actual(hand(), "interprior.hand", 1);
  EXPECT_TRUE(torch::equal(actual.read("left/shapedirs", torch::kFloat64), expected.read("left/shapedirs", torch::kFloat64)));
}

TEST_F(ManoFilesCommand, RefusesPicklesThatAreMoreThanData) {
  for (const std::string protocol : {"0", "2", "4"}) {
    make_pickles({"--protocol", protocol, "--hostile"});
    const Outcome outcome = prepare();
    EXPECT_EQ(outcome.exit_code, 1);
    ASSERT_EQ(outcome.errors().size(), 1u) << outcome.err;
    EXPECT_THAT(outcome.errors()[0], AllOf(HasSubstr("imports posix.system at byte "), HasSubstr("MANO_RIGHT.pkl")));
    EXPECT_FALSE(std::filesystem::exists(hand()));
  }
}

TEST_F(ManoFilesCommand, RequiresFingertipsForHandsOtherThanMANOs) {
  make_pickles({});
  EXPECT_THAT(prepare({}).err, AllOf(HasSubstr("error: the model has 931 vertices"), HasSubstr("--tips")));
  EXPECT_THAT(prepare({"--tips", "1,2,3"}).err, HasSubstr("error: the finger tips are not 5 different vertices"));
  EXPECT_THAT(prepare({"--tips", "1,2,3,4,931"}).err, HasSubstr("error: the finger tip 931 is not a vertex of 0..930"));
  EXPECT_NE(prepare({"--tips", "1,2,three,4,5"}).exit_code, 0);
  EXPECT_NE(prepare({"--procedural"}).exit_code, 0) << "one of the two";
  const Words procedural = {"prepare", "hand", "--procedural", "--out", hand().string(), "--tips", kTips};
  EXPECT_NE(run_program(procedural, folder_.path()).exit_code, 0);
  EXPECT_FALSE(std::filesystem::exists(hand()));
}

TEST_F(ManoFilesCommand, NamesMissingFiles) {
  std::filesystem::create_directories(mano());
  const Outcome outcome = prepare();
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_THAT(outcome.err, AllOf(HasSubstr("error: the file is missing"), HasSubstr("MANO_RIGHT.pkl")));
}

// smplx reads the same two files and adds the mean pose (flat_hand_mean false).
TEST_F(ManoFilesCommand, AgreesWithSmplxOnTheSameFiles) {
  make_pickles({"--posedirs"});
  const Outcome outcome = prepare();
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  const std::filesystem::path posed = folder_ / "posed.safetensors";
  const int status = python("smplx_from_files.py", {mano().string(), posed.string()});
  const std::string complaint = errors();
  if (complaint.find("No module named 'smplx'") != std::string::npos) GTEST_SKIP() << "smplx is not installed in .venv";
  ASSERT_EQ(status, 0) << complaint;
  const Safetensors reference(posed);
  const HandModel model = read_hand_model(hand());
  for (const Side side : kSides) {
    const auto given = [&](const std::string& name) { return reference.tensor(side_name(side) + ("/" + name)); };
    const ManoLayer layer(model.hand[side], side, torch::kCPU, torch::kFloat64);
    const torch::Tensor mean = torch::cat({torch::zeros({3}, torch::kFloat64), model.hand[side].hands_mean});
    const torch::Tensor rotations = matrix_from_axis_angle((given("pose") + mean).view({-1, kManoJoints, 3}));
    const HandMesh mesh = layer({rotations, given("shape"), layer.rest_wrist(given("shape")) + given("translation")});
    EXPECT_THAT(mesh.vertices_in_root, TensorNear(given("vertices"), 1e-5));
    torch::Tensor joints = torch::empty_like(given("mano_joints"));
    for (int64_t i = 0; i < kJoints; ++i) {
      const int64_t native = kFromMano[static_cast<size_t>(i)];
      if (native < kManoJoints) joints.select(1, native).copy_(mesh.joints_in_root.select(1, i));
    }
    EXPECT_THAT(joints, TensorNear(given("mano_joints"), 1e-5));
    EXPECT_GT((given("vertices")[1] - given("vertices")[2]).abs().max().item<double>(), 0.01) << "the poses differ";
  }
}

}  // namespace
}  // namespace interprior
