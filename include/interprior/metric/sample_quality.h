#pragma once
#include <torch/types.h>

#include <string>

#include "interprior/base/seed.h"
#include "interprior/hand/side.h"

// How good samples of two hands are beside real ones (docs/protocols.md). A set is the joints of both hands, PerHand of
// (N,21,3) m in the right wrist's frame, of any float type and on any device. Every function throws Error for fewer than
// kNeighbours + 1 samples and for joints that are not finite.
namespace interprior {

inline constexpr int64_t kNeighbours = 5;  // k of precision and recall

// Where sets are compared: the 42 joints in mm, flattened to 126 numbers, about the mean of a real set and on those of its
// principal components that hold 99 % of its variance. Not whitened, which would blow up the noise of bone lengths.
struct SampleSpace {
  torch::Tensor mean;        // (126) mm
  torch::Tensor components;  // (126,D) orthonormal, largest variance first
  double spread_mm = 0;      // root mean square of the real set's D coordinates
  int64_t real_samples = 0;

  torch::Tensor features(const PerHand<torch::Tensor>& joints) const;  // (N,D) mm, float64 on the CPU
  std::string description() const;                                     // in one line, to stand beside the numbers
};
// Throws Error also where all real samples are the same.
SampleSpace sample_space(const PerHand<torch::Tensor>& real);

// Samples against real ones.
struct SampleComparison {
  int64_t samples = 0, real_samples = 0;
  // Squared Frechet distance of the Gaussians with the sets' means and covariances (Heusel et al. 2017), mm^2. Small sets
  // overstate it: compare only numbers of like set sizes.
  double frechet_mm2 = 0;
  // Squared maximum mean discrepancy under the kernel (x.y / D + 1)^3, unbiased (so it may fall below zero), averaged over random
  // subsets of at most 1,000 samples (Binkowski et al. 2018). The kernel is not free of scale: x, y are features / spread_mm.
  double kernel_distance = 0;
  // Share of the samples that lie nearer to some real one than its k-th real neighbour does, and the other way round
  // (Kynkaanniemi et al. 2019). Both grow and shrink with a set's density, so the first min(N,M) rows of each set are taken:
  // sets that have an order are to be shuffled first.
  double precision = 0, recall = 0;
};
// Memory goes with N + M, time of precision and recall with min(N,M)^2.
SampleComparison compare_samples(const SampleSpace& space, const PerHand<torch::Tensor>& samples,
                                 const PerHand<torch::Tensor>& real, Seed seed);

// Its Frechet distance alone.
double frechet_distance_mm2(const SampleSpace& space, const PerHand<torch::Tensor>& samples, const PerHand<torch::Tensor>& real);

// What can be said of one set alone. Overlap and contact are those of the hands as capsules (hand/contact.h).
struct SampleStatistics {
  int64_t samples = 0;
  double diversity_mm = 0;       // mean distance of two samples in the space: all pairs, or 100,000 random ones of many
  double penetration_share = 0;  // share of the samples whose hands overlap
  double penetration_mm = 0;     // deepest overlap of a sample, mean over all samples (0 where there is none)
  double largest_penetration_mm = 0;
  double contact_ratio = 0;  // share of the samples whose hands come within 5 mm
};
SampleStatistics sample_statistics(const SampleSpace& space, const PerHand<torch::Tensor>& samples, Seed seed);

struct SampleQuality {
  SampleComparison to_real;
  SampleStatistics own;
};

}  // namespace interprior
