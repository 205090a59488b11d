#pragma once
#include <torch/types.h>

#include <array>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace interprior {

// A value from which randomness follows. Every draw of the program comes from (run seed, epoch, index) by `derive`,
// never from a global state: no sample depends on worker count, rank count or history.
struct Seed {
  uint64_t value = 0;

  // The independent seed of a numbered or named part of this one.
  Seed derive(uint64_t index) const;
  Seed derive(std::string_view name) const;
};

// The generator under Random: 128 random bits from a counter and a key. Philox4x32-10 of Salmon et al., "Parallel random
// numbers: as easy as 1, 2, 3", SC 2011.
std::array<uint32_t, 4> philox4x32(std::array<uint32_t, 4> counter, std::array<uint32_t, 2> key);

// A stream of random numbers, counter-based (Philox 4x32-10): cheap to make, one per sample.
class Random {
 public:
  explicit Random(Seed seed) : seed_(seed) {}
  // The stream from its bits number `first` (of 32 bits each) on.
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

class RecordedDraws;

// The seed of some rows of a larger batch: row i of a tensor drawn from it is row first + i of the one that `seed` alone draws.
// So a batch sees the same noise however it is split over processes and parts.
struct RowSeed {
  Seed seed;
  int64_t first = 0;
  RecordedDraws* recorded = nullptr;  // where a step that is recorded keeps what it draws
  std::vector<std::string> names{};   // derived by since the step's own seed; kept for `recorded` alone
  RowSeed(Seed of_all, int64_t first_row = 0) : seed(of_all), first(first_row) {}  // of one seed: all rows
  RowSeed derive(std::string_view name) const;
  Seed row(int64_t i) const { return seed.derive(static_cast<uint64_t>(first + i)); }
};

// What a draw makes of its seed on the CPU, moved to the device without the host waiting: the same on every device.
using Draw = std::function<torch::Tensor(const RowSeed&)>;
torch::Tensor drawn(const Draw& draw, const RowSeed& seed, torch::Device device);

// Standard normal numbers of the given shape, rows first, float32; `drawn`.
torch::Tensor normal_tensor(torch::IntArrayRef shape, RowSeed seed, torch::Device device = torch::kCPU);

// Uniform numbers in [0, 1), likewise.
torch::Tensor uniform_tensor(torch::IntArrayRef shape, RowSeed seed, torch::Device device = torch::kCPU);

// A random order of 0 .. count-1.
std::vector<int64_t> random_order(int64_t count, Seed seed);

}  // namespace interprior
