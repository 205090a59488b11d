#pragma once
#include <ATen/core/Tensor.h>
#include <ATen/core/ivalue.h>

#include <vector>

namespace interprior::pretended {

// Tensors of one operator call: device tensors, and CPU tensors over the same memory for the CPU kernel.
class Views {
 public:
  // The CPU tensor over a device tensor's memory; unique per tensor, with one storage per storage.
  at::Tensor host(const at::Tensor& device, bool written);
  // Converts a kernel's results to device tensors: an argument itself, a view of one, or new memory.
  at::Tensor device(const at::Tensor& host);
  // Applies new sizes and memory of arguments that a kernel has written.
  void take_over();

  struct Seen {
    at::Tensor device, host;
    bool written;
  };
  const std::vector<Seen>& seen() const { return seen_; }
  bool is_argument(const at::Tensor& host) const;

 private:
  struct Memory {
    c10::Storage device, host;
  };
  std::vector<Seen> seen_;
  std::vector<Memory> memory_;
};

// Replaces each tensor in a value by `change` of it.
c10::IValue with_tensors(const c10::IValue& value, const std::function<at::Tensor(const at::Tensor&)>& change);

}  // namespace interprior::pretended
