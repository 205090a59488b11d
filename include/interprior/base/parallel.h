#pragma once
#include <cstdint>
#include <functional>

namespace interprior {

// Calls work(0) .. work(count - 1) on `threads` threads (0: one per core), with LibTorch's intra-op threads set to 1 in each.
// Rethrows the first exception. The result of a call must depend on its index alone.
void for_each_index(int64_t count, int64_t threads, const std::function<void(int64_t)>& work);

}  // namespace interprior
