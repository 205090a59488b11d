#pragma once
#include <filesystem>
#include <string>

#include "interprior/data/images/image_index.h"

namespace interprior {

// Reads the splits of an InterHand2.6M root as downloaded ("train", "val", "test" or "all"): annotations/{split}/..., or the
// older annotations/{all,human_annot,machine_annot}/. Images, annotations, cameras, joints and MANO are joined by id and key,
// never by order. Each file is read once from the front; what is kept is the tables. Rows are in the annotations' order. What
// cannot become a row is counted in `lost`: malformed (a key is missing or of another type), not_finite, image_missing (no
// picture has the annotation's id), image_id_doubled, annotation_id_doubled. A file of cameras, joints or MANO that is absent is
// each annotation's lack. Joints count as valid where both the picture's and the frame's flags say so. A damaged file is an Error
// with file and byte.
ImageTables read_interhand_tables(const std::filesystem::path& root, const std::string& split);

// The tables' rows that count, by index_of.
ImageIndex read_interhand(const std::filesystem::path& root, const std::string& split, const UsableRule& rule = {});

// Whether a folder looks like an InterHand2.6M root.
bool is_interhand_root(const std::filesystem::path& root);

}  // namespace interprior
