#pragma once
#include <torch/nn/modules/linear.h>

#include <memory>

namespace interprior {

class PackedLinear;

// A linear layer that its owner registers. After fuse() it is a oneDNN call with weights in oneDNN's own layout: for inference on
// a CPU in fp32.
class LinearLayer {
 public:
  explicit LinearLayer(torch::nn::Linear linear) : linear_(std::move(linear)) {}

  torch::Tensor operator()(const torch::Tensor& x) const;  // (...,in) -> (...,out)
  // Later changes of the weights have no effect. Without oneDNN, and for other devices and dtypes, nothing changes.
  void fuse();

 private:
  mutable torch::nn::Linear linear_;
  std::shared_ptr<const PackedLinear> packed_;
};

}  // namespace interprior
