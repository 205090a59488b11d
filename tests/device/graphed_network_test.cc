#include "infer/graphed_network.h"

#include <c10/core/Event.h>
#include <c10/core/StreamGuard.h>
#include <c10/core/impl/VirtualGuardImpl.h>
#include <gtest/gtest.h>
#include <torch/types.h>

#include "infer/tiny_sampler.h"
#include "interprior/base/cuda_graph.h"
#include "interprior/base/seed.h"
#include "interprior/hand/mano_layer.h"
#include "pretended_device.h"
#include "support/tensor_near.h"

namespace interprior {
namespace {

const torch::Device kCuda(torch::kCUDA, 0);

void follow(const c10::Stream& first, const c10::Stream& then) {
  c10::Event event(c10::kCUDA);
  event.record(first);
  event.block(then);
}

// As of two threads: nothing but the network orders the work of their streams.
TEST(GraphedNetwork, CallsOnTwoStreamsDoNotDisturbEachOther) {
  Sampler network = tiny_sampler();
  network->to(kCuda);
  network->eval();
  const TwoHands hands(procedural_model(), kCuda);
  GraphedNetwork graphs(network, hands, kCuda, /*bf16=*/false);
  std::vector<torch::Tensor> crops, expected;
  for (uint64_t i = 0; i < 2; ++i) {
    const torch::Tensor noise = normal_tensor({1, 3, kTinyCrop, kTinyCrop}, Seed{i}, torch::kCPU);
    crops.push_back((127 + 40 * noise).clamp(0, 255).to(torch::kUInt8).to(kCuda));
  }
  for (int repetition = 0; repetition < 2; ++repetition) {  // captured at the third call
    expected.clear();
    for (const torch::Tensor& one : crops) expected.push_back(graphs(one).tokens.cpu());
  }
  EXPECT_FALSE(torch::equal(expected[0], expected[1]));

  pretended::forget_faults();
  const c10::impl::VirtualGuardImpl device(c10::kCUDA);
  const c10::Stream here = device.getStream(kCuda);
  const std::vector<c10::Stream> streams = {device.getStreamFromGlobalPool(kCuda), device.getStreamFromGlobalPool(kCuda)};
  for (const c10::Stream& stream : streams) follow(here, stream);
  std::vector<torch::Tensor> tokens;
  for (size_t call = 0; call < 6; ++call) {
    const c10::StreamGuard guard(streams[call % 2]);
    tokens.push_back(graphs(crops[call % 2]).tokens);
  }
  for (const c10::Stream& stream : streams) follow(stream, here);
  for (size_t call = 0; call < tokens.size(); ++call) EXPECT_THAT(tokens[call], TensorNear(expected[call % 2], 0)) << call;
  EXPECT_THAT(pretended::faults(), ::testing::IsEmpty());
}

// The graph of a failed capture is never destroyed (CUDAGraph in LibTorch); a caller that catches the error continues.
TEST(GraphedNetwork, AFailedCaptureLeavesTheDeviceUsable) {
  pretended::forget_faults();
  torch::Tensor sum = torch::zeros({3}, kCuda);
  {
    CudaGraph graph(kCuda, "test");
    EXPECT_THAT([&] { graph.record([&] { sum.sum().item<float>(); }); }, ThrowsError(::testing::HasSubstr("cannot be captured")));
    EXPECT_FALSE(graph.recorded());
    graph.record([&] { sum.add_(1); });
    EXPECT_TRUE(graph.recorded());
    graph.replay();
  }
  EXPECT_EQ(torch::ones({1000}, kCuda).sum().item<float>(), 1000);
  EXPECT_THAT(sum.cpu(), TensorNear(torch::ones({3}), 0));
  EXPECT_THAT(pretended::faults(), ::testing::IsEmpty());
}

}  // namespace
}  // namespace interprior
