#pragma once
#include <cstdint>
#include <filesystem>
#include <vector>

#include "interprior/hand/mano_model.h"

namespace interprior {

// MANO as its authors send it: MANO_RIGHT.pkl and MANO_LEFT.pkl of a folder, Python pickles of which nothing is run
// (docs/data.md, The hand; MANO: Romero et al. 2017). The left file's unmirrored shape directions are mended where they need it,
// and then the log says so. tips: the vertices of the finger tips, thumb .. pinky; none means the two-hand benchmark's, which are
// vertices of a model with 778. The result has no hash: write it with write_hand_model and read it back.
// Throws Error with file and key or byte: a file that is missing, no pickle (a saved login page), damaged, that asks for anything
// but arrays, of wrong shapes; and where both files hold the same hand.
HandModel read_mano_files(const std::filesystem::path& folder, const std::vector<int64_t>& tips = {});

}  // namespace interprior
