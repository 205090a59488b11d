#include <ATen/EmptyTensor.h>
#include <ATen/core/LegacyTypeDispatch.h>
#include <ATen/native/Resize.h>
#include <ATen/ops/_scaled_dot_product_attention_math.h>
#include <ATen/ops/copy.h>
#include <torch/library.h>

#include "fallback.h"
#include "graph.h"
#include "ledger.h"
#include "memory.h"
#include "views.h"

// Device-specific operators: memory, views, copies to and from the host.
namespace interprior::pretended {
namespace {

constexpr c10::DispatchKeySet kCuda(c10::DispatchKey::CUDA);

at::Tensor empty(at::IntArrayRef size, std::optional<at::ScalarType> dtype, std::optional<at::Layout>, std::optional<at::Device>,
                 std::optional<bool>, std::optional<at::MemoryFormat> format) {
  return at::detail::empty_generic(size, device_memory(), kCuda, c10::dtype_or_default(dtype), format);
}

at::Tensor empty_strided(at::IntArrayRef size, at::IntArrayRef stride, std::optional<at::ScalarType> dtype,
                         std::optional<at::Layout>, std::optional<at::Device>, std::optional<bool>) {
  return at::detail::empty_strided_generic(size, stride, device_memory(), kCuda, c10::dtype_or_default(dtype));
}

// A view by the CPU's rules over the same memory.
at::Tensor view_by_cpu(const at::Tensor& self, const std::function<at::Tensor(const at::Tensor&)>& view) {
  Views views;
  const at::AutoDispatchBelowADInplaceOrView below;
  return views.device(view(views.host(self, /*written=*/false)));
}

at::Tensor as_strided(const at::Tensor& self, at::IntArrayRef size, at::IntArrayRef stride, std::optional<int64_t> offset) {
  return view_by_cpu(self, [&](const at::Tensor& host) { return host.as_strided(size, stride, offset); });
}
at::Tensor view(const at::Tensor& self, at::IntArrayRef size) {
  return view_by_cpu(self, [&](const at::Tensor& host) { return host.view(size); });
}
at::Tensor unfold(const at::Tensor& self, int64_t dim, int64_t size, int64_t step) {
  return view_by_cpu(self, [&](const at::Tensor& host) { return host.unfold(dim, size, step); });
}
at::Tensor reshape_alias(const at::Tensor& self, at::IntArrayRef size, at::IntArrayRef stride) {
  return view_by_cpu(self, [&](const at::Tensor& host) { return host.as_strided(size, stride); });
}

const at::Tensor& resize(const at::Tensor& self, at::IntArrayRef size, std::optional<at::MemoryFormat> format) {
  Views views;
  const at::AutoDispatchBelowADInplaceOrView below;
  views.host(self, /*written=*/true).resize_(size, format);
  views.take_over();
  return self;
}

const void* base_of(const at::Tensor& tensor) { return tensor.storage().data(); }

bool page_locked(const at::Tensor& host) { return Ledger::get().is_page_locked(host.storage().data()); }

// Copy between device and host. A non-blocking copy with pinned memory is done as late as allowed: at a wait for its stream, or
// when the device first uses the data.
void copy_between(const at::Tensor& to, const at::Tensor& from, bool non_blocking) {
  Ledger& ledger = Ledger::get();
  const bool upload = to.is_cuda();
  const at::Tensor &device = upload ? to : from, &host = upload ? from : to;
  const int64_t stream = current_stream();
  ledger.launch(stream);
  Views views;
  const at::Tensor bytes = views.host(device, upload);
  if (upload) ledger.save_before_capture(bytes.storage().mutable_data(), bytes.storage().nbytes());
  ledger.access(base_of(device), stream, upload, upload ? "a copy to the device" : "a copy to the host");
  const auto copy = [upload, bytes, host] {
    const at::AutoDispatchBelowADInplaceOrView below;
    upload ? bytes.copy_(host) : at::Tensor(host).copy_(bytes);
  };
  const bool without_wait = non_blocking && page_locked(host) && host.scalar_type() == device.scalar_type();
  if (!without_wait && upload)
    ledger.blocking_upload(stream, non_blocking ? "copy_ from memory that is not page-locked" : "copy_");
  if (!without_wait && !upload) ledger.wait_for_stream(stream, "copy_ to the host");
  if (ledger.captures(stream)) {
    graph_in_recording()->calls.push_back({copy, {{base_of(device), upload}}, "a copy"});
    copy();
  } else if (!without_wait) {
    copy();
  } else if (upload) {
    ledger.defer(base_of(device), stream, copy);
  } else {
    const at::Tensor now = bytes.clone();
    ledger.defer(host.storage().data(), stream, [now, host] {
      const at::AutoDispatchBelowADInplaceOrView below;
      at::Tensor(host).copy_(now);
    });
  }
}

void copy(const c10::OperatorHandle& op, torch::jit::Stack* stack) {
  const size_t begin = stack->size() - 3;
  const at::Tensor to = (*stack)[begin].toTensor(), from = (*stack)[begin + 1].toTensor();
  if (to.device().type() == from.device().type()) return by_cpu_kernel(op, stack);
  at::Tensor source = from;
  if (to.sizes() != from.sizes()) source = from.expand(to.sizes());
  copy_between(to, source, (*stack)[begin + 2].toBool());
  stack->erase(stack->end() - 3, stack->end());
  stack->push_back(to);
}

at::Scalar local_scalar(const at::Tensor& self) {
  const int64_t stream = current_stream();
  Ledger::get().launch(stream);
  Ledger::get().access(base_of(self), stream, /*write=*/false, "item");
  Ledger::get().wait_for_stream(stream, "item");
  Views views;
  const at::Tensor host = views.host(self, /*written=*/false);
  const at::AutoDispatchBelowADInplaceOrView below;
  return host.item();
}

void record_stream(at::Tensor& self, at::Stream stream) { Ledger::get().keep_for(base_of(self), index_of(stream)); }

at::Tensor attention(const at::Tensor& query, const at::Tensor& key, const at::Tensor& value,
                     const std::optional<at::Tensor>& mask, double dropout, bool causal, std::optional<double> scale,
                     bool grouped) {
  return std::get<0>(
      at::_scaled_dot_product_attention_math(query, key, value, mask, dropout, causal, std::nullopt, scale, grouped));
}

TORCH_LIBRARY_IMPL(aten, CUDA, m) {
  m.impl("empty.memory_format", &empty);
  m.impl("empty_strided", &empty_strided);
  m.impl("as_strided", &as_strided);
  m.impl("view", &view);
  m.impl("unfold", &unfold);
  m.impl("_reshape_alias", &reshape_alias);
  m.impl("resize_", &resize);
  m.impl("copy_", torch::CppFunction::makeFromBoxedFunction<&copy>());
  m.impl("_local_scalar_dense", &local_scalar);
  m.impl("record_stream", &record_stream);
  m.impl("scaled_dot_product_attention", &attention);
}

TORCH_LIBRARY_IMPL(aten, AutogradCUDA, m) { m.impl("scaled_dot_product_attention", &attention); }

}  // namespace
}  // namespace interprior::pretended
