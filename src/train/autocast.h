#pragma once
#include <c10/core/Device.h>

#include "interprior/train/fit_config.h"

namespace interprior {

// bf16 autocast of a device for one scope; no effect with fp32. Restores the previous setting.
class Autocast {
 public:
  Autocast(Precision precision, c10::DeviceType device);
  ~Autocast();
  Autocast(const Autocast&) = delete;
  Autocast& operator=(const Autocast&) = delete;

 private:
  bool active_;
  c10::DeviceType device_;
  bool was_enabled_ = false;
};

}  // namespace interprior
