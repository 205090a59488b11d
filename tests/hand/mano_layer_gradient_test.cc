#include <gtest/gtest.h>
#include <torch/autograd.h>

#include "interprior/hand/mano_layer.h"
#include "interprior/hand/procedural/procedural_hand.h"
#include "interprior/hand/skeleton.h"
#include "random_hand.h"
#include "support/numerical_gradient.h"
#include "support/tensor_near.h"

// Compares the layer's hand-written backward pass with autograd through a plain tensor implementation.
namespace interprior {
namespace {

using ::testing::HasSubstr;

// MANO joint by joint, differentiated by autograd.
HandMesh plain_hand(const ManoModel& model, const HandPose& pose) {
  const int64_t batch = pose.shape.size(0);
  const torch::Tensor shaped = model.v_template + torch::einsum("vck,bk->bvc", {model.shapedirs, pose.shape});
  const torch::Tensor rest = torch::einsum("jv,bvc->bjc", {model.J_regressor, shaped});
  const torch::Tensor feature = (pose.rotations.slice(1, 1) - torch::eye(3, pose.rotations.options())).flatten(1);
  const torch::Tensor posed = shaped + torch::einsum("vck,bk->bvc", {model.posedirs, feature});
  const auto turned = [](const torch::Tensor& matrix, const torch::Tensor& vector) {
    return matrix.matmul(vector.unsqueeze(-1)).squeeze(-1);
  };
  std::vector<torch::Tensor> turns = {pose.rotations.select(1, 0)}, places = {pose.wrist_in_root};
  for (int64_t j = 1; j < kManoJoints; ++j) {
    const int64_t parent = kManoParents[j];
    places.push_back(places[parent] + turned(turns[parent], rest.select(1, j) - rest.select(1, parent)));
    turns.push_back(turns[parent].matmul(pose.rotations.select(1, j)));
  }
  torch::Tensor skin = torch::zeros({batch, model.v_template.size(0), 3}, posed.options());
  for (int64_t j = 0; j < kManoJoints; ++j) {
    const torch::Tensor about_joint = posed - rest.slice(1, j, j + 1);
    const torch::Tensor moved = about_joint.matmul(turns[j].transpose(1, 2)) + places[j].unsqueeze(1);
    skin = skin + model.weights.slice(1, j, j + 1) * moved;
  }
  std::vector<torch::Tensor> native = places;
  for (int64_t i = 0; i < 5; ++i) native.push_back(skin.select(1, model.tips[i].item<int64_t>()));
  std::vector<torch::Tensor> ours;
  for (const int64_t joint : kFromMano) ours.push_back(native[joint]);
  return {skin, torch::stack(ours, 1)};
}

using Build = std::function<HandMesh(const HandPose&)>;

// Gradients by rotations, shape and wrist of the mesh's inner product with given output gradients; undefined ones are skipped.
std::vector<torch::Tensor> slopes_of(const Build& build, const HandPose& pose, const torch::Tensor& at_vertices,
                                     const torch::Tensor& at_joints) {
  const auto leaf = [](const torch::Tensor& tensor) { return tensor.detach().clone().requires_grad_(true); };
  const HandPose leaves = {leaf(pose.rotations), leaf(pose.shape), leaf(pose.wrist_in_root)};
  const HandMesh mesh = build(leaves);
  std::vector<torch::Tensor> outputs, slopes;
  if (at_vertices.defined()) {
    outputs.push_back(mesh.vertices_in_root);
    slopes.push_back(at_vertices);
  }
  if (at_joints.defined()) {
    outputs.push_back(mesh.joints_in_root);
    slopes.push_back(at_joints);
  }
  return torch::autograd::grad(outputs, {leaves.rotations, leaves.shape, leaves.wrist_in_root}, slopes);
}

TEST(ManoLayerGradient, EqualsAutogradThroughAPlainExpression) {
  RandomHand random(1);
  for (const int64_t vertices : {16, 50, 778}) {
    const ManoModel model = random.model(vertices);
    const ManoLayer layer(model, Side::right, torch::kCPU, torch::kFloat64);
    const HandPose pose = random.pose(3);
    const Build ours = [&](const HandPose&p) { return layer(p); }, plain = [&](const HandPose&p) { return plain_hand(model, p); };
    EXPECT_THAT(ours(pose).vertices_in_root, TensorNear(plain(pose).vertices_in_root, 1e-13));
    const torch::Tensor at_vertices = random.normal({3, vertices, 3}), at_joints = random.normal({3, 21, 3});
    for (const auto& [v, j] : {std::pair{at_vertices, at_joints}, {at_vertices, torch::Tensor()}, {torch::Tensor(), at_joints}}) {
      const auto actual = slopes_of(ours, pose, v, j), expected = slopes_of(plain, pose, v, j);
      for (size_t i = 0; i < 3; ++i) EXPECT_THAT(actual[i], TensorNear(expected[i], 1e-11)) << vertices << " " << i;
    }
  }
}

TEST(ManoLayerGradient, AcceptsOutputGradientsOfAnyLayout) {
  RandomHand random(2);
  const ManoModel model = random.model(30);
  const ManoLayer layer(model, Side::right, torch::kCPU, torch::kFloat64);
  const HandPose pose = random.pose(2);
  const Build ours = [&](const HandPose& p) { return layer(p); };
  const torch::Tensor planes = random.normal({2, 3, 30}), before = planes.clone();
  const torch::Tensor joints = random.normal({2, 21, 1}).expand({2, 21, 3});
  const auto actual = slopes_of(ours, pose, planes.transpose(1, 2), joints);
  const auto expected = slopes_of(ours, pose, planes.transpose(1, 2).contiguous(), joints.contiguous());
  for (size_t i = 0; i < 3; ++i) EXPECT_THAT(actual[i], TensorNear(expected[i], 0));
  EXPECT_TRUE(torch::equal(planes, before)) << "a slope given to the layer was changed";
}

TEST(ManoLayerGradient, SinglePrecisionAgreesOnTheProceduralHand) {
  RandomHand random(3);
  const HandModel model = procedural_hand();
  const ManoLayer single(model.hand.left, Side::left), exact(model.hand.left, Side::left, torch::kCPU, torch::kFloat64);
  const HandPose pose = random.pose(2);
  const torch::Tensor at_vertices = random.normal({2, exact.vertex_count(), 3}), at_joints = random.normal({2, 21, 3});
  const auto expected = slopes_of([&](const HandPose& p) { return exact(p); }, pose, at_vertices, at_joints);
  const auto actual = slopes_of([&](const HandPose& p) { return single(p); }, pose, at_vertices.to(torch::kFloat32),
                                at_joints.to(torch::kFloat32));
  for (size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(actual[i].scalar_type(), torch::kFloat64);  // the dtype of the pose
    EXPECT_THAT(actual[i], TensorNear(expected[i], 1e-5 * expected[i].abs().max().item<double>()));
  }
}

TEST(ManoLayerGradient, ReachesOnlyInputsThatRequireIt) {
  RandomHand random(4);
  const ManoLayer layer(random.model(20), Side::right, torch::kCPU, torch::kFloat64);
  HandPose pose = random.pose(2);
  pose.shape.requires_grad_(true);
  layer(pose).joints_in_root.sum().backward();
  EXPECT_TRUE(pose.shape.grad().defined());
  EXPECT_FALSE(pose.rotations.grad().defined());
  EXPECT_FALSE(pose.wrist_in_root.grad().defined());
}

TEST(ManoLayerGradient, BackwardMayRunTwice) {
  RandomHand random(5);
  const ManoLayer layer(random.model(20), Side::right, torch::kCPU, torch::kFloat64);
  HandPose pose = random.pose(2);
  pose.rotations.requires_grad_(true);
  const torch::Tensor loss = layer(pose).vertices_in_root.square().sum();
  const torch::Tensor first = torch::autograd::grad({loss}, {pose.rotations}, {}, /*retain_graph=*/true)[0];
  EXPECT_TRUE(torch::equal(torch::autograd::grad({loss}, {pose.rotations})[0], first));
}

TEST(ManoLayerGradient, SavesNothingWithoutGradients) {
  RandomHand random(6);
  const ManoLayer layer(random.model(20), Side::right, torch::kCPU, torch::kFloat64);
  HandPose pose = random.pose(2);
  EXPECT_FALSE(layer(pose).vertices_in_root.requires_grad());
  pose.rotations.requires_grad_(true);
  {
    const torch::NoGradGuard no_grad;
    const HandMesh mesh = layer(pose);
    EXPECT_FALSE(mesh.vertices_in_root.requires_grad() || mesh.joints_in_root.requires_grad());
  }
  {
    const c10::InferenceMode inference;
    EXPECT_EQ(layer(pose).joints_in_root.grad_fn(), nullptr);
  }
  EXPECT_TRUE(layer(pose).joints_in_root.requires_grad());
}

TEST(ManoLayerGradient, ASecondDerivativeIsRefused) {
  RandomHand random(7);
  const ManoLayer layer(random.model(20), Side::right, torch::kCPU, torch::kFloat64);
  HandPose pose = random.pose(1);
  pose.shape.requires_grad_(true);
  const torch::Tensor loss = layer(pose).vertices_in_root.square().sum();
  EXPECT_THAT([&] { torch::autograd::grad({loss}, {pose.shape}, {}, /*retain_graph=*/true, /*create_graph=*/true); },
              ThrowsError(HasSubstr("second derivative")));
}

}  // namespace
}  // namespace interprior
