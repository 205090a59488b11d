#pragma once

namespace interprior {

// What to do with checkpoints that no run can be resumed from.
inline constexpr const char* kStartFromWeights =
    "set init=FILE, without --resume and in another --run folder, to start from a checkpoint's weights";

}  // namespace interprior
