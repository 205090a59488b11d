#pragma once
#include <condition_variable>
#include <deque>
#include <exception>
#include <map>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "interprior/base/config/config.h"
#include "interprior/data/dataset.h"

namespace interprior {

struct LoaderConfig {
  int64_t batch = 32;
  int64_t workers = 1;
  int64_t prefetch = 4;
  void describe(Fields& fields) {
    fields("batch", batch, "samples per step", {1, 65536});
    fields("workers", workers, "loader threads; 0 loads in the training thread", {0, 256});
    fields("prefetch", prefetch, "batches kept ready ahead of the network", {1, 64});
  }
};

// How a dataset is walked. Position p of the endless training stream is row p mod size of epoch p / size; its randomness is
// seed.derive(epoch).derive(index), whoever loads it.
struct Walk {
  Seed seed;
  bool shuffle = true;          // a new order each epoch, from the seed
  bool endless = true;          // false: one epoch in order, the last batch may be smaller (never dropped)
  int64_t first_sample = 0;     // of the endless stream: where a resumed run goes on
  int64_t rank = 0, ranks = 1;  // of several processes: together they walk batches of ranks x batch rows, each its own part
};

// Batches of a dataset, prepared by threads, delivered in order: the same whatever the number of workers.
template <class Batch>
class Loader {
 public:
  Loader(const Dataset<Batch>& dataset, const LoaderConfig& config, const Walk& walk);  // throws Error on an empty dataset
  ~Loader();
  Loader(const Loader&) = delete;
  Loader& operator=(const Loader&) = delete;

  // The next batch; empty at the end of a finite walk. Rethrows what a worker threw.
  std::optional<Batch> next();
  // Which rows of the dataset a batch of this walk holds, counted from the first one delivered.
  std::vector<int64_t> indices(int64_t batch);

 private:
  struct Ready {
    std::optional<Batch> batch;
    std::exception_ptr error;
  };
  struct Row {
    int64_t index;
    Seed seed;
  };
  int64_t first_position(int64_t batch) const;
  bool past_end(int64_t batch) const;
  std::vector<Row> rows_of(int64_t batch);
  Batch make(int64_t batch);
  void work();
  void stop();

  const Dataset<Batch>& dataset_;
  LoaderConfig config_;
  Walk walk_;
  int64_t next_out_, next_in_;
  bool stopping_ = false;
  std::map<int64_t, Ready> ready_;
  std::map<int64_t, std::vector<int64_t>> order_;  // of the epochs in use
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::thread> threads_;
};

}  // namespace interprior

#include "interprior/data/loader_impl.h"
