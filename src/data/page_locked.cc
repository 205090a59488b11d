#include "page_locked.h"

#include <torch/cuda.h>
#include <torch/types.h>

namespace interprior {

torch::Tensor page_locked_zeros(torch::IntArrayRef shape, torch::Dtype dtype) {
  static const bool pinned = torch::cuda::is_available();
  return torch::zeros(shape, torch::TensorOptions().dtype(dtype).pinned_memory(pinned));
}

}  // namespace interprior
