#include "interprior/base/seed.h"

#include <ATen/Parallel.h>
#include <torch/types.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "fnv.h"
#include "interprior/base/error.h"
#include "interprior/base/recorded_random_tensors.h"

namespace interprior {
namespace {

constexpr uint64_t kGolden = 0x9e3779b97f4a7c15ULL;  // 2^64 / golden ratio, the stride of SplitMix64
constexpr uint64_t kNames = 0x6e616d6573000000ULL;   // keeps derive("x") apart from every derive(n) of a small n
constexpr double kTwoPi = 6.283185307179586476925286766559;

// One step of SplitMix64 (Steele, Lea, Flood 2014, finaliser of Stafford's variant 13): a bijection that spreads every bit.
uint64_t mix(uint64_t value) {
  value += kGolden;
  value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9ULL;
  value = (value ^ (value >> 27)) * 0x94d049bb133111ebULL;
  return value ^ (value >> 31);
}

// Box-Muller: two independent normal numbers from two uniform ones.
std::pair<double, double> normal_pair(Random& random) {
  const double radius = std::sqrt(-2 * std::log1p(-random.uniform()));
  const double angle = kTwoPi * random.uniform();
  return {radius * std::cos(angle), radius * std::sin(angle)};
}
constexpr uint64_t kBitsOfNormalPair = 4;  // two doubles of 53 bits
constexpr int64_t kPairsOfThread = 4096;   // at least

// Number of elements in the rows before `seed.first`.
int64_t numbers_before(torch::IntArrayRef shape, const RowSeed& seed) {
  if (seed.first == 0) return 0;
  require(!shape.empty() && seed.first > 0, "RowSeed.first > 0 needs a shape with a first dimension");
  int64_t numbers = seed.first;
  for (size_t d = 1; d < shape.size(); ++d) numbers *= shape[d];
  return numbers;
}

torch::Tensor normal_numbers(torch::IntArrayRef shape, const RowSeed& seed) {
  torch::Tensor numbers = torch::empty(shape, torch::kFloat32);
  float* out = numbers.data_ptr<float>();
  const int64_t count = numbers.numel(), skipped = numbers_before(shape, seed);
  // Number i belongs to pair (skipped + i) / 2; if `skipped` is odd, the first half of the first pair belongs to an earlier row.
  at::parallel_for(0, (skipped + count + 1) / 2 - skipped / 2, kPairsOfThread, [&](int64_t begin, int64_t end) {
    Random random(seed.seed, kBitsOfNormalPair * static_cast<uint64_t>(skipped / 2 + begin));
    for (int64_t pair = begin; pair < end; ++pair) {
      const auto [first, second] = normal_pair(random);
      const int64_t i = 2 * pair - skipped % 2;
      if (i >= 0) out[i] = static_cast<float>(first);
      if (i + 1 < count) out[i + 1] = static_cast<float>(second);
    }
  });
  return numbers;
}

torch::Tensor uniform_numbers(torch::IntArrayRef shape, const RowSeed& seed) {
  torch::Tensor numbers = torch::empty(shape, torch::kFloat32);
  float* out = numbers.data_ptr<float>();
  const int64_t count = numbers.numel();
  Random random(seed.seed, static_cast<uint64_t>(numbers_before(shape, seed)));
  for (int64_t i = 0; i < count; ++i) out[i] = static_cast<float>(random.bits() >> 8) * 0x1p-24f;
  return numbers;
}

}  // namespace

Seed Seed::derive(uint64_t index) const { return {mix(value ^ mix(index))}; }

Seed Seed::derive(std::string_view name) const { return derive(mix(fnv1a(name) ^ kNames)); }

std::array<uint32_t, 4> philox4x32(std::array<uint32_t, 4> counter, std::array<uint32_t, 2> key) {
  for (int round = 0; round < 10; ++round) {
    const uint64_t first = uint64_t{0xD2511F53} * counter[0];
    const uint64_t second = uint64_t{0xCD9E8D57} * counter[2];
    counter = {static_cast<uint32_t>(second >> 32) ^ counter[1] ^ key[0], static_cast<uint32_t>(second),
               static_cast<uint32_t>(first >> 32) ^ counter[3] ^ key[1], static_cast<uint32_t>(first)};
    key[0] += 0x9E3779B9;
    key[1] += 0xBB67AE85;
  }
  return counter;
}

Random::Random(Seed seed, uint64_t first) : seed_(seed), counter_(first / 4) {
  for (uint64_t i = 0; i < first % 4; ++i) bits();
}

uint32_t Random::bits() {
  if (used_ == 4) {
    block_ = philox4x32({static_cast<uint32_t>(counter_), static_cast<uint32_t>(counter_ >> 32), 0, 0},
                        {static_cast<uint32_t>(seed_.value), static_cast<uint32_t>(seed_.value >> 32)});
    ++counter_;
    used_ = 0;
  }
  return block_[static_cast<size_t>(used_++)];
}

double Random::uniform() {
  const uint64_t high = bits() >> 5, low = bits() >> 6;  // 27 + 26 = 53 bits, all that a double holds
  return static_cast<double>((high << 26) | low) * 0x1p-53;
}

double Random::uniform(double low, double high) {
  require(low <= high && std::isfinite(high - low), "uniform(low, high) needs finite bounds with low <= high");
  const double value = low + (high - low) * uniform();
  return value < high || low == high ? value : std::nextafter(high, low);  // the sum may round up to `high`
}

double Random::normal() { return normal_pair(*this).first; }

int64_t Random::integer(int64_t count) {
  require(count > 0, "integer(count) needs a count of at least 1");
  const uint64_t range = static_cast<uint64_t>(count);
  const uint64_t surplus = (0 - range) % range;  // 2^64 mod range values are rejected, so that the result is unbiased
  uint64_t value;
  do {
    const uint64_t high = bits();
    value = (high << 32) | bits();
  } while (value < surplus);
  return static_cast<int64_t>(value % range);
}

bool Random::chance(double probability) { return uniform() < probability; }

RowSeed RowSeed::derive(std::string_view name) const {
  RowSeed part(seed.derive(name), first);
  if (recorded == nullptr) return part;
  part.recorded = recorded;
  part.names = names;
  part.names.emplace_back(name);
  return part;
}

torch::Tensor sample_tensor(const TensorSampler& sampler, const RowSeed& seed, torch::Device device) {
  if (device.is_cpu()) return sampler(seed);
  if (seed.recorded != nullptr) return seed.recorded->next(sampler, seed, device);
  return sampler(seed).pin_memory().to(device, /*non_blocking=*/true);
}

torch::Tensor normal_tensor(torch::IntArrayRef shape, RowSeed seed, torch::Device device) {
  return sample_tensor([shape = shape.vec()](const RowSeed& from) { return normal_numbers(shape, from); }, seed, device);
}

torch::Tensor uniform_tensor(torch::IntArrayRef shape, RowSeed seed, torch::Device device) {
  return sample_tensor([shape = shape.vec()](const RowSeed& from) { return uniform_numbers(shape, from); }, seed, device);
}

// Fisher-Yates.
std::vector<int64_t> random_order(int64_t count, Seed seed) {
  require(count >= 0, "a random order needs a count of zero or more");
  std::vector<int64_t> order(static_cast<size_t>(count));
  std::iota(order.begin(), order.end(), int64_t{0});
  Random random(seed);
  for (int64_t left = count; left > 1; --left)
    std::swap(order[static_cast<size_t>(left - 1)], order[static_cast<size_t>(random.integer(left))]);
  return order;
}

}  // namespace interprior
