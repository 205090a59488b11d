#pragma once
#include <array>
#include <cstdint>
#include <utility>

namespace interprior {

// Dtype names of https://github.com/huggingface/safetensors#format with their element sizes in bytes; only dtypes that LibTorch
// also has.
inline constexpr std::array<std::pair<const char*, uint64_t>, 10> kSafetensorsDtypes = {{
    {"F64", 8},
    {"F32", 4},
    {"F16", 2},
    {"BF16", 2},
    {"I64", 8},
    {"I32", 4},
    {"I16", 2},
    {"I8", 1},
    {"U8", 1},
    {"BOOL", 1},
}};

inline constexpr uint64_t kSafetensorsLongestHeader = 100'000'000;

}  // namespace interprior
