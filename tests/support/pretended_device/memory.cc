#include "memory.h"

#include <c10/core/Allocator.h>
#include <c10/core/CPUAllocator.h>
#include <c10/core/CachingDeviceAllocator.h>
#include <c10/core/impl/alloc_cpu.h>

#include <cstring>

#include "ledger.h"

namespace interprior::pretended {
namespace {

constexpr int kPattern = 0xFB;  // a large negative float, to detect uninitialised memory

class Memory : public c10::DeviceAllocator {
 public:
  c10::DataPtr allocate(size_t bytes) override {
    void* const base = bytes == 0 ? nullptr : c10::alloc_cpu(bytes);
    if (base != nullptr) std::memset(base, kPattern, bytes);
    const int64_t stream = current_stream();
    Ledger::get().allocated(base, bytes, stream);
    return {base, base, &give_back, c10::Device(c10::kCUDA, static_cast<c10::DeviceIndex>(stream / kStreams))};
  }
  c10::DeleterFnPtr raw_deleter() const override { return &give_back; }
  void copy_data(void* to, const void* from, size_t bytes) const override { std::memcpy(to, from, bytes); }
  bool initialized() override { return true; }
  void emptyCache(c10::MempoolId_t) override {}
  void recordStream(const c10::DataPtr& data, c10::Stream stream) override {
    Ledger::get().keep_for(data.get(), index_of(stream));
  }
  c10::CachingDeviceAllocator::DeviceStats getDeviceStats(c10::DeviceIndex) override {
    c10::CachingDeviceAllocator::DeviceStats stats;
    const Counts now = Ledger::get().counts();
    for (auto* kind : {&stats.allocated_bytes, &stats.reserved_bytes})
      for (auto& one : *kind) one.current = now.bytes, one.peak = now.peak_bytes;
    return stats;
  }
  void resetAccumulatedStats(c10::DeviceIndex) override {}
  void resetPeakStats(c10::DeviceIndex) override { Ledger::get().reset_peak(); }

 private:
  static void give_back(void* base) {
    Ledger::get().freed(base);
    c10::free_cpu(base);
  }
};

class PageLocked : public c10::Allocator {
 public:
  c10::DataPtr allocate(size_t bytes) override {
    void* const base = c10::alloc_cpu(std::max<size_t>(1, bytes));
    try {
      Ledger::get().page_locked(base, bytes);
    } catch (...) {
      c10::free_cpu(base);
      throw;
    }
    return {base, base, &give_back, c10::Device(c10::kCPU)};
  }
  c10::DeleterFnPtr raw_deleter() const override { return &give_back; }
  void copy_data(void* to, const void* from, size_t bytes) const override { std::memcpy(to, from, bytes); }

 private:
  static void give_back(void* base) {
    Ledger::get().page_unlocked(base);
    c10::free_cpu(base);
  }
};

Memory memory;
const bool registered = [] {
  c10::SetAllocator(c10::kCUDA, &memory, 100);
  return true;
}();

}  // namespace

c10::Allocator* device_memory() { return &memory; }

c10::Allocator* page_locked_memory() {
  static PageLocked page_locked;
  return &page_locked;
}

c10::Storage on_device(const c10::Storage& host) {
  struct Holder {
    c10::Storage host;
    const void* base;
  };
  auto* const holder = new Holder{host, host.data()};
  const int64_t stream = current_stream();
  Ledger::get().allocated(holder->base, host.nbytes(), stream);
  const auto give_back = [](void* context) {
    auto* const held = static_cast<Holder*>(context);
    Ledger::get().freed(held->base);
    delete held;
  };
  return {c10::Storage::use_byte_size_t(), host.nbytes(),
          c10::DataPtr(host.mutable_data(), holder, +give_back,
                       c10::Device(c10::kCUDA, static_cast<c10::DeviceIndex>(stream / kStreams))),
          device_memory(), /*resizable=*/true};
}

}  // namespace interprior::pretended
