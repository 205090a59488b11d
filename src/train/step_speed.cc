#include "step_speed.h"

#include <c10/core/CachingDeviceAllocator.h>
#include <sys/resource.h>

namespace interprior {
namespace {

constexpr double kGib = 1024.0 * 1024 * 1024;

double peak_memory_gib(c10::Device device) {
  if (!device.is_cpu()) {
    const auto stats = c10::getDeviceAllocator(device.type())->getDeviceStats(device.index());
    return static_cast<double>(stats.reserved_bytes[0].peak) / kGib;
  }
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) * 1024 / kGib;
}

}  // namespace

std::map<std::string, double> StepSpeed::take() {
  const auto now = Clock::now();
  const double seconds = std::chrono::duration<double>(now - begin_).count();
  const double waited = std::chrono::duration<double>(waited_).count();
  const std::map<std::string, double> speed = {{"samples_per_second", seconds > 0 ? static_cast<double>(samples_) / seconds : 0},
                                               {"waiting_for_data", seconds > 0 ? waited / seconds : 0},
                                               {"memory_gib", peak_memory_gib(device_)}};
  begin_ = now;
  waited_ = {};
  samples_ = 0;
  return speed;
}

}  // namespace interprior
