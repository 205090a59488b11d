#include "interprior/train/device.h"

#include <torch/cuda.h>

#include <algorithm>
#include <cctype>

#include "interprior/base/error.h"

namespace interprior {

c10::Device device_named(const std::string& name) {
  const auto devices = static_cast<int64_t>(torch::cuda::device_count());
  if (name.empty()) return c10::Device(devices > 0 ? c10::kCUDA : c10::kCPU, static_cast<c10::DeviceIndex>(devices > 0 ? 0 : -1));
  if (name == "cpu") return c10::Device(c10::kCPU);
  const std::string digits = name.rfind("cuda:", 0) == 0 ? name.substr(5) : name == "cuda" ? "0" : "";
  const bool known = !digits.empty() && digits.size() <= 3 &&
                     std::all_of(digits.begin(), digits.end(), [](unsigned char c) { return std::isdigit(c); });
  require(known, c10::str("there is no device '", name, "'"), "--device", "say cpu, cuda or cuda:N");
  const int64_t index = std::stoll(digits);
  require(devices > 0, c10::str("this machine has no CUDA device that LibTorch can use, so not '", name, "'"), "--device",
          "use --device cpu");
  require(index < devices, c10::str("'", name, "' is beyond the ", devices, " CUDA device(s) of this machine"), "--device",
          c10::str("use a number from 0 to ", devices - 1));
  return c10::Device(c10::kCUDA, static_cast<c10::DeviceIndex>(index));
}

}  // namespace interprior
