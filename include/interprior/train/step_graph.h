#pragma once
#include <c10/core/Device.h>

#include <functional>
#include <memory>

namespace interprior {

// The work of a step on a GPU, recorded once and done again in one call (CUDA graphs). Recorded work reads and writes the memory
// that it did when it was recorded, and must not wait for the device or copy from ordinary host memory.
class StepGraph {
 public:
  // Throws Error where this program or machine has no CUDA.
  explicit StepGraph(c10::Device device);
  ~StepGraph();

  // Does work outside of the graph, on the stream on which it is recorded: what libraries set up at their first call.
  void on_its_stream(const std::function<void()>& work);
  // Records the work; nothing is done yet. Throws Error where it cannot be recorded; the stream is an ordinary one again then.
  // What other threads do meanwhile, as a loader that allocates page-locked memory, is none of its concern.
  void record(const std::function<void()>& work);
  bool recorded() const;
  void replay();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace interprior
