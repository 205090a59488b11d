#pragma once
#include <c10/core/Device.h>

#include <functional>
#include <memory>
#include <string>

namespace interprior {

// Work on a GPU that is captured once, then replayed with one call. It always uses the same memory, and must not synchronise with
// the device or copy from pageable host memory.
class CudaGraph {
 public:
  // option: the config key or flag that requested it, for messages. Throws Error when this program or machine has no CUDA.
  CudaGraph(c10::Device device, std::string option);
  ~CudaGraph();

  // Runs work eagerly on the capture stream, so that libraries initialise before the capture.
  void on_its_stream(const std::function<void()>& work);
  // Captures the work without running it. Throws Error when it cannot be captured; the stream is then usable again. Other threads
  // may call CUDA meanwhile, as a loader that allocates pinned memory does.
  void record(const std::function<void()>& work);
  bool recorded() const;
  void replay();

 private:
  struct Impl;
  std::string option_;
  std::unique_ptr<Impl> impl_;
};

}  // namespace interprior
