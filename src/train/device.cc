#include "interprior/train/device.h"

#include <torch/cuda.h>

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <string_view>

#include "interprior/base/error.h"

namespace interprior {

c10::Device device_named(const std::string& name) {
  const auto devices = static_cast<int64_t>(torch::cuda::device_count());
  if (name.empty()) return c10::Device(devices > 0 ? c10::kCUDA : c10::kCPU, static_cast<c10::DeviceIndex>(devices > 0 ? 0 : -1));
  if (name == "cpu") return c10::Device(c10::kCPU);
  const std::string digits = name.rfind("cuda:", 0) == 0 ? name.substr(5) : name == "cuda" ? "0" : "";
  const bool known = !digits.empty() && digits.size() <= 3 &&
                     std::all_of(digits.begin(), digits.end(), [](unsigned char c) { return std::isdigit(c); });
  require(known, c10::str("there is no device '", name, "'"), "--device", "use cpu, cuda or cuda:N");
  const int64_t index = std::stoll(digits);
  require(devices > 0, c10::str("this machine has no CUDA device that LibTorch can use, so '", name, "' is not available"),
          "--device", "use --device cpu");
  require(index < devices, c10::str("'", name, "' is out of range: this machine has ", devices, " CUDA device(s)"), "--device",
          c10::str("use a number from 0 to ", devices - 1));
  return c10::Device(c10::kCUDA, static_cast<c10::DeviceIndex>(index));
}

int64_t device_index_of_rank(const Launch& launch, int64_t devices) {
  if (devices == 1) return 0;
  require(launch.local_ranks <= devices,
          c10::str(launch.local_ranks, " processes on this machine, but each sees only ", devices, " CUDA devices"), "--device",
          "start at most one process per device, or give each process its own: srun --gpus-per-task 1");
  return launch.local_rank;
}

c10::Device device_of_rank(const std::string& name, const Launch& launch) {
  const c10::Device device = device_named(name);
  if (name.empty() && device.is_cpu())
    for (const char* variable : {"SLURM_STEP_GPUS", "SLURM_JOB_GPUS", "CUDA_VISIBLE_DEVICES"}) {
      const char* granted = std::getenv(variable);
      require(granted == nullptr || std::string_view(granted).find_first_of("0123456789") == std::string_view::npos ||
                  std::string_view(granted) == "-1",
              c10::str("GPUs were allocated (", variable, "=", granted == nullptr ? "" : granted,
                       "), but LibTorch can use none of them"),
              "--device", "run nvidia-smi there; --device cpu trains on the CPU");
    }
  if (launch.ranks == 1 || !device.is_cuda() || name.find(':') != std::string::npos) return device;
  return c10::Device(
      c10::kCUDA, static_cast<c10::DeviceIndex>(device_index_of_rank(launch, static_cast<int64_t>(torch::cuda::device_count()))));
}

}  // namespace interprior
