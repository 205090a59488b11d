#include "interprior/infer/repose.h"

#include <torch/types.h>
#include <torch/utils.h>

#include "interprior/base/error.h"
#include "interprior/base/shape.h"
#include "interprior/data/patterns.h"
#include "interprior/infer/left_out.h"

namespace interprior {
namespace {

void check_parameters(const ManoParameters& mano, Side side) {
  ShapeCheck("repose")(mano.pose, "pose", {48})(mano.shape, "shape", {10})(mano.translation, "translation", {3});
  for (const torch::Tensor* tensor : {&mano.pose, &mano.shape, &mano.translation})
    require(tensor->isfinite().all().item<bool>(), std::string("the ") + side_name(side) + " hand's parameters are not finite",
            "repose", "leave the frame out");
}

torch::Tensor stacked(const PerHand<ManoParameters>& mano, torch::Tensor ManoParameters::*member) {
  return torch::stack({mano.right.*member, mano.left.*member}).unsqueeze(0);
}

}  // namespace

void repose(ReconstructedHands& hands, const PerHand<ManoParameters>& mano, const TwoHands& models) {
  const torch::NoGradGuard no_grad;
  for (const Side side : kSides) check_parameters(mano[side], side);
  const PatternBatch both = PatternBatch{stacked(mano, &ManoParameters::pose), stacked(mano, &ManoParameters::shape),
                                         stacked(mano, &ManoParameters::translation)}
                                .to(models.layer.right.faces_on_device().device());
  const PerHand<HandPose> pose = pose_from(both, models);
  const torch::Tensor root = models.layer.right.rest_wrist(both.shape.select(1, 0)) + both.translation.select(1, 0);
  const PerHand<HandMesh> mesh = models(pose);
  PerHand<Mesh> surface;
  PerHand<torch::Tensor> joints;
  for (const Side side : kSides) {
    const torch::Tensor vertices = (mesh[side].vertices_in_root + root.unsqueeze(1))[0].to(torch::kCPU);
    if (hands.present[side] && vertices.select(1, 2).min().item<double>() <= 0)
      throw LeftOut("behind_camera", std::string("the ") + side_name(side) + " hand would lie at or behind the camera", "repose",
                    "check the box and the camera");
    surface[side] = mesh_from(vertices, models.layer[side].faces());
    joints[side] = (mesh[side].joints_in_root + root.unsqueeze(1))[0].to(torch::kCPU);
  }
  hands.mano = mano;
  hands.pose = to(pose, torch::kCPU);
  hands.right_wrist_in_camera = root[0].to(torch::kCPU);
  hands.surface = std::move(surface);
  hands.joints_in_camera = joints;
}

}  // namespace interprior
