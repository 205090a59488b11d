#pragma once
#include "interprior/base/seed.h"
#include "interprior/hand/mano_model.h"

namespace interprior {

// Rotations of the right wrist in the camera (count,3,3), as `synthesize images --views` draws them: the canonical view (the
// owner's own: fingers up, thumb towards the camera) turned by at most `degrees`; 180: uniform on SO(3).
torch::Tensor draw_wrist_views(const HandModel& hand, double degrees, int64_t count, RowSeed seed,
                               torch::Device device = torch::kCPU);

}  // namespace interprior
