#include "graph.h"

#include <ATen/core/LegacyTypeDispatch.h>
#include <ATen/cuda/CUDAGraph.h>
#include <ATen/ops/copy.h>

#include "ledger.h"

namespace interprior::pretended {
namespace {

std::vector<at::Tensor> tensors_of(const torch::jit::Stack& stack) {
  std::vector<at::Tensor> tensors;
  for (const c10::IValue& value : stack)
    with_tensors(value, [&](const at::Tensor& tensor) {
      tensors.push_back(tensor);
      return tensor;
    });
  return tensors;
}

}  // namespace

Graph*& graph_in_recording() {
  static Graph* graph = nullptr;
  return graph;
}

void RecordedCall::end(const torch::jit::Stack& results, const Views& views) {
  Graph* const graph = graph_in_recording();
  TORCH_CHECK(graph != nullptr, "a stream is captured, but by no graph");
  std::vector<std::pair<size_t, at::Tensor>> made;
  const std::vector<at::Tensor> tensors = tensors_of(results);
  for (size_t i = 0; i < tensors.size(); ++i)
    if (tensors[i].defined() && !views.is_argument(tensors[i])) made.emplace_back(i, tensors[i]);
  Graph::Call call;
  call.name = toString(op_->operator_name());
  for (const Views::Seen& one : views.seen()) call.uses.push_back({one.host.storage().data(), one.written});
  for (const auto& [index, tensor] : made) call.uses.push_back({tensor.storage().data(), true});
  call.work = [op = *op_, arguments = arguments_, made] {
    torch::jit::Stack stack = arguments;
    const at::AutoDispatchBelowADInplaceOrView below;
    op.callBoxed(stack);
    const std::vector<at::Tensor> again = tensors_of(stack);
    for (const auto& [index, tensor] : made)
      if (!again[index].is_alias_of(tensor)) at::Tensor(tensor).copy_(again[index]);
  };
  graph->calls.push_back(std::move(call));
}

}  // namespace interprior::pretended

namespace at::cuda {

using interprior::pretended::current_stream;
using interprior::pretended::Graph;
using interprior::pretended::graph_in_recording;
using interprior::pretended::Ledger;

struct CUDAGraph::Impl {
  Graph graph;
  bool recording = false, whole = false, failed = false;
};

CUDAGraph::CUDAGraph(bool) : impl_(std::make_unique<Impl>()) {}

CUDAGraph::~CUDAGraph() {
  // LibTorch's allocator keeps the callback of a capture that failed.
  if (impl_->failed) Ledger::get().fault("a graph was destroyed whose failed capture the allocator still asks for");
  if (!impl_->recording) return;
  Ledger::get().fault("a graph was destroyed while its stream was captured");
  graph_in_recording() = nullptr;
  Ledger::get().end_capture();
}

void CUDAGraph::capture_begin(c10::MempoolId_t, cudaStreamCaptureMode mode) {
  Ledger::get().begin_capture(current_stream(), mode == cudaStreamCaptureModeGlobal
                                                    ? interprior::pretended::CaptureMode::global
                                                    : interprior::pretended::CaptureMode::thread_local_only);
  graph_in_recording() = &impl_->graph;
  impl_->recording = true;
}

void CUDAGraph::capture_end() {
  impl_->recording = false;
  graph_in_recording() = nullptr;
  impl_->whole = Ledger::get().end_capture();
  impl_->failed = !impl_->whole;
  TORCH_CHECK(impl_->whole, "operation failed due to a previous error during capture");
}

void CUDAGraph::replay() {
  TORCH_CHECK(impl_->whole, "called CUDAGraph::replay without a preceding successful capture");
  const int64_t stream = current_stream();
  for (const Graph::Call& call : impl_->graph.calls) {
    Ledger::get().launch(stream);
    for (const Graph::Use& use : call.uses) Ledger::get().access(use.base, stream, use.write, call.name + " of a graph");
    call.work();
  }
}

void CUDAGraph::reset() { impl_ = std::make_unique<Impl>(); }

}  // namespace at::cuda
