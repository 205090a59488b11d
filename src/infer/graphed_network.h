#pragma once
#include <map>
#include <memory>
#include <mutex>

#include "interprior/base/cuda_graph.h"
#include "interprior/model/sampler.h"

namespace interprior {

// A sampler's forward pass as CUDA graphs, one for each size of batch, captured after a few eager calls. May be called from
// several threads, which take turns.
class GraphedNetwork {
 public:
  // The network must be on the device and in evaluation mode. Throws Error without CUDA.
  GraphedNetwork(Sampler network, const TwoHands& hands, torch::Device device, bool bf16);

  // crops: (B,3,S,S) uint8 RGB on the device. Throws Error if the network cannot be captured.
  Reconstruction operator()(const torch::Tensor& crops);

 private:
  struct Recorded {
    std::unique_ptr<CudaGraph> graph;
    torch::Tensor input;
    Reconstruction output;
    int64_t calls = 0;
  };
  Reconstruction forward(const torch::Tensor& crops);

  Sampler network_;
  const TwoHands& hands_;
  torch::Device device_;
  bool bf16_;
  std::mutex mutex_;
  std::map<int64_t, Recorded> by_batch_;
};

}  // namespace interprior
