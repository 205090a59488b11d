#pragma once
#include <torch/types.h>

#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "interprior/distributed/communicator.h"

namespace interprior {

// Gradients averaged over processes beside the backward pass: parameters lie in buckets, last layers first, and a bucket is sent
// as soon as each of its gradients is there (Li et al., "PyTorch Distributed", VLDB 2020). For one process it is backward alone.
class GradientAverage {
 public:
  GradientAverage(std::vector<torch::Tensor> parameters, std::shared_ptr<Communicator> together);
  ~GradientAverage();
  GradientAverage(const GradientAverage&) = delete;
  GradientAverage& operator=(const GradientAverage&) = delete;

  // Adds a part's gradient. `last`: buckets are sent. The parameters that a loss reaches must be the same in every process.
  void backward(const torch::Tensor& loss, bool last);
  // Ends the averaging: gradients lie in the parameters, undefined where no loss of the step reached; returns the mean of `loss`.
  torch::Tensor finish(const torch::Tensor& loss);

 private:
  struct Bucket {
    std::vector<torch::Tensor> parameters;
    torch::Tensor flat;
    size_t arrived = 0;
    std::unique_ptr<Communicator::Pending> pending;
  };
  void arrived(size_t parameter);
  void pack_and_send(Bucket& bucket);

  std::vector<torch::Tensor> parameters_;
  std::shared_ptr<Communicator> together_;
  std::vector<Bucket> buckets_;
  std::vector<size_t> bucket_of_;
  size_t next_ = 0;  // bucket to be sent: all processes send in the same order
  bool sending_ = false;
  std::mutex mutex_;
  std::vector<std::function<void()>> remove_hooks_;
};

}  // namespace interprior
