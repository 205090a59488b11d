#pragma once
// Implementation of loader.h.
#include <ATen/Parallel.h>

#include <algorithm>
#include <numeric>
#include <utility>

#include "interprior/base/error.h"
#include "interprior/data/loader.h"

namespace interprior {

template <class Batch>
Loader<Batch>::Loader(const Dataset<Batch>& dataset, const LoaderConfig& config, const SampleOrder& sampling)
    : dataset_(dataset), config_(config), sampling_(sampling), next_out_(0), next_in_(0) {
  require(dataset.size() > 0, "the data set holds no usable sample", "",
          "run `interprior inspect` on it to see what was skipped and why");
  require(config.batch > 0 && config.workers >= 0 && config.prefetch > 0,
          "a loader needs batch and prefetch above 0 and no negative worker count");
  require(sampling.first_sample >= 0 && sampling.ranks > 0 && sampling.rank >= 0 && sampling.rank < sampling.ranks,
          "a loader needs first_sample >= 0 and 0 <= rank < ranks");
  at::get_num_threads();  // fixes this thread's thread count before a worker sets its own to 1
  try {
    for (int64_t i = 0; i < config.workers; ++i) threads_.emplace_back([this] { work(); });
  } catch (...) {
    stop();
    throw;
  }
}

template <class Batch>
Loader<Batch>::~Loader() {
  stop();
}

template <class Batch>
void Loader<Batch>::stop() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
}

template <class Batch>
int64_t Loader<Batch>::first_position(int64_t batch) const {
  return sampling_.first_sample + (batch * sampling_.ranks + sampling_.rank) * config_.batch;
}

template <class Batch>
bool Loader<Batch>::past_end(int64_t batch) const {
  return !sampling_.endless && first_position(batch) >= dataset_.size();
}

template <class Batch>
std::vector<typename Loader<Batch>::Row> Loader<Batch>::rows_of(int64_t batch) {
  const int64_t size = dataset_.size(), begin = first_position(batch);
  const int64_t end = sampling_.endless ? begin + config_.batch : std::min(begin + config_.batch, size);
  std::vector<Row> rows;
  rows.reserve(static_cast<size_t>(end - begin));
  std::lock_guard lock(mutex_);
  order_.erase(order_.begin(), order_.lower_bound(first_position(std::min(batch, next_out_)) / size));
  for (int64_t position = begin; position < end; ++position) {
    const int64_t epoch = position / size;
    int64_t index = position % size;
    if (sampling_.shuffle) {
      std::vector<int64_t>& order = order_[epoch];
      if (order.empty()) order = random_order(size, sampling_.seed.derive("order").derive(static_cast<uint64_t>(epoch)));
      index = order[static_cast<size_t>(index)];
    }
    rows.push_back({index, sampling_.seed.derive(static_cast<uint64_t>(epoch)).derive(static_cast<uint64_t>(index))});
  }
  return rows;
}

template <class Batch>
std::vector<int64_t> Loader<Batch>::indices(int64_t batch) {
  std::vector<int64_t> indices;
  for (const Row& row : rows_of(batch)) indices.push_back(row.index);
  return indices;
}

template <class Batch>
Batch Loader<Batch>::make(int64_t batch) {
  const std::vector<Row> rows = rows_of(batch);
  Batch slot = dataset_.allocate(static_cast<int64_t>(rows.size()));
  for (size_t i = 0; i < rows.size(); ++i) dataset_.fill(rows[i].index, rows[i].seed, slot, static_cast<int64_t>(i));
  return slot;
}

template <class Batch>
void Loader<Batch>::work() {
  at::set_num_threads(1);
  const int64_t ahead = std::max(config_.prefetch, config_.workers);
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [&] { return stopping_ || (next_in_ < next_out_ + ahead && !past_end(next_in_)); });
    if (stopping_) return;
    const int64_t batch = next_in_++;
    lock.unlock();
    Ready ready;
    try {
      ready.batch = make(batch);
    } catch (...) {
      ready.error = std::current_exception();
    }
    lock.lock();
    ready_.emplace(batch, std::move(ready));
    changed_.notify_all();
  }
}

template <class Batch>
std::optional<Batch> Loader<Batch>::next() {
  if (past_end(next_out_)) return std::nullopt;
  if (threads_.empty()) return make(next_out_++);
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return ready_.count(next_out_) > 0; });
  Ready ready = std::move(ready_.extract(next_out_).mapped());
  ++next_out_;
  changed_.notify_all();
  lock.unlock();
  if (ready.error) std::rethrow_exception(ready.error);
  return std::move(ready.batch);
}

}  // namespace interprior
