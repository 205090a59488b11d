#include <ATen/CPUGeneratorImpl.h>
#include <ATen/detail/CUDAHooksInterface.h>

#include "ledger.h"
#include "memory.h"

// LibTorch looks them up by this name.
namespace at {

struct CUDAHooks : at::CUDAHooksInterface {
  explicit CUDAHooks(at::CUDAHooksArgs) {}
  void init() const override {}
  bool isBuilt() const override { return true; }
  bool isAvailable() const override { return deviceCount() > 0; }
  bool hasCUDA() const override { return true; }
  bool hasPrimaryContext(DeviceIndex) const override { return true; }
  DeviceIndex deviceCount() const override { return static_cast<DeviceIndex>(interprior::pretended::device_count()); }
  int getNumGPUs() const override { return static_cast<int>(interprior::pretended::device_count()); }
  DeviceIndex current_device() const override { return getCurrentDevice(); }
  DeviceIndex getCurrentDevice() const override {
    return static_cast<DeviceIndex>(interprior::pretended::current_stream() / interprior::pretended::kStreams);
  }
  const Generator& getDefaultGenerator(DeviceIndex) const override { return at::detail::getDefaultCPUGenerator(); }
  Generator getNewGenerator(DeviceIndex) const override { return at::detail::createCPUGenerator(); }
  Device getDeviceFromPtr(void*) const override { return {kCUDA, 0}; }
  bool isPinnedPtr(const void* address) const override { return interprior::pretended::Ledger::get().is_page_locked(address); }
  Allocator* getPinnedMemoryAllocator() const override { return interprior::pretended::page_locked_memory(); }
  Allocator* getCUDADeviceAllocator() const override { return interprior::pretended::device_memory(); }
  void deviceSynchronize(DeviceIndex) const override {
    interprior::pretended::Ledger::get().wait_for_device("the end of all work");
  }
};

REGISTER_CUDA_HOOKS(CUDAHooks)

}  // namespace at
