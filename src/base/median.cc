#include "interprior/base/median.h"

#include <algorithm>
#include <cstdint>

namespace interprior {

double median(std::vector<double> values) {
  if (values.empty()) return 0;
  const auto middle = values.begin() + static_cast<int64_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

}  // namespace interprior
