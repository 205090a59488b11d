#include "interprior/metric/sample_quality.h"

#include <c10/util/StringUtil.h>
#include <torch/types.h>
#include <torch/utils.h>

#include <limits>

#include "interprior/base/error.h"
#include "interprior/base/shape.h"
#include "interprior/hand/contact.h"
#include "interprior/hand/skeleton.h"

namespace interprior {
namespace {

constexpr int64_t kChunk = 256;                          // rows whose distances to a whole set are in memory at once
constexpr double kVariance = 0.99, kMinVariance = 1e-6;  // mm^2: less is rounding
constexpr double kRounding = 1e-6;                       // mm
constexpr int64_t kSubsets = 50, kSubsetSize = 1000, kPairs = 100000;
constexpr double kMillimetres = 1000;

PerHand<torch::Tensor> checked(const PerHand<torch::Tensor>& joints, const char* set) {
  ShapeCheck check("sample quality");
  check(joints.right, "right joints", {"N", kJoints, 3});
  check(joints.left, "left joints", {"N", kJoints, 3});
  require(check["N"] > kNeighbours, c10::str("a set of ", check["N"], " samples is too small"), set,
          c10::str("give at least ", kNeighbours + 1, " samples"));
  const PerHand<torch::Tensor> numbers = {joints.right.detach().to(torch::kCPU, torch::kFloat64),
                                          joints.left.detach().to(torch::kCPU, torch::kFloat64)};
  const torch::Tensor bad = (numbers.right + numbers.left).isfinite().logical_not().flatten(1).any(1);
  if (bad.any().item<bool>())
    throw Error("joints are not finite", c10::str(set, ", sample ", bad.to(torch::kInt64).argmax().item<int64_t>()),
                "check what made the samples");
  return numbers;
}

torch::Tensor flat_mm(const PerHand<torch::Tensor>& joints) {
  return kMillimetres * torch::cat({joints.right, joints.left}, 1).flatten(1);
}

torch::Tensor covariance(const torch::Tensor& points) {
  const torch::Tensor centred = points - points.mean(0);
  return centred.t().matmul(centred) / static_cast<double>(points.size(0) - 1);
}

// |m_a - m_b|^2 + tr(A + B - 2 (A^1/2 B A^1/2)^1/2): the symmetric form has real roots for singular covariances too.
double frechet_mm2(const torch::Tensor& a, const torch::Tensor& b) {
  const torch::Tensor a_covariance = covariance(a), b_covariance = covariance(b);
  const auto [values, vectors] = torch::linalg_eigh(a_covariance);
  const torch::Tensor root = (vectors * values.clamp_min(0).sqrt()).matmul(vectors.t());
  const torch::Tensor product = root.matmul(b_covariance).matmul(root);
  const torch::Tensor shared = torch::linalg_eigvalsh((product + product.t()) / 2).clamp_min(0).sqrt().sum();
  const torch::Tensor distance =
      (a.mean(0) - b.mean(0)).square().sum() + a_covariance.trace() + b_covariance.trace() - 2 * shared;
  return std::max(0.0, distance.item<double>());
}

torch::Tensor kernel(const torch::Tensor& a, const torch::Tensor& b) {
  return a.matmul(b.t()).div_(static_cast<double>(a.size(1))).add_(1).pow_(3);
}

double unbiased_discrepancy(const torch::Tensor& a, const torch::Tensor& b) {
  const auto between_others = [](const torch::Tensor& points) {
    const torch::Tensor values = kernel(points, points);
    return (values.sum() - values.trace()) / static_cast<double>(points.size(0) * (points.size(0) - 1));
  };
  return (between_others(a) + between_others(b) - 2 * kernel(a, b).mean()).item<double>();
}

double kernel_distance(const torch::Tensor& a, const torch::Tensor& b, Seed seed) {
  const int64_t rows = std::min({a.size(0), b.size(0), kSubsetSize});
  const auto subset = [rows](const torch::Tensor& points, Seed from) {
    return points.index_select(0, torch::tensor(random_order(points.size(0), from)).slice(0, 0, rows));
  };
  const int64_t subsets = rows == a.size(0) && rows == b.size(0) ? 1 : kSubsets;
  double sum = 0;
  for (int64_t i = 0; i < subsets; ++i) {
    const Seed from = seed.derive(static_cast<uint64_t>(i));
    sum += unbiased_discrepancy(subset(a, from.derive("samples")), subset(b, from.derive("real")));
  }
  return sum / static_cast<double>(subsets);
}

// By squared differences (compute_mode 2): by scalar products, equal points would not have distance zero.
torch::Tensor distances(const torch::Tensor& a, const torch::Tensor& b) { return torch::cdist(a, b, 2, /*compute_mode=*/2); }

// Distance (N) of each point (N,D) to its k-th neighbour.
torch::Tensor neighbour_radii(const torch::Tensor& points) {
  std::vector<torch::Tensor> radii;
  for (int64_t begin = 0; begin < points.size(0); begin += kChunk) {
    torch::Tensor distance = distances(points.slice(0, begin, begin + kChunk), points);
    distance.diagonal(begin).fill_(std::numeric_limits<double>::infinity());
    radii.push_back(std::get<0>(distance.kthvalue(kNeighbours, 1)));
  }
  return torch::cat(radii);
}

// Share of the points inside a ball about some centre. kRounding: projected equal samples differ by rounding.
double share_inside(const torch::Tensor& points, const torch::Tensor& centres, const torch::Tensor& radii) {
  int64_t inside = 0;
  for (int64_t begin = 0; begin < points.size(0); begin += kChunk)
    inside += (distances(points.slice(0, begin, begin + kChunk), centres) <= radii + kRounding).any(1).sum().item<int64_t>();
  return static_cast<double>(inside) / static_cast<double>(points.size(0));
}

double diversity_mm(const torch::Tensor& points, Seed seed) {
  const int64_t count = points.size(0);
  if (count * (count - 1) / 2 <= kPairs) return torch::pdist(points).mean().item<double>();
  Random random(seed);
  std::vector<int64_t> first, second;
  for (int64_t i = 0; i < kPairs; ++i) {
    first.push_back(random.integer(count));
    second.push_back((first.back() + 1 + random.integer(count - 1)) % count);
  }
  const auto rows = [&](const std::vector<int64_t>& index) { return points.index_select(0, torch::tensor(index)); };
  return (rows(first) - rows(second)).norm(2, {1}).mean().item<double>();
}

// Distance of the nearest capsules of the two hands (N) m, negative where they overlap.
torch::Tensor nearest_capsules(const PerHand<torch::Tensor>& joints) {
  std::vector<torch::Tensor> nearest;
  for (int64_t begin = 0; begin < joints.right.size(0); begin += kChunk) {
    const auto some = [&](const torch::Tensor& hand) { return hand.slice(0, begin, begin + kChunk); };
    nearest.push_back(capsule_distances({some(joints.right), some(joints.left)}).amin({1, 2}));
  }
  return torch::cat(nearest);
}

}  // namespace

torch::Tensor SampleSpace::features(const PerHand<torch::Tensor>& joints) const {
  return (flat_mm(checked(joints, "samples")) - mean).matmul(components);
}

std::string SampleSpace::description() const {
  return c10::str("joints of both hands in the right wrist's frame, mm, on the ", components.size(1),
                  " principal components that hold 99 % of the variance of ", real_samples, " real samples, not whitened");
}

SampleSpace sample_space(const PerHand<torch::Tensor>& real) {
  const torch::NoGradGuard no_grad;
  const torch::Tensor points = flat_mm(checked(real, "real samples"));
  const auto [rising, vectors] = torch::linalg_eigh(covariance(points));
  const torch::Tensor values = rising.flip(0).clamp_min(0), held = values.cumsum(0) / values.sum();
  require(values.sum().item<double>() > kMinVariance, "all real samples are equal", "real samples", "give samples that differ");
  const int64_t size = (held < kVariance).sum().item<int64_t>() + 1;
  SampleSpace space;
  space.mean = points.mean(0);
  space.components = vectors.flip(1).slice(1, 0, size).contiguous();
  space.stddev_mm = values.slice(0, 0, size).mean().sqrt().item<double>();
  space.real_samples = points.size(0);
  return space;
}

SampleComparison compare_samples(const SampleSpace& space, const PerHand<torch::Tensor>& samples,
                                 const PerHand<torch::Tensor>& real, Seed seed) {
  const torch::NoGradGuard no_grad;
  const torch::Tensor a = space.features(samples), b = space.features(checked(real, "real samples"));
  SampleComparison comparison{a.size(0), b.size(0)};
  comparison.frechet_mm2 = frechet_mm2(a, b);
  comparison.kernel_distance = kernel_distance(a / space.stddev_mm, b / space.stddev_mm, seed.derive("kernel distance"));
  const int64_t rows = std::min(a.size(0), b.size(0));
  const torch::Tensor some = a.slice(0, 0, rows), some_real = b.slice(0, 0, rows);
  comparison.precision = share_inside(some, some_real, neighbour_radii(some_real));
  comparison.recall = share_inside(some_real, some, neighbour_radii(some));
  return comparison;
}

double frechet_distance_mm2(const SampleSpace& space, const PerHand<torch::Tensor>& samples, const PerHand<torch::Tensor>& real) {
  const torch::NoGradGuard no_grad;
  return frechet_mm2(space.features(samples), space.features(checked(real, "real samples")));
}

SampleStatistics sample_statistics(const SampleSpace& space, const PerHand<torch::Tensor>& samples, Seed seed) {
  const torch::NoGradGuard no_grad;
  const torch::Tensor nearest = nearest_capsules(checked(samples, "samples")), depth_mm = kMillimetres * (-nearest).clamp_min(0);
  SampleStatistics statistics;
  statistics.samples = nearest.size(0);
  statistics.diversity_mm = diversity_mm(space.features(samples), seed.derive("diversity"));
  statistics.penetration_share = (depth_mm > 0).to(torch::kFloat64).mean().item<double>();
  statistics.penetration_mm = depth_mm.mean().item<double>();
  statistics.largest_penetration_mm = depth_mm.max().item<double>();
  statistics.contact_ratio = (nearest < kContactDistance).to(torch::kFloat64).mean().item<double>();
  return statistics;
}

}  // namespace interprior
