#include <c10/util/StringUtil.h>

#include "keypoint_parts.h"

namespace interprior {

Findings examine_keypoints(const std::vector<KeypointPicture>&, const JointOrder&, const HandModel*) { return {}; }

}  // namespace interprior
