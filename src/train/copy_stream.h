#pragma once
#include <c10/core/Device.h>
#include <torch/types.h>

#include <functional>
#include <memory>

namespace interprior {

// Copies to a device: on a separate stream, overlapping its work, when the device is a GPU; synchronously when it is the CPU.
class CopyStream {
 public:
  explicit CopyStream(torch::Device device);
  ~CopyStream();

  // Starts `copy` on the copy stream.
  void begin(const std::function<void()>& copy);
  // Makes the current stream wait for the last copy started by `begin()`.
  void wait();
  // Keeps the copy's memory from being reused before the current stream's pending work on it is done.
  void keep(const torch::Tensor& copied) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace interprior
