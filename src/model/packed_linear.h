#pragma once
#include <torch/nn/modules/linear.h>

#include <map>
#include <memory>
#include <mutex>

namespace interprior {

// oneDNN's matrix product with packed weights. Without gradients.
class PackedLinear {
 public:
  // nullptr where oneDNN has no such call: another device or dtype than fp32, or a LibTorch without it.
  static std::shared_ptr<const PackedLinear> make(const torch::nn::LinearImpl& linear);
  torch::Tensor operator()(const torch::Tensor& x) const;  // in fp32, also under autocast

 private:
  // The layout depends on the number of rows. Each has a copy of the weights, so that only the first few numbers get their own;
  // oneDNN converts the layout in calls with others.
  torch::Tensor packed_for(int64_t rows) const;

  torch::Tensor weight_, bias_;
  mutable std::mutex mutex_;
  mutable std::map<int64_t, torch::Tensor> packed_;
};

}  // namespace interprior
