#pragma once
#include <torch/nn/modules/batchnorm.h>

#include <functional>

#include "interprior/base/config/config.h"

namespace interprior {

// Statistics of batch norms in training: those of the process's own batch, the fixed running statistics (weights are still
// trained), or those over the batches of all processes.
enum class NormMode { batch, frozen, sync };
template <>
struct EnumNames<NormMode> {
  static std::vector<std::pair<NormMode, std::string>> table() {
    return {{NormMode::batch, "batch"}, {NormMode::frozen, "frozen"}, {NormMode::sync, "sync"}};
  }
};

// The sum of a tensor over all processes, differentiable.
using SumOverProcesses = std::function<torch::Tensor(const torch::Tensor&)>;

// BatchNorm2d (Ioffe & Szegedy, ICML 2015) under torchvision's names, optionally with statistics over all processes.
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

// Sets the mode of every batch norm of a network. `sum` is used by sync only; sync without it acts as batch. Norms inside a
// TorchScript backbone are not changed.
void set_norms(torch::nn::Module& network, NormMode mode, const SumOverProcesses& sum = {});

// The running means and variances of a network's norms, by name.
std::vector<std::pair<std::string, torch::Tensor>> norm_statistics(const torch::nn::Module& network);

}  // namespace interprior
