#pragma once
#include <cstdint>
#include <filesystem>
#include <vector>

#include "interprior/hand/mano_model.h"

namespace interprior {

// Reads the official MANO files MANO_RIGHT.pkl and MANO_LEFT.pkl of a folder (docs/data.md, The hand; MANO: Romero et al. 2017).
// The Python pickles are parsed without executing code. The unmirrored shape directions of the left file are fixed if necessary,
// with a log line. tips: the vertices of the finger tips, thumb .. pinky; empty: those of the two-hand benchmark, for a model
// with 778 vertices. The result has no hash: write it with write_hand_model and read it back.
// Throws Error with file and key or byte if a file is missing, not a pickle (a saved login page), damaged, contains objects other
// than arrays, or has wrong shapes, and if both files hold the same hand.
HandModel read_mano_files(const std::filesystem::path& folder, const std::vector<int64_t>& tips = {});

}  // namespace interprior
