#pragma once
#include <vector>

namespace interprior {

// The middle of the sorted values, the upper of the two for an even count; 0 for no values.
double median(std::vector<double> values);

}  // namespace interprior
