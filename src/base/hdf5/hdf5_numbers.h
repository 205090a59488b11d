#pragma once
#include "hdf5_type.h"

namespace interprior {

// Numbers as they lie on disk (integers, reals, enumerations, of either byte order) as Number: float, double, int64_t, int32_t or
// uint8_t. False where one is larger than Number's largest.
template <class Number>
bool convert_hdf5_numbers(const Hdf5Type& type, std::string_view from, Number* to);

}  // namespace interprior
