#pragma once
#include <functional>
#include <memory>
#include <optional>

#include "interprior/data/loader.h"

namespace interprior {

// Copies to a device beside its work: on a stream of its own where the device is a GPU, at once where it is the CPU.
class CopyStream {
 public:
  explicit CopyStream(torch::Device device);
  ~CopyStream();

  // Begins what `copy` asks for.
  void begin(const std::function<void()>& copy);
  // What the current stream does from now on waits for what was begun last.
  void wait();
  // The memory of this copy is given back only after what the current stream is doing with it.
  void keep(const torch::Tensor& copied) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// A loader's batches on the device, in order. On a GPU the next one is copied while this one is worked with: the loader allocates
// page-locked memory, which LibTorch hands out again once a copy from it has ended.
template <class Batch>
class DeviceBatches {
 public:
  DeviceBatches(Loader<Batch>& loader, torch::Device device) : loader_(loader), device_(device), stream_(device) {}

  // The loader must have one.
  Batch next() {
    if (device_.is_cpu()) return loader_.next()->to(device_);
    if (!ahead_) begin();
    stream_.wait();
    Batch batch = *std::exchange(ahead_, std::nullopt);
    batch.for_each_tensor([&](torch::Tensor& tensor) { stream_.keep(tensor); });
    begin();
    return batch;
  }

 private:
  void begin() {
    if (std::optional<Batch> loaded = loader_.next()) stream_.begin([&] { ahead_ = loaded->to(device_); });
  }

  Loader<Batch>& loader_;
  torch::Device device_;
  CopyStream stream_;
  std::optional<Batch> ahead_;
};

}  // namespace interprior
