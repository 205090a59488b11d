#include "interprior/interaction/wrist_views.h"

#include <torch/types.h>

#include "interprior/base/error.h"
#include "interprior/interaction/canonical_view.h"

namespace interprior {
namespace {

torch::Tensor views_of(const Matrix3& canonical, double degrees, int64_t count, const RowSeed& seed) {
  torch::Tensor views = torch::empty({count, 3, 3});
  auto numbers = views.accessor<float, 3>();
  for (int64_t i = 0; i < count; ++i) {
    Random random(seed.row(i));
    const Matrix3 view = sample_view(canonical, degrees, random);
    for (int64_t row = 0; row < 3; ++row)
      for (int64_t column = 0; column < 3; ++column) numbers[i][row][column] = static_cast<float>(view(row, column));
  }
  return views;
}

}  // namespace

torch::Tensor sample_wrist_views(const HandModel& hand, double degrees, int64_t count, RowSeed seed, torch::Device device) {
  require(degrees >= 0 && degrees <= 180, "views must be between 0 and 180 degrees");
  const Matrix3 canonical = canonical_view(HandChain(hand.hand.right, Side::right).axes());
  return sample_tensor([=](const RowSeed& from) { return views_of(canonical, degrees, count, from); }, seed, device);
}

}  // namespace interprior
