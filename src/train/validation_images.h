#pragma once
#include <map>
#include <string>

#include "interprior/data/images/image_batch.h"
#include "interprior/model/sampler.h"
#include "interprior/objective/sampler_loss.h"
#include "interprior/run/tensorboard_events.h"

namespace interprior {

// Validation images: the crop overlaid with H (per-pixel maximum over each hand's maps) and M, predicted and, below, target; for
// the first sample also all 42 predicted maps. Tags: "samples/N" and "samples/H".
std::map<std::string, EventImage> validation_images(const ImageBatch& batch, const Features& prediction,
                                                    const SamplerTruth& truth, int64_t most);

}  // namespace interprior
