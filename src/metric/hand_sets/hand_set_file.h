#pragma once
#include <memory>

#include "interprior/base/files/tensor_file.h"
#include "interprior/metric/hand_sets/hand_set.h"

namespace interprior {

inline constexpr const char* kHandsFormat = "interprior.hands";
inline constexpr int64_t kHandsVersion = 1;

// Throws Error when it is no hands.h5.
std::unique_ptr<TensorFileReader> open_hand_set(const std::filesystem::path& path);
int64_t hand_set_size(const TensorFileReader& file);
// Rows as stored; shapes and dtypes are checked, values are not.
HandSet read_hand_rows(const TensorFileReader& file, int64_t begin, int64_t end);

// As check_hand_set(), without the check of values.
void check_layout(const HandSet& set, const std::string& where);

// Samples (N) bool with a non-finite value of a valid hand, and the first dataset with such a value.
struct NotFinite {
  torch::Tensor rows;
  std::string dataset;
};
NotFinite not_finite(const HandSet& set);

}  // namespace interprior
