#include <gtest/gtest.h>
#include <torch/cuda.h>
#include <torch/types.h>

#include <torch/csrc/distributed/c10d/HashStore.hpp>
#ifdef USE_C10D_NCCL
#include <torch/csrc/distributed/c10d/ProcessGroupNCCL.hpp>
#endif

#include "support/tensor_near.h"

namespace interprior {
namespace {

// With one GPU only this part of NCCL can be tested: a group forms, sums and ends.
TEST(NcclGpu, AGroupOfOneProcessReduces) {
  if (!torch::cuda::is_available()) GTEST_SKIP() << "this machine has no CUDA device";
#ifdef USE_C10D_NCCL
  const auto group = c10::make_intrusive<c10d::ProcessGroupNCCL>(c10::make_intrusive<c10d::HashStore>(), 0, 1);
  group->setTimeout(std::chrono::milliseconds(60'000));
  const torch::Tensor values = torch::arange(1000, torch::Device(torch::kCUDA, 0)).to(torch::kFloat);
  std::vector<torch::Tensor> summed = {values.clone()};
  group->allreduce(summed, {c10d::ReduceOp::SUM})->wait();
  EXPECT_THAT(summed[0].cpu(), TensorNear(values.cpu(), 0));
  std::vector<torch::Tensor> sent = {values.clone()};
  group->broadcast(sent, {0, 0})->wait();
  EXPECT_THAT(sent[0].cpu(), TensorNear(values.cpu(), 0));
  group->shutdown();
#else
  GTEST_SKIP() << "this LibTorch has no NCCL";
#endif
}

}  // namespace
}  // namespace interprior
