#include "interprior/data/loader.h"

#include <gtest/gtest.h>
#include <torch/types.h>

#include <atomic>
#include <chrono>
#include <thread>

#include "support/tensor_near.h"

namespace interprior {
namespace {

using ::testing::HasSubstr;

struct Numbers {
  std::vector<int64_t> index;
  std::vector<uint64_t> seed;
  bool operator==(const Numbers&) const = default;
};

class NumberDataset : public Dataset<Numbers> {
 public:
  explicit NumberDataset(int64_t size, int64_t bad = -1) : size_(size), bad_(bad) {}
  int64_t size() const override { return size_; }
  Numbers allocate(int64_t rows) const override {
    return {std::vector<int64_t>(static_cast<size_t>(rows)), std::vector<uint64_t>(static_cast<size_t>(rows))};
  }
  void fill(int64_t index, Seed seed, Numbers& slot, int64_t row) const override {
    if (index == bad_) throw Error("broken sample", std::to_string(index));
    if (index % 5 == 0) std::this_thread::sleep_for(std::chrono::microseconds(200));  // lets batches finish out of order
    slot.index[static_cast<size_t>(row)] = index;
    slot.seed[static_cast<size_t>(row)] = seed.value;
    ++filled;
  }
  mutable std::atomic<int64_t> filled{0};

 private:
  int64_t size_, bad_;
};

std::vector<Numbers> first_batches(const NumberDataset& dataset, int64_t workers, const SampleOrder& sampling, int64_t count) {
  Loader<Numbers> loader(dataset, {4, workers, 2}, sampling);
  std::vector<Numbers> batches;
  for (int64_t i = 0; i < count; ++i) {
    auto batch = loader.next();
    if (!batch) break;
    batches.push_back(*batch);
  }
  return batches;
}

TEST(Loader, IsTheSameForAnyNumberOfWorkers) {
  const NumberDataset dataset(23);
  const SampleOrder sampling{Seed{7}};
  const auto alone = first_batches(dataset, 0, sampling, 40);
  EXPECT_EQ(alone, first_batches(dataset, 1, sampling, 40));
  EXPECT_EQ(alone, first_batches(dataset, 4, sampling, 40));
}

TEST(Loader, ResumesAtAnyBatch) {
  const NumberDataset dataset(23);
  SampleOrder sampling{Seed{7}};
  const auto whole = first_batches(dataset, 3, sampling, 30);
  sampling.first_sample = 17 * static_cast<int64_t>(whole[0].index.size());
  const auto tail = first_batches(dataset, 3, sampling, 13);
  EXPECT_EQ(std::vector<Numbers>(whole.begin() + 17, whole.end()), tail);
  Loader<Numbers> loader(dataset, {4, 0, 1}, sampling);
  EXPECT_EQ(loader.indices(3), tail[3].index);
}

TEST(Loader, VisitsEveryRowOncePerEpochInANewOrder) {
  const NumberDataset dataset(12);
  const auto batches = first_batches(dataset, 2, {Seed{3}}, 6);
  std::vector<int64_t> first, second;
  for (size_t i = 0; i < 3; ++i) first.insert(first.end(), batches[i].index.begin(), batches[i].index.end());
  for (size_t i = 3; i < 6; ++i) second.insert(second.end(), batches[i].index.begin(), batches[i].index.end());
  EXPECT_NE(first, second);
  EXPECT_NE(batches[0].seed[0], batches[3].seed[0]);
  std::sort(first.begin(), first.end());
  std::sort(second.begin(), second.end());
  std::vector<int64_t> all(12);
  std::iota(all.begin(), all.end(), 0);
  EXPECT_EQ(first, all);
  EXPECT_EQ(second, all);
}

TEST(Loader, AFinitePassKeepsTheLastSmallBatch) {
  const NumberDataset dataset(10);
  for (const int64_t workers : {0, 3}) {
    const auto batches = first_batches(dataset, workers, {Seed{1}, false, false, 0}, 100);
    ASSERT_EQ(batches.size(), 3u);
    EXPECT_EQ(batches[0].index, (std::vector<int64_t>{0, 1, 2, 3}));
    EXPECT_EQ(batches[2].index, (std::vector<int64_t>{8, 9}));
  }
}

TEST(Loader, AllRanksVisitTheSameRowsAsOneRank) {
  const NumberDataset dataset(23);
  Loader<Numbers> one(dataset, {8, 0, 1}, {Seed{7}});
  SampleOrder left{Seed{7}}, right{Seed{7}};
  left.ranks = right.ranks = 2;
  right.rank = 1;
  const auto a = first_batches(dataset, 2, left, 9), b = first_batches(dataset, 0, right, 9);
  for (size_t i = 0; i < 9; ++i) {
    Numbers joined = a[i];
    joined.index.insert(joined.index.end(), b[i].index.begin(), b[i].index.end());
    joined.seed.insert(joined.seed.end(), b[i].seed.begin(), b[i].seed.end());
    EXPECT_EQ(*one.next(), joined);
  }
}

TEST(Loader, RethrowsAWorkersErrorInBatchOrder) {
  const NumberDataset dataset(20, 9);
  for (const int64_t workers : {0, 2}) {
    Loader<Numbers> loader(dataset, {4, workers, 2}, {Seed{1}, false, false, 0});
    EXPECT_EQ(loader.next()->index[0], 0);
    EXPECT_EQ(loader.next()->index[0], 4);
    EXPECT_THAT([&] { loader.next(); }, ThrowsError(HasSubstr("broken sample (9)")));
    EXPECT_EQ(loader.next()->index[0], 12);
  }
}

TEST(Loader, PreparesNoMoreThanItsPrefetch) {
  const NumberDataset dataset(1000);
  {
    Loader<Numbers> loader(dataset, {4, 2, 3}, {Seed{1}});
    loader.next();
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
  EXPECT_LE(dataset.filled, 4 * 4);
}

TEST(Loader, RefusesAnEmptyDataset) {
  const NumberDataset dataset(0);
  EXPECT_THAT([&] { Loader<Numbers>(dataset, {}, {}); }, ThrowsError(HasSubstr("no usable sample")));
}

TEST(Loader, LeavesTheThreadCountOfTheMainThreadAlone) {
  const int before = at::get_num_threads();
  const NumberDataset dataset(10);
  first_batches(dataset, 2, {Seed{1}}, 5);
  EXPECT_EQ(at::get_num_threads(), before);
}

}  // namespace
}  // namespace interprior
