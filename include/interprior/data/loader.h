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
    fields("prefetch", prefetch, "batches prepared ahead of the network", {1, 64});
  }
};

// The order in which a dataset is read. Position p of the endless training stream is row p mod size of epoch p / size. The random
// seed of a row is seed.derive(epoch).derive(index), independent of process and worker.
struct SampleOrder {
  Seed seed;
  bool shuffle = true;          // a new order each epoch, from the seed
  bool endless = true;          // false: one epoch in order, the last batch may be smaller (never dropped)
  int64_t first_sample = 0;     // position in the endless stream at which a resumed run starts
  int64_t rank = 0, ranks = 1;  // process and process count; a global batch of ranks x batch rows is split among the ranks
};

// Batches of a dataset, prepared by worker threads and delivered in order. The batches do not depend on the number of workers.
template <class Batch>
class Loader {
 public:
  Loader(const Dataset<Batch>& dataset, const LoaderConfig& config,
         const SampleOrder& sampling);  // throws Error on an empty dataset
  ~Loader();
  Loader(const Loader&) = delete;
  Loader& operator=(const Loader&) = delete;

  // The next batch; empty after one epoch if not endless. Rethrows the exception of a worker.
  std::optional<Batch> next();
  // Dataset indices of the rows of batch number `batch`, counted from the first batch of this loader.
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
  SampleOrder sampling_;
  int64_t next_out_, next_in_;
  bool stopping_ = false;
  std::map<int64_t, Ready> ready_;
  std::map<int64_t, std::vector<int64_t>> order_;  // permutation by epoch, for the epochs in use
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::thread> threads_;
};

}  // namespace interprior

#include "interprior/data/loader_impl.h"
