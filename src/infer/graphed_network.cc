#include "graphed_network.h"

#include <ATen/autocast_mode.h>
#include <torch/types.h>
#include <torch/utils.h>

#include <utility>

#include "interprior/base/autocast.h"

namespace interprior {
namespace {

constexpr const char* kOption = "--cuda-graphs";
constexpr int64_t kWarmUp = 2;     // eager calls, in which libraries initialise
constexpr size_t kMostGraphs = 8;  // each holds the activations of its batch

// A caller's autocast would keep casts of weights until its own end: a graph that reads them would outlive them.
class WithoutAutocastCache {
 public:
  WithoutAutocastCache() { at::autocast::set_autocast_cache_enabled(false); }
  ~WithoutAutocastCache() { at::autocast::set_autocast_cache_enabled(before_); }
  WithoutAutocastCache(const WithoutAutocastCache&) = delete;
  WithoutAutocastCache& operator=(const WithoutAutocastCache&) = delete;

 private:
  bool before_ = at::autocast::is_autocast_cache_enabled();
};

}  // namespace

GraphedNetwork::GraphedNetwork(Sampler network, const TwoHands& hands, torch::Device device, bool bf16)
    : network_(std::move(network)), hands_(hands), device_(device), bf16_(bf16) {
  const CudaGraph possible(device, kOption);
}

Reconstruction GraphedNetwork::forward(const torch::Tensor& crops) {
  const WithoutAutocastCache without_cache;
  const Autocast autocast(bf16_, device_.type());
  return network_->forward(crops, hands_);
}

Reconstruction GraphedNetwork::operator()(const torch::Tensor& crops) {
  const torch::NoGradGuard no_grad;
  const std::lock_guard lock(mutex_);
  const int64_t batch = crops.size(0);
  if (!by_batch_.contains(batch) && by_batch_.size() == kMostGraphs) return forward(crops);
  Recorded& own = by_batch_[batch];
  if (!own.graph) {
    own.input = torch::empty_like(crops);
    own.graph = std::make_unique<CudaGraph>(device_, kOption);
  }
  // On the graph's stream, as the previous call may have been on another one than the current.
  own.graph->on_its_stream([&] { own.input.copy_(crops); });
  const auto work = [&] { own.output = forward(own.input); };
  if (own.graph->recorded()) {
    own.graph->replay();
  } else if (own.calls++ < kWarmUp) {
    own.graph->on_its_stream(work);
  } else {
    own.graph->record(work);
    own.graph->replay();
  }
  Reconstruction output = clone_of(own.output);  // the graph's own memory is overwritten by the next call,
  own.graph->on_its_stream([] {});               // which waits for this copy
  return output;
}

}  // namespace interprior
