#pragma once
#include <gmock/gmock.h>
#include <torch/types.h>

#include "interprior/base/error.h"

namespace interprior {

// EXPECT_THAT(actual, TensorNear(expected, 1e-6)): same shape, every element within the absolute tolerance, no NaN.
MATCHER_P2(TensorNear, expected, tolerance, "") {
  if (arg.sizes() != expected.sizes()) {
    *result_listener << "shape " << c10::str(arg.sizes()) << " instead of " << c10::str(expected.sizes());
    return false;
  }
  if (arg.numel() == 0) return true;
  const auto difference =
      (arg.detach().to(torch::kCPU, torch::kFloat64) - expected.detach().to(torch::kCPU, torch::kFloat64)).abs();
  const double largest = difference.max().template item<double>();
  *result_listener << "largest difference " << largest << " at flat index " << difference.argmax().template item<int64_t>();
  return largest <= tolerance;  // false for NaN
}

// EXPECT_THAT([&] { f(); }, ThrowsError(HasSubstr("what")))
template <class Inner>
auto ThrowsError(Inner inner) {
  return ::testing::ThrowsMessage<interprior::Error>(inner);
}

}  // namespace interprior
