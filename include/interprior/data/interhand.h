#pragma once
#include <filesystem>
#include <string>

#include "interprior/data/image_index.h"

namespace interprior {

// Reads one split ("train", "val", "test") or "all" of an InterHand2.6M root as downloaded: annotations/{split}/..., or the
// older annotations/{all,human_annot,machine_annot}/. Images, annotations, cameras, joints and MANO are joined by id and key,
// never by order. A defect of one annotation is counted by reason; a damaged file is an Error with file and byte.
// Reasons: those of skip_reason in image_index.h, in its order; before them `malformed` (a key is missing or of another type) and
// image_missing (no picture has the annotation's id). A file of cameras, joints or MANO that is absent is counted as each
// annotation's lack. Joints count as valid where both the picture's and the frame's flags say so; invalid ones are zero.
ImageIndex read_interhand(const std::filesystem::path& root, const std::string& split, const UsableRule& rule = {});

// Whether a folder looks like an InterHand2.6M root.
bool is_interhand_root(const std::filesystem::path& root);

}  // namespace interprior
