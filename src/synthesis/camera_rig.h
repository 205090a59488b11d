#pragma once
#include "interhand_writer.h"
#include "interprior/base/seed.h"
#include "interprior/hand/hand_chain.h"
#include "interprior/synthesis/image_synthesis.h"

namespace interprior {

// Samples cameras around the world's origin, each about a metre from it; portrait and landscape alternate. `world`: rotation of
// the world's axes, from which the cameras are turned by at most half of config.views.
Capture sample_capture(int64_t number, const ImageSynthesisConfig& config, const Matrix3& world, Random& random);

}  // namespace interprior
