#include "interprior/base/bounded_queue.h"

#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <stdexcept>
#include <thread>
#include <vector>

namespace interprior {
namespace {

TEST(BoundedQueue, KeepsOrderAndNeverHoldsMoreThanItsLimit) {
  BoundedQueue<int> queue(10);
  std::atomic<int> inside = 0, most = 0;
  std::thread sender([&] {
    for (int i = 0; i < 1000; ++i) {
      ASSERT_TRUE(queue.push(i, 3));
      const int now = ++inside;
      most = std::max(most.load(), now);
    }
    queue.finish();
  });
  int expected = 0;
  while (const auto item = queue.pop()) {
    --inside;
    EXPECT_EQ(*item, expected++);
  }
  sender.join();
  EXPECT_EQ(expected, 1000);
  EXPECT_LE(most, 4);  // 3 inside, and one that was taken but not yet counted
}

TEST(BoundedQueue, TakesAnItemAboveItsLimitAlone) {
  BoundedQueue<int> queue(10);
  EXPECT_TRUE(queue.push(1, 1'000'000));
  EXPECT_EQ(queue.pop(), 1);
  EXPECT_TRUE(queue.push(2, 1));
}

TEST(BoundedQueue, DeliversTheSendersErrorAfterItsItems) {
  BoundedQueue<int> queue(10);
  queue.push(1, 1);
  queue.finish(std::make_exception_ptr(std::runtime_error("cannot be read")));
  EXPECT_EQ(queue.pop(), 1);
  EXPECT_THROW(queue.pop(), std::runtime_error);
  EXPECT_EQ(queue.pop(), std::nullopt);
}

// Counts the threads that begin to wait. They hold the queue's lock while they do: who has the lock after that finds them
// waiting.
struct CountedCondition : std::condition_variable {
  static inline std::atomic<int> waiting = 0;
  template <class Holds>
  void wait(std::unique_lock<std::mutex>& lock, Holds holds) {
    if (!holds()) ++waiting;
    std::condition_variable::wait(lock, holds);
  }
};

TEST(BoundedQueue, CancellingReleasesAWaitingSenderAndReceiver) {
  CountedCondition::waiting = 0;
  BoundedQueue<int, CountedCondition> full(1), empty(1);
  full.push(1, 1);
  bool pushed = true;
  std::optional<int> popped = 1;
  std::thread sender([&] { pushed = full.push(2, 1); });
  std::thread receiver([&] { popped = empty.pop(); });
  while (CountedCondition::waiting < 2) std::this_thread::yield();
  full.cancel();
  empty.cancel();
  sender.join();
  receiver.join();
  EXPECT_FALSE(pushed);
  EXPECT_EQ(popped, std::nullopt);
  EXPECT_FALSE(full.push(3, 1));
}

}  // namespace
}  // namespace interprior
