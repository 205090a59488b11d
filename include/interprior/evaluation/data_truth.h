#pragma once
#include "interprior/data/images/image_index.h"
#include "interprior/metric/hand_sets/hand_sets.h"

namespace interprior {

// What a data set says of its pictures, without looking at them: MANO parameters and annotated joints in the cameras that took
// them, cameras, boxes, sequences. Writes hands.h5; throws Error.
void write_data_truth(const std::filesystem::path& path, const ImageIndex& index, const HandModel& hand);

// Cameras and boxes of pictures that stand in an index in the same order, maybe with others between them.
class CameraColumns {
 public:
  explicit CameraColumns(const ImageIndex& index) : index_(index) {}
  void fill(HandSet& set);  // the rows that follow those of the last call; throws Error when a sample is not in the index

 private:
  const ImageIndex& index_;
  size_t next_ = 0;
};

}  // namespace interprior
