#pragma once
#include <ATen/core/dispatch/Dispatcher.h>
#include <ATen/core/stack.h>

#include <functional>
#include <memory>
#include <vector>

#include "views.h"

namespace interprior::pretended {

// Operators of a captured stream, for replay on the same memory.
struct Graph {
  struct Use {
    const void* base;
    bool write;
  };
  struct Call {
    std::function<void()> work;
    std::vector<Use> uses;
    std::string name;
  };
  std::vector<Call> calls;
};

// The graph of the current capture, or nullptr.
Graph*& graph_in_recording();

// One operator call in the graph. Keeps its arguments; replays write to the memory of the first results.
class RecordedCall {
 public:
  RecordedCall() = default;
  RecordedCall(const c10::OperatorHandle& op, torch::jit::Stack arguments) : op_(op), arguments_(std::move(arguments)) {}
  explicit operator bool() const { return op_.has_value(); }
  void end(const torch::jit::Stack& results, const Views& views);

 private:
  std::optional<c10::OperatorHandle> op_;
  torch::jit::Stack arguments_;
};

}  // namespace interprior::pretended
