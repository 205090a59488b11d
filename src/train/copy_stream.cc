#include "copy_stream.h"

#include <c10/core/Event.h>
#include <c10/core/StreamGuard.h>
#include <c10/core/impl/VirtualGuardImpl.h>
#include <torch/types.h>

#include <optional>

namespace interprior {

struct CopyStream::Impl {
  torch::Device device;
  std::optional<c10::Stream> stream;
  std::optional<c10::Event> copied;

  explicit Impl(torch::Device where) : device(where) {
    if (device.is_cuda()) stream = c10::impl::VirtualGuardImpl(device.type()).getStreamFromGlobalPool(device);
  }
  c10::Stream current() const { return c10::impl::VirtualGuardImpl(device.type()).getStream(device); }
};

CopyStream::CopyStream(torch::Device device) : impl_(std::make_unique<Impl>(device)) {}
CopyStream::~CopyStream() = default;

void CopyStream::begin(const std::function<void()>& copy) {
  if (!impl_->stream) return copy();
  const c10::StreamGuard guard(*impl_->stream);
  copy();
  impl_->copied.emplace(impl_->device.type());
  impl_->copied->record(*impl_->stream);
}

void CopyStream::wait() {
  if (impl_->copied) impl_->copied->block(impl_->current());
}

void CopyStream::keep(const torch::Tensor& copied) const {
  if (impl_->stream && copied.device().is_cuda()) copied.record_stream(impl_->current());
}

}  // namespace interprior
