#pragma once
#include <torch/types.h>

#include <vector>

#include "interprior/geometry/rotation.h"
#include "interprior/hand/mano_model.h"
#include "interprior/hand/pose.h"

namespace interprior {

// Random numbers, poses and models, float64.
class RandomHand {
 public:
  explicit RandomHand(uint64_t seed) : random_(Seed{seed}) {}

  torch::Tensor normal(std::vector<int64_t> shape, double scale = 1) {
    torch::Tensor out = torch::empty(shape, torch::kFloat64);
    double* values = out.data_ptr<double>();
    for (int64_t i = 0; i < out.numel(); ++i) values[i] = scale * random_.normal();
    return out;
  }

  torch::Tensor rotations(int64_t batch, int64_t count) {
    std::vector<torch::Tensor> list;
    for (int64_t i = 0; i < batch * count; ++i) list.push_back(random_rotation(random_));
    return torch::stack(list).view({batch, count, 3, 3});
  }

  HandPose pose(int64_t batch) { return {rotations(batch, 16), normal({batch, 10}), normal({batch, 3}, 0.1)}; }

  Interaction interaction(int64_t batch) {
    return {{rotations(batch, 15), rotations(batch, 15)},
            {normal({batch, 10}), normal({batch, 10})},
            rotations(batch, 1).squeeze(1),
            normal({batch, 3}, 0.1)};
  }

  ManoModel model(int64_t vertices) {
    ManoModel model;
    model.v_template = normal({vertices, 3}, 0.05);
    model.shapedirs = normal({vertices, 3, 10}, 0.003);
    model.posedirs = normal({vertices, 3, 135}, 0.003);
    model.J_regressor = normal({16, vertices}).softmax(1);
    model.weights = normal({vertices, 16}, 2).softmax(1);
    model.faces = (normal({2 * vertices, 3}, 1e4).abs().to(torch::kInt64)).remainder(vertices);
    model.hands_mean = normal({45}, 0.2);
    model.tips = (normal({5}, 1e4).abs().to(torch::kInt64)).remainder(vertices);
    return model;
  }

 private:
  Random random_;
};

// The other hand of a model: points mirror, and the pose feature R - I mirrors to M (R - I) M.
inline ManoModel mirror_image(const ManoModel& right) {
  const torch::Tensor m = torch::tensor({-1.0, 1.0, 1.0}, torch::kFloat64);
  const torch::Tensor feature_sign = (m.unsqueeze(1) * m).flatten().repeat({15});
  ManoModel left = right;
  left.v_template = right.v_template * m;
  left.shapedirs = right.shapedirs * m.unsqueeze(1);
  left.posedirs = right.posedirs * m.unsqueeze(1) * feature_sign;
  left.faces = right.faces.flip({1});
  left.hands_mean = -(right.hands_mean.view({15, 3}) * m).flatten();
  return left;
}

}  // namespace interprior
