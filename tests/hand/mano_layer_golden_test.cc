#include <gtest/gtest.h>
#include <torch/types.h>

#include "interprior/base/files/safetensors.h"
#include "interprior/hand/mano_layer.h"
#include "interprior/hand/skeleton.h"
#include "support/tensor_near.h"

// Compares the layer with tests/reference/lbs.py (numpy, loops) and the smplx package on a small random hand. The golden files
// are written by tests/reference/make_mano_golden.py.
namespace interprior {
namespace {

const std::filesystem::path kGolden = std::filesystem::path(INTERPRIOR_SOURCE_DIR) / "tests/golden";

class ManoLayerGolden : public ::testing::Test {
 protected:
  ManoLayerGolden() : golden_(kGolden / "mano_layer.safetensors"), layer_(model(), Side::right, torch::kCPU, torch::kFloat64) {}

  torch::Tensor golden(const std::string& name) const { return golden_.tensor(name); }
  ManoModel model() const {
    return {golden("v_template"), golden("shapedirs"), golden("posedirs"),   golden("J_regressor"),
            golden("weights"),    golden("faces"),     golden("hands_mean"), golden("tips")};
  }
  HandPose pose() const { return {golden("rotations"), golden("shape"), golden("wrist_in_root")}; }

  Safetensors golden_;
  ManoLayer layer_;
};

TEST_F(ManoLayerGolden, VerticesAndJointsEqualNumpy) {
  const HandMesh mesh = layer_(pose());
  EXPECT_THAT(mesh.vertices_in_root, TensorNear(golden("vertices"), 1e-12));
  EXPECT_THAT(mesh.joints_in_root, TensorNear(golden("joints"), 1e-12));
}

TEST_F(ManoLayerGolden, SinglePrecisionStaysWithinAMicrometre) {
  const ManoLayer single(model(), Side::right, torch::kCPU, torch::kFloat32);
  const HandMesh mesh = single(pose());
  EXPECT_THAT(mesh.vertices_in_root, TensorNear(golden("vertices"), 1e-6));
  EXPECT_THAT(mesh.joints_in_root, TensorNear(golden("joints"), 1e-6));
}

TEST_F(ManoLayerGolden, RestWristAndKnuckleEqualNumpy) {
  EXPECT_THAT(layer_.rest_wrist(golden("shape")), TensorNear(golden("rest_wrist"), 1e-12));
  EXPECT_THAT(layer_.rest_middle_mcp(golden("shape")), TensorNear(golden("rest_knuckle"), 1e-12));
}

TEST_F(ManoLayerGolden, RegressedJointsEqualNumpyAndDifferFromTheChain) {
  const torch::Tensor regressed = layer_.regress_joints(golden("vertices"));
  EXPECT_THAT(regressed, TensorNear(golden("regressed_joints"), 1e-12));
  EXPECT_GT((regressed - golden("joints")).abs().max().item<double>(), 1e-3);
}

TEST_F(ManoLayerGolden, VerticesAndJointsEqualSmplx) {
  const Safetensors smplx(kGolden / "smplx.safetensors");
  const HandMesh mesh = layer_(pose());
  EXPECT_THAT(mesh.vertices_in_root, TensorNear(smplx.tensor("vertices"), 1e-7));
  torch::Tensor mano_joints = torch::empty({pose().shape.size(0), kManoJoints, 3}, torch::kFloat64);
  for (int64_t i = 0; i < kJoints; ++i)
    if (kFromMano[i] < kManoJoints) mano_joints.select(1, kFromMano[i]) = mesh.joints_in_root.select(1, i);
  EXPECT_THAT(mano_joints, TensorNear(smplx.tensor("mano_joints"), 1e-7));
}

}  // namespace
}  // namespace interprior
