#pragma once
#include <c10/core/Allocator.h>
#include <c10/core/CachingDeviceAllocator.h>
#include <c10/util/ThreadLocalDebugInfo.h>

#include <algorithm>
#include <memory>

namespace interprior {

// Peak tensor memory (bytes) allocated by this thread since construction, above the level at construction.
class PeakMemory {
 public:
  PeakMemory() : ledger_(std::make_shared<Ledger>()), guard_(c10::DebugInfoKind::PROFILER_STATE, ledger_) {}
  double bytes() const { return static_cast<double>(ledger_->peak); }

 private:
  struct Ledger : c10::MemoryReportingInfoBase {
    int64_t now = 0, peak = 0;
    void reportMemoryUsage(void* /*place*/, int64_t bytes, size_t /*allocated*/, size_t /*reserved*/,
                           c10::Device /*device*/) override {
      now += bytes;
      peak = std::max(peak, now);
    }
    bool memoryProfilingEnabled() const override { return true; }
  };
  std::shared_ptr<Ledger> ledger_;
  c10::DebugInfoGuard guard_;
};

// Peak tensor memory of a GPU, GiB.
inline double peak_gib_of(c10::Device gpu) {
  const auto stats = c10::getDeviceAllocator(gpu.type())->getDeviceStats(gpu.index());
  return static_cast<double>(stats.allocated_bytes[0].peak) / (1 << 30);
}

}  // namespace interprior
