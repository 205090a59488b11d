#pragma once
#include <filesystem>

#include "interprior/data/patterns.h"
#include "interprior/model/interaction_prior.h"

namespace interprior {

// FOLDER/pictures of a prior: held-out patterns it rebuilds worst and best (truth beside reconstruction, each from two sides),
// draws z ~ N(0, I) and of the aggregated posterior (from the same noise) decoded, and a walk between the encoded means of two
// patterns; listed for the report. All on the device of hands and prior.
void write_prior_pictures(const std::filesystem::path& folder, InteractionPrior prior, const TwoHands& hands,
                          const Patterns& patterns, torch::Device device, Seed seed = {}, int64_t count = 3);

// `steps` points (steps,Z) on the straight line between two codes (Z), the ends exactly. Throws Error for fewer than two.
torch::Tensor latent_walk(const torch::Tensor& from, const torch::Tensor& to, int64_t steps);

}  // namespace interprior
