#pragma once
#include <filesystem>
#include <string>

#include "interprior/data/images/image_index.h"

namespace interprior {

// Reads a split ("train", "val", "test" or "all") of an InterHand2.6M root as downloaded: annotations/{split}/..., or the
// older annotations/{all,human_annot,machine_annot}/. Images, annotations, cameras, joints and MANO are joined by id and key,
// never by order. Each file is streamed once; only the tables stay in memory. Rows are in the order of the annotations.
// Annotations that cannot be added are counted in `lost`: malformed (a key is missing or has the wrong type), not_finite,
// image_missing (no image has the annotation's image id), image_id_doubled, annotation_id_doubled. If a file of cameras, joints
// or MANO is absent, the annotations lack those data. A joint is valid if both the image's and the frame's flags are set. Throws
// Error with file and byte offset if a file is damaged.
ImageTables read_interhand_tables(const std::filesystem::path& root, const std::string& split);

// The usable rows of the tables, by index_of.
ImageIndex read_interhand(const std::filesystem::path& root, const std::string& split, const UsableRule& rule = {});

// Whether a folder looks like an InterHand2.6M root.
bool is_interhand_root(const std::filesystem::path& root);

}  // namespace interprior
