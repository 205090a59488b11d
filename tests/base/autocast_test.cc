#include "interprior/base/autocast.h"

#include <ATen/autocast_mode.h>
#include <gtest/gtest.h>
#include <torch/types.h>

namespace interprior {
namespace {

torch::ScalarType dtype_of_product() { return torch::matmul(torch::ones({2, 3}), torch::ones({3, 2})).scalar_type(); }

TEST(Autocast, LastsForItsScope) {
  EXPECT_EQ(dtype_of_product(), torch::kFloat32);
  {
    const Autocast outer(true, torch::kCPU);
    EXPECT_EQ(dtype_of_product(), torch::kBFloat16);
    { const Autocast inner(true, torch::kCPU); }
    EXPECT_EQ(dtype_of_product(), torch::kBFloat16);
    const Autocast nothing(false, torch::kCPU);
    EXPECT_EQ(dtype_of_product(), torch::kBFloat16);
  }
  EXPECT_EQ(dtype_of_product(), torch::kFloat32);
}

// A caller may have autocast of its own, such as fp16 of a GPU.
TEST(Autocast, RestoresTheDtypeOfACallersAutocast) {
  const torch::ScalarType before = at::autocast::get_autocast_dtype(torch::kCUDA);
  at::autocast::set_autocast_dtype(torch::kCUDA, torch::kHalf);
  {
    const Autocast autocast(true, torch::kCUDA);
    EXPECT_EQ(at::autocast::get_autocast_dtype(torch::kCUDA), torch::kBFloat16);
  }
  EXPECT_EQ(at::autocast::get_autocast_dtype(torch::kCUDA), torch::kHalf);
  EXPECT_FALSE(at::autocast::is_autocast_enabled(torch::kCUDA));
  at::autocast::set_autocast_dtype(torch::kCUDA, before);
}

}  // namespace
}  // namespace interprior
