#pragma once
#include <string>
#include <vector>

#include "interprior/data/patterns.h"

namespace CLI {
class App;
}

namespace interprior {

// Declares `prepare interhand`.
void add_prepare_interhand(CLI::App& command);
// Declares `prepare two-hand`.
void add_prepare_two_hand(CLI::App& command);

// Patterns of several sources in one set: patterns.h5 files as they are, InterHand2.6M roots and images.h5 by their MANO
// annotations (each pose once, however many cameras saw it; `hand` gives the mean pose its annotations are relative to). Sets
// that cannot be right and are not accepted are refused. Throws Error.
Patterns merged_patterns(const std::vector<std::string>& sources, const std::string& hand,
                         const std::vector<std::string>& accept);

}  // namespace interprior
