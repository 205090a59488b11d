#include "pretended_device.h"

#include <ATen/cuda/CUDAGraph.h>
#include <c10/core/Event.h>
#include <c10/core/StreamGuard.h>
#include <c10/core/impl/VirtualGuardImpl.h>
#include <gtest/gtest.h>
#include <torch/cuda.h>
#include <torch/types.h>
#include <torch/utils.h>

#include <thread>

#include "support/tensor_near.h"

// Faults of a real device that the simulated one must detect.
namespace interprior::pretended {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

const torch::Device kCuda(torch::kCUDA, 0);

c10::Stream other_stream() { return c10::impl::VirtualGuardImpl(c10::kCUDA).getStreamFromGlobalPool(kCuda); }
c10::Stream this_stream() { return c10::impl::VirtualGuardImpl(c10::kCUDA).getStream(kCuda); }

void follow(const c10::Stream& first, const c10::Stream& then) {
  c10::Event event(c10::kCUDA);
  event.record(first);
  event.block(then);
}

class PretendedDevice : public ::testing::Test {
 protected:
  void SetUp() override { forget_faults(); }
  void TearDown() override { forget_faults(); }
};

TEST_F(PretendedDevice, ComputesLikeTheCpuAndViewsShareMemory) {
  const torch::Tensor here = torch::randn({6, 5}), there = here.to(kCuda);
  EXPECT_TRUE(there.is_cuda());
  EXPECT_THAT(there.matmul(there.t()).cpu(), TensorNear(here.matmul(here.t()), 0));
  there.select(1, 2).fill_(3);
  there.view({30})[0] = 9;
  EXPECT_EQ(there.sum(0)[2].item<float>(), 18);
  EXPECT_EQ(there[0][0].item<float>(), 9);
  torch::Tensor grown = torch::empty({0}, kCuda);
  torch::add_out(grown, there, there);
  EXPECT_THAT(grown.cpu(), TensorNear(2 * there.cpu(), 0));
  const torch::Tensor leaf = there.clone().requires_grad_(true);
  torch::layer_norm(leaf, {5}).square().mean().backward();
  EXPECT_TRUE(leaf.grad().is_cuda());
  EXPECT_GT(torch::empty({100}, kCuda).abs().min().item<float>(), 1e30);  // uninitialised memory is visible
}

TEST_F(PretendedDevice, RefusesTensorsOfTwoDevices) {
  const torch::Tensor there = torch::ones({3}, kCuda);
  EXPECT_THAT([&] { there + torch::ones({3}); }, ::testing::ThrowsMessage<c10::Error>(HasSubstr("two devices")));
  EXPECT_THAT(
      [&] {
        torch::nll_loss(there.view({1, 3}), torch::zeros({1}, torch::kInt64));
      },
      ::testing::ThrowsMessage<c10::Error>(HasSubstr("aten::nll_loss_forward")));
  EXPECT_EQ((there + torch::ones({})).sum().item<float>(), 6);  // scalars may be on the host
}

TEST_F(PretendedDevice, CountsWaitsAndUploadsThatBlock) {
  const torch::Tensor there = torch::ones({3}, kCuda), locked = torch::ones({3}).pin_memory();
  const auto more = [](const std::function<void()>& work) {
    const Counts before = counts();
    work();
    return std::pair(counts().waits - before.waits, counts().blocking_uploads - before.blocking_uploads);
  };
  EXPECT_EQ(more([&] { (there + 1).sum(); }), std::pair(int64_t{0}, int64_t{0}));
  EXPECT_EQ(more([&] { there.sum().item<float>(); }), std::pair(int64_t{1}, int64_t{0}));
  EXPECT_EQ(more([&] { there.cpu(); }), std::pair(int64_t{1}, int64_t{0}));
  EXPECT_EQ(more([&] { there.nonzero(); }), std::pair(int64_t{1}, int64_t{0}));
  EXPECT_EQ(more([&] { there.index({there > 0}); }), std::pair(int64_t{1}, int64_t{0}));
  EXPECT_EQ(more([&] { torch::ones({3}).to(kCuda, true); }), std::pair(int64_t{0}, int64_t{1}));
  EXPECT_EQ(more([&] { locked.to(kCuda); }), std::pair(int64_t{0}, int64_t{1}));
  EXPECT_EQ(more([&] { locked.to(kCuda, true); }), std::pair(int64_t{0}, int64_t{0}));
  EXPECT_EQ(more([&] { there.index({torch::tensor({0, 1})}); }), std::pair(int64_t{0}, int64_t{1}));
  EXPECT_EQ(more([&] { there.clone().index_put_({torch::tensor({0, 1})}, 2); }), std::pair(int64_t{0}, int64_t{1}));
  EXPECT_EQ(more([&] { there.clone().index_put_({there > 0}, 2); }), std::pair(int64_t{1}, int64_t{0}));
}

TEST_F(PretendedDevice, DetectsMemoryThatIsReadBeforeItIsReady) {
  const c10::Stream side = other_stream();
  torch::Tensor made;
  const auto make = [&] {
    const c10::StreamGuard guard(side);
    made = torch::ones({4}, kCuda) + 1;
  };
  make();
  EXPECT_THROW(made.sum(), c10::Error);
  EXPECT_THAT(faults(), SizeIs(1));
  EXPECT_THAT(faults()[0], HasSubstr("no event was waited for"));
  forget_faults();
  make();
  follow(side, this_stream());
  EXPECT_EQ(made.sum().item<float>(), 8);
  follow(this_stream(), side);
  made.reset();
  EXPECT_THAT(faults(), IsEmpty());
}

TEST_F(PretendedDevice, DetectsMemoryThatIsFreedTooEarly) {
  for (const bool kept : {false, true}) {
    const c10::Stream side = other_stream();
    torch::Tensor lent = torch::ones({4}, kCuda);
    follow(this_stream(), side);
    if (kept) lent.record_stream(side);
    {
      const c10::StreamGuard guard(side);
      torch::Tensor sum = lent.sum();
      lent.reset();
    }
    EXPECT_THAT(faults(), SizeIs(kept ? 0 : 1));
    if (!kept) EXPECT_THAT(faults()[0], HasSubstr("record_stream is missing"));
    forget_faults();
  }
}

// An asynchronous copy is done as late as allowed.
TEST_F(PretendedDevice, AnAsynchronousCopyReadsLaterWritesOfTheHost) {
  const torch::Tensor locked = torch::ones({4}).pin_memory();
  const torch::Tensor there = locked.to(kCuda, true);
  torch::Tensor(locked).fill_(5);  // too early
  EXPECT_EQ(there.sum().item<float>(), 20);
  const torch::Tensor back = torch::zeros({4}).pin_memory();
  torch::Tensor(back).copy_(there, true);
  EXPECT_EQ(back.sum().item<float>(), 0);  // too early
  torch::cuda::synchronize();
  EXPECT_EQ(back.sum().item<float>(), 20);
}

TEST_F(PretendedDevice, ACaptureForbidsTheOperationsThatCudaForbidsAndItsReplayUsesTheSameMemory) {
  const c10::Stream side = other_stream();
  torch::Tensor sum = torch::zeros({3}, kCuda), step = torch::ones({3}, kCuda);
  follow(this_stream(), side);
  const c10::StreamGuard guard(side);
  at::cuda::CUDAGraph graph;
  graph.capture_begin({0, 0}, cudaStreamCaptureModeThreadLocal);
  const torch::Tensor twice = 2 * step;
  sum += twice;
  graph.capture_end();
  EXPECT_EQ(sum.sum().item<float>(), 0);  // captured, not run
  graph.replay();
  step.fill_(10);
  graph.replay();
  EXPECT_EQ(sum[0].item<float>(), 22);
  EXPECT_EQ(twice[0].item<float>(), 20);

  const std::vector<std::function<void()>> forbidden = {[&] { sum.sum().item<float>(); }, [&] { torch::ones({3}).to(kCuda); },
                                                        [&] { torch::ones({3}).pin_memory(); },
                                                        [&] { torch::cuda::synchronize(); }, [&] { sum.nonzero(); }};
  for (const auto& work : forbidden) {
    at::cuda::CUDAGraph refused;
    refused.capture_begin({0, 0}, cudaStreamCaptureModeThreadLocal);
    EXPECT_THROW(work(), c10::Error);
    EXPECT_THROW(refused.capture_end(), c10::Error);
    EXPECT_THAT(faults(), IsEmpty());
    refused.reset();  // not destroyed as it is
  }
  EXPECT_THAT(faults(), IsEmpty());
}

// LibTorch's allocator keeps a callback that points to such a graph.
TEST_F(PretendedDevice, AGraphWhoseCaptureFailedMustNotBeDestroyed) {
  const c10::StreamGuard guard(other_stream());
  {
    at::cuda::CUDAGraph graph;
    graph.capture_begin({0, 0}, cudaStreamCaptureModeThreadLocal);
    EXPECT_THROW(torch::cuda::synchronize(), c10::Error);
    EXPECT_THROW(graph.capture_end(), c10::Error);
  }
  EXPECT_THAT(faults(), SizeIs(1));
}

TEST_F(PretendedDevice, OnlyAGlobalCaptureForbidsPageLockedMemoryOfOtherThreads) {
  for (const auto mode : {cudaStreamCaptureModeGlobal, cudaStreamCaptureModeThreadLocal}) {
    const c10::StreamGuard guard(other_stream());
    at::cuda::CUDAGraph graph;
    graph.capture_begin({0, 0}, mode);
    bool refused = false;
    std::thread([&] {
      try {
        torch::ones({3}).pin_memory();
      } catch (const c10::Error&) {
        refused = true;
      }
    }).join();
    EXPECT_EQ(refused, mode == cudaStreamCaptureModeGlobal);
    if (refused)
      EXPECT_THROW(graph.capture_end(), c10::Error);
    else
      graph.capture_end();
  }
}

TEST_F(PretendedDevice, CountsTheBytesOfTensors) {
  reset_peak();
  const int64_t before = counts().peak_bytes;
  {
    const torch::Tensor a = torch::empty({1000}, kCuda), b = a + a;
    EXPECT_EQ(counts().bytes - before, 8000);
  }
  EXPECT_EQ(counts().bytes, before);
  EXPECT_EQ(counts().peak_bytes - before, 8000);
}

}  // namespace
}  // namespace interprior::pretended
