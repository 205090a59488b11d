#pragma once
#include <filesystem>

#include "interprior/data/patterns.h"
#include "interprior/model/interaction_prior.h"

namespace interprior {

// Writes FOLDER/images of a prior, listed for the report: validation patterns with the largest and smallest reconstruction error
// (ground truth next to reconstruction, each from two sides), decoded samples of N(0, I) and of the aggregated posterior (same
// noise), and a latent interpolation between the posterior means of two patterns. `hands` and `prior` are on `device`.
void write_prior_images(const std::filesystem::path& folder, InteractionPrior prior, const TwoHands& hands,
                        const Patterns& patterns, torch::Device device, Seed seed = {}, int64_t count = 3);

// `steps` points (steps,Z) on the straight line between two codes (Z), end points exact. Throws Error for fewer than two.
torch::Tensor latent_walk(const torch::Tensor& from, const torch::Tensor& to, int64_t steps);

}  // namespace interprior
