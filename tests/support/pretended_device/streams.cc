#include <c10/core/Allocator.h>
#include <c10/core/impl/DeviceGuardImplInterface.h>

#include <atomic>

#include "ledger.h"

namespace interprior::pretended {
namespace {

thread_local c10::DeviceIndex device_here = 0;
thread_local std::array<c10::StreamId, kDevices> stream_here{};

struct Event {
  Clock clock;
  int64_t stream;
};

c10::Stream stream_of(c10::DeviceIndex device, c10::StreamId id) {
  return c10::Stream(c10::Stream::UNSAFE, c10::Device(c10::kCUDA, device), id);
}

class Guard final : public c10::impl::DeviceGuardImplInterface {
 public:
  c10::DeviceType type() const override { return c10::kCUDA; }
  c10::Device exchangeDevice(c10::Device device) const override {
    const c10::Device before = getDevice();
    setDevice(device);
    return before;
  }
  c10::Device getDevice() const override { return {c10::kCUDA, device_here}; }
  void setDevice(c10::Device device) const override {
    TORCH_CHECK(device.is_cuda() && device.index() < device_count(), "invalid device ordinal ", device);
    if (device.index() >= 0) device_here = device.index();
  }
  void uncheckedSetDevice(c10::Device device) const noexcept override {
    if (device.index() >= 0) device_here = device.index();
  }
  c10::Stream getStream(c10::Device device) const override {
    const c10::DeviceIndex index = device.index() < 0 ? device_here : device.index();
    return stream_of(index, stream_here[static_cast<size_t>(index)]);
  }
  c10::Stream getDefaultStream(c10::Device device) const override {
    return stream_of(device.index() < 0 ? device_here : device.index(), 0);
  }
  c10::Stream getStreamFromGlobalPool(c10::Device device, bool) const override {
    static std::atomic<int64_t> next = 0;
    return stream_of(device.index() < 0 ? device_here : device.index(), 1 + next++ % (kStreams - 1));
  }
  c10::Stream getNewStream(c10::Device device, int) const override { return getStreamFromGlobalPool(device, false); }
  c10::Stream exchangeStream(c10::Stream stream) const override {
    const c10::Stream before = getStream(stream.device());
    stream_here[static_cast<size_t>(stream.device_index())] = stream.id();
    return before;
  }
  void destroyEvent(void* event, c10::DeviceIndex) const noexcept override { delete static_cast<Event*>(event); }
  void record(void** event, const c10::Stream& stream, c10::DeviceIndex, c10::EventFlag) const override {
    if (*event == nullptr) *event = new Event;
    *static_cast<Event*>(*event) = {Ledger::get().record(index_of(stream)), index_of(stream)};
  }
  void block(void* event, const c10::Stream& stream) const override {
    if (event != nullptr) Ledger::get().block(static_cast<Event*>(event)->clock, index_of(stream));
  }
  bool queryEvent(void*) const override { return true; }
  c10::DeviceIndex deviceCount() const noexcept override { return static_cast<c10::DeviceIndex>(device_count()); }
  bool queryStream(const c10::Stream&) const override { return true; }
  void synchronizeStream(const c10::Stream& stream) const override {
    Ledger::get().wait_for_stream(index_of(stream), "the end of a stream");
  }
  void synchronizeEvent(void* event) const override {
    if (event == nullptr) return;
    const auto* const at = static_cast<Event*>(event);
    Ledger::get().wait_for(at->clock, at->stream, "an event");
  }
  void synchronizeDevice(c10::DeviceIndex) const override { Ledger::get().wait_for_device("the end of all work"); }
  void recordDataPtrOnStream(const c10::DataPtr& data, const c10::Stream& stream) const override {
    Ledger::get().keep_for(data.get(), index_of(stream));
  }
};

C10_REGISTER_GUARD_IMPL(CUDA, Guard)

}  // namespace

int64_t current_stream() { return device_here * kStreams + static_cast<int64_t>(stream_here[static_cast<size_t>(device_here)]); }

}  // namespace interprior::pretended
