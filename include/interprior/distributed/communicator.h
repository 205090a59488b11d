#pragma once
#include <torch/types.h>

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "interprior/distributed/launch.h"

namespace interprior {

// State of a process, reported to the other processes by its heartbeat. The timeout limits `computing`; `measuring` (validating
// and saving) is not limited.
enum class ProcessState { computing, waiting, measuring, finished };

// The processes of one training run. They do the same steps on different parts of the same batches; NCCL averages gradients
// between GPUs, Gloo between CPUs. With one process nothing is sent.
// Each process writes a heartbeat with its step once a second. When one dies, or blocks the others for longer than the timeout,
// all processes end with an error that names it and its last step.
class Communicator {
 public:
  Communicator();  // one process
  // Rendezvous of all processes. Throws Error when one is missing after `rendezvous_seconds`.
  Communicator(const Launch& launch, torch::Device device, double timeout_seconds, double rendezvous_seconds = 300);
  // For a process that fails before the rendezvous: reports `reason` to the others, which would wait for it otherwise.
  static void report_absence(const Launch& launch, const std::string& reason, double rendezvous_seconds = 30);
  ~Communicator();
  Communicator(const Communicator&) = delete;
  Communicator& operator=(const Communicator&) = delete;

  int64_t rank() const;
  int64_t ranks() const;
  bool leads() const { return rank() == 0; }  // only rank 0 writes files

  // Starts an asynchronous all-reduce (mean) of a contiguous tensor, in place; call wait() before using the tensor.
  class Pending {
   public:
    virtual ~Pending() = default;
    virtual void wait() = 0;
  };
  std::unique_ptr<Pending> begin_average(const torch::Tensor& tensor);

  void broadcast(const std::vector<torch::Tensor>& tensors);  // from rank 0, in place
  // Differentiable sum of a tensor over all processes; an empty function for one process.
  std::function<torch::Tensor(const torch::Tensor&)> summing();
  bool any(bool mine);                                                              // logical or over all processes
  std::map<std::string, double> mean(const std::map<std::string, double>& values);  // the same names in every process

  // Sets the step and state of this process's heartbeat.
  void reached(int64_t step, ProcessState doing);
  // Reports to the others why this process ends; call before ending.
  void fail(const std::string& reason);
  // Waits for the others; a process that ends afterwards is no error.
  void finish();

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace interprior
