#pragma once
#include <torch/types.h>

#include <array>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace interprior {

// A random seed. Random numbers are derived by `derive` from the run's seed, those of a data sample from (run seed, epoch,
// index): no sample depends on worker count, world size or history. Only initial weights come from LibTorch's global generator,
// which each task seeds from the run's seed.
struct Seed {
  uint64_t value = 0;

  // The independent seed of a numbered or named part of this one.
  Seed derive(uint64_t index) const;
  Seed derive(std::string_view name) const;
};

// The generator of Random: 128 random bits from a counter and a key. Philox4x32-10 of Salmon et al., "Parallel random numbers:
// as easy as 1, 2, 3", SC 2011.
std::array<uint32_t, 4> philox4x32(std::array<uint32_t, 4> counter, std::array<uint32_t, 2> key);

// A counter-based stream of random numbers (Philox 4x32-10). Construction is cheap: one stream per data sample.
class Random {
 public:
  explicit Random(Seed seed) : seed_(seed) {}
  // The stream from its word `first` on (words of 32 bits).
  Random(Seed seed, uint64_t first);

  uint32_t bits();                          // 32 uniform bits
  double uniform();                         // [0, 1)
  double uniform(double low, double high);  // [low, high)
  double normal();                          // mean 0, standard deviation 1
  int64_t integer(int64_t count);           // 0 .. count-1
  bool chance(double probability);          // true with this probability

 private:
  Seed seed_;
  uint64_t counter_ = 0;
  std::array<uint32_t, 4> block_ = {};
  int used_ = 4;
};

class RecordedRandomTensors;

// The seed of some rows of a larger batch: row i of a tensor sampled with it equals row first + i of the tensor of `seed` alone.
// A batch therefore gets the same noise however it is split over processes and micro-batches.
struct RowSeed {
  Seed seed;
  int64_t first = 0;
  RecordedRandomTensors* recorded = nullptr;  // holds the random tensors of a captured step; null otherwise
  std::vector<std::string> names{};           // names of the derive() calls since the step's seed; used by `recorded` only
  RowSeed(Seed of_all, int64_t first_row = 0) : seed(of_all), first(first_row) {}
  RowSeed derive(std::string_view name) const;
  Seed row(int64_t i) const { return seed.derive(static_cast<uint64_t>(first + i)); }
};

// A function that samples a tensor on the CPU. `sample_tensor` calls it and copies the result to the device asynchronously; the
// numbers are the same on every device.
using TensorSampler = std::function<torch::Tensor(const RowSeed&)>;
torch::Tensor sample_tensor(const TensorSampler& sampler, const RowSeed& seed, torch::Device device);

// Standard normal numbers of the given shape, rows first, float32; sampled by `sample_tensor`.
torch::Tensor normal_tensor(torch::IntArrayRef shape, RowSeed seed, torch::Device device = torch::kCPU);

// Uniform numbers in [0, 1), float32; sampled by `sample_tensor`.
torch::Tensor uniform_tensor(torch::IntArrayRef shape, RowSeed seed, torch::Device device = torch::kCPU);

// A random permutation of 0 .. count-1.
std::vector<int64_t> random_order(int64_t count, Seed seed);

}  // namespace interprior
