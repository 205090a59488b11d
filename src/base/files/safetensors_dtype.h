#pragma once
#include <torch/types.h>

#include <array>

#include "safetensors_format.h"

namespace interprior {

// LibTorch's dtypes, in the order of kSafetensorsDtypes.
inline constexpr std::array<torch::Dtype, kSafetensorsDtypes.size()> kTorchDtypes = {
    torch::kFloat64, torch::kFloat32, torch::kFloat16, torch::kBFloat16, torch::kInt64,
    torch::kInt32,   torch::kInt16,   torch::kInt8,    torch::kUInt8,    torch::kBool};

}  // namespace interprior
