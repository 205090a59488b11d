#pragma once
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <exception>
#include <mutex>
#include <optional>
#include <utility>

namespace interprior {

// Passes items between two threads in order; the sender waits while the items inside are heavier than the limit together. An item
// above the limit is taken when the queue is empty. Both sides can end the queue. Condition: std::condition_variable, or a class
// derived from it that observes the waiting.
template <class Item, class Condition = std::condition_variable>
class BoundedQueue {
 public:
  explicit BoundedQueue(size_t limit) : limit_(limit) {}

  // False if the receiver has ended the queue: the item is dropped, and the sender should stop.
  bool push(Item item, size_t weight) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return cancelled_ || items_.empty() || inside_ + weight <= limit_; });
    if (cancelled_) return false;
    items_.emplace_back(std::move(item), weight);
    inside_ += weight;
    changed_.notify_all();
    return true;
  }
  // The sender's last call. With an error, pop() rethrows it after the items pushed before.
  void finish(std::exception_ptr error = nullptr) {
    const std::lock_guard lock(mutex_);
    finished_ = true;
    error_ = std::move(error);
    changed_.notify_all();
  }

  // The next item; empty after the last one, and after cancel().
  std::optional<Item> pop() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return cancelled_ || finished_ || !items_.empty(); });
    if (cancelled_) return std::nullopt;
    if (items_.empty()) {
      if (error_) std::rethrow_exception(std::exchange(error_, nullptr));
      return std::nullopt;
    }
    auto [item, weight] = std::move(items_.front());
    items_.pop_front();
    inside_ -= weight;
    changed_.notify_all();
    return std::move(item);
  }
  // Drops what is inside and makes every push fail.
  void cancel() {
    const std::lock_guard lock(mutex_);
    cancelled_ = true;
    items_.clear();
    changed_.notify_all();
  }

 private:
  size_t limit_, inside_ = 0;
  std::deque<std::pair<Item, size_t>> items_;
  bool finished_ = false, cancelled_ = false;
  std::exception_ptr error_;
  std::mutex mutex_;
  Condition changed_;
};

}  // namespace interprior
