#include "interprior/base/parallel.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

namespace interprior {

void for_each_index(int64_t count, int64_t threads, const std::function<void(int64_t)>& work) {
  if (threads <= 0) threads = std::max<int64_t>(1, std::thread::hardware_concurrency());
  at::get_num_threads();  // initialises the thread count of this thread before workers set theirs to 1
  std::atomic<int64_t> next{0};
  std::exception_ptr error;
  std::mutex mutex;
  const auto run = [&] {
    at::set_num_threads(1);
    for (int64_t i = next++; i < count; i = next++) {
      try {
        work(i);
      } catch (...) {
        const std::lock_guard lock(mutex);
        if (!error) error = std::current_exception();
        next = count;
      }
    }
  };
  std::vector<std::thread> workers;
  try {
    for (int64_t i = 0; i < std::min(threads, count); ++i) workers.emplace_back(run);
  } catch (...) {
    if (workers.empty()) throw;  // fewer threads than requested are only slower
  }
  for (std::thread& worker : workers) worker.join();
  if (error) std::rethrow_exception(error);
}

}  // namespace interprior
