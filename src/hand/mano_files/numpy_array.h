#pragma once
#include "pickle_array.h"

namespace interprior {

// A numpy array or scalar of a pickle (pickle_array.h): its type, its shape and its bytes must agree. Throws Error.
torch::Tensor numpy_array(const PickleValue& value, const PickleArrayPlace& place);

// The shape that integers of a pickle spell, all of its numbers within the place's limit. Throws Error.
std::vector<int64_t> array_shape(const std::vector<int64_t>& sizes, const PickleValue& value, const PickleArrayPlace& place);

// "WHAT (FILE: KEY, byte BYTE): advice".
[[noreturn]] void fail_at(const std::string& what, const PickleValue& value, const PickleArrayPlace& place);

}  // namespace interprior
