#pragma once
#include "interprior/data/images/image_index.h"
#include "interprior/metric/hand_sets/hand_sets.h"

namespace interprior {

// Writes the annotations of a data set to a hands.h5 file without loading images: MANO parameters and annotated joints in the
// frame of the original camera, cameras, boxes, sequences. Throws Error.
void write_data_truth(const std::filesystem::path& path, const ImageIndex& index, const HandModel& hand);

// Cameras and boxes from an index. Samples must follow in the order of the index; the index may hold others between them.
class CameraColumns {
 public:
  explicit CameraColumns(const ImageIndex& index) : index_(index) {}
  void fill(HandSet& set);  // samples after those of the last call; throws Error when a sample is not in the index

 private:
  const ImageIndex& index_;
  size_t next_ = 0;
};

}  // namespace interprior
