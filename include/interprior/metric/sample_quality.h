#pragma once
#include <torch/types.h>

#include <string>

#include "interprior/base/seed.h"
#include "interprior/hand/side.h"

// Quality of two-hand samples compared with real ones (docs/protocols.md). A set is the joints of both hands, PerHand of (N,21,3)
// m in the right wrist's frame, of any float dtype and on any device. Every function throws Error for fewer than kNeighbours + 1
// samples and for joints that are not finite.
namespace interprior {

inline constexpr int64_t kNeighbours = 5;  // k of precision and recall

// Feature space of the comparison: the 42 joints in mm, flattened to 126 numbers, minus the mean of a real set and projected to
// the principal components that hold 99 % of its variance. Not whitened, as whitening would amplify the noise of bone lengths.
struct SampleSpace {
  torch::Tensor mean;        // (126) mm
  torch::Tensor components;  // (126,D) orthonormal, largest variance first
  double stddev_mm = 0;      // standard deviation of the real set's features: root mean square over the D of them
  int64_t real_samples = 0;

  torch::Tensor features(const PerHand<torch::Tensor>& joints) const;  // (N,D) mm, float64 on the CPU
  std::string description() const;                                     // one line, for reports
};
// Throws Error also if all real samples are equal.
SampleSpace sample_space(const PerHand<torch::Tensor>& real);

// Samples compared with real ones.
struct SampleComparison {
  int64_t samples = 0, real_samples = 0;
  // Squared Frechet distance of the Gaussians with the sets' means and covariances (Heusel et al. 2017), mm^2. It is biased
  // upwards for small sets: compare only values of similar set sizes.
  double frechet_mm2 = 0;
  // Squared maximum mean discrepancy under the kernel (x.y / D + 1)^3, unbiased (so it may fall below zero), averaged over random
  // subsets of at most 1,000 samples (Binkowski et al. 2018). The kernel depends on scale: x, y are features / stddev_mm.
  double kernel_distance = 0;
  // Precision: share of the samples that are nearer to some real sample than its k-th real neighbour. Recall: the reverse
  // (Kynkaanniemi et al. 2019). Both depend on a set's density, so the first min(N,M) rows of each set are used: shuffle ordered
  // sets first.
  double precision = 0, recall = 0;
};
// Memory is linear in N + M; the time of precision and recall is quadratic in min(N,M).
SampleComparison compare_samples(const SampleSpace& space, const PerHand<torch::Tensor>& samples,
                                 const PerHand<torch::Tensor>& real, Seed seed);

// frechet_mm2 of compare_samples alone.
double frechet_distance_mm2(const SampleSpace& space, const PerHand<torch::Tensor>& samples, const PerHand<torch::Tensor>& real);

// Statistics of one set. Overlap and contact are those of the hands' capsules (hand/contact.h).
struct SampleStatistics {
  int64_t samples = 0;
  double diversity_mm = 0;       // mean distance of two samples in the space: all pairs, but at most 100,000 random ones
  double penetration_share = 0;  // share of the samples whose hands overlap
  double penetration_mm = 0;     // deepest overlap of a sample, mean over all samples (0 without overlap)
  double largest_penetration_mm = 0;
  double contact_ratio = 0;  // share of the samples whose hands come within 5 mm
};
SampleStatistics sample_statistics(const SampleSpace& space, const PerHand<torch::Tensor>& samples, Seed seed);

struct SampleQuality {
  SampleComparison to_real;
  SampleStatistics own;
};

}  // namespace interprior
