#pragma once
#include <c10/core/Allocator.h>
#include <c10/core/CachingDeviceAllocator.h>

#include <memory>

// Replaces LibTorch's header with the used part of its class: captures on the simulated device.
enum cudaStreamCaptureMode { cudaStreamCaptureModeGlobal, cudaStreamCaptureModeThreadLocal, cudaStreamCaptureModeRelaxed };

namespace at::cuda {

struct CUDAGraph {
  explicit CUDAGraph(bool keep_graph = false);
  ~CUDAGraph();
  void capture_begin(c10::MempoolId_t pool = {0, 0}, cudaStreamCaptureMode mode = cudaStreamCaptureModeGlobal);
  void capture_end();
  void replay();
  void reset();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace at::cuda
