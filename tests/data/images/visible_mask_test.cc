#include "interprior/data/images/visible_mask.h"

#include <gtest/gtest.h>
#include <torch/types.h>

#include "support/tensor_near.h"

namespace interprior {
namespace {

// A rectangle at depth z whose front faces a camera with f = 1 and covers the pixels u0 <= u < u1, v0 <= v < v1.
Mesh rectangle(float u0, float v0, float u1, float v1, float z) {
  const auto at = [z](float u, float v) { return std::array<float, 3>{(u - 0.5f) * z, (v - 0.5f) * z, z}; };
  return {{at(u0, v0), at(u1, v0), at(u1, v1), at(u0, v1)}, {{0, 2, 1}, {0, 3, 2}}};
}

TEST(VisibleMask, AveragesTheVisiblePixels) {
  const Pinhole crop = {1, 1, 0, 0, 16, 16};
  const Mesh near = rectangle(0, 0, 8, 16, 1), far = rectangle(4, 0, 14, 8, 2);
  torch::Tensor mask = torch::full({2, 4, 4}, 7.0f);
  fill_visible_mask({&far, &near}, crop, 4, mask.data_ptr<float>());
  const torch::Tensor left =
      torch::tensor({{1., 1., 0., 0.}, {1., 1., 0., 0.}, {1., 1., 0., 0.}, {1., 1., 0., 0.}}, torch::kFloat32);
  const torch::Tensor right =
      torch::tensor({{0., 0., 1., 0.5}, {0., 0., 1., 0.5}, {0., 0., 0., 0.}, {0., 0., 0., 0.}}, torch::kFloat32);
  EXPECT_THAT(mask[0], TensorNear(right, 1e-6));
  EXPECT_THAT(mask[1], TensorNear(left, 1e-6));
}

TEST(VisibleMask, InnerSidesAreNotRendered) {
  const Pinhole crop = {1, 1, 0, 0, 16, 16};
  Mesh turned = rectangle(0, 0, 16, 16, 1);
  for (auto& face : turned.faces) std::swap(face[1], face[2]);
  torch::Tensor mask = torch::full({2, 4, 4}, 7.0f);
  fill_visible_mask({&turned, nullptr}, crop, 4, mask.data_ptr<float>());
  EXPECT_EQ(mask.abs().sum().item<float>(), 0);
}

TEST(VisibleMask, AbsentHandsAreEmpty) {
  const Pinhole crop = {1, 1, 0, 0, 16, 16};
  const Mesh mesh = rectangle(0, 0, 16, 16, 1);
  torch::Tensor mask = torch::full({2, 4, 4}, 7.0f);
  fill_visible_mask({nullptr, &mesh}, crop, 4, mask.data_ptr<float>());
  EXPECT_THAT(mask[0], TensorNear(torch::zeros({4, 4}), 0));
  EXPECT_THAT(mask[1], TensorNear(torch::ones({4, 4}), 1e-6));
  fill_visible_mask({nullptr, nullptr}, crop, 4, mask.data_ptr<float>());
  EXPECT_EQ(mask.abs().sum().item<float>(), 0);
}

}  // namespace
}  // namespace interprior
