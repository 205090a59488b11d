#pragma once
#include <c10/core/Device.h>

#include <chrono>
#include <map>
#include <string>

namespace interprior {

// Throughput of a run between two lines of its log.
class StepSpeed {
 public:
  explicit StepSpeed(c10::Device device) : device_(device) {}

  // Calls `load` and counts its time as waiting for data.
  template <class Load>
  auto waiting(Load load) {
    const auto begin = Clock::now();
    auto loaded = load();
    waited_ += Clock::now() - begin;
    return loaded;
  }
  void add(int64_t samples) { samples_ += samples; }
  // samples_per_second, waiting_for_data (fraction of the time, 0..1) and memory_gib (peak of the device, or of the process on a
  // CPU) since the last call.
  std::map<std::string, double> take();

 private:
  using Clock = std::chrono::steady_clock;
  c10::Device device_;
  Clock::time_point begin_ = Clock::now();
  Clock::duration waited_{};
  int64_t samples_ = 0;
};

}  // namespace interprior
