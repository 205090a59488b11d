#pragma once
#include <optional>
#include <utility>

#include "copy_stream.h"
#include "interprior/data/loader.h"

namespace interprior {

// A loader's batches on the device, in order. On a GPU the next batch is copied while the current one is used. The loader
// allocates pinned memory; LibTorch's allocator reuses it only after the copy has ended.
template <class Batch>
class DeviceBatches {
 public:
  DeviceBatches(Loader<Batch>& loader, torch::Device device) : loader_(loader), device_(device), stream_(device) {}

  // The loader must have another batch.
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
