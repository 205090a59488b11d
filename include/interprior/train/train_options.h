#pragma once
#include <c10/core/Device.h>

#include <cstdint>
#include <filesystem>

namespace interprior {

// Where and on what a training run happens; what it is lies in its config.
struct TrainOptions {
  std::filesystem::path run;
  bool resume = false;
  int64_t stop_after = 0;      // ends this call after so many steps of the run, to be resumed later; 0: at the config's end
  c10::Device device = c10::Device(c10::kCPU);
};

}  // namespace interprior
