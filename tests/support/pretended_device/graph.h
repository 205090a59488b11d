#pragma once
#include <ATen/core/dispatch/Dispatcher.h>
#include <ATen/core/stack.h>

#include <functional>
#include <memory>
#include <vector>

#include "views.h"

namespace interprior::pretended {

// What a captured stream did, to be done again on the same memory.
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

// The graph that is being recorded now, nullptr if none is.
Graph*& graph_in_recording();

// One operator's call in the graph. Arguments are kept as they were before it, results are written where the first ones lie.
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
