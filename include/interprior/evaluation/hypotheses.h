#pragma once
#include "interprior/geometry/camera.h"
#include "interprior/metric/hand_sets/hand_set.h"
#include "interprior/model/sampler.h"

namespace interprior {

// Adds `count` hypotheses (samples of z and of the view rotation) to the predictions `set` of a batch, rotated into the original
// camera's axes; none when count < 2. The random seed depends on the sample id alone. temperature: standard deviation of the
// noise, 1 as trained. `reconstruction`, `camera` (of the crops, side `size`) and `hands` are on one device.
void add_hypotheses(HandSet& set, Sampler network, const Reconstruction& reconstruction, const Camera& camera, int64_t size,
                    const TwoHands& hands, int64_t count, double temperature = 1);

}  // namespace interprior
