#pragma once
#include <torch/nn/modules/batchnorm.h>

#include <functional>

#include "interprior/base/config/config.h"

namespace interprior {

// How batch norms take their statistics in training: of the batch at hand, of none (the running ones stay as they are, weights
// still learn), or of the batches of all processes together.
enum class NormMode { batch, frozen, sync };
template <>
struct EnumNames<NormMode> {
  static std::vector<std::pair<NormMode, std::string>> table() {
    return {{NormMode::batch, "batch"}, {NormMode::frozen, "frozen"}, {NormMode::sync, "sync"}};
  }
};

// The sum of a tensor over all processes, differentiable.
using SumOverProcesses = std::function<torch::Tensor(const torch::Tensor&)>;

// BatchNorm2d (Ioffe & Szegedy, ICML 2015) with torchvision's names, whose statistics may span processes.
class BatchNormImpl : public torch::nn::BatchNorm2dImpl {
 public:
  using torch::nn::BatchNorm2dImpl::BatchNorm2dImpl;
  torch::Tensor forward(const torch::Tensor& x);
  void use(NormMode mode, SumOverProcesses sum);

 private:
  torch::Tensor over_processes(const torch::Tensor& x);

  NormMode mode_ = NormMode::batch;
  SumOverProcesses sum_;
};
TORCH_MODULE(BatchNorm);

// Sets every norm of a network. `sum` is needed for sync alone; without one it is as batch. Norms inside a TorchScript trunk are
// not reached.
void set_norms(torch::nn::Module& network, NormMode mode, const SumOverProcesses& sum = {});

// The running means and variances of a network's norms, by name.
std::vector<std::pair<std::string, torch::Tensor>> norm_statistics(const torch::nn::Module& network);

}  // namespace interprior
