#pragma once
#include <filesystem>

#include "interprior/evaluation/file_evaluation.h"

namespace interprior {

// Writes FOLDER/images of sets without photographs, listed for the report: the worst samples as meshes, ground truth next to
// prediction, from the camera and from the side. With a second method: the samples with the largest differences in favour of
// each, all three side by side. Writes nothing when there are no meshes. Throws Error.
void write_set_images(const std::filesystem::path& folder, const EvaluatedFiles& sets, size_t count = 4);

}  // namespace interprior
