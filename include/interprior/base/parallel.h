#pragma once
#include <cstdint>
#include <functional>

namespace interprior {

// Calls work(0) .. work(count - 1) on this many threads (0: one a core), each without LibTorch's own threads; rethrows the
// first exception. What each call makes must depend on its number alone.
void for_each_index(int64_t count, int64_t threads, const std::function<void(int64_t)>& work);

}  // namespace interprior
