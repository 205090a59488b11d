#pragma once
#include "pickle_array.h"

namespace interprior {

// A numpy array or scalar of a pickle (pickle_array.h). Throws Error unless dtype, shape and bytes agree.
torch::Tensor numpy_array(const PickleValue& value, const PickleArrayPlace& place);

// Checks a shape given by integers of a pickle. Throws Error if negative, or if the element count exceeds the place's limit.
std::vector<int64_t> array_shape(const std::vector<int64_t>& sizes, const PickleValue& value, const PickleArrayPlace& place);

// "WHAT (FILE: KEY, byte BYTE): advice".
[[noreturn]] void fail_at(const std::string& what, const PickleValue& value, const PickleArrayPlace& place);

}  // namespace interprior
