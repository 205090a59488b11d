#include "interprior/hand/mano_layer.h"

#include <torch/types.h>

#include <vector>

#include "interprior/base/error.h"
#include "interprior/base/full_precision.h"
#include "interprior/base/shape.h"
#include "interprior/hand/skeleton.h"
#include "skinning.h"
#include "vertex_fans.h"

namespace interprior {
namespace {

constexpr int64_t kShapes = 10, kManoMiddleKnuckle = kFromMano[kMiddleMcp];

// Blend directions (V,3,N) as (N,3V) planes, so that blending all vertices is one matrix product.
torch::Tensor flat_basis(const torch::Tensor& directions) { return directions.permute({2, 1, 0}).flatten(1); }

std::shared_ptr<const SkinningModel> skinning_model(const ManoModel& model, torch::Device device, torch::Dtype dtype) {
  const auto moved = [&](const torch::Tensor& tensor) { return tensor.to(device, dtype).contiguous(); };
  const torch::Tensor joint_directions = torch::einsum("jv,vcs->sjc", {model.J_regressor, model.shapedirs});
  const torch::Tensor order = torch::tensor(std::vector<int64_t>(kFromMano.begin(), kFromMano.end()));
  return std::make_shared<SkinningModel>(SkinningModel{
      moved(model.v_template.t().flatten()), moved(torch::cat({flat_basis(model.shapedirs), flat_basis(model.posedirs)})),
      moved(model.J_regressor.matmul(model.v_template).flatten()), moved(joint_directions.flatten(1)), moved(model.weights),
      model.tips.to(device), order.to(device), order.argsort().to(device)});
}

}  // namespace

ManoLayer::ManoLayer(const ManoModel& model, Side side, torch::Device device, torch::Dtype dtype) : side_(side) {
  check_model(model, side_name(side));
  skinning_ = skinning_model(model, device, dtype);
  regressor_ = model.J_regressor.to(device, dtype).contiguous();
  faces_ = model.faces.to(torch::kCPU, torch::kInt64).contiguous();
  faces_on_device_ = faces_.to(device);
  fans_ = vertex_fans(faces_, vertex_count());
  fans_ = {fans_.corners.to(device), fans_.on_rim.to(device)};
}

HandMesh ManoLayer::operator()(const HandPose& pose) const {
  ShapeCheck check("ManoLayer");
  check(pose.rotations, "rotations", {"B", kManoJoints, 3, 3});
  check(pose.shape, "shape", {"B", kShapes});
  check(pose.wrist_in_root, "wrist_in_root", {"B", 3});
  const FullPrecision full_precision;
  return skinned(*skinning_, {as_layer(pose.rotations), as_layer(pose.shape), as_layer(pose.wrist_in_root)});
}

torch::Tensor ManoLayer::rest_wrist(const torch::Tensor& shape) const {
  ShapeCheck("rest_wrist")(shape, "shape", {"B", kShapes});
  const FullPrecision full_precision;
  return rest_joints(*skinning_, as_layer(shape)).select(1, 0);
}

torch::Tensor ManoLayer::rest_middle_mcp(const torch::Tensor& shape) const {
  ShapeCheck("rest_knuckle")(shape, "shape", {"B", kShapes});
  const FullPrecision full_precision;
  const torch::Tensor joints = rest_joints(*skinning_, as_layer(shape));
  return joints.select(1, kManoMiddleKnuckle) - joints.select(1, 0);
}

torch::Tensor ManoLayer::regress_joints(const torch::Tensor& vertices) const {
  ShapeCheck("regress_joints")(vertices, "vertices", {"B", vertex_count(), 3});
  const FullPrecision full_precision;
  const torch::Tensor skin = as_layer(vertices);
  return in_our_order(*skinning_, regressor_.matmul(skin), skin.index_select(1, skinning_->tips));
}

torch::Tensor ManoLayer::as_layer(const torch::Tensor& tensor) const {
  if (tensor.device() != regressor_.device())
    throw Error(c10::str("a hand pose on ", tensor.device(), " was passed to a MANO layer on ", regressor_.device()), "ManoLayer",
                "move both to one device");
  return tensor.to(regressor_.scalar_type());
}

TwoHands::TwoHands(const HandModel& model, torch::Device device, torch::Dtype dtype)
    : layer{ManoLayer(model.hand.right, Side::right, device, dtype), ManoLayer(model.hand.left, Side::left, device, dtype)},
      source(model.source),
      hash(model.hash),
      model(model) {}

PerHand<HandMesh> TwoHands::operator()(const PerHand<HandPose>& pose) const {
  return {layer.right(pose.right), layer.left(pose.left)};
}

}  // namespace interprior
