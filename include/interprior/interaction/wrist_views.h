#pragma once
#include "interprior/base/seed.h"
#include "interprior/hand/mano_model.h"

namespace interprior {

// Samples rotations of the right wrist in the camera (count,3,3), like `synthesize images --views`: the canonical (egocentric)
// view turned by at most `degrees`; 180: uniform on SO(3). Throws Error outside 0..180.
torch::Tensor sample_wrist_views(const HandModel& hand, double degrees, int64_t count, RowSeed seed,
                                 torch::Device device = torch::kCPU);

}  // namespace interprior
