#pragma once
#include <torch/types.h>

#include <array>
#include <utility>

namespace interprior {

// Dtype names of https://github.com/huggingface/safetensors#format; only dtypes that LibTorch also has.
inline constexpr std::array<std::pair<const char*, torch::Dtype>, 10> kSafetensorsDtypes = {{
    {"F64", torch::kFloat64},
    {"F32", torch::kFloat32},
    {"F16", torch::kFloat16},
    {"BF16", torch::kBFloat16},
    {"I64", torch::kInt64},
    {"I32", torch::kInt32},
    {"I16", torch::kInt16},
    {"I8", torch::kInt8},
    {"U8", torch::kUInt8},
    {"BOOL", torch::kBool},
}};

inline constexpr uint64_t kSafetensorsLongestHeader = 100'000'000;

}  // namespace interprior
