#pragma once
#include <string>
#include <vector>

#include "interprior/data/patterns.h"

namespace interprior {

// Merges patterns of several sources: patterns.h5 files, and the MANO annotations of InterHand2.6M roots and images.h5 (each pose
// once for all cameras; `hand` has the mean pose that annotations are relative to). Throws Error, also for a set with a refused
// finding that is not accepted.
Patterns merged_patterns(const std::vector<std::string>& sources, const std::string& hand,
                         const std::vector<std::string>& accept);

}  // namespace interprior
