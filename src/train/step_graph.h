#pragma once
#include <c10/core/Device.h>

#include <functional>
#include <memory>

namespace interprior {

// CUDA graph of a training step: captured once, then replayed with one call. The captured work always uses the same memory, and
// must not synchronise with the device or copy from pageable host memory.
class StepGraph {
 public:
  // Throws Error when this program or machine has no CUDA.
  explicit StepGraph(c10::Device device);
  ~StepGraph();

  // Runs work eagerly on the capture stream, so that libraries initialise before the capture.
  void on_its_stream(const std::function<void()>& work);
  // Captures the work without running it. Throws Error when it cannot be captured; the stream is then usable again. Other threads
  // may call CUDA meanwhile, as a loader that allocates pinned memory does.
  void record(const std::function<void()>& work);
  bool recorded() const;
  void replay();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace interprior
