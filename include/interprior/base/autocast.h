#pragma once
#include <c10/core/Device.h>
#include <c10/core/ScalarType.h>

namespace interprior {

// LibTorch's autocast to bf16 for operators on a device, in one scope and thread. Restores the previous setting.
class Autocast {
 public:
  // bf16: otherwise nothing changes.
  Autocast(bool bf16, c10::DeviceType device);
  ~Autocast();
  Autocast(const Autocast&) = delete;
  Autocast& operator=(const Autocast&) = delete;

 private:
  bool active_;
  c10::DeviceType device_;
  bool was_enabled_ = false;
  c10::ScalarType dtype_before_ = c10::ScalarType::Undefined;
};

}  // namespace interprior
