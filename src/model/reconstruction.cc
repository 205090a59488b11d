#include "interprior/model/reconstruction.h"

#include <torch/types.h>

namespace interprior {

namespace {

// Every tensor of a reconstruction through a function, undefined ones as they are.
template <class Change>
Reconstruction changed(const Reconstruction& all, const Change& change) {
  const auto one = [&](const torch::Tensor& tensor) { return tensor.defined() ? change(tensor) : tensor; };
  const auto hand = [&](const HandPose& pose) { return HandPose{one(pose.rotations), one(pose.shape), one(pose.wrist_in_root)}; };
  const Features& features = all.features;
  const View& view = all.conditional.view;
  const Interaction& both = all.interaction;
  return {{one(features.map), one(features.iah), one(features.mask), one(features.mask_logit), one(features.tau)},
          one(all.tokens),
          {{one(all.conditional.z.mean), one(all.conditional.z.log_variance)},
           {one(view.rotation), one(view.rotation_log_variance), one(view.camera), one(view.left_rotation), one(view.rot6d)}},
          {{one(both.fingers.right), one(both.fingers.left)},
           {one(both.shape.right), one(both.shape.left)},
           one(both.left_from_right),
           one(both.left_in_right)},
          {hand(all.pose.right), hand(all.pose.left)}};
}

}  // namespace

Reconstruction row_of(const Reconstruction& all, int64_t row) {
  return changed(all, [row](const torch::Tensor& tensor) { return tensor.narrow(0, row, 1); });
}

Reconstruction clone_of(const Reconstruction& all) {
  return changed(all, [](const torch::Tensor& tensor) { return tensor.clone(); });
}

}  // namespace interprior
