#pragma once
#include <memory>

#include "interprior/data/augmentation.h"
#include "interprior/data/dataset.h"
#include "interprior/data/image_batch.h"
#include "interprior/data/image_index.h"
#include "interprior/hand/mano_layer.h"

namespace interprior {

enum class BoxSource { oracle, annotation };   // oracle: tight box of the true vertices, side / 0.8
template <> struct EnumNames<BoxSource> {
  static std::vector<std::pair<BoxSource, std::string>> table() {
    return {{BoxSource::oracle, "oracle"}, {BoxSource::annotation, "annotation"}};
  }
};

struct ImageDatasetConfig {
  int64_t crop_size = 256;
  BoxSource box = BoxSource::oracle;
  AugmentationConfig augmentation;
};

// Pictures of an index, cropped (geometry/crop.h), with their annotations in the crop's camera.
// Mirror: the crop with u -> S - 1 - u, hands swapped, every vector M v and rotation M R M with M = diag(-1,1,1), the crop's
// camera_from_original too: as if the original camera had seen the mirrored scene. Colour: v * gain + offset, after the warp.
// Absent hands: rotations identity, numbers zero. Without MANO of every hand shown, `oracle` falls back to the annotated box.
class ImageDataset : public Dataset<ImageBatch> {
 public:
  ImageDataset(ImageIndex index, const HandModel& hand, ImageDatasetConfig config);
  int64_t size() const override;
  ImageBatch allocate(int64_t rows) const override;
  void fill(int64_t index, Seed seed, ImageBatch& slot, int64_t row) const override;
  const ImageIndex& index() const { return index_; }

 private:
  ImageIndex index_;
  PerHand<ManoModel> model_;
  std::shared_ptr<const TwoHands> hands_;
  ImageDatasetConfig config_;
};

}  // namespace interprior
