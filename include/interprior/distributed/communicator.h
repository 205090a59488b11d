#pragma once
#include <torch/types.h>

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "interprior/distributed/launch.h"

namespace interprior {

// What a process is at, for those that wait for it: computing may take as long as the timeout, measuring and saving as long as
// they do.
enum class Doing { computing, waiting, measuring, finished };

// The processes of one training run, which do the same steps on parts of the same batches: gradients are averaged by NCCL between
// GPUs, by Gloo between CPUs. One process is the case in which nothing has to be sent.
// Every process says once a second that it lives and where it is; one that dies, or holds up the others for longer than the
// timeout, ends them all with its name and last step.
class Communicator {
 public:
  Communicator();  // one process
  // Waits for all processes. Throws Error when they do not come together within `meeting_seconds`.
  Communicator(const Launch& launch, torch::Device device, double timeout_seconds, double meeting_seconds = 300);
  // For a process that cannot take part, before it meets the others: tells them why, who would wait for it otherwise.
  static void fail_to_come(const Launch& launch, const std::string& reason, double meeting_seconds = 30);
  ~Communicator();
  Communicator(const Communicator&) = delete;
  Communicator& operator=(const Communicator&) = delete;

  int64_t rank() const;
  int64_t ranks() const;
  bool leads() const { return rank() == 0; }  // rank 0 alone writes

  // Averages a contiguous tensor over all processes while this one goes on; wait() before it is used.
  class Pending {
   public:
    virtual ~Pending() = default;
    virtual void wait() = 0;
  };
  std::unique_ptr<Pending> begin_average(const torch::Tensor& tensor);

  void broadcast(const std::vector<torch::Tensor>& tensors);  // from rank 0, in place
  // The sum of a tensor over all processes, differentiable; empty for one process.
  std::function<torch::Tensor(const torch::Tensor&)> summing();
  bool any(bool mine);                                                              // whether it holds for any of them
  std::map<std::string, double> mean(const std::map<std::string, double>& values);  // all have the same names

  void reached(int64_t step, Doing doing);
  // Tells the others why this process ends before it does.
  void fail(const std::string& reason);
  // Waits for the others; from then on nobody is missed.
  void finish();

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace interprior
