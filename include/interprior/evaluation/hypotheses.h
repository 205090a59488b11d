#pragma once
#include "interprior/geometry/camera.h"
#include "interprior/metric/hand_sets/hand_set.h"
#include "interprior/model/sampler.h"

namespace interprior {

// Adds `count` samples of z and the view's rotation to the predictions of a batch, turned into the original camera's
// axes; nothing where count is below 2. They follow from each sample's id alone. temperature: standard deviation of the noise, 1
// as learned. `reconstruction`, `camera` (of the crops, side `size`) and `hands` are on one device; `set` holds the batch's
// samples.
void add_hypotheses(HandSet& set, Sampler network, const Reconstruction& reconstruction, const Camera& camera, int64_t size,
                    const TwoHands& hands, int64_t count, double temperature = 1);

}  // namespace interprior
