#pragma once
#include "hdf5_type.h"

namespace interprior {

// Converts numbers of a type on disk (integers, reals, enumerations, either byte order) to Number: float, double, int64_t,
// int32_t or uint8_t. False if a value is out of Number's range.
template <class Number>
bool convert_hdf5_numbers(const Hdf5Type& type, std::string_view from, Number* to);

}  // namespace interprior
