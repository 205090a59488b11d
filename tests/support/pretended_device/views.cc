#include "views.h"

#include <ATen/core/List.h>
#include <c10/core/CPUAllocator.h>

#include "ledger.h"
#include "memory.h"

namespace interprior::pretended {
namespace {

c10::Storage host_storage(const c10::Storage& device) {
  auto* const held = new c10::Storage(device);
  const auto let_go = [](void* context) { delete static_cast<c10::Storage*>(context); };
  return {c10::Storage::use_byte_size_t(), device.nbytes(),
          c10::DataPtr(device.unsafeGetStorageImpl()->mutable_data(), held, +let_go, c10::Device(c10::kCPU)),
          c10::GetCPUAllocator(), /*resizable=*/true};
}

at::Tensor with_storage(const at::Tensor& like, const c10::Storage& storage, c10::DispatchKey key) {
  at::Tensor tensor = at::detail::make_tensor<c10::TensorImpl>(c10::Storage(storage), c10::DispatchKeySet(key), like.dtype());
  tensor.unsafeGetTensorImpl()->set_sizes_and_strides(like.sizes(), like.strides(), like.storage_offset());
  if (like.unsafeGetTensorImpl()->is_wrapped_number()) tensor.unsafeGetTensorImpl()->set_wrapped_number(true);
  return tensor;
}

}  // namespace

at::Tensor Views::host(const at::Tensor& device, bool written) {
  for (Seen& one : seen_)
    if (one.device.is_same(device)) {
      one.written = one.written || written;
      return one.host;
    }
  const auto same =
      std::find_if(memory_.begin(), memory_.end(), [&](const Memory& one) { return one.device.is_alias_of(device.storage()); });
  const c10::Storage storage = same != memory_.end() ? same->host : host_storage(device.storage());
  if (same == memory_.end()) memory_.push_back({device.storage(), storage});
  seen_.push_back({device, with_storage(device, storage, c10::DispatchKey::CPU), written});
  return seen_.back().host;
}

bool Views::is_argument(const at::Tensor& host) const {
  return std::any_of(seen_.begin(), seen_.end(), [&](const Seen& one) { return one.host.is_same(host); });
}

at::Tensor Views::device(const at::Tensor& host) {
  if (!host.defined() || !host.device().is_cpu()) return host;
  for (const Seen& one : seen_)
    if (one.host.is_same(host)) return one.device;
  auto same = std::find_if(memory_.begin(), memory_.end(), [&](const Memory& one) {
    return one.host.unsafeGetStorageImpl() == host.storage().unsafeGetStorageImpl();
  });
  if (same == memory_.end()) {
    memory_.push_back({on_device(host.storage()), host.storage()});
    same = memory_.end() - 1;
  }
  return with_storage(host, same->device, c10::DispatchKey::CUDA);
}

void Views::take_over() {
  for (const Memory& one : memory_) {
    if (one.host.data() == one.device.data() && one.host.nbytes() == one.device.nbytes()) continue;
    const c10::Storage grown = on_device(one.host);
    one.device.unsafeGetStorageImpl()->set_data_ptr_noswap(
        std::move(grown.unsafeGetStorageImpl()->_mutable_data_ptr_no_checks()));
    one.device.unsafeGetStorageImpl()->set_nbytes(one.host.nbytes());
  }
  for (const Seen& one : seen_)
    if (one.written && (one.host.sizes() != one.device.sizes() || one.host.strides() != one.device.strides()))
      one.device.unsafeGetTensorImpl()->set_sizes_and_strides(one.host.sizes(), one.host.strides(), one.host.storage_offset());
}

c10::IValue with_tensors(const c10::IValue& value, const std::function<at::Tensor(const at::Tensor&)>& change) {
  if (value.isTensor()) return change(value.toTensor());
  if (value.isTensorList()) {
    std::vector<at::Tensor> tensors;
    for (const at::Tensor& one : value.toTensorVector()) tensors.push_back(change(one));
    return tensors;
  }
  if (value.isOptionalTensorList()) {
    c10::List<std::optional<at::Tensor>> tensors;
    for (const std::optional<at::Tensor>& one : value.toOptionalTensorVector())
      tensors.push_back(one && one->defined() ? std::optional<at::Tensor>(change(*one)) : std::nullopt);
    return tensors;
  }
  if (value.isDevice()) return c10::Device(c10::kCPU);
  return value;
}

}  // namespace interprior::pretended
