#pragma once
#include <filesystem>

#include "interprior/data/patterns.h"
#include "interprior/model/interaction_prior.h"

namespace interprior {

// FOLDER/pictures of a prior: held-out patterns it rebuilds worst and best (truth beside reconstruction, each from two sides),
// and unconditional draws z ~ N(0, I) decoded; listed for the report. All on the device of hands and prior.
void write_prior_pictures(const std::filesystem::path& folder, InteractionPrior prior, const TwoHands& hands,
                          const Patterns& patterns, torch::Device device, Seed seed = {}, int64_t count = 3);

}  // namespace interprior
