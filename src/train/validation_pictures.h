#pragma once
#include <map>
#include <string>

#include "interprior/data/images/image_batch.h"
#include "interprior/model/sampler.h"
#include "interprior/objective/sampler_loss.h"
#include "interprior/run/tensorboard_events.h"

namespace interprior {

// What the network sees in a sample: the crop under H (each hand's strongest map at each place) and M, as said and, below, as
// they should be; for the first sample all 42 maps as well. Tags: "samples/N" and "samples/H".
std::map<std::string, EventPicture> validation_pictures(const ImageBatch& seen, const Features& said, const SamplerTruth& truth,
                                                        int64_t most);

}  // namespace interprior
