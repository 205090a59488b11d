#pragma once
#include <ATen/core/Tensor.h>
#include <ATen/core/ivalue.h>

#include <vector>

namespace interprior::pretended {

// The tensors of one operator's call: those of the device, and CPU tensors over the same bytes that a CPU kernel works on.
class Views {
 public:
  // The CPU tensor over a device tensor's bytes; the same one for the same tensor, one storage for the same storage.
  at::Tensor host(const at::Tensor& device, bool written);
  // What a kernel returned, as tensors of the device: an argument itself, a view of one, or new memory.
  at::Tensor device(const at::Tensor& host);
  // Sizes and memory that a kernel gave to arguments it wrote.
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

// All tensors within a value, each replaced by what `change` makes of it.
c10::IValue with_tensors(const c10::IValue& value, const std::function<at::Tensor(const at::Tensor&)>& change);

}  // namespace interprior::pretended
