#include "interprior/base/heap.h"

#include <cstdlib>
#ifdef __GLIBC__
#include <malloc.h>
#endif

namespace interprior {

void keep_freed_memory() {
#ifdef __GLIBC__
  constexpr int kLargest = 1 << 30;  // bytes
  // A glibc that refuses the first must keep its own thresholds: setting the second alone freezes the first at 128 KiB.
  if (mallopt(M_MMAP_THRESHOLD, kLargest) == 1) mallopt(M_TRIM_THRESHOLD, kLargest);
#endif
}

}  // namespace interprior
