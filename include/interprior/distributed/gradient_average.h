#pragma once
#include <torch/types.h>

#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "interprior/distributed/communicator.h"

namespace interprior {

// Averages gradients over processes during the backward pass: parameters are grouped in buckets, last layers first, and a bucket
// is all-reduced once all its gradients are ready (Li et al., "PyTorch Distributed", VLDB 2020). With one process: backward only.
class GradientAverage {
 public:
  GradientAverage(std::vector<torch::Tensor> parameters, std::shared_ptr<Communicator> communicator);
  ~GradientAverage();
  GradientAverage(const GradientAverage&) = delete;
  GradientAverage& operator=(const GradientAverage&) = delete;

  // Accumulates a micro-batch's gradient. `last`: sends buckets. A loss must reach the same parameters in every process.
  void backward(const torch::Tensor& loss, bool last);
  // Waits for all buckets and writes the mean gradients to the parameters; undefined where no loss reached. Returns the mean
  // loss.
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
  std::shared_ptr<Communicator> communicator_;
  std::vector<Bucket> buckets_;
  std::vector<size_t> bucket_of_;
  size_t next_ = 0;  // next bucket to send: all processes send in the same order
  bool sending_ = false;
  std::mutex mutex_;
  std::vector<std::function<void()>> remove_hooks_;
};

}  // namespace interprior
