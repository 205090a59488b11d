#pragma once
#include <torch/types.h>

#include <string>
#include <vector>

#include "pickle_value.h"

namespace interprior {

// The location of an array, for messages, and its maximum number of elements: the file's number of bytes.
struct PickleArrayPlace {
  std::string file, key;
  size_t most_numbers = 0;
};

// The array of a pickle value, dense and row-major: float64 for floating-point numbers, int64 for integers and booleans.
// Reads numpy's arrays and scalars (either byte order, either memory order), chumpy's Ch (its x) and Select
// (a.ravel()[idxs].reshape(preferred_shape)) and scipy's csc_matrix. Throws Error with file, key and byte on everything else.
torch::Tensor dense_array(const PickleValue& value, const PickleArrayPlace& place);

}  // namespace interprior
