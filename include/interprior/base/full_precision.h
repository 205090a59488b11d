#pragma once
#include <c10/core/impl/LocalDispatchKeySet.h>

namespace interprior {

// Disables autocast for one scope: rotations, hand models and losses keep their own precision under mixed-precision training.
class FullPrecision {
 public:
  FullPrecision() : guard_(c10::autocast_dispatch_keyset) {}
  FullPrecision(const FullPrecision&) = delete;
  FullPrecision& operator=(const FullPrecision&) = delete;

 private:
  c10::impl::ExcludeDispatchKeyGuard guard_;
};

}  // namespace interprior
