#include "fallback.h"

#include <ATen/core/LegacyTypeDispatch.h>
#include <c10/core/impl/LocalDispatchKeySet.h>
#include <torch/library.h>

#include <set>

#include "graph.h"
#include "ledger.h"
#include "views.h"

namespace interprior::pretended {
namespace {

// Operators whose output sizes depend on values on the device.
const std::set<std::string> kWaiting = {"aten::nonzero",
                                        "aten::masked_select",
                                        "aten::equal",
                                        "aten::_unique2",
                                        "aten::unique_dim",
                                        "aten::_unique",
                                        "aten::bincount",
                                        "aten::unique_consecutive",
                                        "aten::nonzero.out",
                                        "aten::unique_dim_consecutive",
                                        "aten::masked_select.out"};

// The schema does not mark the running statistics as written.
bool writes_without_a_word(const std::string& name, const std::string& argument) {
  return name == "aten::native_batch_norm" && argument.rfind("running_", 0) == 0;
}

bool is_index(const std::string& name) {
  return name == "aten::index" || name == "aten::index_put" || name == "aten::index_put_" || name == "aten::_index_put_impl_";
}

// A host index is uploaded, a mask is first converted to positions; when reading, LibTorch's own code does both.
void check_indices(const c10::IValue& indices, const std::string& name, int64_t stream) {
  for (const std::optional<at::Tensor>& one : indices.toOptionalTensorVector()) {
    if (!one || !one->defined()) continue;
    if (one->is_cpu()) Ledger::get().blocking_upload(stream, name + " by an index of the host");
    if (one->scalar_type() == at::kBool || one->scalar_type() == at::kByte)
      Ledger::get().wait_for_stream(stream, name + " by a mask");
  }
}

void run(const c10::OperatorHandle& op, torch::jit::Stack& stack) {
  // Calls only the CPU kernel; autocast and autograd were handled before.
  const at::AutoDispatchBelowADInplaceOrView below;
  op.callBoxed(stack);
}

}  // namespace

void by_cpu_kernel(const c10::OperatorHandle& op, torch::jit::Stack* stack) {
  const c10::FunctionSchema& schema = op.schema();
  const std::string name = schema.name();
  const std::string full = schema.overload_name().empty() ? name : name + "." + schema.overload_name();
  const size_t count = schema.arguments().size(), begin = stack->size() - count;
  const int64_t stream = current_stream();
  Ledger& ledger = Ledger::get();
  ledger.launch(stream);

  Views views;
  torch::jit::Stack arguments;
  for (size_t i = 0; i < count; ++i) {
    const c10::IValue& value = (*stack)[begin + i];
    const c10::AliasInfo* const alias = schema.arguments()[i].alias_info();
    const bool written = (alias != nullptr && alias->isWrite()) || writes_without_a_word(name, schema.arguments()[i].name());
    const bool index = is_index(name) && value.isOptionalTensorList();
    if (index && name == "aten::_index_put_impl_") check_indices(value, name, stream);
    arguments.push_back(with_tensors(value, [&](const at::Tensor& tensor) {
      if (!tensor.defined()) return tensor;
      if (tensor.is_cuda()) return views.host(tensor, written);
      TORCH_CHECK(tensor.dim() == 0 || index || !tensor.device().is_cpu(), full,
                  ": Expected all tensors to be on the same device, but found at least two devices, cuda:0 and cpu (argument ",
                  schema.arguments()[i].name(), ")");
      return tensor;
    }));
  }
  if (kWaiting.contains(full) || kWaiting.contains(name)) ledger.wait_for_stream(stream, full);
  for (const Views::Seen& one : views.seen()) {
    if (one.written) ledger.save_before_capture(one.host.storage().mutable_data(), one.host.storage().nbytes());
    ledger.access(one.host.storage().data(), stream, one.written, full);
  }
  RecordedCall recorded;
  if (ledger.captures(stream)) recorded = RecordedCall(op, arguments);
  run(op, arguments);
  views.take_over();
  if (recorded) recorded.end(arguments, views);
  stack->erase(stack->end() - static_cast<std::ptrdiff_t>(count), stack->end());
  const size_t before = stack->size();
  for (const c10::IValue& result : arguments)
    stack->push_back(result.isDevice() ? result
                                       : with_tensors(result, [&](const at::Tensor& tensor) { return views.device(tensor); }));
  for (size_t i = before; i < stack->size(); ++i)
    with_tensors((*stack)[i], [&](const at::Tensor& tensor) {
      if (tensor.defined() && tensor.is_cuda() && tensor.has_storage()) ledger.made(tensor.storage().data(), stream);
      return tensor;
    });
}

namespace {

void fallback(const c10::OperatorHandle& op, torch::jit::Stack* stack) { by_cpu_kernel(op, stack); }

TORCH_LIBRARY_IMPL(_, CUDA, m) { m.fallback(torch::CppFunction::makeFromBoxedFunction<&fallback>()); }

// Generic kernels that would choose a CUDA library: use the CPU's, so that results equal the CPU's.
TORCH_LIBRARY_IMPL(aten, CUDA, m) {
  for (const char* name : {"convolution", "convolution_backward", "convolution_overrideable"})
    m.impl(name, torch::CppFunction::makeFromBoxedFunction<&fallback>());
}

}  // namespace
}  // namespace interprior::pretended
