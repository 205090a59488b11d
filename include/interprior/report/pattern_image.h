#pragma once
#include <filesystem>

#include "interprior/base/seed.h"
#include "interprior/experiment/checkpoint_evaluation.h"

namespace interprior {

// Writes FOLDER/images of a prior, listed for the report: validation patterns with the largest and smallest reconstruction error
// (ground truth next to reconstruction, each from two sides), decoded samples of N(0, I) and of the aggregated posterior (same
// noise), and a latent interpolation between the posterior means of two patterns.
void write_prior_images(const std::filesystem::path& folder, const EvaluatedPatterns& evaluated, Seed seed = {},
                        int64_t count = 3);

// `steps` points (steps,Z) on the straight line between two codes (Z), end points exact. Throws Error for fewer than two.
torch::Tensor latent_walk(const torch::Tensor& from, const torch::Tensor& to, int64_t steps);

}  // namespace interprior
