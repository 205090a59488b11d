#pragma once
#include <c10/core/impl/LocalDispatchKeySet.h>

namespace interprior {

// An island without autocast for one scope: rotations, hands and losses are computed in their own precision, whatever the network
// around them computes in.
class FullPrecision {
 public:
  FullPrecision() : guard_(c10::autocast_dispatch_keyset) {}
  FullPrecision(const FullPrecision&) = delete;
  FullPrecision& operator=(const FullPrecision&) = delete;

 private:
  c10::impl::ExcludeDispatchKeyGuard guard_;
};

}  // namespace interprior
