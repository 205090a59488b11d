#pragma once
#include <torch/types.h>

#include <functional>
#include <map>
#include <mutex>
#include <string>

namespace interprior {

// A constant tensor, created on first use on each device, so that training steps do not copy it. For static storage.
class DeviceConstant {
 public:
  explicit DeviceConstant(std::function<torch::Tensor()> make) : make_(std::move(make)) {}
  torch::Tensor on(torch::Device device) const {
    const std::lock_guard lock(mutex_);
    torch::Tensor& made = made_[device.str()];
    if (!made.defined()) made = make_().to(device);
    return made;
  }

 private:
  std::function<torch::Tensor()> make_;
  mutable std::mutex mutex_;
  mutable std::map<std::string, torch::Tensor> made_;
};

}  // namespace interprior
